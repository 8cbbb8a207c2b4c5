/* How large the memory is that a call returns, said by the parameters of the function around the
 * call. */
#include "ir/program_parts.h"

enum { MAX_STEPS = 48 }; /* operands looked at for one size */

typedef struct Sizer {
  const IrProgram *p;
  const IrFunction *fn;
  uint32_t unit, steps;
} Sizer;

static SizeForm fixed(int64_t bytes) {
  return (SizeForm){.kind = SIZE_FIXED, .bytes = bytes};
}

static const SizeForm unknown = {.kind = SIZE_UNKNOWN};

static bool same(SizeForm a, SizeForm b) {
  return a.kind == b.kind && a.a == b.a && a.b == b.b && a.bytes == b.bytes;
}

SizeForm pg_size_join(SizeForm a, SizeForm b) {
  if (a.kind == SIZE_NONE || same(a, b))
    return b;
  return b.kind == SIZE_NONE ? a : unknown;
}

static SizeForm product(SizeForm a, SizeForm b) {
  if (a.kind == SIZE_FIXED) {
    SizeForm swap = a;
    a = b, b = swap;
  }
  int64_t bytes;
  if (a.kind == SIZE_FIXED && b.kind == SIZE_FIXED &&
      !__builtin_mul_overflow(a.bytes, b.bytes, &bytes))
    return fixed(bytes);
  if (a.kind == SIZE_ARG && b.kind == SIZE_FIXED)
    return b.bytes == 1 ? a : (SizeForm){.kind = SIZE_ARG_FIXED, .a = a.a, .bytes = b.bytes};
  if (a.kind == SIZE_ARG_FIXED && b.kind == SIZE_FIXED &&
      !__builtin_mul_overflow(a.bytes, b.bytes, &bytes))
    return (SizeForm){.kind = SIZE_ARG_FIXED, .a = a.a, .bytes = bytes};
  if (a.kind == SIZE_ARG && b.kind == SIZE_ARG)
    return (SizeForm){.kind = SIZE_ARG_ARG, .a = a.a, .b = b.a};
  return unknown;
}

/* Constants added to a size from an argument do not change whose size it is. */
static SizeForm sum(SizeForm a, SizeForm b) {
  int64_t bytes;
  if (a.kind == SIZE_FIXED && b.kind == SIZE_FIXED &&
      !__builtin_add_overflow(a.bytes, b.bytes, &bytes))
    return fixed(bytes);
  if (a.kind == SIZE_FIXED)
    return b;
  return b.kind == SIZE_FIXED ? a : unknown;
}

static SizeForm size_of(Sizer *z, IrRef ref);

/* A minimum beside the argument, as in `n ? n : 8`, is ignored. */
static SizeForm of_phi(Sizer *z, const IrInsn *in) {
  SizeForm constants = {0}, others = {0};
  for (uint32_t i = 0; i < in->nargs; i++) {
    SizeForm form = size_of(z, ir_arg(z->fn, in, i));
    SizeForm *into = form.kind == SIZE_FIXED ? &constants : &others;
    *into = pg_size_join(*into, form);
  }
  return others.kind == SIZE_NONE ? constants : others;
}

static SizeForm of_argument(Sizer *z, const IrInsn *call, int8_t argument) {
  uint32_t at = (uint32_t)argument + (call->op == IR_CALLP);
  return at < call->nargs ? size_of(z, ir_arg(z->fn, call, at)) : unknown;
}

/* The value of a function that rounds its argument up, as allocators do: what it returns is a size
 * by one of its arguments. */
static SizeForm of_rounding(Sizer *z, const IrInsn *call) {
  PgFunc callee = pg_call_target(z->p, z->unit, z->fn, call);
  const IrFunction *fn = callee == IR_NONE ? NULL : z->p->funcs[callee].fn;
  if (!fn || fn->nblocks != 1 || fn->insns[fn->ninsns - 1].nargs != 1)
    return unknown;
  Sizer in = {.p = z->p,
              .fn = fn,
              .unit = pg_unit_index(z->p, z->p->funcs[callee].unit),
              .steps = z->steps + 1};
  SizeForm form = size_of(&in, ir_arg(fn, &fn->insns[fn->ninsns - 1], 0));
  z->steps = in.steps;
  if (form.kind == SIZE_FIXED)
    return form;
  return form.kind == SIZE_ARG ? of_argument(z, call, form.a) : unknown;
}

static SizeForm size_of(Sizer *z, IrRef ref) {
  int64_t value;
  if (ir_const_int(z->fn, ref, &value))
    return fixed(value);
  const IrInsn *in = ir_def(z->fn, ref);
  if (!in || z->steps++ > MAX_STEPS)
    return unknown;
  switch ((IrOp)in->op) {
  case IR_PARAM:
    return in->aux < 32 ? (SizeForm){.kind = SIZE_ARG, .a = (int8_t)in->aux} : unknown;
  case IR_CONV:
    return size_of(z, ir_arg(z->fn, in, 0));
  case IR_PHI:
    return of_phi(z, in);
  case IR_ADD:
    return sum(size_of(z, ir_arg(z->fn, in, 0)), size_of(z, ir_arg(z->fn, in, 1)));
  case IR_MUL:
    return product(size_of(z, ir_arg(z->fn, in, 0)), size_of(z, ir_arg(z->fn, in, 1)));
  case IR_SHL:
    if (ir_const_int(z->fn, ir_arg(z->fn, in, 1), &value) && value >= 0 && value < 62)
      return product(size_of(z, ir_arg(z->fn, in, 0)), fixed((int64_t)1 << value));
    return unknown;
  case IR_AND: /* rounded: (n + 7) & ~7 */
    if (ir_const_int(z->fn, ir_arg(z->fn, in, 1), &value) && value < 0)
      return size_of(z, ir_arg(z->fn, in, 0));
    return unknown;
  case IR_CALL:
  case IR_CALLP:
    return of_rounding(z, in);
  default:
    return unknown;
  }
}

SizeForm pg_call_size(const IrProgram *p, PgFunc f, IrInsnId id) {
  const PgFunction *func = &p->funcs[f];
  const IrInsn *call = &func->fn->insns[id];
  uint32_t count;
  const PgCall *entries = pg_entries(p, pg_unit_index(p, func->unit), func->fn, call, &count);
  if (!entries)
    return unknown;
  Sizer z = {.p = p, .fn = func->fn, .unit = pg_unit_index(p, func->unit)};
  PgFlow room;
  SizeForm form = pg_join_flows(p, entries, count, &room)->size;
  switch ((SizeKind)form.kind) {
  case SIZE_ARG:
    return of_argument(&z, call, form.a);
  case SIZE_ARG_ARG:
    return product(of_argument(&z, call, form.a), of_argument(&z, call, form.b));
  case SIZE_ARG_FIXED:
    return product(of_argument(&z, call, form.a), fixed(form.bytes));
  case SIZE_NONE:
  case SIZE_FIXED:
  case SIZE_UNKNOWN:
    return form;
  }
  return unknown;
}
