/* `hplint fix`: what can be changed mechanically, as a diff or in place. */
#include "analyzer/fix/fix.h"
#include "analyzer/cli/cli.h"
#include "analyzer/output/output.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "usage: hplint fix [OPTIONS] [PATH...] [FINGERPRINT...] [-- FLAGS]\n"
    "\n"
    "Shows the fixes of findings as a diff (for `git apply` or `patch -p1`), or applies them.\n"
    "Each one has been tried: the changed text compiles, the finding is gone, none took its\n"
    "place. FINGERPRINT: at least 8 digits of a finding's (--format json names it).\n"
    "\n";

static const char statuses[] = "\nexit status: 0 nothing to fix or all is written, 1 there are "
                               "fixes, 2 wrong use or failure\n";

typedef struct FixArgs {
  const char *database, *config, *format;
  const char **select, **ignore; /* heap */
  unsigned jobs;
  bool write, all, headers, why, no_store, quiet, help;
} FixArgs;

enum { SHORTEST_PRINT = 8, LONGEST_PRINT = 16 };

static bool is_fingerprint(const char *word) {
  size_t n = strlen(word);
  for (size_t i = 0; i < n; i++)
    if (!isdigit((unsigned char)word[i]) && (word[i] < 'a' || word[i] > 'f'))
      return false;
  return n >= SHORTEST_PRINT && n <= LONGEST_PRINT && access(word, F_OK) != 0;
}

/* Moves the fingerprints behind the paths, and says how many paths there are. */
static int part_words(const CliArgs *args) {
  int paths = 0;
  for (int i = 0; i < args->count; i++) {
    if (is_fingerprint(args->items[i]))
      continue;
    char *path = args->items[i];
    memmove(&args->items[paths + 1], &args->items[paths],
            (size_t)(i - paths) * sizeof *args->items);
    args->items[paths++] = path;
  }
  return paths;
}

/* ---- what is said ---------------------------------------------------------------------------- */

static uint32_t count_fixes(const FixPlan *plan) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < plan->nfixes; i++)
    count += !plan->fixes[i].why;
  return count;
}

/* "3 the loop is left in its middle; 1 ...", the most frequent first. */
static void add_reasons(const FixPlan *plan, HpBuf *out) {
  bool *said = hp_calloc(plan->nfixes, sizeof *said);
  for (uint32_t round = 0;; round++) {
    uint32_t best = 0, most = 0;
    for (uint32_t i = 0; i < plan->nfixes; i++) {
      uint32_t count = 0;
      if (said[i] || !plan->fixes[i].why)
        continue;
      for (uint32_t k = i; k < plan->nfixes; k++)
        count += plan->fixes[k].why && !strcmp(plan->fixes[k].why, plan->fixes[i].why);
      if (count > most)
        most = count, best = i;
    }
    if (!most)
      break;
    hp_buf_addf(out, "%s%u × ", round ? "; " : "", most);
    hp_buf_add_escaped(out, plan->fixes[best].why);
    for (uint32_t k = 0; k < plan->nfixes; k++)
      said[k] |= plan->fixes[k].why && !strcmp(plan->fixes[k].why, plan->fixes[best].why);
  }
  free(said);
}

static void say_counts(const FixPlan *plan, const FixArgs *a, uint32_t written) {
  uint32_t fixes = count_fixes(plan), none = plan->nfixes - fixes;
  HpBuf text = {0};
  hp_buf_addf(&text, "%u fix%s %s", a->write ? written : fixes,
              (a->write ? written : fixes) == 1 ? "" : "es", a->write ? "written" : "shown");
  if (!a->write && fixes)
    hp_buf_add(&text, " (--write applies)");
  hp_buf_addf(&text, ", %u finding%s without", none, none == 1 ? "" : "s");
  if (none) {
    hp_buf_add(&text, ": ");
    add_reasons(plan, &text);
  }
  fprintf(stderr, "%s\n", hp_buf_text(&text));
  hp_buf_free(&text);
}

static void say_why(const FixPlan *plan) {
  for (uint32_t i = 0; i < plan->nfixes; i++) {
    const Fix *fix = &plan->fixes[i];
    const DbFinding *f = fix->finding;
    HpBuf text = {0};
    hp_buf_add_escaped(&text, f->file);
    hp_buf_addf(&text, ":%u:%u: %s %s: ", f->line, f->column, f->rule, f->fingerprint);
    hp_buf_add_escaped(&text, fix->why ? fix->why : "fixed");
    fprintf(stderr, "%s\n", hp_buf_text(&text));
    hp_buf_free(&text);
  }
}

static int show(const FixPlan *plan, const RunResult *result, const FixArgs *a) {
  HpError err = {0};
  uint32_t fixes = count_fixes(plan), written = 0;
  int status = !a->write && fixes ? 1 : 0;
  if (a->write && !fix_write(plan, result->project.root, &written, &err))
    status = cli_error(&err);
  HpBuf text = {0};
  const OutputOptions output = {.fixes = plan, .limit = UINT32_MAX};
  if (a->format && !strcmp(a->format, "json"))
    output_json(&text, result, &output);
  else if (!a->write)
    fix_diff(plan, isatty(STDOUT_FILENO), &text);
  cli_print(&text);
  hp_buf_free(&text);
  fflush(stdout);
  if (a->why)
    say_why(plan);
  if (!a->quiet && (plan->nfixes || !result->project.nproblems))
    say_counts(plan, a, written);
  return status;
}

/* ---- all ------------------------------------------------------------------------------------- */

/* Asked for by a fingerprint, but not there. */
static bool all_found(const FixOptions *fix, const FixPlan *plan, HpError *err) {
  for (uint32_t i = 0; i < fix->nfingerprints; i++) {
    bool found = false;
    for (uint32_t k = 0; k < plan->nfixes; k++)
      found |= !strncmp(plan->fixes[k].finding->fingerprint, fix->fingerprints[i],
                        strlen(fix->fingerprints[i]));
    if (!found)
      return hp_fail(err, "no finding has the fingerprint %s", fix->fingerprints[i]);
  }
  return true;
}

static int run(const FixOptions *fix, const FixArgs *a) {
  HpError err = {0};
  RunResult result;
  FixPlan plan = {0};
  if (!run_main_job(fix->run, &result, &err)) {
    run_result_free(&result);
    return cli_error(&err);
  }
  int status;
  if (!fix_plan(fix, &result, &plan, &err) || !all_found(fix, &plan, &err))
    status = cli_error(&err);
  else if (!result.analysed && result.units)
    status = hp_fail(&err, "no unit could be analysed: `hplint` says why") ? 0 : cli_error(&err);
  else
    status = show(&plan, &result, a);
  for (uint32_t i = 0; i < result.project.nproblems; i++) {
    HpError problem = {0};
    hp_fail(&problem, "%s", result.project.problems[i]);
    status = cli_error(&problem);
  }
  fix_plan_free(&plan);
  run_result_free(&result);
  return status;
}

static int asked(CliArgs *args, const FixArgs *a) {
  int paths = part_words(args);
  RunOptions options = {.project = {.paths = (const char *const *)args->items,
                                    .npaths = (uint32_t)paths,
                                    .database = a->database,
                                    .flags = (const char *const *)args->rest,
                                    .nflags = (uint32_t)args->nrest,
                                    .config = a->config},
                        .select = a->select,
                        .ignore = a->ignore,
                        .jobs = a->jobs,
                        .no_store = a->no_store,
                        .progress = !a->quiet && isatty(STDERR_FILENO)};
  FixOptions fix = {.run = &options,
                    .all = a->all,
                    .shared = a->headers,
                    .fingerprints = (const char *const *)args->items + paths,
                    .nfingerprints = (uint32_t)(args->count - paths)};
  return run(&fix, a);
}

int cli_fix(CliArgs *args) {
  FixArgs a = {0};
  const CliOption options[] = {
      {"write", 'w', NULL, "change the files", .flag = &a.write},
      {"format", 0, "FORMAT", "diff (default), or json: the findings with their edits",
       .text = &a.format},
      {"select", 0, "RULES", "only these rules (HP201,padded-struct,HP3)", .list = &a.select},
      {"ignore", 0, "RULES", "all but these rules", .list = &a.ignore},
      {"all", 0, NULL, "low and cold findings, too", .flag = &a.all},
      {"headers", 0, NULL, "reorder records in headers: only this project includes them",
       .flag = &a.headers},
      {"why", 0, NULL, "for each finding, on stderr, why there is no fix", .flag = &a.why},
      {"database", 'p', "DIR", "where compile_commands.json is", .text = &a.database},
      {"jobs", 'j', "N", "units analysed at once (default: one a core)", .number = &a.jobs},
      {"no-store", 0, NULL, "leave nothing behind (and read nothing stored)", .flag = &a.no_store},
      {"config", 0, "FILE", "this configuration instead of .hplint.yaml", .text = &a.config},
      {"quiet", 'q', NULL, "the diff only", .flag = &a.quiet},
      {"help", 'h', NULL, "this text", .flag = &a.help},
      {NULL}};
  HpError err = {0};
  int status;
  if (!cli_options(args, options, "fix", &err)) {
    status = cli_error(&err);
  } else if (a.help) {
    cli_usage(usage, options);
    fputs(statuses, stdout);
    status = 0;
  } else if (a.format && strcmp(a.format, "json") && strcmp(a.format, "diff")) {
    hp_fail(&err, "--format wants diff or json, not '%s'", a.format);
    status = cli_error(&err);
  } else {
    status = asked(args, &a);
  }
  free(a.select);
  free(a.ignore);
  return status;
}
