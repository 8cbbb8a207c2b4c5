/* Layouts as text: columns of numbers, then the declaration as in C, holes and cache lines between
 * the fields; below, the loops that walk over such objects, and what to do. */
#include "analyzer/cli/layout.h"
#include "ir/row.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  OFFSET_WIDTH = 8,
  BYTES_WIDTH = 9,
  COUNT_WIDTH = 7,
  SHARE_WIDTH = 8,
  BAR_WIDTH = 8,
  INDENT = 2,
  DEFAULT_WIDTH = 100,
  LEAST_DECLARATION = 24,
  LABEL_WIDTH = 9,
  MOST_LOOPS = 8,
};

static const double WORTH_SAYING = 0.01;

/* A record whose fields are shown, with what is said of them. */
typedef struct Shown {
  PgRecord record;
  FieldUse *uses;
} Shown;

typedef struct Text {
  Row row;
  LayoutView *v;
  const IrUnit *u;
  uint32_t width, declaration_width;
  double hottest;
  bool bars; /* there is room for them */
  bool used; /* some field is: else the columns are left out */
  Shown *shown;
  uint32_t nshown, shown_cap;
  HpBuf text, plain; /* what is being put together; what is shown of it */
  char *format;
  uint32_t format_cap;
} Text;

static const char *plural(uint64_t n) {
  return n == 1 ? "" : "s";
}

/* Fit to be shown, until the next call. */
static const char *escaped(Text *t, const char *text) {
  hp_buf_clear(&t->plain);
  hp_buf_add_escaped(&t->plain, text);
  return hp_buf_text(&t->plain);
}

static void cell(Text *t, const char *colour, const char *fmt, ...) HP_PRINTF(3, 4);
static void cell(Text *t, const char *colour, const char *fmt, ...) {
  va_list ap, again;
  va_start(ap, fmt);
  va_copy(again, ap);
  int length = vsnprintf(t->format, t->format_cap, fmt, ap);
  HP_ASSERT(length >= 0);
  if ((uint32_t)length >= t->format_cap) {
    t->format = hp_grow(t->format, &t->format_cap, (uint32_t)length + 1, 1);
    vsnprintf(t->format, t->format_cap, fmt, again);
  }
  va_end(again);
  va_end(ap);
  row_cell(&t->row, escaped(t, t->format), colour);
}

/* Words of `text` below each other in the columns behind `column`; the first where the row is. */
static void wrap(Text *t, uint32_t column, const char *text) {
  while (*text) {
    row_pad(&t->row, column);
    uint32_t at = t->row.column;
    uint32_t room = t->width > at + LEAST_DECLARATION ? t->width - at : LEAST_DECLARATION;
    size_t fit = row_bytes_of(text, room), end = fit;
    while (text[fit] && end && text[end] != ' ')
      end--;
    end = end ? end : fit;
    cell(t, NULL, "%.*s", (int)end, text);
    row_end(&t->row);
    text += end + strspn(text + end, " ");
  }
}

static void labelled(Text *t, const char *label, const char *text) {
  cell(t, "1", "%s", label);
  wrap(t, LABEL_WIDTH, text);
}

/* ---- the head -------------------------------------------------------------------------------- */

static void add_part(HpBuf *text, uint64_t n, const char *unit, const char *what) {
  if (n)
    hp_buf_addf(text, "%s%llu %s%s%s", text->length ? ", " : "", (unsigned long long)n, unit,
                plural(n), what);
}

/* "2 holes of 7 bytes in all, 4 bytes free at the end; objects: heap arrays of it". */
static void put_gaps(Text *t, const PgRecordInfo *info, const IrLayout *l) {
  HpBuf text = {0};
  add_part(&text, l->holes, "hole", "");
  if (l->holes)
    hp_buf_addf(&text, " of %llu byte%s%s", (unsigned long long)l->hole_bytes,
                plural(l->hole_bytes), l->holes > 1 ? " in all" : "");
  add_part(&text, l->bit_holes, "bit hole", "");
  if (l->bit_holes)
    hp_buf_addf(&text, " of %llu bit%s%s", (unsigned long long)l->hole_bits, plural(l->hole_bits),
                l->bit_holes > 1 ? " in all" : "");
  add_part(&text, l->tail_bytes, "byte", " free at the end");
  add_part(&text, l->tail_bits, "bit", " free at the end");
  hp_buf_addf(&text, "%s; objects: %s", text.length ? "" : "no holes",
              record_instances(info, t->v->arena));
  if (info->nallocs)
    hp_buf_addf(&text, ", %u allocation site%s", info->nallocs, plural(info->nallocs));
  wrap(t, 0, text.text);
  hp_buf_free(&text);
}

static void put_head(Text *t, const LayoutName *name, const IrLayout *l) {
  const PgRecordInfo *info = pg_record(t->v->p, name->record);
  const IrRecord *r = info->record;
  const char *aliases = layout_aliases(t->v, name->record), *path = layout_path(t->v, info);
  uint64_t lines = (r->size + CACHE_LINE - 1) / CACHE_LINE;
  HpBuf text = {0};
  if (*aliases)
    hp_buf_addf(&text, ", also %s", aliases);
  if (*path)
    hp_buf_addf(&text, " (%s:%u)", path, r->loc.line);
  hp_buf_addf(&text, ": %llu byte%s, aligned to %llu, %llu cache line%s",
              (unsigned long long)r->size, plural(r->size), (unsigned long long)r->align,
              (unsigned long long)lines, plural(lines));
  cell(t, "1", "%s", layout_name(info));
  wrap(t, 0, text.text);
  hp_buf_free(&text);
  put_gaps(t, info, l);
  for (uint32_t i = 0; i < name->nothers; i++) {
    const PgRecordInfo *other = pg_record(t->v->p, name->others[i]);
    cell(t, "2", "another of this name: '%s:%s'", layout_path(t->v, other), layout_name(other));
    row_end(&t->row);
  }
  if (t->v->label) {
    double share = t->shown[0].uses[r->nfields].share;
    char *all = hp_format("profile: %s; %.1f%% of the %s in lines that use it", t->v->label,
                          100 * share, t->v->metric);
    wrap(t, 0, all);
    free(all);
  }
}

/* ---- rows ------------------------------------------------------------------------------------ */

static const FieldUse *uses_of(Text *t, IrRecordId id) {
  PgRecord r = pg_record_of(t->v->p, t->u, id);
  for (uint32_t i = 0; i < t->nshown; i++)
    if (t->shown[i].record == r)
      return t->shown[i].uses;
  HP_GROW(t->shown, t->nshown, t->shown_cap);
  t->shown[t->nshown] = (Shown){r, r == IR_NONE ? NULL : layout_uses(t->v, r)};
  return t->shown[t->nshown++].uses;
}

static void put_count(Text *t, uint32_t n) {
  char text[16] = "";
  if (n)
    snprintf(text, sizeof text, "%u", n);
  row_right(&t->row, text, COUNT_WIDTH, NULL);
}

static void put_bar(Text *t, double share) {
  static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  uint32_t n = (uint32_t)(share / t->hottest * BAR_WIDTH * 8 + 0.5);
  hp_buf_clear(&t->text);
  hp_buf_addc(&t->text, ' ');
  for (uint32_t i = 0; i < n / 8; i++)
    hp_buf_add(&t->text, "█");
  hp_buf_add(&t->text, eighths[n ? n % 8 : 1]);
  row_cell(&t->row, t->text.text, share >= t->hottest / 2 ? "31" : "33");
}

static void put_uses(Text *t, const FieldUse *use) {
  if (!t->used)
    return;
  row_pad(&t->row, OFFSET_WIDTH + BYTES_WIDTH + t->declaration_width);
  put_count(t, use->loops);
  put_count(t, use->reads);
  put_count(t, use->writes);
  put_count(t, use->others);
  if (!t->v->profile || use->share <= 0)
    return;
  char text[32];
  snprintf(text, sizeof text, "%.1f%%", 100 * use->share);
  row_right(&t->row, text, SHARE_WIDTH, use->share >= t->hottest / 2 ? "31" : NULL);
  if (t->bars)
    put_bar(t, use->share);
}

static void put_offset(Text *t, const IrLayoutRow *row) {
  char text[48];
  if (row->at % 8)
    snprintf(text, sizeof text, "%llu:%u", (unsigned long long)row->at / 8,
             (unsigned)(row->at % 8));
  else
    snprintf(text, sizeof text, "%llu", (unsigned long long)row->at / 8);
  row_right(&t->row, text, OFFSET_WIDTH - 1, NULL);
}

static void put_size(Text *t, const IrLayoutRow *row, bool bits) {
  char text[48];
  if (bits)
    snprintf(text, sizeof text, "%llu bit%s", (unsigned long long)row->bits, plural(row->bits));
  else
    snprintf(text, sizeof text, "%llu", (unsigned long long)row->bits / 8);
  row_right(&t->row, text, BYTES_WIDTH - 1, NULL);
  cell(t, NULL, "  ");
}

static void indent(Text *t, uint32_t depth) {
  row_pad(&t->row, t->row.column + INDENT * (depth + 1));
}

static const IrField *field_of(const Text *t, const IrLayoutRow *row) {
  return &t->u->fields[t->u->records[row->record].fields + row->field];
}

/* `struct timeval {`, `union {`: the record inside of a field. */
static void put_open(Text *t, const IrField *f) {
  const IrRecord *inner = &t->u->records[ir_field_record(t->u, f)];
  bool is_union = inner->flags & IR_REC_UNION;
  const char *name = ir_str(t->u, inner->name);
  if (*name)
    cell(t, "1", "%s {", name);
  else
    cell(t, "1", "%s {", is_union ? "union" : "struct");
}

/* `} tv[2];` */
static void put_close(Text *t, const IrField *f) {
  const IrType *type = &t->u->types[f->type];
  const char *name = ir_str(t->u, f->name);
  cell(t, "1", "}%s%s", *name ? " " : "", name);
  for (; type->kind == IR_T_ARRAY; type = &t->u->types[type->sub])
    cell(t, "1", "[%llu]", (unsigned long long)type->count);
  cell(t, "1", ";");
}

static void put_field(Text *t, const IrLayoutRow *row, const FieldUse *uses) {
  const IrField *f = field_of(t, row);
  put_offset(t, row);
  put_size(t, row, f->flags & IR_FIELD_BITFIELD);
  indent(t, row->depth);
  if (row->kind == IR_LAYOUT_OPEN) {
    put_open(t, f);
  } else {
    hp_buf_clear(&t->text);
    ir_declare(&t->text, t->u, f);
    hp_buf_addc(&t->text, ';');
    uint32_t end = OFFSET_WIDTH + BYTES_WIDTH + t->declaration_width;
    row_cut(&t->row, escaped(t, t->text.text), end > t->row.column ? end - t->row.column : 8, NULL);
  }
  if (uses)
    put_uses(t, &uses[row->field]);
  row_end(&t->row);
}

static void put_gap(Text *t, const IrLayoutRow *row) {
  bool bits = row->bits < 8;
  put_offset(t, row);
  put_size(t, row, bits);
  indent(t, row->depth);
  cell(t, "31", row->kind == IR_LAYOUT_HOLE ? "/* hole */" : "/* free at the end */");
  row_end(&t->row);
}

static void put_line(Text *t, const IrLayoutRow *row) {
  uint64_t before = row->bits / 8;
  row_pad(&t->row, OFFSET_WIDTH + BYTES_WIDTH + 1);
  indent(t, row->depth);
  cell(t, "36", "/* -- cache line %llu", (unsigned long long)(row->at / 8 / CACHE_LINE));
  if (before)
    cell(t, "36", " began %llu byte%s before", (unsigned long long)before, plural(before));
  cell(t, "36", " -- */");
  row_end(&t->row);
}

static void put_row(Text *t, const IrLayoutRow *row) {
  switch (row->kind) {
  case IR_LAYOUT_FIELD:
  case IR_LAYOUT_OPEN:
    put_field(t, row, uses_of(t, row->record));
    break;
  case IR_LAYOUT_CLOSE:
    row_pad(&t->row, OFFSET_WIDTH + BYTES_WIDTH + 1);
    indent(t, row->depth);
    put_close(t, field_of(t, row));
    row_end(&t->row);
    break;
  case IR_LAYOUT_HOLE:
  case IR_LAYOUT_TAIL:
    put_gap(t, row);
    break;
  case IR_LAYOUT_LINE:
    put_line(t, row);
    break;
  }
}

/* As wide as the longest declaration, if there is room. */
static void set_widths(Text *t, const IrLayout *l) {
  uint32_t most = LEAST_DECLARATION;
  for (uint32_t i = 0; i < l->count; i++) {
    const IrLayoutRow *row = &l->rows[i];
    if (row->kind != IR_LAYOUT_FIELD && row->kind != IR_LAYOUT_OPEN)
      continue;
    const FieldUse *uses = uses_of(t, row->record);
    hp_buf_clear(&t->text);
    ir_declare(&t->text, t->u, field_of(t, row));
    most = row_most(most, row_columns(hp_buf_text(&t->text)) + INDENT * (row->depth + 1) + 3);
    const FieldUse *use = uses ? &uses[row->field] : NULL;
    t->used |= use && (use->loops || use->others);
    if (use && use->share > t->hottest)
      t->hottest = use->share;
  }
  uint32_t fixed = OFFSET_WIDTH + BYTES_WIDTH + 4 * COUNT_WIDTH + (t->v->profile ? SHARE_WIDTH : 0);
  t->bars = t->width >= fixed + LEAST_DECLARATION + BAR_WIDTH + 1;
  fixed += t->v->profile && t->bars ? BAR_WIDTH + 1 : 0;
  uint32_t room = t->width > fixed + LEAST_DECLARATION ? t->width - fixed : LEAST_DECLARATION;
  t->declaration_width = row_least(most, room);
}

static const char *share_title(const LayoutView *v) {
  return strcmp(v->metric, "instructions") ? "time" : "instr.";
}

static void put_titles(Text *t) {
  row_right(&t->row, "offset", OFFSET_WIDTH - 1, "2");
  row_right(&t->row, "size", BYTES_WIDTH - 1, "2");
  if (t->used) {
    row_pad(&t->row, OFFSET_WIDTH + BYTES_WIDTH + t->declaration_width);
    row_right(&t->row, "loops", COUNT_WIDTH, "2");
    row_right(&t->row, "reads", COUNT_WIDTH, "2");
    row_right(&t->row, "writes", COUNT_WIDTH, "2");
    row_right(&t->row, "other", COUNT_WIDTH, "2");
    if (t->v->profile)
      row_right(&t->row, share_title(t->v), SHARE_WIDTH, "2");
  }
  row_end(&t->row);
}

/* ---- loops ----------------------------------------------------------------------------------- */

static const char *fields_in(Text *t, PgRecord record, const RecordLoop *l) {
  const PgRecordInfo *info = pg_record(t->v->p, record);
  hp_buf_clear(&t->text);
  for (uint32_t f = 0; f < info->record->nfields; f++) {
    bool met = false;
    for (uint32_t i = 0; i < l->nsites; i++)
      met |= l->sites[i].field == f || l->sites[i].field == IR_NONE;
    const char *name = ir_str(info->unit, info->unit->fields[info->record->fields + f].name);
    if (met)
      hp_buf_addf(&t->text, "%s%s", t->text.length ? ", " : "", *name ? name : "(unnamed)");
  }
  return escaped(t, hp_buf_text(&t->text));
}

/* "src/dict.c:119 dictExpand". */
static const char *place_of_loop_in(Text *t, const RecordLoop *l) {
  const PgFunction *pf = pg_func(t->v->p, l->func);
  IrLoc loc = ir_loc(pf->fn, pf->an->loops[l->loop].loc);
  const char *path = loc.file < pf->unit->nfiles
                         ? project_relative(&t->v->whole.run.project,
                                            ir_str(pf->unit, pf->unit->files[loc.file].path))
                         : "";
  hp_buf_clear(&t->text);
  hp_buf_addf(&t->text, "%s:%u %s", path, loc.line, pf->name);
  return escaped(t, t->text.text);
}

static uint32_t rest_of_row(const Text *t) {
  enum { LEAST = 8 };
  return t->width > t->row.column + LEAST ? t->width - t->row.column : LEAST;
}

/* `lines`: how many cache lines of an object it touches is of interest, too. */
static void put_loop(Text *t, PgRecord record, const RecordLoop *l, uint32_t width, bool lines) {
  cell(t, NULL, "  ");
  row_cut(&t->row, place_of_loop_in(t, l), width, NULL);
  row_pad(&t->row, 2 + width + 2);
  cell(t, NULL, "%u deep  ", l->nest);
  if (lines && l->lines_then != l->lines)
    cell(t, "33", "%u, then %u  ", l->lines, l->lines_then);
  else if (lines)
    cell(t, NULL, "%-9u  ", l->lines);
  row_cut(&t->row, fields_in(t, record, l), rest_of_row(t), "2");
  row_end(&t->row);
}

static void put_loops(Text *t, PgRecord record, const LayoutAdvice *a) {
  if (!a->order.nloops)
    return;
  bool lines = pg_record(t->v->p, record)->record->size > CACHE_LINE;
  row_end(&t->row);
  cell(t, "1", "%u loop%s over such objects", a->order.nloops,
       a->order.nloops == 1 ? " walks" : "s walk");
  wrap(t, 0,
       lines ? ": loops around, cache lines of each object, fields used"
             : ": loops around, fields used");
  uint32_t shown = row_least(a->order.nloops, MOST_LOOPS), width = 0;
  for (uint32_t i = 0; i < shown; i++)
    width = row_most(width, row_columns(place_of_loop_in(t, &a->order.loops[i])));
  for (uint32_t i = 0; i < shown; i++)
    put_loop(t, record, &a->order.loops[i], row_least(width, t->width / 2), lines);
  if (a->order.nloops > MOST_LOOPS) {
    cell(t, "2", "  and %u more", a->order.nloops - MOST_LOOPS);
    row_end(&t->row);
  }
}

/* ---- advice ---------------------------------------------------------------------------------- */

static void put_saving(Text *t, const OrderAdvice *o) {
  enum { PER = 1000 };
  HpBuf text = {0};
  uint64_t now = o->layout.size, then = o->size;
  if (then < now)
    hp_buf_addf(&text, "%llu of %llu bytes: %d of them fill %llu cache lines, not %llu",
                (unsigned long long)(now - then), (unsigned long long)now, PER,
                (unsigned long long)(then * PER + CACHE_LINE - 1) / CACHE_LINE,
                (unsigned long long)(now * PER + CACHE_LINE - 1) / CACHE_LINE);
  double fewer = o->lines > 0 ? 1 - o->lines_then / o->lines : 0;
  if (fewer >= WORTH_SAYING)
    hp_buf_addf(&text,
                "%s%.0f%% of the cache lines that the loops above touch, inner ones "
                "weighted by ten",
                text.length ? "; " : "", 100 * fewer);
  if (text.length)
    labelled(t, "saves", text.text);
  hp_buf_free(&text);
}

static void put_fixed(Text *t, PgRecord record, const OrderAdvice *o) {
  for (uint32_t why = 0; why < FIXED_COUNT; why++) {
    if (!(o->fixed >> why & 1))
      continue;
    const char *where = layout_fixed_where(t->v, record, (OrderFixed)why);
    hp_buf_clear(&t->text);
    hp_buf_add(&t->text, order_fixed_text((OrderFixed)why));
    if (*where)
      hp_buf_addf(&t->text, " (%s)", where);
    labelled(t, "fixed", t->text.text);
  }
  if (o->layout.best_size < o->layout.size) {
    hp_buf_clear(&t->text);
    hp_buf_addf(&t->text, "otherwise its fields would fit in %llu bytes",
                (unsigned long long)o->layout.best_size);
    labelled(t, "", t->text.text);
  }
}

static void put_split(Text *t, const Finding *f) {
  HpBuf text = {0};
  hp_buf_addf(&text, "%s [HP105]", f->help);
  labelled(t, "advice", text.text);
  hp_buf_clear(&text);
  const char *path =
      project_relative(&t->v->whole.run.project, ir_str(f->unit, f->unit->files[f->loc.file].path));
  hp_buf_addf(&text, "%s:%u: %s", path, f->loc.line, f->message);
  labelled(t, "why", text.text);
  hp_buf_clear(&text);
  hp_buf_addf(&text, "%s", f->saving_why);
  labelled(t, "saves", text.text);
  hp_buf_free(&text);
}

/* What HP107 says, with the order that goes with it. */
static void put_narrow(Text *t, PgRecord record, const OrderAdvice *o) {
  const PgRecordInfo *info = pg_record(t->v->p, record);
  if (!o->narrow.unit)
    return;
  HpBuf text = {0};
  hp_buf_addf(&text, "%s: what is stored fits [HP107]",
              narrow_text(info, &o->narrow, false, t->v->arena));
  labelled(t, "narrower", text.text);
  hp_buf_clear(&text);
  hp_buf_addf(&text, "%llu bytes, in the order %s", (unsigned long long)o->narrow_size,
              layout_order_text(t->v, record, o->narrow_order));
  labelled(t, "", text.text);
  hp_buf_free(&text);
}

static void put_advice(Text *t, PgRecord record, const LayoutAdvice *a) {
  const OrderAdvice *o = &a->order;
  HpBuf text = {0};
  row_end(&t->row);
  switch (a->kind) {
  case ADVICE_NONE:
    labelled(t, "advice",
             "none: no order of its fields is smaller, and none lets loops touch "
             "clearly fewer cache lines");
    break;
  case ADVICE_FIXED:
    if (o->fixed >> FIXED_UNION & 1) {
      labelled(t, "advice", "none: it is a union, whose members share their bytes");
      break;
    }
    labelled(t, "advice", "keep the order of the fields:");
    put_fixed(t, record, o);
    break;
  case ADVICE_SMALLER:
  case ADVICE_CLOSER:
    hp_buf_addf(&text, "declare the fields in this order%s: %s",
                a->kind == ADVICE_SMALLER ? " [HP104]" : " [HP106]",
                layout_order_text(t->v, record, o->order));
    labelled(t, "advice", text.text);
    put_saving(t, o);
    break;
  case ADVICE_SPLIT:
    put_split(t, a->split);
    break;
  }
  put_narrow(t, record, o);
  hp_buf_free(&text);
}

/* ---- one record ------------------------------------------------------------------------------ */

static Text begin(HpBuf *out, LayoutView *v) {
  uint32_t width = v->args->width ? v->args->width : cli_width();
  return (Text){.row = {.out = out, .colour = cli_colour(v->args->colour)},
                .v = v,
                .width = width ? width : DEFAULT_WIDTH};
}

static void end(Text *t) {
  row_free(&t->row);
  hp_buf_free(&t->text);
  hp_buf_free(&t->plain);
  free(t->format);
  free(t->shown);
}

void layout_text(HpBuf *out, LayoutView *v, const LayoutName *name) {
  const PgRecordInfo *info = pg_record(v->p, name->record);
  Text t = begin(out, v);
  t.u = info->unit;
  IrLayout l = ir_layout(t.u, info->id, v->args->expand);
  uses_of(&t, info->id);
  put_head(&t, name, &l);
  if (!(info->record->flags & IR_REC_INCOMPLETE)) {
    set_widths(&t, &l);
    put_titles(&t);
    for (uint32_t i = 0; i < l.count; i++)
      put_row(&t, &l.rows[i]);
  }
  LayoutAdvice advice = layout_advice(v, name->record);
  put_loops(&t, name->record, &advice);
  put_advice(&t, name->record, &advice);
  ir_layout_free(&l);
  end(&t);
}

/* ---- all records ----------------------------------------------------------------------------- */

static void put_number(Text *t, double n, uint32_t width) {
  char text[48];
  snprintf(text, sizeof text, n < 1e6 ? "%.0f" : "%.2g", n);
  row_right(&t->row, text, width, NULL);
}

static const char *short_advice(const Text *t, const LayoutAdvice *a) {
  switch (a->kind) {
  case ADVICE_NONE:
    return "";
  case ADVICE_FIXED:
    return "order is fixed";
  case ADVICE_SMALLER:
    return hp_arena_format(t->v->arena, "HP104: %llu bytes", (unsigned long long)a->order.size);
  case ADVICE_CLOSER:
    return hp_arena_format(t->v->arena, "HP106: %.0f%% fewer lines",
                           100 * (1 - a->order.lines_then / a->order.lines));
  case ADVICE_SPLIT:
    return "HP105: split";
  }
  return "";
}

enum { NAME_WIDTH = 30, NUMBER_WIDTH = 10 };

static void put_rank(Text *t, const LayoutRank *rank) {
  const PgRecordInfo *info = pg_record(t->v->p, rank->record);
  LayoutAdvice advice = layout_advice(t->v, rank->record);
  row_cut(&t->row, escaped(t, layout_name(info)), NAME_WIDTH - 1, "1");
  row_pad(&t->row, NAME_WIDTH);
  put_number(t, (double)info->record->size, NUMBER_WIDTH - 2);
  put_number(t, (double)(advice.order.layout.holes + advice.order.layout.padding),
             NUMBER_WIDTH - 2);
  put_number(t, rank->instances, NUMBER_WIDTH);
  put_number(t, rank->loops, NUMBER_WIDTH);
  put_number(t, rank->cost, NUMBER_WIDTH);
  if (t->v->profile) {
    char text[32];
    snprintf(text, sizeof text, "%.1f%%", 100 * rank->share);
    row_right(&t->row, text, SHARE_WIDTH, NULL);
  }
  cell(t, NULL, "  ");
  row_cut(&t->row, short_advice(t, &advice), rest_of_row(t), NULL);
  row_end(&t->row);
}

void layout_text_all(HpBuf *out, LayoutView *v, const LayoutRank *ranks, uint32_t count) {
  enum { USUAL = 20 };
  Text t = begin(out, v);
  uint32_t limit = row_least(v->args->limit ? v->args->limit : USUAL, count);
  static const char *const titles[] = {"size", "lost", "objects", "loops", "cost"};
  row_cell(&t.row, "record", "2");
  row_pad(&t.row, NAME_WIDTH);
  for (size_t i = 0; i < sizeof titles / sizeof *titles; i++)
    row_right(&t.row, titles[i], NUMBER_WIDTH - (i < 2 ? 2 : 0), "2");
  if (v->profile)
    row_right(&t.row, share_title(v), SHARE_WIDTH, "2");
  row_cell(&t.row, "  advice", "2");
  row_end(&t.row);
  for (uint32_t i = 0; i < limit; i++)
    put_rank(&t, &ranks[i]);
  row_end(&t.row);
  wrap(&t, 0,
       "lost: bytes in holes and at the end. objects: the size of arrays of it, 1000 where it is "
       "allocated in loops or in a number known at run time, 10 where it is allocated at all. "
       "loops: those that walk over such objects, ten for each loop around. cost: size * objects * "
       "loops.");
  HpBuf text = {0};
  if (v->label)
    hp_buf_addf(&text,
                "profile: %s; the share of the lines that use the record comes first in the "
                "order. ",
                v->label);
  hp_buf_addf(&text, "%u of %u records%s", limit, count,
              limit < count ? "; --limit N shows more" : "");
  wrap(&t, 0, text.text);
  hp_buf_free(&text);
  end(&t);
}
