/* `hplint dis --diff A B`: what a change of the source did to a function, or to all of a file. */
#include "analyzer/cli/dis_json.h"
#include "ir/compare.h"
#include "ir/program.h"

#include <stdlib.h>
#include <string.h>

typedef struct Compare {
  const DisArgs *args;
  DisInput inputs[2];
  IrProgram *programs[2]; /* each unit alone, linked: says what allocates */
  uint32_t changed, same, only[2];
  HpBuf lists[2]; /* names of functions that only one version has */
  HpBuf out;
  json_t *json; /* NULL for text */
} Compare;

static bool allocates(void *context, const IrVersion *v, IrInsnId call) {
  const Compare *c = context;
  int side = v->unit == c->inputs[1].unit;
  const IrInsn *in = &v->fn->insns[call];
  return pg_callee(c->programs[side], v->unit, v->fn, in) != IR_NONE &&
         pg_summary(c->programs[side], v->unit, v->fn, in)->flags & PG_ALLOCATES;
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static json_t *side_json(const IrDiff *d, int side) {
  const IrVersion *v = &d->versions[side];
  return json_pack("{so so si so}", "function", db_json_text(ir_function_name(v->unit, v->fn)),
                   "file", db_json_text(ir_str(v->unit, v->unit->files[v->fn->loc.file].path)),
                   "line", v->fn->loc.line, "rows", dis_json_rows(v->unit, v->fn, v->an));
}

static json_t *index_or_null(const IrListing *l, uint32_t i) {
  return i == IR_NONE ? json_null() : json_integer(l->lines[i].insn);
}

static void add_json(Compare *c, const IrDiff *d) {
  static const char *const marks[] = {"same", "changed", "gone", "new"};
  json_t *counts = json_object(), *rows = json_array();
  for (uint32_t i = 0; i < IR_DIFF_NCOUNTS; i++)
    json_object_set_new(counts, ir_diff_count_name(i),
                        json_pack("{si si}", "before", ir_diff_count(&d->counts[0], i), "after",
                                  ir_diff_count(&d->counts[1], i)));
  for (uint32_t i = 0; i < d->nrows; i++)
    json_array_append_new(rows, json_pack("{ss so so}", "mark", marks[d->rows[i].mark], "before",
                                          index_or_null(d->listings[0], d->rows[i].a), "after",
                                          index_or_null(d->listings[1], d->rows[i].b)));
  json_array_append_new(json_object_get(c->json, "functions"),
                        json_pack("{so so si so so}", "before", side_json(d, 0), "after",
                                  side_json(d, 1), "changed", d->nchanged, "counts", counts, "rows",
                                  rows));
}

/* ---- functions ------------------------------------------------------------------------------- */

static void compare(Compare *c, const IrFunction *a, const IrFunction *b, bool asked) {
  HpArena *arena = hp_arena_new();
  const IrUnit *ua = c->inputs[0].unit, *ub = c->inputs[1].unit;
  IrVersion before = {ua, a, ir_analyse(ua, a, arena)}, after = {ub, b, ir_analyse(ub, b, arena)};
  IrDiff *d = ir_compare(&before, &after, c->args->all, allocates, c);
  bool show = d->nchanged || asked;
  c->changed += d->nchanged > 0;
  c->same += !d->nchanged;
  if (c->json && show) {
    add_json(c, d);
  } else if (show) {
    IrDiffOptions options = {.colour = cli_colour(c->args->colour),
                             .unified = c->args->unified,
                             .all = c->args->all,
                             .width = c->args->width ? c->args->width : cli_width(),
                             .names = {c->inputs[0].word, c->inputs[1].word}};
    if (c->out.length)
      hp_buf_addc(&c->out, '\n');
    ir_diff_print(&c->out, d, &options);
  }
  ir_diff_free(d);
  hp_arena_free(arena);
}

static const IrFunction *named(const IrUnit *u, const uint32_t *list, uint32_t count,
                               const char *name) {
  for (uint32_t i = 0; i < count; i++)
    if (!strcmp(ir_function_name(u, &u->functions[list[i]]), name))
      return &u->functions[list[i]];
  return NULL;
}

static void only_here(Compare *c, int side, const char *name) {
  hp_buf_add(&c->lists[side], c->only[side]++ ? ", " : "");
  hp_buf_add_escaped(&c->lists[side], name);
}

/* All functions of two files, by name. */
static void compare_files(Compare *c, uint32_t *const *lists, const uint32_t *counts) {
  const IrUnit *ua = c->inputs[0].unit, *ub = c->inputs[1].unit;
  for (uint32_t i = 0; i < counts[0]; i++) {
    const IrFunction *a = &ua->functions[lists[0][i]];
    const IrFunction *b = named(ub, lists[1], counts[1], ir_function_name(ua, a));
    if (b)
      compare(c, a, b, false);
    else
      only_here(c, 0, ir_function_name(ua, a));
  }
  for (uint32_t i = 0; i < counts[1]; i++) {
    const char *name = ir_function_name(ub, &ub->functions[lists[1][i]]);
    if (!named(ua, lists[0], counts[0], name))
      only_here(c, 1, name);
  }
}

static void tally(Compare *c) {
  if (c->out.length)
    hp_buf_addc(&c->out, '\n');
  hp_buf_addf(&c->out, "%u function%s changed, %u the same", c->changed, c->changed == 1 ? "" : "s",
              c->same);
  for (int side = 0; side < 2; side++)
    if (c->only[side])
      hp_buf_addf(&c->out, "; only %s: %s", side ? "after" : "before", c->lists[side].text);
  hp_buf_addc(&c->out, '\n');
}

/* A function that was named on one side only is meant on the other too. */
static void share_function(DisInput *a, DisInput *b) {
  if (a->function && !b->function && !b->line)
    b->function = hp_strdup(a->function);
  if (b->function && !a->function && !a->line)
    a->function = hp_strdup(b->function);
}

static void compare_all(Compare *c, uint32_t *const *lists, const uint32_t *counts) {
  for (int side = 0; side < 2; side++) {
    const IrUnit *unit = c->inputs[side].unit;
    c->programs[side] = ir_program_link(&unit, 1, &(PgOptions){0});
  }
  bool one =
      (c->inputs[0].function || c->inputs[0].line) && (c->inputs[1].function || c->inputs[1].line);
  if (one)
    compare(c, &c->inputs[0].unit->functions[lists[0][0]],
            &c->inputs[1].unit->functions[lists[1][0]], true);
  else
    compare_files(c, lists, counts);
  if (c->json)
    dis_json_print(&c->out, c->json);
  else if (!one)
    tally(c);
  cli_print(&c->out);
  for (int side = 0; side < 2; side++)
    ir_program_free(c->programs[side]);
}

bool dis_diff(const char *a, const char *b, const DisArgs *args, HpError *err) {
  Compare c = {.args = args};
  bool ok =
      dis_input_load(&c.inputs[0], a, args, err) && dis_input_load(&c.inputs[1], b, args, err);
  uint32_t *lists[2] = {NULL, NULL}, counts[2] = {0, 0};
  if (ok)
    share_function(&c.inputs[0], &c.inputs[1]);
  for (int side = 0; side < 2 && ok; side++)
    ok = (lists[side] = dis_functions(&c.inputs[side], &counts[side], err)) != NULL;
  if (ok && args->json) {
    c.json = dis_json_head("diff");
    json_object_set_new(c.json, "functions", json_array());
  }
  if (ok)
    compare_all(&c, lists, counts);
  for (int side = 0; side < 2; side++) {
    free(lists[side]);
    hp_buf_free(&c.lists[side]);
    dis_input_free(&c.inputs[side]);
  }
  hp_buf_free(&c.out);
  return ok;
}
