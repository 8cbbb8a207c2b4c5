/* `hplint PATH...`: the default command. */
#include "analyzer/cli/cli.h"
#include "analyzer/cli/diff.h"
#include "analyzer/engine/run.h"
#include "analyzer/evidence/evidence.h"
#include "analyzer/output/output.h"
#include "ir/files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "usage: hplint [OPTIONS] [PATH...] [-- FLAGS]\n"
    "       hplint COMMAND ...\n"
    "\n"
    "Finds data layouts that chase pointers, allocation in hot loops and poor locality in C,\n"
    "and ranks them. PATH: files or folders, by default the current one.\n"
    "\n"
    "Units and flags come from compile_commands.json (searched upward, or -p), compile_flags.txt,\n"
    "FLAGS after `--`, or are guessed. `hplint capture -- make` writes a database from a build.\n"
    "\n";

static const char commands[] =
    "\ncommands (hplint COMMAND --help says more)\n"
    "  explain [RULE|FINDING]     a rule's page, or all there is to a finding; alone: all rules\n"
    "  dis FILE[:FUNCTION|:LINE]  the bytecode of functions, their loops, graphs, changes\n"
    "  layout RECORD              offsets, holes and uses of its fields, a better order of them\n"
    "  fix [PATH...]              what can be changed mechanically, as a diff; --write applies it\n"
    "  record -- COMMAND          run a program under perf, keep the profile\n"
    "  profile import|show|list   profiles: perf.data, perf script, callgrind, gcov\n"
    "  capture -- BUILD COMMAND   write compile_commands.json by watching a build\n"
    "  db [SQL]                   what the store holds\n"
    "  link FILE.hpu|@LIST...     link, judge and rank units that hplint-unit analysed\n"
    "  hook install               a git pre-commit hook\n"
    "  lsp                        language server on stdin and stdout\n"
    "\n"
    "exit status: 0 nothing to report, 1 findings at or above --fail-on, 2 wrong use or failure\n";

typedef struct LintArgs {
  const char *database, *config, *format, *colour, *fail_on, *profile, *diff, *machine;
  const char **select, **ignore; /* heap */
  unsigned jobs, limit, unit_timeout, unit_memory;
  bool all, quiet, exit_zero, no_store, no_preambles, no_evidence, help, version;
  bool link;       /* the words are unit records */
  const char *map; /* of link */
  const char *explain;
} LintArgs;

static void print_help(const CliOption *options) {
  cli_usage(usage, options);
  fputs(commands, stdout);
}

static int level(const char *name) {
  static const char *const names[] = {"low", "medium", "high"};
  for (int i = 0; i < 3; i++)
    if (name && strcmp(name, names[i]) == 0)
      return i;
  return -1;
}

/* Number of a profile: 0 the newest, -1 none. */
static bool profile_id(const char *text, int64_t *id, HpError *err) {
  if (!text || !strcmp(text, "latest"))
    return true;
  if (!strcmp(text, "none")) {
    *id = -1;
    return true;
  }
  char *end;
  *id = strtoll(text, &end, 10);
  return (*id > 0 && !*end) ||
         hp_fail(err, "--profile wants none, latest or a number (hplint profile list), not '%s'",
                 text);
}

static bool check_args(const LintArgs *a, HpError *err) {
  if (a->format && strcmp(a->format, "text") && strcmp(a->format, "json"))
    return hp_fail(err, "--format wants text or json, not '%s'", a->format);
  if (a->fail_on && level(a->fail_on) < 0)
    return hp_fail(err, "--fail-on wants high, medium or low, not '%s'", a->fail_on);
  if (a->machine && strcmp(a->machine, "portable") && strcmp(a->machine, "native"))
    return hp_fail(err, "--machine wants portable or native, not '%s'", a->machine);
  if (a->colour && strcmp(a->colour, "always") && strcmp(a->colour, "never") &&
      strcmp(a->colour, "auto"))
    return hp_fail(err, "--color wants always, never or auto, not '%s'", a->colour);
  return true;
}

static int exit_status(const RunResult *r, const LintArgs *a) {
  if (!r->analysed && r->units)
    return 2;
  const char *config = r->project.config.fail_on;
  int least = level(a->fail_on ? a->fail_on : config ? config : "high");
  for (uint32_t i = 0; i < r->findings.count && !a->exit_zero; i++) {
    const DbFinding *f = r->findings.items[i];
    if (!f->suppressed && f->severity >= least && (f->listed || a->all))
      return 1;
  }
  return 0;
}

static OutputOptions output_options(const RunResult *r, const LintArgs *a) {
  return (OutputOptions){.colour = cli_colour(a->colour),
                         .all = a->all,
                         .limit = a->limit ? a->limit : r->project.config.limit,
                         .width = cli_width(),
                         .quiet = a->quiet};
}

static bool add_evidence(const RunOptions *run, RunResult *r, const LintArgs *a, HpError *err) {
  OutputOptions output = output_options(r, a);
  return a->no_evidence || r->project.config.no_evidence ? evidence_forget(run, r, err)
                                                         : evidence_check(run, &output, r, err);
}

static void print_result(const RunResult *r, const LintArgs *a) {
  OutputOptions output = output_options(r, a);
  HpBuf text = {0};
  if (a->format && !strcmp(a->format, "json")) {
    output.limit = a->limit;
    output.jobs = run_jobs(&(RunOptions){.jobs = a->jobs});
    output_json(&text, r, &output);
  } else {
    output_text(&text, r, &output);
  }
  cli_print(&text);
  hp_buf_free(&text);
}

/* ---- link ------------------------------------------------------------------------------------ */

enum { LIST_LIMIT = 1 << 28 };

/* The words, and what a word @LIST names: one a line. */
static bool read_words(const CliArgs *args, HpBuf *text, HpError *err) {
  for (int i = 0; i < args->count; i++) {
    const char *word = args->items[i];
    char *list = word[0] == '@' ? hp_read_file(word + 1, LIST_LIMIT, NULL, err) : NULL;
    if (word[0] == '@' && !list)
      return false;
    hp_buf_add(text, list ? list : word);
    hp_buf_addc(text, '\n');
    free(list);
  }
  return true;
}

/* The records to link into `run`; they point into `text`. */
static bool take_records(const CliArgs *args, const LintArgs *a, RunOptions *run, HpBuf *text,
                         HpError *err) {
  const char **names = NULL;
  uint32_t count = 0, cap = 0;
  if (a->diff)
    return hp_fail(err, "--diff parses the tree as it was: it cannot be used with link");
  if (!read_words(args, text, err))
    return false;
  for (char *rest = text->text, *word; (word = strsep(&rest, "\r\n"));) {
    if (!*word)
      continue;
    HP_GROW(names, count, cap);
    names[count++] = word;
  }
  run->records = names;
  run->nrecords = count;
  run->project.npaths = 0;
  run->map = a->map;
  if (a->map && (a->map[0] != '/' || !strstr(a->map, "=/")))
    return hp_fail(err, "--map wants two absolute paths, FROM=TO, not '%s'", a->map);
  return count || hp_fail(err, "link wants the unit records that hplint-unit -o FILE.hpu wrote");
}

/* ---- the main job ---------------------------------------------------------------------------- */

static int run_and_print(RunOptions *run, const LintArgs *a) {
  HpError err = {0};
  RunResult result;
  if (!run_main_job(run, &result, &err) ||
      (a->diff && !diff_keep_new(run, a->diff, &result, &err)) ||
      !add_evidence(run, &result, a, &err)) {
    run_result_free(&result);
    return cli_error(&err);
  }
  print_result(&result, a);
  int status = exit_status(&result, a);
  for (uint32_t i = 0; i < result.project.nproblems; i++) { /* paths that could not be used */
    hp_fail(&err, "%s", result.project.problems[i]);
    status = cli_error(&err);
    err.set = false;
  }
  run_result_free(&result);
  return status;
}

static int lint(const CliArgs *args, const LintArgs *a) {
  HpError err = {0};
  Machine machine = machine_portable;
  if (a->machine && !strcmp(a->machine, "native"))
    machine = machine_of_system();
  RunOptions run = {.project = {.paths = (const char *const *)args->items,
                                .npaths = (uint32_t)args->count,
                                .database = a->database,
                                .flags = (const char *const *)args->rest,
                                .nflags = (uint32_t)args->nrest,
                                .config = a->config},
                    .select = a->select,
                    .ignore = a->ignore,
                    .jobs = a->jobs,
                    .unit_seconds = a->unit_timeout,
                    .unit_megabytes = a->unit_memory,
                    .machine = &machine,
                    .no_store = a->no_store,
                    .no_preambles = a->no_preambles,
                    .progress = !a->quiet && isatty(STDERR_FILENO)};
  HpBuf names = {0};
  bool ok = (!a->link || take_records(args, a, &run, &names, &err)) && check_args(a, &err) &&
            profile_id(a->profile, &run.profile, &err);
  if (ok && a->diff && a->no_store) /* what has not changed since is parsed once */
    ok = (run.store = store_open_memory(&err)) != NULL;
  int status = ok ? run_and_print(&run, a) : cli_error(&err);
  store_close(run.store);
  free((void *)(uintptr_t)run.records);
  hp_buf_free(&names);
  return status;
}

static int explain_rule(const char *rule) {
  char *word = hp_strdup(rule);
  CliArgs one = {&word, 1, NULL, 0};
  int status = cli_explain(&one);
  free(word);
  return status;
}

/* What the options ask for: help, a rule's page, or the main job. */
static int asked(CliArgs *args, const LintArgs *a, const CliOption *options) {
  if (a->help) {
    print_help(options);
    return 0;
  }
  if (a->version) {
    puts("hplint " HPLINT_VERSION);
    return 0;
  }
  return a->explain ? explain_rule(a->explain) : lint(args, a);
}

static int run_command(CliArgs *args, bool link) {
  LintArgs a = {.link = link};
  const CliOption options[] = {
      {"database", 'p', "DIR", "where compile_commands.json is", .text = &a.database},
      {"select", 0, "RULES", "only these rules (HP201,linked-traversal,HP1)", .list = &a.select},
      {"ignore", 0, "RULES", "all but these rules", .list = &a.ignore},
      {"limit", 0, "N", "findings shown (default 20)", .number = &a.limit},
      {"all", 0, NULL, "all findings: low, suppressed and cold ones too", .flag = &a.all},
      {"format", 0, "FORMAT", "text (default) or json", .text = &a.format},
      {"profile", 0, "ID", "rank by this profile; none: by the static estimate",
       .text = &a.profile},
      {"diff", 0, "REV", "only what is new since this git revision", .text = &a.diff},
      {"fail-on", 0, "LEVEL", "exit with 1 from high (default), medium or low on",
       .text = &a.fail_on},
      {"exit-zero", 0, NULL, "exit with 0 whatever was found", .flag = &a.exit_zero},
      {"jobs", 'j', "N", "units analysed at once (default: one a core)", .number = &a.jobs},
      {"unit-timeout", 0, "SECONDS", "for one unit (default 120)", .number = &a.unit_timeout},
      {"unit-memory", 0, "MB", "address space of a worker (default 4096)",
       .number = &a.unit_memory},
      {"machine", 0, "WHICH", "caches to judge by: portable (default) or native, this one's",
       .text = &a.machine},
      {"no-store", 0, NULL, "leave nothing behind (and read nothing stored)", .flag = &a.no_store},
      {"no-preambles", 0, NULL, "parse headers anew for each file, also those that many begin with",
       .flag = &a.no_preambles},
      {"no-evidence", 0, NULL, "do not ask clang's optimiser what it leaves of them",
       .flag = &a.no_evidence},
      {"config", 0, "FILE", "this configuration instead of .hplint.yaml", .text = &a.config},
      {"color", 0, "WHEN", "auto (default), always, never", .text = &a.colour},
      {"quiet", 'q', NULL, "findings only", .flag = &a.quiet},
      {"explain", 0, "RULE", "the rule's page", .text = &a.explain},
      {"help", 'h', NULL, "this text", .flag = &a.help},
      {"version", 0, NULL, "the version", .flag = &a.version},
      {link ? "map" : NULL, 0, "FROM=TO", "what is the folder FROM for the records is TO here",
       .text = &a.map},
      {NULL}};
  HpError err = {0};
  int status = cli_options(args, options, link ? "link" : "", &err) ? asked(args, &a, options)
                                                                    : cli_error(&err);
  free(a.select);
  free(a.ignore);
  return status;
}

int cli_lint(CliArgs *args) {
  return run_command(args, false);
}

int cli_link(CliArgs *args) {
  return run_command(args, true);
}
