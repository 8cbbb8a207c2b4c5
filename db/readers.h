/* The readers behind profile_read, one a format. Each gets the whole file in memory, trusts nothing
 * in it, and returns a profile or NULL with one clear line. */
#ifndef HPLINT_DB_READERS_H
#define HPLINT_DB_READERS_H

#include "db/model.h"

typedef struct ReadInput {
  const char *path; /* for messages, and to look for binaries beside it */
  const uint8_t *data;
  size_t size;
  int64_t mtime;    /* seconds; binaries newer than this were rebuilt. 0: unknown */
  bool no_binaries; /* do not open what the profile names (fuzzing) */
} ReadInput;

bool perfdata_detect(const ReadInput *in);
Profile *perfdata_read(const ReadInput *in, HpError *err);
bool perfscript_detect(const ReadInput *in);
Profile *perfscript_read(const ReadInput *in, HpError *err);
bool callgrind_detect(const ReadInput *in);
Profile *callgrind_read(const ReadInput *in, HpError *err);
bool gcov_json_detect(const ReadInput *in);
Profile *gcov_json_read(const ReadInput *in, HpError *err);
/* .gcda files: run through the system's gcov. `path` may be one file or a folder. */
Profile *gcov_read_gcda(const char *path, HpError *err);

/* One line of text at a time, without its end: false at the end of the input. Lines are cut out of
 * the input, so they are not NUL-terminated. */
typedef struct LineCursor {
  const char *at, *end;
} LineCursor;
bool next_line(LineCursor *c, const char **line, size_t *length);

#endif
