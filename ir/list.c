/* The records of a listing: what an instruction is, in the machine's words (operands) and in the
 * program's (meaning), with what the analysis knows of it. dis.c formats them. */
#include "ir/describe_priv.h"
#include "ir/list_priv.h"
#include "ir/text_priv.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_SHOWN = 6, MAX_RECORD = 4096 };

/* Bytes of a record that one loop touches. */
typedef struct Used {
  uint32_t loop;
  IrRecordId record;
  uint32_t bytes;
  bool shown;
  uint8_t *map; /* a bit a byte, in the arena */
} Used;

typedef struct List {
  const IrUnit *u;
  const IrFunction *fn;
  const IrAnalysis *an; /* may be NULL */
  const IrListOptions *options;
  Describing how;
  const bool *folded; /* by instruction: written where it is used */
  HpBuf out;
  uint32_t next_access; /* in an->accesses, which are in instruction order */
  Used *used;
  uint32_t nused, used_cap;
  HpArena *arena;
  uint32_t macro; /* of the row before */
} List;

static void put(List *l, const char *text) {
  hp_buf_add(&l->out, text);
}

static uint32_t number_of(const List *l, IrInsnId insn) {
  return l->options->numbers ? l->options->numbers[insn] : insn;
}

static uint32_t block_number(const List *l, IrBlockId block) {
  return l->options->blocks ? l->options->blocks[block] : block;
}

static uint32_t loop_of(const List *l, IrBlockId block) {
  return l->an ? l->an->loop_of[block] : IR_NONE;
}

static uint32_t depth_of(const List *l, IrBlockId block) {
  uint32_t loop = loop_of(l, block);
  return loop == IR_NONE ? 0 : l->an->loops[loop].depth;
}

/* ---- operands -------------------------------------------------------------------------------- */

/* C promotes whatever is smaller than int to int: a cast would tell nobody anything. */
static bool is_promotion(const List *l, const IrInsn *in) {
  const IrType *to = &l->u->types[in->type],
               *from = &l->u->types[ir_ref_type(l->u, l->fn, ir_arg(l->fn, in, 0))];
  return to->kind == IR_T_INT && from->kind == IR_T_INT && !(to->flags & IR_TF_UNSIGNED) &&
         from->size && from->size < to->size && to->size == 4;
}

static void put_ref(List *l, IrRef ref) {
  const IrInsn *in = ir_def(l->fn, ref);
  if (in && in->op == IR_CONV && l->folded[ir_ref_index(ref)]) {
    if (!is_promotion(l, in)) {
      put(l, "(");
      hp_buf_add_escaped(&l->out, ir_str(l->u, l->u->types[in->type].name));
      put(l, ")");
    }
    put_ref(l, ir_arg(l->fn, in, 0));
  } else if (in) {
    hp_buf_addf(&l->out, "%%%u", number_of(l, ir_ref_index(ref)));
  } else {
    describe_value(&l->out, &l->how, ref);
  }
}

/* The base of an address: an object goes by its name. */
static void put_base(List *l, IrRef ref) {
  const IrUnit *u = l->u;
  uint32_t i = ir_ref_index(ref);
  if (ir_ref_kind(ref) == IR_REF_LOCAL && *ir_str(u, l->fn->locals[i].name))
    hp_buf_add_escaped(&l->out, ir_str(u, l->fn->locals[i].name));
  else if (ir_ref_kind(ref) == IR_REF_SYM)
    hp_buf_add_escaped(&l->out, ir_str(u, u->symbols[i].name));
  else
    put_ref(l, ref);
}

/* Folded address computations become part of the offset. */
static IrRef base_of(const List *l, const IrAddr *a, uint64_t *offset) {
  IrRef base = a->base;
  *offset = (uint64_t)a->offset;
  for (const IrInsn *in;
       (in = ir_def(l->fn, base)) && in->op == IR_ADDR && l->folded[ir_ref_index(base)];
       base = l->fn->addrs[in->aux].base)
    *offset += (uint64_t)l->fn->addrs[in->aux].offset;
  return base;
}

static void put_addr(List *l, const IrAddr *a) {
  uint64_t offset;
  put(l, "[");
  put_base(l, base_of(l, a, &offset));
  if (ir_ref_kind(a->index) != IR_REF_NONE) {
    put(l, " + ");
    put_ref(l, a->index);
    if (a->scale != 1)
      hp_buf_addf(&l->out, "*%u", a->scale);
  }
  if (offset)
    hp_buf_addf(&l->out, " %c %" PRIu64, (int64_t)offset < 0 ? '-' : '+',
                (int64_t)offset < 0 ? 0 - offset : offset);
  put(l, "]");
}

static void put_args(List *l, const IrInsn *in, uint32_t from) {
  uint32_t shown = in->nargs - from > MAX_SHOWN + 1 ? MAX_SHOWN : in->nargs - from;
  for (uint32_t i = 0; i < shown; i++) {
    if (i)
      put(l, ", ");
    put_ref(l, ir_arg(l->fn, in, from + i));
  }
  if (shown < in->nargs - from)
    hp_buf_addf(&l->out, ", … %u in all", in->nargs - from);
}

/* The successor that follows in the listing is not named. */
static void put_branch(List *l, IrBlockId block) {
  const IrBlock *k = &l->fn->blocks[block];
  IrBlockId yes = l->fn->edges[k->succs], no = l->fn->edges[k->succs + 1];
  if (yes == block + 1)
    hp_buf_addf(&l->out, " else -> b%u", block_number(l, no));
  else if (no == block + 1)
    hp_buf_addf(&l->out, " -> b%u", block_number(l, yes));
  else
    hp_buf_addf(&l->out, " -> b%u else b%u", block_number(l, yes), block_number(l, no));
}

static void put_targets(List *l, IrBlockId block) {
  const IrBlock *k = &l->fn->blocks[block];
  uint32_t shown = k->nsuccs > MAX_SHOWN + 1 ? MAX_SHOWN : k->nsuccs;
  for (uint32_t i = 0; i < shown; i++)
    hp_buf_addf(&l->out, i ? ", b%u" : "-> b%u", block_number(l, l->fn->edges[k->succs + i]));
  if (shown < k->nsuccs)
    hp_buf_addf(&l->out, ", … %u in all", k->nsuccs);
}

static void operands(List *l, IrInsnId id, IrBlockId block) {
  const IrFunction *fn = l->fn;
  const IrInsn *in = &fn->insns[id];
  if (in->type)
    hp_buf_addf(&l->out, "%%%u = ", number_of(l, id));
  switch ((IrOp)in->op) {
  case IR_PARAM:
    hp_buf_addf(&l->out, "arg %u", in->aux);
    break;
  case IR_ADDR:
  case IR_LOAD:
  case IR_CLEAR:
  case IR_VAARG:
    put_addr(l, &fn->addrs[in->aux]);
    break;
  case IR_RMW:
  case IR_CMPXCHG:
    put_addr(l, &fn->addrs[in->aux]);
    put(l, ", ");
    put_args(l, in, 0);
    break;
  case IR_STORE:
    put_addr(l, &fn->addrs[in->aux]);
    put(l, " = ");
    put_args(l, in, 0);
    break;
  case IR_COPY:
    put_addr(l, &fn->addrs[in->aux]);
    put(l, " = ");
    put_addr(l, &fn->addrs[in->aux + 1]);
    break;
  case IR_CALL:
    hp_buf_add_escaped(&l->out, ir_str(l->u, l->u->symbols[in->aux].name));
    put(l, "(");
    put_args(l, in, 0);
    put(l, ")");
    break;
  case IR_CALLP:
    put_ref(l, ir_arg(fn, in, 0));
    put(l, "(");
    put_args(l, in, 1);
    put(l, ")");
    break;
  case IR_JUMP:
    hp_buf_addf(&l->out, "-> b%u", block_number(l, fn->edges[fn->blocks[block].succs]));
    break;
  case IR_BR:
    put_args(l, in, 0);
    put_branch(l, block);
    break;
  case IR_SWITCH:
  case IR_IGOTO:
  case IR_ASMGOTO:
    put_args(l, in, 0);
    hp_buf_add(&l->out, in->nargs ? " " : "");
    put_targets(l, block);
    break;
  default:
    put_args(l, in, 0);
    break;
  }
}

/* ---- what the analysis knows of an access ---------------------------------------------------- */

static int64_t path_start(const List *l, const IrAddr *a) {
  uint64_t bytes = 0;
  for (uint32_t i = 0; i < a->nhops; i++) {
    const IrHop *hop = &l->fn->hops[a->hops + i];
    bytes += l->u->fields[l->u->records[hop->record].fields + hop->field].offset_bits / 8;
  }
  return (int64_t)bytes;
}

static Used *used_of(List *l, uint32_t loop, IrRecordId record, bool add) {
  for (uint32_t i = l->nused; i-- > 0;) /* the loop at hand is near the end */
    if (l->used[i].loop == loop && l->used[i].record == record)
      return &l->used[i];
  if (!add)
    return NULL;
  HP_GROW(l->used, l->nused, l->used_cap);
  l->used[l->nused] = (Used){.loop = loop, .record = record};
  l->used[l->nused].map = hp_arena_alloc(l->arena, l->u->records[record].size / 8 + 1);
  return &l->used[l->nused++];
}

/* Bytes that an access means: of a bit-field those that hold it, not its unit. */
static uint64_t bytes_meant(const List *l, const IrAddr *a) {
  if (!(a->flags & IR_MEM_BITFIELD))
    return a->size;
  const IrHop *hop = &l->fn->hops[a->hops + a->nhops - 1];
  const IrField *f = &l->u->fields[l->u->records[hop->record].fields + hop->field];
  return (f->offset_bits % 8 + f->width_bits + 7) / 8;
}

/* Which bytes of which records each loop touches while it moves over them. */
static void find_used(List *l) {
  for (uint32_t i = 0; l->an && i < l->an->naccesses; i++) {
    const IrAccess *ac = &l->an->accesses[i];
    const IrAddr *a = &l->fn->addrs[ac->addr];
    if (ac->loop == IR_NONE || !a->nhops || ac->in.cls == IR_AC_INVARIANT)
      continue;
    IrRecordId record = l->fn->hops[a->hops].record;
    uint64_t size = l->u->records[record].size, from = (uint64_t)path_start(l, a);
    if (size > MAX_RECORD)
      continue;
    Used *used = used_of(l, ac->loop, record, true);
    for (uint64_t byte = from; byte < from + bytes_meant(l, a) && byte < size; byte++) {
      uint8_t bit = (uint8_t)(1 << byte % 8);
      used->bytes += !(used->map[byte / 8] & bit);
      used->map[byte / 8] |= bit;
    }
  }
}

static void put_used(List *l, const IrAccess *ac, const IrAddr *a) {
  if (ac->loop == IR_NONE || !a->nhops || ac->in.cls == IR_AC_INVARIANT)
    return;
  IrRecordId record = l->fn->hops[a->hops].record;
  Used *used = used_of(l, ac->loop, record, false);
  if (!used || used->shown)
    return;
  used->shown = true;
  hp_buf_addf(&l->out, ", %u of %llu bytes used", used->bytes,
              (unsigned long long)l->u->records[record].size);
}

static void put_class(List *l, const IrAccess *ac) {
  const IrAccessInLoop *in = &ac->in;
  switch (in->cls) {
  case IR_AC_INVARIANT: /* the place stays; what lies there may be written in the loop */
    if (l->fn->insns[ac->insn].op == IR_LOAD &&
        ir_loop_invariant(l->an, ac->loop, ir_ref(IR_REF_VALUE, ac->insn)))
      put(l, ", invariant");
    else
      put(l, ", same address");
    break;
  case IR_AC_UNIT:
    put(l, in->stride < 0 ? ", unit stride, backwards" : ", unit stride");
    break;
  case IR_AC_STRIDED:
    hp_buf_addf(&l->out, ", stride %lld", (long long)in->stride);
    break;
  case IR_AC_SYMBOLIC:
    put(l, ", stride ");
    if (ir_ref_kind(in->step_ref) == IR_REF_NONE)
      put(l, "fixed per loop");
    else
      describe_value(&l->out, &l->how, in->step_ref);
    if (ir_ref_kind(in->step_ref) != IR_REF_NONE && in->stride != 1)
      hp_buf_addf(&l->out, " * %lld", (long long)in->stride);
    break;
  case IR_AC_INDIRECT:
    put(l, ", indirect");
    break;
  case IR_AC_CHASED:
    put(l, ", chased");
    break;
  case IR_AC_POINTER:
  case IR_AC_UNKNOWN:
    break;
  }
  if (in->wraps)
    put(l, ", may start over");
}

/* The load whose result this access's address is made of: in its own loop, else it is done. */
static IrInsnId waits_for(const List *l, const IrAccess *ac, const IrAddr *a) {
  if (ac->in.cls == IR_AC_CHASED || ac->in.cls == IR_AC_INDIRECT || ac->in.cls == IR_AC_POINTER)
    if (ac->in.via != IR_NONE)
      return ac->in.via;
  IrRef root = ir_addr_root(l->fn, a->base);
  const IrInsn *in = ir_def(l->fn, root);
  if (!ir_is(in, IR_LOAD) || loop_of(l, l->an->block_of[ir_ref_index(root)]) != ac->loop)
    return IR_NONE;
  return ir_ref_index(root);
}

static void put_access(List *l, const IrAccess *ac, const char *side) {
  const IrAddr *a = &l->fn->addrs[ac->addr];
  size_t before = l->out.length;
  if (ac->loop != IR_NONE && (*side || !l->options->classes)) /* else: in its own column */
    put_class(l, ac);
  if (*side && l->out.length > before) {
    char *text = hp_strdup(l->out.text + before + 2);
    l->out.length = before;
    hp_buf_addf(&l->out, ", %s %s", side, text);
    free(text);
  }
  IrInsnId load = waits_for(l, ac, a);
  if (load == ac->insn)
    put(l, ", waits for the last one");
  else if (load != IR_NONE)
    hp_buf_addf(&l->out, ", waits for %%%u", number_of(l, load));
  put_used(l, ac, a);
}

/* The facts about an instruction's accesses; the one to show. */
static const IrAccess *accesses(List *l, IrInsnId id) {
  const IrAnalysis *an = l->an;
  const IrAccess *shown = NULL;
  while (an && l->next_access < an->naccesses && an->accesses[l->next_access].insn < id)
    l->next_access++;
  bool copy = l->fn->insns[id].op == IR_COPY;
  for (; an && l->next_access < an->naccesses && an->accesses[l->next_access].insn == id;
       l->next_access++) {
    const IrAccess *ac = &an->accesses[l->next_access];
    bool from = copy && ac->addr != l->fn->insns[id].aux;
    put_access(l, ac, !copy ? "" : from ? "from" : "to");
    shown = from ? shown : ac;
  }
  return shown;
}

/* ---- meaning --------------------------------------------------------------------------------- */

static void put_type(List *l, IrTypeId type) {
  const char *name = ir_str(l->u, l->u->types[type].name);
  if (*name) {
    put(l, ": ");
    hp_buf_add_escaped(&l->out, name);
  }
}

static bool put_variable(List *l, const IrInsn *in, const char *after) {
  const char *name = ir_str(l->u, in->name);
  if (!*name)
    return false;
  hp_buf_add_escaped(&l->out, name);
  put(l, after);
  return true;
}

static void put_object(List *l, uint32_t addr) {
  describe_object(&l->out, &l->how, &l->fn->addrs[addr]);
}

static void put_definition(List *l, IrInsnId id) {
  put_variable(l, &l->fn->insns[id], " = ");
  describe_definition(&l->out, &l->how, id);
}

static bool leaves_loop(const List *l, IrBlockId from, IrBlockId to) {
  uint32_t loop = loop_of(l, from);
  return loop != IR_NONE && !ir_loop_contains(l->an, loop, to);
}

static bool repeats_loop(const List *l, IrBlockId from, IrBlockId to) {
  uint32_t loop = loop_of(l, to);
  return loop != IR_NONE && l->an->loops[loop].header == to && ir_loop_contains(l->an, loop, from);
}

static void way(List *l, IrBlockId from, IrBlockId to, const char *before) {
  if (leaves_loop(l, from, to))
    hp_buf_addf(&l->out, "%sleaves the loop", before);
  else if (repeats_loop(l, from, to))
    hp_buf_addf(&l->out, "%snext iteration", before);
}

static void branch(List *l, const IrInsn *in, IrBlockId block) {
  const IrBlock *k = &l->fn->blocks[block];
  put(l, "if ");
  describe_value(&l->out, &l->how, ir_arg(l->fn, in, 0));
  way(l, block, l->fn->edges[k->succs], ", ");
  way(l, block, l->fn->edges[k->succs + 1], ", else ");
}

static void cases(List *l, const IrInsn *in, IrBlockId block) {
  const IrBlock *k = &l->fn->blocks[block];
  put(l, "switch ");
  describe_value(&l->out, &l->how, ir_arg(l->fn, in, 0));
  const IrBlockInfo *info = ir_block_info(l->fn, k);
  for (uint32_t i = 0; i < info->ncases && i < 2 * MAX_SHOWN; i++) {
    const IrCase *c = &l->fn->cases[info->cases + i];
    hp_buf_addf(&l->out, i ? ", %lld" : ": %lld", (long long)c->low);
    if (c->high != c->low)
      hp_buf_addf(&l->out, "..%lld", (long long)c->high);
    hp_buf_addf(&l->out, " -> b%u", block_number(l, l->fn->edges[k->succs + c->succ]));
  }
  if (info->ncases > 2 * MAX_SHOWN)
    put(l, ", …");
  hp_buf_addf(&l->out, ", default -> b%u", block_number(l, l->fn->edges[k->succs]));
}

static void conversion(List *l, IrInsnId id) {
  const IrInsn *in = &l->fn->insns[id];
  put_definition(l, id);
  if (!(in->flags & IR_INSN_EXPLICIT))
    put_type(l, in->type);
}

static void copy(List *l, const IrInsn *in) {
  put_object(l, in->aux);
  put(l, " = ");
  put_object(l, in->aux + 1);
  hp_buf_addf(&l->out, ", %llu bytes", (unsigned long long)l->fn->addrs[in->aux].size);
}

/* What a value without a variable is: for `c ? a : b`, a or b. */
static void merged(List *l, const IrInsn *in) {
  bool few = in->op == IR_PHI && in->nargs <= 3;
  if (in->op == IR_PHI && !few)
    hp_buf_addf(&l->out, "one of %u values", in->nargs);
  for (uint32_t i = 0; few && i < in->nargs; i++) {
    if (i)
      put(l, " or ");
    describe_value(&l->out, &l->how, ir_arg(l->fn, in, i));
  }
  if (l->out.length)
    put_type(l, in->type);
  else
    hp_buf_add_escaped(&l->out, ir_str(l->u, l->u->types[in->type].name));
}

static void put_order(List *l, uint32_t flags) {
  const char *before = "";
  for (const FlagName *f = text_memory_flags; f->name; f++)
    if (flags & IR_MEM_ORDER & f->flag) {
      hp_buf_addf(&l->out, "%s%s", before, f->name);
      before = " ";
    }
}

/* `x += n`, `x = max(x, n)`, `x = new if x == old`, then the order. */
static void atomic(List *l, const IrInsn *in) {
  static const char *const signs[IR_RMW_COUNT] = {
      [IR_RMW_NONE] = "", [IR_RMW_XCHG] = "", [IR_RMW_ADD] = "+", [IR_RMW_SUB] = "-",
      [IR_RMW_AND] = "&", [IR_RMW_OR] = "|",  [IR_RMW_XOR] = "^"};
  const IrAddr *a = &l->fn->addrs[in->aux];
  const char *sign = signs[a->rmw];
  put_object(l, in->aux);
  hp_buf_addf(&l->out, " %s= ", sign ? sign : "");
  if (!sign) {
    hp_buf_addf(&l->out, "%s(", text_rmw[a->rmw]);
    put_object(l, in->aux);
    put(l, ", ");
  }
  describe_value(&l->out, &l->how, ir_arg(l->fn, in, in->nargs - 1u));
  if (in->op == IR_CMPXCHG) {
    put(l, " if it is ");
    describe_value(&l->out, &l->how, ir_arg(l->fn, in, 0));
  }
  put(l, sign ? ", atomic " : "), atomic ");
  put_order(l, a->flags);
}

static void essence(List *l, IrInsnId id, IrBlockId block) {
  const IrFunction *fn = l->fn;
  const IrInsn *in = &fn->insns[id];
  switch ((IrOp)in->op) {
  case IR_PARAM:
  case IR_PHI:
    if (put_variable(l, in, ""))
      put_type(l, in->type);
    else
      merged(l, in);
    break;
  case IR_LOAD:
    put_definition(l, id);
    put_type(l, in->type);
    break;
  case IR_STORE:
    put_object(l, in->aux);
    put(l, " = ");
    describe_value(&l->out, &l->how, ir_arg(fn, in, 0));
    break;
  case IR_RMW:
  case IR_CMPXCHG:
    atomic(l, in);
    break;
  case IR_FENCE:
    put_order(l, in->aux);
    break;
  case IR_COPY:
    copy(l, in);
    break;
  case IR_CLEAR:
    put_object(l, in->aux);
    hp_buf_addf(&l->out, " = 0, %llu bytes", (unsigned long long)fn->addrs[in->aux].size);
    break;
  case IR_CONV:
    conversion(l, id);
    break;
  case IR_VAARG:
    put_variable(l, in, " = ");
    put(l, "next of ");
    put_object(l, in->aux);
    put_type(l, in->type);
    break;
  case IR_ASM:
    put_variable(l, in, " = ");
    put(l, "asm ");
    hp_buf_add_escaped(&l->out, ir_str(l->u, in->aux));
    break;
  case IR_ASMOUT:
    put_variable(l, in, " = ");
    hp_buf_addf(&l->out, "output %u", in->aux);
    break;
  case IR_ASMGOTO:
    put(l, "goes on, or to a label");
    break;
  case IR_OPAQUE:
    hp_buf_add_escaped(&l->out, ir_str(l->u, in->aux));
    break;
  case IR_JUMP:
    way(l, block, fn->edges[fn->blocks[block].succs], "");
    break;
  case IR_BR:
    branch(l, in, block);
    break;
  case IR_SWITCH:
    cases(l, in, block);
    break;
  case IR_IGOTO:
    put(l, "goto *");
    describe_value(&l->out, &l->how, ir_arg(fn, in, 0));
    break;
  case IR_RET:
    put(l, in->nargs ? "return " : "return");
    if (in->nargs)
      describe_value(&l->out, &l->how, ir_arg(fn, in, 0));
    break;
  case IR_STOP:
    put(l, "never reached");
    break;
  default:
    put_definition(l, id);
    break;
  }
}

void list_put_bound(HpBuf *out, const Describing *how, const IrLoop *loop) {
  const IrInsn *bound = ir_def(how->fn, loop->bound);
  const IrInsn *counter = loop->counter == IR_NONE ? NULL : &how->fn->insns[loop->counter];
  if (bound && counter && bound->name && bound->name == counter->name && bound->op != IR_PHI &&
      bound->op != IR_PARAM)
    describe_definition(out, how, ir_ref_index(loop->bound));
  else
    describe_value(out, how, loop->bound);
}

/* Facts about a block stand at its first instruction: how often a loop runs, cold code. */
static void block_facts(List *l, IrBlockId block) {
  if (!l->an)
    return;
  const char *comma = l->out.length ? ", " : "";
  uint32_t loop = loop_of(l, block);
  const IrLoop *lp = loop == IR_NONE ? NULL : &l->an->loops[loop];
  if (lp && lp->header == block && lp->irreducible) {
    hp_buf_addf(&l->out, "%sloop with %u entries", comma, lp->nentries);
  } else if (lp && lp->header == block && lp->trip == IR_TRIP_CONST) {
    hp_buf_addf(&l->out, "%s%llu iterations", comma, (unsigned long long)lp->count);
  } else if (lp && lp->header == block && lp->trip == IR_TRIP_SYMBOLIC) {
    hp_buf_addf(&l->out, "%siterations bounded by ", comma);
    list_put_bound(&l->out, &l->how, lp);
  }
  comma = l->out.length ? ", " : "";
  bool was_cold = block && l->an->cold[block - 1];
  if (l->an->cold[block] && !was_cold)
    hp_buf_addf(&l->out, "%scold", comma);
}

/* The macro that made the instruction, where it is not that of the row before. */
static void macro_fact(List *l, IrInsnId id) {
  IrLoc loc = ir_loc(l->fn, l->fn->insns[id].loc);
  if (loc.macro != l->macro) {
    if (loc.macro && l->out.length)
      put(l, ", ");
    ir_describe_macro(&l->out, l->u, &loc);
  }
  l->macro = loc.macro;
}

/* ---- the listing ----------------------------------------------------------------------------- */

/* Something jumps here; falling in from the block above is no jump. */
static bool is_target(const IrFunction *fn, IrBlockId block) {
  for (uint32_t i = 0; i < fn->blocks[block].npreds; i++) {
    IrBlockId from = fn->edges[fn->blocks[block].preds + i];
    const IrBlock *k = &fn->blocks[from];
    IrOp end = (IrOp)fn->insns[k->first + k->count - 1].op;
    if (from + 1 != block || end == IR_SWITCH || end == IR_IGOTO || end == IR_ASMGOTO)
      return true;
  }
  return false;
}

static char *make_title(const List *l, const IrListing *listing) {
  HpBuf out = {0};
  const IrFunction *fn = l->fn;
  const IrLoc *loc = fn->name_loc.line ? &fn->name_loc : &fn->loc;
  hp_buf_add_escaped(&out, ir_function_name(l->u, fn));
  if (loc->line) {
    const char *path = ir_str(l->u, l->u->files[loc->file].path), *slash = strrchr(path, '/');
    hp_buf_add(&out, " (");
    hp_buf_add_escaped(&out, slash ? slash + 1 : path);
    hp_buf_addf(&out, ":%u)", loc->line);
  }
  hp_buf_addf(&out, ": %u instruction%s", fn->ninsns, fn->ninsns == 1 ? "" : "s");
  if (listing->nfolded)
    hp_buf_addf(&out, " (%u folded)", listing->nfolded);
  hp_buf_addf(&out, ", %u block%s", fn->nblocks, fn->nblocks == 1 ? "" : "s");
  if (l->an)
    hp_buf_addf(&out, ", %u loop%s", l->an->nloops, l->an->nloops == 1 ? "" : "s");
  return hp_buf_take(&out);
}

static void make_line(List *l, IrLine *line, IrInsnId id, IrBlockId block, bool first,
                      uint32_t *last) {
  const IrFunction *fn = l->fn;
  uint32_t at = ir_loc(fn, fn->insns[id].loc).line;
  *line = (IrLine){
      .insn = id,
      .block = block,
      .line = at == *last ? 0 : at,
      .first = first,
      .target = first && is_target(fn, block),
      .depth = depth_of(l, block),
  };
  if (at)
    *last = at;
  operands(l, id, block);
  line->operands = hp_buf_take(&l->out);
  essence(l, id, block);
  line->essence = (uint32_t)l->out.length;
  line->access = accesses(l, id);
  if (first)
    block_facts(l, block);
  macro_fact(l, id);
  line->meaning = hp_buf_take(&l->out);
}

IrListing *ir_list(const IrUnit *unit, const IrFunction *fn, const IrAnalysis *an,
                   const IrListOptions *options) {
  static const IrListOptions plain;
  List l = {.u = unit,
            .fn = fn,
            .an = an,
            .options = options ? options : &plain,
            .arena = hp_arena_new()};
  l.how = (Describing){unit, fn, l.options->numbers};
  l.folded = list_folded(unit, fn, l.options->all, l.arena);
  IrListing *listing = hp_calloc(1, sizeof *listing);
  find_used(&l);
  listing->lines = hp_calloc(fn->ninsns, sizeof *listing->lines);
  uint32_t last = 0;
  for (IrBlockId b = 0; b < fn->nblocks; b++) {
    bool first = true;
    for (IrInsnId id = fn->blocks[b].first; id < fn->blocks[b].first + fn->blocks[b].count; id++) {
      if (!l.folded[id])
        make_line(&l, &listing->lines[listing->nlines++], id, b, first, &last);
      else
        listing->nfolded++;
      first = first && l.folded[id];
    }
  }
  listing->title = make_title(&l, listing);
  hp_arena_free(l.arena);
  free(l.used);
  return listing;
}

void ir_listing_free(IrListing *listing) {
  if (!listing)
    return;
  for (uint32_t i = 0; i < listing->nlines; i++) {
    free(listing->lines[i].operands);
    free(listing->lines[i].meaning);
  }
  free(listing->lines);
  free(listing->title);
  free(listing);
}
