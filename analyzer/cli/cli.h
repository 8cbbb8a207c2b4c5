/* The commands of `hplint`, one function each: arguments after the command's name, exit status as
 * result (0 fine, 1 findings or the wrapped command's failure, 2 wrong use or nothing could be
 * done). */
#ifndef HPLINT_ANALYZER_CLI_CLI_H
#define HPLINT_ANALYZER_CLI_CLI_H

#include "db/store.h"
#include "ir/support.h"

typedef struct CliArgs {
  char **items; /* what stands before `--` */
  int count;
  char **rest; /* after `--`, NULL-terminated; NULL when there was none */
  int nrest;
} CliArgs;

int cli_lint(CliArgs *args);
int cli_link(CliArgs *args); /* lint, with unit records in place of paths */
int cli_fix(CliArgs *args);
int cli_dis(CliArgs *args);
int cli_layout(CliArgs *args);
int cli_explain(CliArgs *args);
int cli_db(CliArgs *args);
int cli_profile(CliArgs *args);
int cli_record(CliArgs *args);
int cli_capture(CliArgs *args);
int cli_hook(CliArgs *args);
int cli_lsp(CliArgs *args);

/* ---- options --------------------------------------------------------------------------------- */

/* One option of a command. `name` without dashes; `letter` 0 when there is no short form; `value`
 * names the argument, NULL for a switch. Exactly one target is set. */
typedef struct CliOption {
  const char *name;
  char letter;
  const char *value;
  const char *help;
  const char **text;
  bool *flag;
  unsigned *number;
  const char ***list; /* a comma-separated list; NULL-terminated, the caller frees it */
} CliOption;

/* Takes options out of `args` (anywhere before `--`), leaving the other words in place. One clear
 * line and false for an unknown option (with the nearest one), a missing or a bad value. */
bool cli_options(CliArgs *args, const CliOption *options, const char *command, HpError *err);

/* A command's usage and its options, on stdout. */
void cli_usage(const char *usage, const CliOption *options);

/* "hplint: " and the error on stderr, escaped; returns 2. */
int cli_error(const HpError *err);
/* Writes a whole text to stdout. */
void cli_print(const HpBuf *text);
/* Colours on stdout? A terminal, and NO_COLOR unset; `when` (may be NULL) is always, never or auto.
 */
bool cli_colour(const char *when);
/* Columns of the terminal on stdout, 0 when it is none. */
uint32_t cli_width(void);
/* The store of the current folder's project, and its root (the caller frees it, also on failure).
 */
Store *cli_store(bool create, char **root, HpError *err);
/* The profile that `--profile NAME` means (NULL or "latest": the newest, "none": none) in the store
 * of the project at `root`: store, id and label (the caller closes and frees; NULL and 0 without
 * one). False when one was asked for that is not there. */
bool cli_open_profile(const char *root, const char *name, Store **store, int64_t *id, char **label,
                      HpError *err);

#endif
