/* Listings and comparisons as JSON, for editors and scripts: described in docs/json.md. Every
 * instruction is there; what the text folds is marked. */
#include "analyzer/cli/dis_json.h"
#include "ir/kinds.h"

#include <stdlib.h>
#include <string.h>

typedef struct Json {
  const IrUnit *u;
  const IrFunction *fn;
  const IrAnalysis *an;
  DisBeside *beside; /* NULL: no costs */
} Json;

static json_t *text_of(const IrUnit *u, IrStr s) {
  return s ? db_json_text(ir_str(u, s)) : json_null();
}

static json_t *number_or_null(bool known, double value) {
  return known ? json_real(value) : json_null();
}

static json_t *index_or_null(uint32_t i) {
  return i == IR_NONE ? json_null() : json_integer(i);
}

static json_t *bound_of(const Json *j, uint32_t loop) {
  if (j->an->loops[loop].trip != IR_TRIP_SYMBOLIC)
    return json_null();
  HpBuf text = {0};
  ir_describe_bound(&text, j->an, loop);
  json_t *value = db_json_text(hp_buf_text(&text));
  hp_buf_free(&text);
  return value;
}

/* ---- rows ------------------------------------------------------------------------------------ */

static json_t *access(const Json *j, const IrLine *line) {
  const IrAccess *ac = line->access;
  if (!ac || ac->loop == IR_NONE)
    return json_null();
  const IrAccessInLoop *in = &ac->in;
  bool strides = in->cls == IR_AC_UNIT || in->cls == IR_AC_STRIDED || in->cls == IR_AC_SYMBOLIC;
  return json_pack("{ss ss sI sb sb sb so so}", "class", ir_access_class_name(in->cls), "kind",
                   ir_access_kind_name(ir_access_kind(in->cls)), "size",
                   (json_int_t)j->fn->addrs[ac->addr].size, "reads", ac->read, "writes", ac->write,
                   "wraps", in->wraps, "stride", strides ? json_integer(in->stride) : json_null(),
                   "via", index_or_null(in->via));
}

static void add_cost(const Json *j, const IrLoc *loc, json_t *row) {
  IrCost cost = {-1, -1};
  if (j->beside && j->beside->profile && loc->line)
    dis_line_cost(j->beside, ir_str(j->u, j->u->files[loc->file].path), loc->line, &cost);
  json_object_set_new(row, "hits", number_or_null(cost.hits >= 0, cost.hits));
  json_object_set_new(row, "share", number_or_null(cost.share >= 0, cost.share));
}

static json_t *row(const Json *j, const IrLine *line, bool folded) {
  const IrInsn *in = &j->fn->insns[line->insn];
  IrLoc loc = ir_loc(j->fn, in->loc);
  json_t *essence = NULL;
  char *head = hp_strndup(line->meaning, line->essence);
  essence = db_json_text(head);
  free(head);
  json_t *one = json_pack("{si si ss si si so so so si sb sb so}", "number", line->insn, "block",
                          line->block, "op", ir_ops[in->op].name, "line", loc.line, "column",
                          loc.column, "operands", db_json_text(line->operands), "expression",
                          essence, "meaning", db_json_text(line->meaning), "depth", line->depth,
                          "target", line->target, "folded", folded, "access", access(j, line));
  json_object_set_new(one, "variable", text_of(j->u, in->name));
  if (j->beside)
    add_cost(j, &loc, one);
  return one;
}

/* All rows; those that the short listing lacks are folded. */
static json_t *rows(const Json *j) {
  IrListing *all = ir_list(j->u, j->fn, j->an, &(IrListOptions){.all = true}),
            *few = ir_list(j->u, j->fn, j->an, NULL);
  json_t *list = json_array();
  uint32_t next = 0;
  for (uint32_t i = 0; i < all->nlines; i++) {
    bool shown = next < few->nlines && few->lines[next].insn == all->lines[i].insn;
    json_array_append_new(list, row(j, &all->lines[i], !shown));
    next += shown;
  }
  ir_listing_free(all);
  ir_listing_free(few);
  return list;
}

/* ---- blocks and loops ------------------------------------------------------------------------ */

static json_t *numbers(const uint32_t *items, uint32_t count) {
  json_t *list = json_array();
  for (uint32_t i = 0; i < count; i++)
    json_array_append_new(list, json_integer(items[i]));
  return list;
}

static json_t *blocks(const Json *j) {
  json_t *list = json_array();
  for (uint32_t b = 0; b < j->fn->nblocks; b++) {
    const IrBlock *k = &j->fn->blocks[b];
    json_array_append_new(
        list, json_pack("{si si si so so so sb sf}", "block", b, "first", k->first, "count",
                        k->count, "successors", numbers(j->fn->edges + k->succs, k->nsuccs),
                        "predecessors", numbers(j->fn->edges + k->preds, k->npreds), "loop",
                        index_or_null(j->an->loop_of[b]), "cold", j->an->cold[b], "frequency",
                        j->an->freq[b]));
  }
  return list;
}

static json_t *callees(const Json *j, uint32_t loop) {
  json_t *list = json_array();
  for (IrInsnId i = 0; i < j->fn->ninsns; i++) {
    const IrInsn *in = &j->fn->insns[i];
    if ((in->op != IR_CALL && in->op != IR_CALLP) || j->an->loop_of[j->an->block_of[i]] != loop)
      continue;
    json_array_append_new(
        list,
        json_pack("{si so}", "number", i, "callee",
                  in->op == IR_CALL ? text_of(j->u, j->u->symbols[in->aux].name) : json_null()));
  }
  return list;
}

static json_t *loops(const Json *j) {
  static const char *const trips[] = {"unknown", "known", "symbolic"};
  HpArena *arena = hp_arena_new();
  const IrLoopFacts *facts = ir_loop_facts(j->an, arena);
  json_t *list = json_array();
  for (uint32_t i = 0; i < j->an->nloops; i++) {
    const IrLoop *l = &j->an->loops[i];
    json_t *accesses = json_object();
    for (IrAccessKind k = 0; k < IR_AK_COUNT; k++)
      json_object_set_new(accesses, ir_access_kind_name(k), json_integer(facts[i].accesses[k]));
    json_t *iterations =
        json_pack("{ss so so sf}", "kind", trips[l->trip], "count",
                  l->trip == IR_TRIP_CONST ? json_integer((json_int_t)l->count) : json_null(),
                  "bound", bound_of(j, i), "estimate", facts[i].trips);
    json_array_append_new(
        list,
        json_pack("{si so si si si so sb so so sI sI sf so so}", "loop", i, "parent",
                  index_or_null(l->parent), "depth", l->depth, "line", ir_loc(j->fn, l->loc).line,
                  "header", l->header, "blocks", numbers(l->blocks, l->nblocks), "irreducible",
                  l->irreducible, "entries", numbers(l->entries, l->nentries), "iterations",
                  iterations, "bytes_per_iteration", (json_int_t)facts[i].step_bytes, "bytes_fixed",
                  (json_int_t)facts[i].fixed_bytes, "bytes_total",
                  ir_loop_footprint(j->an, facts, i), "accesses", accesses, "calls",
                  callees(j, i)));
  }
  hp_arena_free(arena);
  return list;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static json_t *function(const DisInput *in, const IrFunction *fn, DisBeside *beside) {
  HpArena *arena = hp_arena_new();
  Json j = {in->unit, fn, ir_analyse(in->unit, fn, arena), beside};
  json_t *one = json_pack("{so so si si si so so so}", "function",
                          db_json_text(ir_function_name(in->unit, fn)), "file",
                          text_of(in->unit, in->unit->files[fn->loc.file].path), "line",
                          fn->loc.line, "end_line", fn->loc.end_line, "instructions", fn->ninsns,
                          "blocks", blocks(&j), "loops", loops(&j), "rows", rows(&j));
  hp_arena_free(arena);
  return one;
}

json_t *dis_json_head(const char *kind) {
  return json_pack("{si ss s{ss ss}}", "schema_version", 1, "kind", kind, "tool", "name", "hplint",
                   "version", HPLINT_VERSION);
}

json_t *dis_json_rows(const IrUnit *u, const IrFunction *fn, const IrAnalysis *an) {
  return rows(&(Json){u, fn, an, NULL});
}

void dis_json_print(HpBuf *out, json_t *root) {
  char *text = json_dumps(root, JSON_INDENT(2));
  HP_ASSERT(text);
  hp_buf_add(out, text);
  hp_buf_addc(out, '\n');
  free(text);
  json_decref(root);
}

void dis_json(HpBuf *out, const DisInput *in, const uint32_t *functions, uint32_t count,
              DisBeside *beside) {
  json_t *root = dis_json_head("listing"), *list = json_array();
  for (uint32_t i = 0; i < count; i++)
    json_array_append_new(list, function(in, &in->unit->functions[functions[i]], beside));
  json_object_set_new(root, "unit", text_of(in->unit, in->unit->path));
  json_object_set_new(root, "from", json_string(in->from));
  json_object_set_new(root, "profile", db_json_text(beside->label));
  json_object_set_new(root, "functions", list);
  dis_json_print(out, root);
}
