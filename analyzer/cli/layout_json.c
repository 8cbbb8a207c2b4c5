/* Layouts as JSON, for editors and scripts: described in docs/json.md. */
#include "analyzer/cli/dis_json.h"
#include "analyzer/cli/layout.h"

#include <string.h>

static json_t *share_of(double share) {
  return share < 0 ? json_null() : json_real(share);
}

static json_t *uses_json(const FieldUse *use) {
  return json_pack("{si si si si so}", "loops", use->loops, "reads", use->reads, "writes",
                   use->writes, "others", use->others, "share", share_of(use->share));
}

static json_t *field_name(const IrUnit *u, const IrField *f) {
  const char *name = ir_str(u, f->name);
  return *name ? db_json_text(name) : json_null();
}

static json_t *names_of(const PgRecordInfo *info, const uint32_t *order) {
  json_t *list = json_array();
  for (uint32_t i = 0; i < info->record->nfields; i++)
    json_array_append_new(
        list, field_name(info->unit, &info->unit->fields[info->record->fields + order[i]]));
  return list;
}

/* ---- rows ------------------------------------------------------------------------------------ */

static const char *const kinds[] = {"field", "open", "close", "hole", "tail", "line"};

static void add_field(LayoutView *v, const IrUnit *u, const IrLayoutRow *row, json_t *one) {
  const IrField *f = &u->fields[u->records[row->record].fields + row->field];
  PgRecord r = pg_record_of(v->p, u, row->record);
  HpBuf text = {0};
  ir_declare(&text, u, f);
  json_object_set_new(one, "name", field_name(u, f));
  json_object_set_new(one, "type", db_json_text(ir_str(u, u->types[f->type].name)));
  json_object_set_new(one, "declaration", db_json_text(hp_buf_text(&text)));
  json_object_set_new(one, "bit_field", json_boolean(f->flags & IR_FIELD_BITFIELD));
  json_object_set_new(one, "uses",
                      r == IR_NONE ? json_null() : uses_json(&layout_uses(v, r)[row->field]));
  hp_buf_free(&text);
}

static json_t *rows(LayoutView *v, const PgRecordInfo *info) {
  IrLayout l = ir_layout(info->unit, info->id, v->args->expand);
  json_t *list = json_array();
  for (uint32_t i = 0; i < l.count; i++) {
    const IrLayoutRow *row = &l.rows[i];
    json_t *one = json_pack("{ss si sI sI}", "kind", kinds[row->kind], "depth", row->depth,
                            "offset_bits", (json_int_t)row->at, "bits", (json_int_t)row->bits);
    if (row->field != IR_NONE)
      add_field(v, info->unit, row, one);
    json_array_append_new(list, one);
  }
  ir_layout_free(&l);
  return list;
}

/* ---- loops and advice ------------------------------------------------------------------------ */

static json_t *loop_json(const LayoutView *v, const PgRecordInfo *info, const RecordLoop *l) {
  const PgFunction *pf = pg_func(v->p, l->func);
  IrLoc loc = ir_loc(pf->fn, pf->an->loops[l->loop].loc);
  const char *path =
      loc.file < pf->unit->nfiles ? ir_str(pf->unit, pf->unit->files[loc.file].path) : "";
  json_t *fields = json_array();
  for (uint32_t f = 0; f < info->record->nfields; f++) {
    bool met = false;
    for (uint32_t i = 0; i < l->nsites; i++)
      met |= l->sites[i].field == f || l->sites[i].field == IR_NONE;
    if (met)
      json_array_append_new(fields,
                            field_name(info->unit, &info->unit->fields[info->record->fields + f]));
  }
  return json_pack("{so so si si so si si}", "function", db_json_text(pf->name), "file",
                   db_json_text(project_relative(&v->whole.run.project, path)), "line", loc.line,
                   "nest", l->nest, "fields", fields, "lines", l->lines, "lines_then",
                   l->lines_then);
}

static json_t *loops_json(const LayoutView *v, const PgRecordInfo *info, const OrderAdvice *o) {
  json_t *list = json_array();
  for (uint32_t i = 0; i < o->nloops; i++)
    json_array_append_new(list, loop_json(v, info, &o->loops[i]));
  return list;
}

static json_t *split_json(const Finding *f) {
  return f ? json_pack("{ss so so so}", "rule", f->rule->id, "message", db_json_text(f->message),
                       "help", db_json_text(f->help), "saving", db_json_text(f->saving_why))
           : json_null();
}

static json_t *fixed_json(const LayoutView *v, PgRecord record, uint32_t fixed) {
  json_t *list = json_array();
  for (uint32_t why = 0; why < FIXED_COUNT; why++) {
    if (!(fixed >> why & 1))
      continue;
    const char *where = layout_fixed_where(v, record, (OrderFixed)why);
    json_array_append_new(list, json_pack("{ss so}", "reason", order_fixed_text((OrderFixed)why),
                                          "where", *where ? db_json_text(where) : json_null()));
  }
  return list;
}

static json_t *narrow_json(const LayoutView *v, const PgRecordInfo *info, const OrderAdvice *o) {
  if (!o->narrow.unit)
    return json_null();
  return json_pack("{sI so ss}", "size", (json_int_t)o->narrow_size, "order",
                   names_of(info, o->narrow_order), "fields",
                   narrow_text(info, &o->narrow, false, v->arena));
}

static json_t *advice_json(LayoutView *v, PgRecord record, const LayoutAdvice *a) {
  static const char *const names[] = {"none", "fixed", "smaller", "closer", "split"};
  const PgRecordInfo *info = pg_record(v->p, record);
  const OrderAdvice *o = &a->order;
  bool ordered = a->kind == ADVICE_SMALLER || a->kind == ADVICE_CLOSER;
  return json_pack("{ss so sI so so sf sf so so}", "kind", names[a->kind], "rule",
                   a->kind == ADVICE_SMALLER  ? json_string("HP104")
                   : a->kind == ADVICE_CLOSER ? json_string("HP106")
                   : a->kind == ADVICE_SPLIT  ? json_string("HP105")
                                              : json_null(),
                   "size", (json_int_t)(ordered ? o->size : o->layout.size), "order",
                   ordered ? names_of(info, o->order) : json_null(), "fixed",
                   fixed_json(v, record, o->fixed), "lines", o->lines, "lines_then",
                   ordered ? o->lines_then : o->lines, "split", split_json(a->split), "narrow",
                   narrow_json(v, info, o));
}

/* ---- records --------------------------------------------------------------------------------- */

static json_t *record_json(LayoutView *v, PgRecord record) {
  const PgRecordInfo *info = pg_record(v->p, record);
  const IrRecord *r = info->record;
  LayoutAdvice advice = layout_advice(v, record);
  const FieldUse *whole = &layout_uses(v, record)[r->nfields];
  return json_pack(
      "{so so so si sI sI sb sb so si so so so so}", "record", db_json_text(layout_name(info)),
      "aliases", db_json_text(layout_aliases(v, record)), "file",
      db_json_text(layout_path(v, info)), "line", r->loc.line, "size", (json_int_t)r->size, "align",
      (json_int_t)r->align, "union", (r->flags & IR_REC_UNION) != 0, "complete",
      (r->flags & IR_REC_INCOMPLETE) == 0, "instances",
      db_json_text(record_instances(info, v->arena)), "allocation_sites", info->nallocs, "whole",
      uses_json(whole), "loops", loops_json(v, info, &advice.order), "advice",
      advice_json(v, record, &advice), "rows", rows(v, info));
}

void layout_json(HpBuf *out, LayoutView *v, const LayoutName *name) {
  json_t *root = dis_json_head("layout"), *record = record_json(v, name->record);
  json_object_set_new(root, "profile", db_json_text(v->label));
  json_object_set_new(root, "record", record);
  dis_json_print(out, root);
}

void layout_json_all(HpBuf *out, LayoutView *v, const LayoutRank *ranks, uint32_t count) {
  json_t *root = dis_json_head("layouts"), *list = json_array();
  for (uint32_t i = 0; i < count && (!v->args->limit || i < v->args->limit); i++) {
    json_t *one = json_pack("{so sf sf sf so}", "record", record_json(v, ranks[i].record),
                            "objects", ranks[i].instances, "loops_weight", ranks[i].loops, "cost",
                            ranks[i].cost, "share", share_of(ranks[i].share));
    json_array_append_new(list, one);
  }
  json_object_set_new(root, "profile", db_json_text(v->label));
  json_object_set_new(root, "records", list);
  dis_json_print(out, root);
}
