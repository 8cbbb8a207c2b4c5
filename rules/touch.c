/* Bytes touched: interval sets, where pointers come from, and the walk over a loop's instructions
 * that puts the two together. */
#include "rules/touch.h"

#include <string.h>

enum { LARGEST_LOG2 = 40, SAME_DEPTH = 4, BITS = 8 };
static const int64_t LARGEST = (int64_t)1 << LARGEST_LOG2;

/* ---- ranges ---------------------------------------------------------------------------------- */

static void drop(Touch *t, uint32_t i) {
  memmove(&t->ranges[i], &t->ranges[i + 1], (t->count - i - 1) * sizeof *t->ranges);
  t->count--;
}

static void add_bits(Touch *t, int64_t low, int64_t high) {
  uint32_t at = 0;
  while (at < t->count && t->ranges[at].high < low)
    at++;
  while (at < t->count && t->ranges[at].low <= high) {
    low = low < t->ranges[at].low ? low : t->ranges[at].low;
    high = high > t->ranges[at].high ? high : t->ranges[at].high;
    drop(t, at);
  }
  if (t->count == TOUCH_RANGES) { /* more than any loop in sight uses: stay a lower bound */
    t->open = true;
    return;
  }
  memmove(&t->ranges[at + 1], &t->ranges[at], (t->count - at) * sizeof *t->ranges);
  t->ranges[at].low = low;
  t->ranges[at].high = high;
  t->count++;
}

/* No object is as large as LARGEST: such offsets come from code that was not understood. */
static bool too_far(int64_t low, int64_t high) {
  return low < -LARGEST || high > LARGEST;
}

void touch_add(Touch *t, int64_t low, int64_t high) {
  if (high <= low)
    return;
  if (too_far(low, high))
    t->open = true;
  else
    add_bits(t, low * BITS, high * BITS);
}

void touch_add_access(Touch *t, const IrAddr *addr, int64_t offset, uint64_t extent) {
  bool bits = addr->flags & IR_MEM_BITFIELD && extent == addr->size;
  int64_t end = offset_plus(offset, (int64_t)extent);
  if (!bits || too_far(offset, end))
    touch_add(t, offset, end);
  else if (addr->bit_width)
    add_bits(t, offset * BITS + addr->bit_offset,
             offset * BITS + addr->bit_offset + addr->bit_width);
}

void touch_rebase(Touch *t, int64_t start, uint64_t size) {
  Touch out = *t;
  out.count = 0;
  bool far = too_far(start, start);
  for (uint32_t i = 0; i < t->count && !far; i++) {
    int64_t low = t->ranges[i].low - start * BITS, high = t->ranges[i].high - start * BITS;
    if (size && size <= (uint64_t)LARGEST) {
      low = low < 0 ? 0 : low;
      high = high > (int64_t)size * BITS ? (int64_t)size * BITS : high;
    }
    if (low < high)
      add_bits(&out, low, high);
  }
  out.open |= far;
  *t = out;
}

void touch_clip(Touch *t, const IrUnit *unit, IrRecordId record) {
  const IrRecord *rec = &unit->records[record];
  Touch out = *t;
  out.count = 0;
  for (uint32_t k = 0; k < rec->nfields; k++) {
    const IrField *field = &unit->fields[rec->fields + k];
    int64_t from = (int64_t)field->offset_bits;
    int64_t to = from + (int64_t)(field->width_bits ? field->width_bits
                                                    : unit->types[field->type].size * BITS);
    for (uint32_t i = 0; i < t->count; i++) {
      int64_t low = t->ranges[i].low > from ? t->ranges[i].low : from;
      int64_t high = t->ranges[i].high < to ? t->ranges[i].high : to;
      if (low < high)
        add_bits(&out, low, high);
    }
  }
  *t = out;
}

static int64_t byte_of(int64_t bit) {
  return bit >= 0 ? bit / BITS : -((-bit + BITS - 1) / BITS);
}

uint64_t touch_bytes(const Touch *t) {
  uint64_t sum = 0;
  for (uint32_t i = 0; i < t->count; i++) {
    int64_t first = byte_of(t->ranges[i].low), last = byte_of(t->ranges[i].high - 1);
    if (i && byte_of(t->ranges[i - 1].high - 1) == first)
      first++; /* two bit-fields in one byte */
    sum += (uint64_t)(last - first + 1);
  }
  return sum;
}

/* Lines that the ranges, moved by `base`, meet beyond line *last, which is moved along. */
static uint64_t new_lines(const Touch *t, int64_t base, int64_t *last) {
  uint64_t lines = 0;
  for (uint32_t i = 0; i < t->count; i++) {
    int64_t first = (base + byte_of(t->ranges[i].low)) / CACHE_LINE;
    int64_t end = (base + byte_of(t->ranges[i].high - 1)) / CACHE_LINE;
    if (first <= *last)
      first = *last + 1;
    if (end < first)
      continue;
    lines += (uint64_t)(end - first + 1);
    *last = end;
  }
  return lines;
}

uint64_t touch_lines(const Touch *t) {
  int64_t last = -1;
  return new_lines(t, 0, &last);
}

double touch_fetched(const Touch *t, uint64_t size) {
  /* After CACHE_LINE elements the position within a line repeats. */
  uint64_t lines = 0;
  int64_t last = -1;
  for (int64_t i = 0; i < CACHE_LINE; i++)
    lines += new_lines(t, i * (int64_t)size, &last);
  return (double)lines;
}

static bool meets(const Touch *t, const IrUnit *unit, const IrRecord *rec, uint32_t number) {
  const IrField *field = &unit->fields[rec->fields + number];
  bool flexible = number + 1 == rec->nfields && rec->flags & IR_REC_FLEXIBLE;
  int64_t low = (int64_t)field->offset_bits;
  uint64_t bits = field->width_bits ? field->width_bits : unit->types[field->type].size * BITS;
  int64_t high = (int64_t)(field->offset_bits + bits);
  for (uint32_t i = 0; i < t->count; i++)
    if ((t->ranges[i].low < high || flexible) && low < t->ranges[i].high)
      return true;
  return false;
}

const char *touch_fields(Report *r, const IrUnit *unit, IrRecordId record, const Touch *t) {
  const IrRecord *rec = &unit->records[record];
  HpBuf buf = {0};
  for (uint32_t i = 0; i < rec->nfields; i++) {
    if (!meets(t, unit, rec, i))
      continue;
    const char *name = ir_str(unit, unit->fields[rec->fields + i].name);
    hp_buf_addf(&buf, "%s%s", buf.length ? ", " : "", *name ? name : "(unnamed)");
  }
  const char *text = hp_arena_strdup(r->arena, hp_buf_text(&buf));
  hp_buf_free(&buf);
  return text;
}

uint32_t touch_nfields(const IrUnit *unit, IrRecordId record, const Touch *t) {
  const IrRecord *rec = &unit->records[record];
  uint32_t count = 0;
  for (uint32_t i = 0; i < rec->nfields; i++)
    count += meets(t, unit, rec, i);
  return count;
}

/* ---- where pointers come from ---------------------------------------------------------------- */

/* The array that `pointer` is the address of: its size in bytes, 0 if it is no array inside an
 * object. */
static uint64_t array_behind(const IrFunction *fn, IrRef pointer) {
  const IrInsn *in = ir_def(fn, pointer);
  while (ir_is(in, IR_CONV))
    in = ir_def(fn, ir_arg(fn, in, 0));
  if (!ir_is(in, IR_ADDR))
    return 0;
  const IrAddr *addr = &fn->addrs[in->aux];
  return addr->nhops ? addr->size : 0;
}

/* `pointer` is the address of a flexible array at a record's end. */
static bool flexible_behind(const IrFunction *fn, IrRef pointer) {
  const IrInsn *in = ir_def(fn, pointer);
  while (ir_is(in, IR_CONV))
    in = ir_def(fn, ir_arg(fn, in, 0));
  return ir_is(in, IR_ADDR) && fn->addrs[in->aux].nhops && !fn->addrs[in->aux].size &&
         ir_ref_kind(fn->addrs[in->aux].index) == IR_REF_NONE;
}

/* One address computation: moves `o` to its base; which element of a flexible array it is does not
 * count, its bytes stand for the first's. False when the base is not of the same object:
 * then the element it selects is an object of its own. */
static bool step_over(const IrFunction *fn, const IrAddr *addr, Origin *o) {
  int64_t index = 0;
  if (ir_ref_kind(addr->index) == IR_REF_NONE || ir_const_int(fn, addr->index, &index)) {
    o->offset =
        offset_plus(o->offset, offset_plus(addr->offset, offset_scaled(index, addr->scale)));
    o->root = addr->base;
    return true;
  }
  uint64_t array = array_behind(fn, addr->base);
  if (!array && !flexible_behind(fn, addr->base))
    return false;
  o->root = addr->base;
  if (addr->scale == array) { /* `item a[1]` at the end: each element is like the first */
    o->offset = offset_plus(o->offset, addr->offset);
    return true;
  }
  o->extent = array;
  o->offset = array ? 0 : offset_plus(o->offset, addr->offset);
  return true;
}

static bool step_back(const IrFunction *fn, Origin *o) {
  const IrInsn *in = ir_def(fn, o->root);
  if (!in)
    return false;
  int64_t number;
  switch ((IrOp)in->op) {
  case IR_CONV:
    o->root = ir_arg(fn, in, 0);
    return true;
  case IR_ADDR:
    return step_over(fn, &fn->addrs[in->aux], o);
  case IR_ADD:
  case IR_SUB:
    if (!ir_const_int(fn, ir_arg(fn, in, 1), &number))
      return false;
    o->offset = offset_plus(o->offset, in->op == IR_ADD ? number : (int64_t)(0 - (uint64_t)number));
    o->root = ir_arg(fn, in, 0);
    return true;
  default:
    return false;
  }
}

Origin touch_origin(const IrFunction *fn, IrRef pointer) {
  Origin o = {.root = pointer};
  while (step_back(fn, &o))
    continue;
  return o;
}

Origin touch_origin_of(const IrFunction *fn, const IrAddr *addr) {
  Origin o = {.root = ir_ref(IR_REF_NONE, 0)};
  if (!step_over(fn, addr, &o))
    return o;
  while (step_back(fn, &o))
    continue;
  if (!o.extent)
    o.extent = addr->size ? addr->size : 1;
  return o;
}

static bool same_pointer(const IrFunction *fn, IrRef a, IrRef b, unsigned depth) {
  const IrInsn *x, *y;
  for (x = ir_def(fn, a); ir_is(x, IR_CONV); x = ir_def(fn, a))
    a = ir_arg(fn, x, 0);
  for (y = ir_def(fn, b); ir_is(y, IR_CONV); y = ir_def(fn, b))
    b = ir_arg(fn, y, 0);
  if (a == b)
    return true;
  if (!x || !y || x->op != y->op || (x->op != IR_LOAD && x->op != IR_ADDR) || depth == 0)
    return false;
  const IrAddr *p = &fn->addrs[x->aux], *q = &fn->addrs[y->aux];
  return p->offset == q->offset && p->size == q->size && p->index == q->index &&
         p->scale == q->scale && same_pointer(fn, p->base, q->base, depth - 1);
}

bool touch_same_pointer(const IrFunction *fn, IrRef a, IrRef b) {
  return same_pointer(fn, a, b, SAME_DEPTH);
}

/* ---- touching -------------------------------------------------------------------------------- */

typedef struct Follow {
  const IrProgram *p;
  const PgFunction *pf;
  uint32_t loop;
  IrRef root;
  int64_t shift;
  unsigned depth;
  Touch *t;
} Follow;

uint32_t naddrs_of(const IrInsn *in) {
  return in->op == IR_ADDR ? 0 : ir_op_naddrs(in->op);
}

static void touch_addresses(const Follow *f, const IrInsn *in) {
  const IrFunction *fn = f->pf->fn;
  for (uint32_t i = 0; i < naddrs_of(in); i++) {
    Origin o = touch_origin_of(fn, &fn->addrs[in->aux + i]);
    if (o.root != f->root)
      continue;
    touch_add_access(f->t, &fn->addrs[in->aux + i], offset_plus(f->shift, o.offset), o.extent);
    f->t->written |= i == 0 && in->op != IR_LOAD;
  }
}

/* What happens to the pointer itself where it is an operand. */
static void touch_operand(const Follow *f, const IrInsn *in, uint32_t arg) {
  const IrFunction *fn = f->pf->fn;
  Origin o = touch_origin(fn, ir_arg(fn, in, arg));
  if (o.root != f->root)
    return;
  switch ((IrOp)in->op) {
  case IR_CALL:
    touch_call(f->p, f->pf, in, arg, offset_plus(f->shift, o.offset), f->depth, f->t);
    break;
  case IR_CALLP:
  case IR_ASM:
  case IR_OPAQUE:
    f->t->open = true;
    break;
  case IR_PHI:
  case IR_RET:
    /* Inside a loop the walking pointer's own PHI; in a followed function a way out of sight. */
    f->t->open |= f->loop == IR_NONE;
    break;
  default:
    break;
  }
}

void touch_through(const IrProgram *p, const PgFunction *pf, uint32_t loop, IrRef root,
                   int64_t shift, unsigned depth, Touch *t) {
  const Follow f = {p, pf, loop, root, shift, depth, t};
  for (uint32_t i = 0; i < pf->fn->ninsns; i++) {
    if (loop != IR_NONE && !ir_loop_has_insn(pf->an, loop, i))
      continue;
    const IrInsn *in = &pf->fn->insns[i];
    touch_addresses(&f, in);
    for (uint32_t k = 0; k < in->nargs; k++)
      touch_operand(&f, in, k);
  }
}

bool loop_walks_string(const PgFunction *pf, uint32_t loop, IrRef string) {
  const IrAnalysis *an = pf->an;
  IrRef root = ir_addr_root(pf->fn, string);
  for (uint32_t i = 0; i < an->naccesses; i++) {
    const IrAccess *a = &an->accesses[i];
    const IrAddr *addr = &pf->fn->addrs[a->addr];
    if (a->loop != IR_NONE && ir_loop_contains(an, loop, a->block) &&
        ir_addr_in(an, addr, loop).cls != IR_AC_INVARIANT &&
        touch_same_pointer(pf->fn, ir_addr_root(pf->fn, addr->base), root))
      return true;
  }
  return false;
}

bool only_compared_with_zero(const PgFunction *pf, IrInsnId value) {
  const IrAnalysis *an = pf->an;
  for (uint32_t k = an->uses_at[value]; k < an->uses_at[value + 1]; k++) {
    const IrInsn *use = &pf->fn->insns[an->uses[k]];
    int64_t number;
    bool test = use->op == IR_EQ || use->op == IR_NE || use->op == IR_GT || use->op == IR_LE;
    bool with_zero = test && ir_const_int(pf->fn, ir_arg(pf->fn, use, 1), &number) && number == 0;
    if (use->op != IR_BR && !with_zero)
      return false;
  }
  return true;
}

IrRef value_of_param(const IrFunction *fn, uint32_t number) {
  for (uint32_t i = 0; i < fn->blocks[0].count; i++)
    if (fn->insns[i].op == IR_PARAM && fn->insns[i].aux == number)
      return ir_ref(IR_REF_VALUE, i);
  return ir_ref(IR_REF_NONE, 0);
}

void touch_call(const IrProgram *p, const PgFunction *pf, const IrInsn *call, uint32_t arg,
                int64_t shift, unsigned depth, Touch *t) {
  if (pg_summary(p, pf->unit, pf->fn, call)->freed_arg == (int)arg) {
    t->freed = true;
    return;
  }
  PgFunc callee = pg_callee(p, pf->unit, pf->fn, call);
  const PgFunction *cf = callee == IR_NONE ? NULL : pg_func(p, callee);
  if (!cf || !cf->fn || !cf->an || depth == 0) {
    t->open = true;
    return;
  }
  IrRef param = value_of_param(cf->fn, arg);
  if (ir_ref_kind(param) != IR_REF_NONE)
    touch_through(p, cf, IR_NONE, param, shift, depth - 1, t);
}

uint64_t bytes_of_object(const PgFunction *pf, IrRef root) {
  IrTypeId type = 0;
  if (ir_ref_kind(root) == IR_REF_SYM)
    type = pf->unit->symbols[ir_ref_index(root)].type;
  if (ir_ref_kind(root) == IR_REF_LOCAL)
    type = pf->fn->locals[ir_ref_index(root)].type;
  return pf->unit->types[type].size;
}

/* ---- texts ----------------------------------------------------------------------------------- */

const char *text_of_addr(Report *r, const PgFunction *pf, const IrAddr *addr) {
  HpBuf buf = {0};
  ir_describe_addr(&buf, pf->unit, pf->fn, addr);
  const char *text = hp_arena_strdup(r->arena, hp_buf_text(&buf));
  hp_buf_free(&buf);
  return text;
}

const char *text_of_ref(Report *r, const PgFunction *pf, IrRef ref) {
  HpBuf buf = {0};
  ir_describe(&buf, pf->unit, pf->fn, ref);
  const char *text = hp_arena_strdup(r->arena, hp_buf_text(&buf));
  hp_buf_free(&buf);
  return text;
}

IrLoc place_of(const IrFunction *fn, IrInsnId insn) {
  return ir_loc(fn, fn->insns[insn].loc);
}

IrLoc place_of_loop(const IrAnalysis *an, uint32_t loop) {
  return ir_loc(an->fn, an->loops[loop].loc);
}

IrRecordId record_of_addr(const IrUnit *unit, const IrFunction *fn, const IrAddr *addr) {
  if (addr->nhops)
    return fn->hops[addr->hops].record;
  return ir_pointee_record(unit, ir_ref_type(unit, fn, addr->base));
}

int64_t path_offset(const IrUnit *unit, const IrFunction *fn, const IrAddr *addr) {
  uint64_t bits = 0;
  for (uint32_t i = 0; i < addr->nhops; i++) {
    const IrHop *hop = &fn->hops[addr->hops + i];
    bits += unit->fields[unit->records[hop->record].fields + hop->field].offset_bits;
  }
  return (int64_t)(bits / 8);
}
