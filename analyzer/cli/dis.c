/* `hplint dis`: what the C became, as a listing, a tree of loops, a graph or JSON. */
#include "analyzer/cli/dis.h"
#include "analyzer/cli/coverage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: hplint dis [OPTIONS] FILE[:FUNCTION] [-- FLAGS]\n"
    "       hplint dis [OPTIONS] FILE:LINE       the function around a line, its rows marked\n"
    "       hplint dis [OPTIONS] FUNCTION        found by name in what the last run stored\n"
    "       hplint dis --diff [OPTIONS] A B      a function in two versions\n"
    "       hplint dis --coverage [PATH...]      how much of the code is modelled\n"
    "\n"
    "The bytecode of functions, as Python's dis shows its own: source line, jump target (>>), "
    "block,\n"
    "instruction, opcode, operands, what they mean in C, loop depth; with a stored profile, time "
    "or\n"
    "hits. FILE may be REVISION:FILE (git's), or IR text that --ir wrote. What the store holds is\n"
    "not parsed again. Implicit conversions and constant offsets are folded into their users.\n"
    "\n";

/* ---- output ---------------------------------------------------------------------------------- */

static IrDisOptions options_of(const DisInput *in, const DisArgs *a, DisBeside *beside) {
  bool source = (a->source || in->line || a->loops) && !a->no_source;
  return (IrDisOptions){.colour = cli_colour(a->colour),
                        .all = a->all,
                        .classes = a->classes,
                        .width = a->width ? a->width
                                 : a->cfg ? 0
                                          : cli_width(),
                        .mark_first = in->line,
                        .mark_last = in->line,
                        .only_marked = a->only && in->line,
                        .source = source ? dis_source_line : NULL,
                        .cost = beside->profile ? dis_line_cost : NULL,
                        .profile = beside->label,
                        .context = beside};
}

static void print_functions(const DisInput *in, const uint32_t *functions, uint32_t count,
                            const DisArgs *a, DisBeside *beside) {
  IrDisOptions options = options_of(in, a, beside);
  for (uint32_t i = 0; i < count; i++) {
    const IrFunction *fn = &in->unit->functions[functions[i]];
    HpArena *arena = hp_arena_new();
    IrAnalysis *an = ir_analyse(in->unit, fn, arena);
    HpBuf out = {0};
    if (i)
      hp_buf_addc(&out, '\n');
    if (a->cfg)
      ir_dis_graph(&out, in->unit, fn, an, &options);
    else if (a->loops)
      ir_dis_loops(&out, in->unit, fn, an, &options);
    else
      ir_dis(&out, in->unit, fn, an, &options);
    cli_print(&out);
    hp_buf_free(&out);
    hp_arena_free(arena);
  }
}

/* A comment, a brace: nothing to mark. */
static bool check_line(const DisInput *in, uint32_t function, const DisArgs *a, HpError *err) {
  const IrFunction *fn = &in->unit->functions[function];
  uint32_t above = 0, below = 0;
  for (uint32_t i = 0; i < fn->ninsns; i++) {
    IrLoc loc = ir_loc(fn, fn->insns[i].loc);
    if (!loc.line || loc.file != fn->loc.file)
      continue;
    if (loc.line == in->line)
      return true;
    if (loc.line < in->line && loc.line > above)
      above = loc.line;
    if (loc.line > in->line && (!below || loc.line < below))
      below = loc.line;
  }
  char *text = hp_format("%s:%u has no instructions; next to it: lines %u and %u", in->file,
                         in->line, above, below);
  if (a->only)
    hp_fail(err, "%s", text);
  else
    fprintf(stderr, "hplint: %s\n", text);
  free(text);
  return !a->only;
}

static bool print(const DisInput *in, const DisArgs *a, HpError *err) {
  if (a->ir) {
    HpBuf out = {0};
    ir_print_unit(&out, in->unit);
    cli_print(&out);
    hp_buf_free(&out);
    return true;
  }
  uint32_t count;
  uint32_t *functions = dis_functions(in, &count, err);
  DisBeside beside = {0};
  bool ok = functions && (!in->line || check_line(in, functions[0], a, err)) &&
            dis_beside_open(&beside, in, a, err);
  if (ok && a->json) {
    HpBuf out = {0};
    dis_json(&out, in, functions, count, &beside);
    cli_print(&out);
    hp_buf_free(&out);
  } else if (ok) {
    print_functions(in, functions, count, a, &beside);
  }
  dis_beside_free(&beside);
  free(functions);
  return ok;
}

/* ---- the command ----------------------------------------------------------------------------- */

static bool check(const CliArgs *args, const DisArgs *a, HpError *err) {
  if (a->ir + a->loops + a->cfg + a->json > 1)
    return hp_fail(err, "one of --ir, --loops, --cfg and --json at a time");
  if (a->colour && strcmp(a->colour, "always") && strcmp(a->colour, "never") &&
      strcmp(a->colour, "auto"))
    return hp_fail(err, "--color wants always, never or auto, not '%s'", a->colour);
  if (a->unified && !a->diff)
    return hp_fail(err, "--unified goes with --diff");
  if (a->diff && (a->ir || a->loops || a->cfg))
    return hp_fail(err, "--diff goes with --json or --unified only");
  if (a->diff)
    return args->count == 2 ||
           hp_fail(err, "--diff wants two: hplint dis --diff OLD.c:f NEW.c:f, or HEAD:F.c F.c");
  if (!args->count)
    return hp_fail(err, "dis: of what? hplint dis FILE:FUNCTION (hplint dis --help)");
  if (args->count > 1)
    return hp_fail(err, "dis shows one file at a time, not %d; --diff compares two", args->count);
  return true;
}

static bool run(const CliArgs *args, const DisArgs *a, HpError *err) {
  if (!check(args, a, err))
    return false;
  if (a->diff)
    return dis_diff(args->items[0], args->items[1], a, err);
  DisInput in;
  bool ok = dis_input_load(&in, args->items[0], a, err) && print(&in, a, err);
  dis_input_free(&in);
  return ok;
}

int cli_dis(CliArgs *args) {
  DisArgs a = {.flags = (const char *const *)args->rest, .nflags = (uint32_t)args->nrest};
  const CliOption options[] = {
      {"source", 's', NULL, "source lines between (with FILE:LINE: the default)",
       .flag = &a.source},
      {"no-source", 0, NULL, "without them", .flag = &a.no_source},
      {"only", 0, NULL, "with FILE:LINE: only the rows of that line", .flag = &a.only},
      {"all", 'a', NULL, "a row for every instruction, nothing folded", .flag = &a.all},
      {"classes", 0, NULL, "a column with each access's address class", .flag = &a.classes},
      {"loops", 0, NULL, "the tree of loops instead: iterations, bytes, accesses, calls",
       .flag = &a.loops},
      {"cfg", 0, NULL, "the control-flow graph instead, for dot -Tsvg", .flag = &a.cfg},
      {"json", 0, NULL, "as JSON (docs/json.md)", .flag = &a.json},
      {"ir", 0, NULL, "the unit's text form, which dis reads too", .flag = &a.ir},
      {"diff", 0, NULL, "two versions of a function, or of all of a file's, side by side",
       .flag = &a.diff},
      {"unified", 'u', NULL, "with --diff: one below the other", .flag = &a.unified},
      {"coverage", 0, NULL, "what is not modelled, over files, folders or the project",
       .flag = &a.coverage},
      {"profile", 0, "NAME", "cost from this profile: number, format, file; none",
       .text = &a.profile},
      {"no-profile", 0, NULL, "no cost beside the rows", .flag = &a.no_profile},
      {"width", 'w', "N", "columns (default: the terminal's, or 100)", .number = &a.width},
      {"color", 0, "WHEN", "auto (default), always, never", .text = &a.colour},
      {"database", 'p', "DIR", "where compile_commands.json is", .text = &a.database},
      {"verbose", 'v', NULL, "say whether the store served or the file was parsed",
       .flag = &a.verbose},
      {"help", 'h', NULL, "this text", .flag = &a.help},
      {NULL}};
  HpError err = {0};
  if (!cli_options(args, options, "dis", &err))
    return cli_error(&err);
  if (a.help) {
    cli_usage(usage, options);
    return 0;
  }
  if (a.coverage)
    return cli_coverage(args, a.database, a.json);
  return run(args, &a, &err) ? 0 : cli_error(&err);
}
