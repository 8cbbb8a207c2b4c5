/* `hplint dis`: shared by its files. */
#ifndef HPLINT_ANALYZER_CLI_DIS_H
#define HPLINT_ANALYZER_CLI_DIS_H

#include "analyzer/cli/cli.h"
#include "analyzer/engine/inspect.h"
#include "db/lookup.h"
#include "ir/files.h"
#include "ir/text.h"

typedef struct DisArgs {
  const char *database, *colour, *profile;
  bool source, no_source, ir, loops, cfg, json, classes, all, only, coverage, diff, unified,
      no_profile, verbose, help;
  unsigned width;
  const char *const *flags;
  uint32_t nflags;
} DisArgs;

/* What one word of the command line means: FILE, FILE:FUNCTION, FILE:LINE, FUNCTION, each file also
 * as REVISION:FILE, or a file of IR text. */
typedef struct DisInput {
  char *word;
  char *file, *revision, *function; /* NULL: none */
  uint32_t line;                    /* 0: none */
  Inspected inspected;              /* of C; its unit is NULL for IR text */
  IrUnit *unit;
  char *text;       /* of the revision's file, for its source lines */
  const char *from; /* "stored", "parsed", "text" */
} DisInput;

/* Finds out what `word` means and gets its unit. False and `err`: one line, with what may be meant.
 * `in` is to be freed in any case. */
bool dis_input_load(DisInput *in, const char *word, const DisArgs *args, HpError *err);
void dis_input_free(DisInput *in);

/* The functions that are meant, as indexes into the unit's; never none. The caller frees. */
uint32_t *dis_functions(const DisInput *in, uint32_t *count, HpError *err);

/* Sources and a profile beside the rows. */
typedef struct DisBeside {
  const DisInput *input;
  HpLines lines; /* of the file shown last */
  Store *store;
  int64_t profile;
  char *label; /* of the profile; NULL: none */
  char *file;  /* that `cost` is of */
  DbFileCost cost;
} DisBeside;
bool dis_beside_open(DisBeside *b, const DisInput *in, const DisArgs *args, HpError *err);
void dis_beside_free(DisBeside *b);
const char *dis_source_line(void *beside, const char *path, uint32_t line);
bool dis_line_cost(void *beside, const char *path, uint32_t line, IrCost *out);

/* The listing of these functions as JSON (docs/json.md). */
void dis_json(HpBuf *out, const DisInput *in, const uint32_t *functions, uint32_t count,
              DisBeside *beside);
/* `hplint dis --diff A B`. */
bool dis_diff(const char *a, const char *b, const DisArgs *args, HpError *err);

#endif
