/* `hplint dis FILE[:FUNCTION]`: the bytecode listing. */
#include "analyzer/cli/cli.h"
#include "analyzer/cli/coverage.h"
#include "analyzer/project/project.h"
#include "analyzer/unit/worker.h"
#include "db/profile.h"
#include "ir/build.h"
#include "ir/files.h"
#include "ir/serial.h"
#include "ir/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char usage[] =
    "usage: hplint dis [OPTIONS] FILE[:FUNCTION] [-- FLAGS]\n"
    "       hplint dis --coverage [--json] [PATH...] [-- FLAGS]\n"
    "\n"
    "The bytecode of the file's functions: source line, jump target, offset, opcode, operands, "
    "what\n"
    "they mean, loop depth; with a stored profile, hits.\n"
    "\n"
    "options: -p DIR (compile database), --source (source lines between), --ir (the text form "
    "that\n"
    "tests and bug reports use), --width N, --color WHEN, --profile ID|none\n"
    "--coverage: how much of the code is modelled, over files, folders or the whole project\n";

typedef struct DisArgs {
  const char *database, *colour, *profile;
  bool source, ir, coverage, json, help;
  unsigned width;
} DisArgs;

/* ---- sources and profile beside the listing -------------------------------------------------- */

typedef struct Beside {
  HpLines lines; /* of the file shown last */
  Store *store;
  int64_t profile;
  const Project *project;
} Beside;

static const char *source_of(void *context, const char *path, uint32_t line) {
  Beside *b = context;
  hp_lines_read(&b->lines, path);
  return hp_lines_at(&b->lines, line);
}

static double hits_of(void *context, const char *path, uint32_t line) {
  const Beside *b = context;
  return store_line_hits(b->store, b->profile, project_relative(b->project, path), line);
}

/* The stored profile, if the project has one: listings work without. */
static void find_profile(Beside *b, const DisArgs *a) {
  if (a->profile && !strcmp(a->profile, "none"))
    return;
  HpError ignored = {0};
  char *dir = store_location(b->project->root, NULL, &ignored), *label = NULL;
  b->store = dir ? store_open(dir, false, &ignored) : NULL;
  if (b->store)
    store_find_profile(b->store, a->profile ? atoll(a->profile) : 0, &b->profile, &label, &ignored);
  free(label);
  free(dir);
}

/* ---- listing --------------------------------------------------------------------------------- */

static bool list_unit(const IrUnit *unit, const char *function, const DisArgs *a, Beside *beside,
                      HpError *err) {
  IrDisOptions options = {.colour = cli_colour(a->colour),
                          .width = a->width ? a->width : cli_width(),
                          .source = a->source ? source_of : NULL,
                          .hits = beside->profile ? hits_of : NULL,
                          .context = beside};
  const char **names = hp_calloc(unit->nfunctions + 1, sizeof *names);
  uint32_t shown = 0;
  HpBuf out = {0};
  for (uint32_t i = 0; i < unit->nfunctions; i++) {
    const IrFunction *fn = &unit->functions[i];
    names[i] = ir_function_name(unit, fn);
    bool here = unit->files[fn->loc.file].flags & IR_FILE_MAIN;
    if (function ? strcmp(function, names[i]) != 0 : !here)
      continue;
    HpArena *arena = hp_arena_new();
    if (shown++)
      hp_buf_addc(&out, '\n');
    ir_dis(&out, unit, fn, ir_analyse(unit, fn, arena), &options);
    hp_arena_free(arena);
  }
  if (shown)
    cli_print(&out);
  else if (function && unit->nfunctions)
    hp_fail(err, "no function '%s' in %s; did you mean %s?", function, ir_str(unit, unit->path),
            hp_nearest(function, names, unit->nfunctions));
  else
    hp_fail(err, "%s defines no functions", ir_str(unit, unit->path));
  hp_buf_free(&out);
  free(names);
  return shown > 0;
}

static IrUnit *analyse(const ProjectUnit *pu, HpError *err) {
  PoolOptions options = {.jobs = 1};
  Pool *pool = pool_start(&options, err);
  UnitResult r = {0};
  IrUnit *unit = NULL;
  if (pool && pool_run_one(pool, pu, NULL, 0, &r, err)) {
    if (!r.record)
      hp_fail(err, "%s: %s", pu->file, r.reason ? r.reason : "could not be analysed");
    else
      unit = ir_read_unit(r.record, r.record_size, pu->file, err);
    if (unit && r.reason)
      fprintf(stderr, "hplint: analysed in part: %s\n", r.reason);
  }
  unit_result_free(&r);
  pool_stop(pool);
  return unit;
}

/* Parts FILE:FUNCTION; a file that has a colon in its name wins. */
static char *split_name(char *word) {
  struct stat st;
  char *colon = strrchr(word, ':');
  if (!colon || stat(word, &st) == 0)
    return NULL;
  *colon = 0;
  return colon + 1;
}

static bool dis(CliArgs *args, const DisArgs *a, HpError *err) {
  const char *function = split_name(args->items[0]);
  ProjectOptions po = {.paths = (const char *const *)args->items,
                       .npaths = 1,
                       .database = a->database,
                       .flags = (const char *const *)args->rest,
                       .nflags = (uint32_t)args->nrest};
  Project project = {0};
  IrUnit *unit = NULL;
  bool ok = project_load(&po, &project, err);
  if (ok && project.nunits != 1)
    ok = hp_fail(err, "%s: dis wants one C file", args->items[0]);
  ok = ok && (unit = analyse(&project.units[0], err));
  Beside beside = {.project = &project};
  if (ok && a->ir) {
    HpBuf out = {0};
    ir_print_unit(&out, unit);
    cli_print(&out);
    hp_buf_free(&out);
  } else if (ok) {
    find_profile(&beside, a);
    ok = list_unit(unit, function, a, &beside, err);
  }
  store_close(beside.store);
  hp_lines_free(&beside.lines);
  ir_unit_free(unit);
  project_free(&project);
  return ok;
}

int cli_dis(CliArgs *args) {
  DisArgs a = {0};
  const CliOption options[] = {
      {"database", 'p', "DIR", "where compile_commands.json is", .text = &a.database},
      {"source", 0, NULL, "source lines between", .flag = &a.source},
      {"ir", 0, NULL, "the text form", .flag = &a.ir},
      {"coverage", 0, NULL, "what is not modelled", .flag = &a.coverage},
      {"json", 0, NULL, "with --coverage", .flag = &a.json},
      {"width", 0, "N", "columns", .number = &a.width},
      {"color", 0, "WHEN", "auto, always, never", .text = &a.colour},
      {"profile", 0, "ID", "hits from this profile", .text = &a.profile},
      {"help", 'h', NULL, "this text", .flag = &a.help},
      {NULL}};
  HpError err = {0};
  if (!cli_options(args, options, "dis", &err))
    return cli_error(&err);
  if (a.coverage && !a.help)
    return cli_coverage(args, a.database, a.json);
  if (a.help || args->count != 1) {
    fputs(usage, a.help ? stdout : stderr);
    return a.help ? 0 : 2;
  }
  return dis(args, &a, &err) ? 0 : cli_error(&err);
}
