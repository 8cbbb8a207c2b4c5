/* `hplint record -- COMMAND`: runs a command under a profiler and stores what it measured. */
#ifndef HPLINT_ANALYZER_CLI_RECORD_H
#define HPLINT_ANALYZER_CLI_RECORD_H

#include "db/profile.h"

typedef struct RecordOptions {
  Store *store;       /* where the profile goes */
  const char *root;   /* names of files below it become relative */
  const char *output; /* --output FILE: keep the recording there; NULL: it is deleted */
  uint32_t frequency; /* -F HZ; 0: 999 */
  bool no_callgraph;  /* --no-callgraph */
  bool callgrind;     /* --callgrind: counts instructions, some 50 times slower */
  bool quiet;         /* no summary */
} RecordOptions;

/* Runs the command and prints a summary of two lines on stderr. The result is the command's exit
 * status (128 + signal when it was killed), so that `hplint record` can stand before a command in
 * a script. -1 and `err` when nothing could be recorded. Ctrl-C ends the command; what was measured
 * until then is stored. */
int record_command(char *const *command, const RecordOptions *options, HpError *err);

#endif
