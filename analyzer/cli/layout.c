/* `hplint layout`: a record as it lies in memory, what uses its fields, and what would be better.
 */
#include "analyzer/cli/layout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char usage[] =
    "usage: hplint layout [OPTIONS] RECORD [PATH...] [-- FLAGS]\n"
    "       hplint layout [OPTIONS] --all [PATH...]  the records that cost most\n"
    "\n"
    "A record as pahole shows it, from the source alone: offsets, sizes, holes, bit-fields, cache "
    "lines;\n"
    "beside each field the loops of the whole program that use it, with a stored profile its share "
    "of\n"
    "the time; then a better order of the fields, or why theirs has to stay. RECORD is a tag or a\n"
    "typedef's name (`robj`, `struct node`), FILE:RECORD or FILE:LINE. The program is PATH, as of\n"
    "`hplint PATH`, or the current folder; what the store holds is not parsed again.\n"
    "\n";

/* ---- the program ----------------------------------------------------------------------------- */

static void say(const LayoutView *v) {
  const RunResult *run = &v->whole.run;
  for (uint32_t i = 0; i < run->nfailures; i++) {
    const RunFailure *f = &run->failures[i];
    HpBuf text = {0};
    hp_buf_addf(&text, "%u unit%s %s: %s (%s)", f->units, f->units == 1 ? "" : "s",
                f->incomplete ? "analysed in part" : "not analysed", f->cause, f->example);
    HpBuf shown = {0};
    hp_buf_add_escaped(&shown, hp_buf_text(&text));
    fprintf(stderr, "hplint: %s\n", hp_buf_text(&shown));
    hp_buf_free(&shown);
    hp_buf_free(&text);
  }
  if (v->args->verbose)
    fprintf(stderr, "hplint: %u units: %u from the store, %u parsed\n", run->units, run->cached,
            run->nparsed);
}

/* The paths of the program; `file` is one that the record is in, "" if unknown. */
static bool load(LayoutView *v, const CliArgs *args, uint32_t first, const char *file,
                 HpError *err) {
  const LayoutArgs *a = v->args;
  RunOptions run = {.project = {.paths = (const char *const *)args->items + first,
                                .npaths = (uint32_t)args->count - first,
                                .database = a->database,
                                .flags = a->flags,
                                .nflags = a->nflags},
                    .jobs = a->jobs};
  struct stat st;
  char *above = path_absolute(".", NULL), *inside = path_absolute(file, NULL);
  size_t n = strlen(above);
  bool outside = *file && stat(file, &st) == 0 && strncmp(inside, above, n) != 0;
  const char *only = inside;
  if (outside && !run.project.npaths) {
    run.project.paths = &only;
    run.project.npaths = 1;
  }
  bool ok = whole_load(&run, &v->whole, err);
  free(above);
  free(inside);
  for (uint32_t i = 0; ok && i < v->whole.run.project.nproblems; i++)
    ok = hp_fail(err, "%s", v->whole.run.project.problems[i]);
  return ok;
}

/* The rules that speak of a record's layout besides its order. */
static void run_rules(LayoutView *v) {
  bool *enabled = hp_calloc(nrules, sizeof *enabled);
  for (uint32_t i = 0; i < nrules; i++)
    enabled[i] = !strcmp(rules[i]->id, "HP105");
  v->found = (Report){.arena = v->arena, .program = v->p};
  rules_run(v->p, enabled, v->args->jobs ? v->args->jobs : 1, &v->found);
  free(enabled);
}

/* Counts of executions are no shares of anything: without a word, as before a first profile. */
static void check_metric(LayoutView *v) {
  DbFileCost cost = {0};
  if (v->profile)
    store_file_cost(v->store, v->profile, "", &cost, NULL);
  memcpy(v->metric, cost.metric, sizeof v->metric);
  free(cost.lines);
  if (strcmp(v->metric, "executions") != 0)
    return;
  v->profile = 0;
  free(v->label);
  v->label = NULL;
}

/* The stored profile, if the project has one. */
static bool open_profile(LayoutView *v, HpError *err) {
  if (v->args->no_profile)
    return true;
  if (!cli_open_profile(v->whole.run.project.root, v->args->profile, &v->store, &v->profile,
                        &v->label, err))
    return false;
  if (v->store)
    check_metric(v);
  return true;
}

static bool open_view(LayoutView *v, const CliArgs *args, uint32_t first, const char *file,
                      HpError *err) {
  v->arena = hp_arena_new();
  if (!load(v, args, first, file, err))
    return false;
  v->p = v->whole.program;
  layout_find_sites(v);
  run_rules(v);
  return open_profile(v, err);
}

static void close_view(LayoutView *v) {
  layout_files_free(v);
  free(v->sites);
  free(v->first);
  free(v->found.findings);
  store_close(v->store);
  free(v->label);
  whole_free(&v->whole);
  hp_arena_free(v->arena);
}

/* ---- the command ----------------------------------------------------------------------------- */

static bool check(const CliArgs *args, const LayoutArgs *a, HpError *err) {
  if (a->colour && strcmp(a->colour, "always") && strcmp(a->colour, "never") &&
      strcmp(a->colour, "auto"))
    return hp_fail(err, "--color wants always, never or auto, not '%s'", a->colour);
  if (a->all && a->expand)
    return hp_fail(err, "--expand is for one record, --all for all");
  if (!a->all && a->limit)
    return hp_fail(err, "--limit goes with --all");
  if (!a->all && !args->count)
    return hp_fail(err, "layout: of what? hplint layout RECORD, or --all (hplint layout --help)");
  return true;
}

/* `struct node`, in one word or two. Returns how many were taken. */
static uint32_t record_word(const CliArgs *args, char **word) {
  const char *first = args->items[0], *colon = strrchr(first, ':');
  const char *name = colon ? colon + 1 : first;
  bool two = args->count > 1 && (!strcmp(name, "struct") || !strcmp(name, "union"));
  *word = two ? hp_format("%s %s", first, args->items[1]) : hp_strdup(first);
  return two ? 2 : 1;
}

static bool show_all(LayoutView *v, const CliArgs *args, HpError *err) {
  if (!open_view(v, args, 0, "", err))
    return false;
  uint32_t count;
  LayoutRank *ranks = layout_rank(v, &count);
  HpBuf out = {0};
  say(v);
  (v->args->json ? layout_json_all : layout_text_all)(&out, v, ranks, count);
  cli_print(&out);
  hp_buf_free(&out);
  free(ranks);
  return true;
}

static bool show_one(LayoutView *v, const CliArgs *args, HpError *err) {
  char *word;
  uint32_t taken = record_word(args, &word);
  char *file = layout_file_of(word);
  LayoutName name;
  bool ok = open_view(v, args, taken, file, err) && layout_find(v, word, &name, err);
  if (ok) {
    HpBuf out = {0};
    say(v);
    (v->args->json ? layout_json : layout_text)(&out, v, &name);
    cli_print(&out);
    hp_buf_free(&out);
  }
  free(file);
  free(word);
  return ok;
}

int cli_layout(CliArgs *args) {
  LayoutArgs a = {.flags = (const char *const *)args->rest, .nflags = (uint32_t)args->nrest};
  const CliOption options[] = {
      {"expand", 'e', NULL, "the fields of named records inside, too", .flag = &a.expand},
      {"all", 'a', NULL, "all records of the program, ranked", .flag = &a.all},
      {"limit", 'n', "N", "with --all: so many (default 20)", .number = &a.limit},
      {"json", 0, NULL, "as JSON (docs/json.md)", .flag = &a.json},
      {"profile", 0, "NAME", "shares from this profile: number, format, file; none",
       .text = &a.profile},
      {"no-profile", 0, NULL, "no shares beside the fields", .flag = &a.no_profile},
      {"width", 'w', "N", "columns (default: the terminal's, or 100)", .number = &a.width},
      {"color", 0, "WHEN", "auto (default), always, never", .text = &a.colour},
      {"database", 'p', "DIR", "where compile_commands.json is", .text = &a.database},
      {"jobs", 'j', "N", "units analysed at once (default: one a core)", .number = &a.jobs},
      {"verbose", 'v', NULL, "say how many units the store served", .flag = &a.verbose},
      {"help", 'h', NULL, "this text", .flag = &a.help},
      {NULL}};
  HpError err = {0};
  if (!cli_options(args, options, "layout", &err))
    return cli_error(&err);
  if (a.help) {
    cli_usage(usage, options);
    return 0;
  }
  LayoutView v = {.args = &a};
  bool ok = check(args, &a, &err) && (a.all ? show_all(&v, args, &err) : show_one(&v, args, &err));
  close_view(&v);
  return ok ? 0 : cli_error(&err);
}
