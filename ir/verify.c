/* The verifier. A unit may come from a damaged or hostile file, so each check only relies on those
 * before it, and everything is linear: ranges into shared tables may not overlap in sum, so that
 * walking them all costs no more than the tables are long. Only paths may, which are short. */
#include "ir/verify_priv.h"

#include "ir/analysis_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Verify {
  const IrUnit *u;
  const IrFunction *fn;
  HpError *err;
  uint32_t insn;      /* being checked, IR_NONE */
  uint32_t *block_of; /* by instruction */
  IrDomOrder dom;
  uint32_t *scratch;   /* by block, zero between uses */
  uint32_t *at, *from; /* check_preds: by block and two more, by edge; zero before */
  uint64_t nargs;      /* sum so far */
} Verify;

HP_PRINTF(2, 3) static bool fail(Verify *v, const char *fmt, ...) {
  char what[512];
  va_list ap;
  va_start(ap, fmt);
  vsnprintf(what, sizeof what, fmt, ap);
  va_end(ap);
  if (!v->fn)
    return hp_fail(v->err, "bad IR: %s", what);
  HpBuf name = {0};
  if (v->fn->sym < v->u->nsymbols)
    hp_buf_add_escaped(&name, ir_function_name(v->u, v->fn));
  if (v->insn == IR_NONE)
    hp_fail(v->err, "bad IR: function '%s': %s", hp_buf_text(&name), what);
  else
    hp_fail(v->err, "bad IR: function '%s', instruction %u (%s): %s", hp_buf_text(&name), v->insn,
            ir_ops[v->fn->insns[v->insn].op].name, what);
  hp_buf_free(&name);
  return false;
}

#define CHECK(cond, ...)                                                                           \
  do {                                                                                             \
    if (!(cond))                                                                                   \
      return fail(v, __VA_ARGS__);                                                                 \
  } while (0)

static bool in_range(uint32_t first, uint32_t count, uint32_t total) {
  return (uint64_t)first + count <= total;
}

static bool check_str(Verify *v, IrStr s, const char *what) {
  CHECK(s < v->u->nstrings, "%s: string %u of %u bytes", what, s, v->u->nstrings);
  return true;
}

static bool check_type(Verify *v, IrTypeId t, const char *what) {
  CHECK(t < v->u->ntypes, "%s: type %u of %u", what, t, v->u->ntypes);
  return true;
}

static bool check_loc(Verify *v, const IrLoc *loc, const char *what) {
  CHECK(loc->file < v->u->nfiles || (!loc->file && !loc->line), "%s: place in file %u of %u", what,
        loc->file, v->u->nfiles);
  CHECK(loc->macro < v->u->nmacros, "%s: macro %u of %u", what, loc->macro, v->u->nmacros);
  CHECK(loc->line || !loc->macro, "%s: a macro without place", what);
  return true;
}

/* ---- unit tables ----------------------------------------------------------------------------- */

static bool check_macros(Verify *v) {
  const IrUnit *u = v->u;
  static const IrMacro none;
  CHECK(u->nmacros && !memcmp(&u->macros[0], &none, sizeof none), "macro 0 is a macro");
  for (uint32_t i = 0; i < u->nmacros; i++) {
    const IrMacro *m = &u->macros[i];
    CHECK(m->file < u->nfiles || (!m->file && !m->line), "macro %u: place in file %u of %u", i,
          m->file, u->nfiles);
    if (!check_str(v, m->name, "macro"))
      return false;
  }
  return true;
}

static bool check_spans(Verify *v) {
  const IrUnit *u = v->u;
  static const IrSpan none;
  CHECK(u->nspans && !memcmp(&u->spans[0], &none, sizeof none), "span 0 is not empty");
  for (uint32_t i = 0; i < u->nspans; i++) {
    const IrSpan *s = &u->spans[i];
    CHECK(s->file < u->nfiles || !s->file, "span %u: place in file %u of %u", i, s->file,
          u->nfiles);
    CHECK(s->macro < u->nmacros, "span %u: macro %u of %u", i, s->macro, u->nmacros);
  }
  return true;
}

static bool check_strings(Verify *v) {
  const IrUnit *u = v->u;
  CHECK(u->nstrings && u->strings, "no strings");
  CHECK(!u->strings[0] && !u->strings[u->nstrings - 1], "strings without end");
  if (!check_str(v, u->path, "path"))
    return false;
  for (uint32_t i = 0; i < u->nfiles; i++)
    if (!check_str(v, u->files[i].path, "file"))
      return false;
  if (!check_macros(v))
    return false;
  if (!check_spans(v))
    return false;
  for (uint32_t i = 0; i < u->nliterals; i++) {
    const IrLiteral *l = &u->literals[i];
    CHECK((uint64_t)l->offset + l->length < u->nstrings, "literal %u outside of the strings", i);
    CHECK(!u->strings[l->offset + l->length], "literal %u without end", i);
  }
  return true;
}

static bool check_types(Verify *v) {
  const IrUnit *u = v->u;
  CHECK(u->ntypes && u->types[0].kind == IR_T_VOID, "type 0 is not void");
  for (uint32_t i = 0; i < u->ntypes; i++) {
    const IrType *t = &u->types[i];
    CHECK(t->kind <= IR_T_OTHER, "type %u: kind %u", i, t->kind);
    CHECK(t->sub < i || !t->sub, "type %u is made of type %u, which comes later", i, t->sub);
    CHECK(t->align_log2 < 32, "type %u: alignment 2^%u", i, t->align_log2);
    CHECK(t->kind == IR_T_RECORD ? t->record < u->nrecords : t->record == IR_NONE,
          "type %u: record %u of %u", i, t->record, u->nrecords);
    if (!check_str(v, t->name, "type"))
      return false;
  }
  const IrType *none = &u->types[0];
  CHECK(!none->size && !none->count && !none->flags && !none->align_log2 &&
            !strcmp(ir_str(u, none->name), "void"),
        "type 0 is not plain void");
  return true;
}

/* The record that a field of this type contains by value, or IR_NONE. */
static IrRecordId contained(const IrUnit *u, IrTypeId type) {
  while (u->types[type].kind == IR_T_ARRAY)
    type = u->types[type].sub;
  return u->types[type].kind == IR_T_RECORD ? u->types[type].record : IR_NONE;
}

typedef struct Frame {
  IrRecordId record;
  uint32_t next;
} Frame;

/* No record contains itself: depth-first search, `state` 0 new, 1 on the path, 2 done. */
static bool nesting_ends(const IrUnit *u, IrRecordId root, uint8_t *state, Frame *frames) {
  uint32_t n = 0;
  frames[n++] = (Frame){root, 0};
  state[root] = 1;
  while (n) {
    Frame *f = &frames[n - 1];
    const IrRecord *r = &u->records[f->record];
    if (f->next == r->nfields) {
      state[f->record] = 2;
      n--;
      continue;
    }
    IrRecordId inner = contained(u, u->fields[r->fields + f->next++].type);
    if (inner == IR_NONE || state[inner] == 2)
      continue;
    if (state[inner] == 1)
      return false;
    state[inner] = 1;
    frames[n++] = (Frame){inner, 0};
  }
  return true;
}

static bool check_nesting(Verify *v) {
  const IrUnit *u = v->u;
  uint8_t *state = hp_calloc(u->nrecords, 1);
  Frame *frames = hp_malloc(u->nrecords * sizeof *frames);
  bool ok = true;
  for (uint32_t i = 0; ok && i < u->nrecords; i++)
    if (!state[i])
      ok = nesting_ends(u, i, state, frames);
  free(state);
  free(frames);
  CHECK(ok, "a record contains itself");
  return true;
}

static bool check_records(Verify *v) {
  const IrUnit *u = v->u;
  uint64_t total = 0;
  for (uint32_t i = 0; i < u->nrecords; i++) {
    const IrRecord *r = &u->records[i];
    total += r->nfields;
    CHECK(in_range(r->fields, r->nfields, u->nfields) && total <= u->nfields,
          "record %u: fields outside of the table", i);
    CHECK(!(r->align & (r->align - 1)), "record %u: alignment %llu", i,
          (unsigned long long)r->align);
    if (!check_str(v, r->name, "record") || !check_type(v, r->type, "record") ||
        !check_loc(v, &r->loc, "record"))
      return false;
  }
  for (uint32_t i = 0; i < u->nfields; i++)
    if (!check_str(v, u->fields[i].name, "field") || !check_type(v, u->fields[i].type, "field"))
      return false;
  return check_nesting(v);
}

static bool check_symbols(Verify *v) {
  const IrUnit *u = v->u;
  for (uint32_t i = 0; i < u->nsymbols; i++) {
    const IrSymbol *s = &u->symbols[i];
    if (!check_str(v, s->name, "symbol") || !check_type(v, s->type, "symbol") ||
        !check_loc(v, &s->loc, "symbol") || !check_str(v, s->link_name, "symbol") ||
        !check_str(v, s->alias, "symbol"))
      return false;
  }
  return true;
}

static bool check_inits(Verify *v) {
  const IrUnit *u = v->u;
  for (uint32_t i = 0; i < u->ninits; i++) {
    const IrPointerInit *init = &u->inits[i];
    uint32_t target = ir_ref_index(init->target);
    CHECK(init->in < u->nsymbols && !(u->symbols[init->in].flags & IR_SYM_FUNCTION),
          "initialiser %u: of symbol %u", i, init->in);
    CHECK(ir_ref_kind(init->target) == IR_REF_SYM   ? target < u->nsymbols
          : ir_ref_kind(init->target) == IR_REF_STR ? target < u->nliterals
                                                    : false,
          "initialiser %u points nowhere", i);
  }
  return true;
}

/* ---- tables of a function -------------------------------------------------------------------- */

static bool check_head(Verify *v) {
  const IrFunction *fn = v->fn;
  CHECK(fn->sym < v->u->nsymbols, "symbol %u of %u", fn->sym, v->u->nsymbols);
  CHECK(fn->nblocks && fn->nlocs, "no blocks or no places");
  CHECK(fn->ninsns <= IR_REF_MASK, "too many instructions");
  CHECK(!fn->locs[0].line && !fn->locs[0].span, "place 0 is a place");
  for (uint32_t i = 0; i < fn->nlocs; i++) {
    CHECK(fn->locs[i].span < v->u->nspans, "place %u: span %u of %u", i, fn->locs[i].span,
          v->u->nspans);
    const IrSpan *span = &v->u->spans[fn->locs[i].span]; /* checked itself */
    CHECK(fn->locs[i].line ? span->file < v->u->nfiles : !span->file && !span->macro,
          "place %u: in file %u of %u, macro %u", i, span->file, v->u->nfiles, span->macro);
  }
  return check_type(v, fn->result, "result") && check_loc(v, &fn->loc, "function") &&
         check_loc(v, &fn->name_loc, "name");
}

static bool check_tables(Verify *v) {
  const IrFunction *fn = v->fn;
  for (uint32_t i = 0; i < fn->nhops; i++) {
    CHECK(fn->hops[i].record < v->u->nrecords, "path step %u: record %u", i, fn->hops[i].record);
    CHECK(fn->hops[i].field < v->u->records[fn->hops[i].record].nfields,
          "path step %u: field %u of %u", i, fn->hops[i].field,
          v->u->records[fn->hops[i].record].nfields);
  }
  for (uint32_t i = 0; i < fn->nconsts; i++) {
    CHECK(fn->consts[i].is_float <= 1, "constant %u is neither integer nor floating", i);
    if (!check_type(v, fn->consts[i].type, "constant"))
      return false;
  }
  for (uint32_t i = 0; i < fn->nlocals; i++) {
    const IrLocal *l = &fn->locals[i];
    CHECK(l->loc < fn->nlocs, "local %u: place %u of %u", i, l->loc, fn->nlocs);
    if (!check_str(v, l->name, "local") || !check_type(v, l->type, "local"))
      return false;
  }
  return true;
}

static bool check_block(Verify *v, IrBlockId id, uint32_t first, uint64_t *edges, uint64_t *cases) {
  const IrFunction *fn = v->fn;
  const IrBlock *k = &fn->blocks[id];
  CHECK(k->first == first && k->count && in_range(k->first, k->count, fn->ninsns),
        "block %u does not follow the one before", id);
  *edges += (uint64_t)k->nsuccs + k->npreds;
  CHECK(k->info <= fn->ninfos, "block %u: info %u of %u", id, k->info, fn->ninfos);
  const IrBlockInfo *info = ir_block_info(fn, k);
  *cases += info->ncases;
  CHECK(in_range(k->succs, k->nsuccs, fn->nedges) && in_range(k->preds, k->npreds, fn->nedges) &&
            *edges <= fn->nedges,
        "block %u: edges outside of the table", id);
  CHECK(in_range(info->cases, info->ncases, fn->ncases) && *cases <= fn->ncases,
        "block %u: cases outside of the table", id);
  CHECK(info->loc < fn->nlocs, "block %u: place %u of %u", id, info->loc, fn->nlocs);
  CHECK(info->flags & IR_BLOCK_LABEL
            ? info->label < v->u->nsymbols && v->u->symbols[info->label].flags & IR_SYM_LABEL
            : !info->label,
        "block %u: label %u", id, info->label);
  bool earlier = !id;
  for (uint32_t i = 0; i < k->npreds; i++)
    earlier |= fn->edges[k->preds + i] < id;
  CHECK(earlier, "block %u comes before all its predecessors", id);
  for (uint32_t i = 0; i < info->ncases; i++) {
    const IrCase *c = &fn->cases[info->cases + i];
    CHECK(c->succ < k->nsuccs && c->low <= c->high, "block %u: bad case %u", id, i);
  }
  return true;
}

/* Predecessors are exactly the ends of the edges that arrive, counted. */
static bool check_preds(Verify *v) {
  const IrFunction *fn = v->fn;
  uint32_t n = fn->nblocks;
  uint32_t *at = v->at, *from = v->from, *count = v->scratch;
  for (uint32_t b = 0; b < n; b++)
    for (uint32_t i = 0; i < fn->blocks[b].nsuccs; i++)
      at[fn->edges[fn->blocks[b].succs + i] + 2]++;
  for (uint32_t b = 0; b < n; b++)
    at[b + 2] += at[b + 1];
  for (uint32_t b = 0; b < n; b++)
    for (uint32_t i = 0; i < fn->blocks[b].nsuccs; i++)
      from[at[fn->edges[fn->blocks[b].succs + i] + 1]++] = b;
  bool ok = true;
  uint32_t bad = 0;
  for (uint32_t b = 0; ok && b < n; b++) {
    const IrBlock *k = &fn->blocks[b];
    bad = b;
    ok = at[b + 1] - at[b] == k->npreds;
    for (uint32_t i = at[b]; i < at[b + 1]; i++)
      count[from[i]]++;
    for (uint32_t i = 0; ok && i < k->npreds; i++)
      ok = count[fn->edges[k->preds + i]]-- != 0;
  }
  CHECK(ok, "block %u: predecessors do not fit the edges", bad);
  return true;
}

static bool check_blocks(Verify *v) {
  const IrFunction *fn = v->fn;
  uint32_t first = 0;
  uint64_t edges = 0, cases = 0;
  for (uint32_t i = 0; i < fn->nedges; i++)
    CHECK(fn->edges[i] < fn->nblocks, "edge to block %u of %u", fn->edges[i], fn->nblocks);
  for (uint32_t b = 0; b < fn->nblocks; b++) {
    if (!check_block(v, b, first, &edges, &cases))
      return false;
    for (uint32_t i = 0; i < fn->blocks[b].count; i++)
      v->block_of[first + i] = b;
    first += fn->blocks[b].count;
  }
  CHECK(first == fn->ninsns, "instructions outside of blocks");
  CHECK(!fn->blocks[0].npreds, "the entry has predecessors");
  return check_preds(v);
}

/* ---- instructions ---------------------------------------------------------------------------- */

static bool check_ref(Verify *v, IrRef ref) {
  const IrFunction *fn = v->fn;
  uint32_t i = ir_ref_index(ref), total = 0;
  switch (ref >> IR_REF_SHIFT) {
  case IR_REF_VALUE:
    CHECK(i < fn->ninsns, "value %u of %u", i, fn->ninsns);
    CHECK((ir_ops[fn->insns[i].op].flags & IR_RESULT) && fn->insns[i].type,
          "operand %%%u has no value", i);
    return true;
  case IR_REF_CONST:
    total = fn->nconsts;
    break;
  case IR_REF_LOCAL:
    total = fn->nlocals;
    break;
  case IR_REF_SYM:
    total = v->u->nsymbols;
    break;
  case IR_REF_STR:
    total = v->u->nliterals;
    break;
  case IR_REF_UNDEF:
    total = 1;
    break;
  default:
    break;
  }
  CHECK(i < total, "operand %08x names nothing", ref);
  return true;
}

/* The definition comes before the use, at the end of `block`, on every way there. */
static bool check_dominance(Verify *v, IrRef ref, uint32_t block, uint32_t before) {
  if (ir_ref_kind(ref) != IR_REF_VALUE)
    return true;
  uint32_t def = ir_ref_index(ref), from = v->block_of[def];
  bool ok = from == block ? def < before : ir_dom_dominates(&v->dom, from, block);
  CHECK(ok, "operand %%%u is not computed on every way here", def);
  return true;
}

static bool check_use(Verify *v, IrRef ref) {
  return check_ref(v, ref) && check_dominance(v, ref, v->block_of[v->insn], v->insn);
}

static bool check_addr(Verify *v, uint32_t id) {
  const IrFunction *fn = v->fn;
  CHECK(id < fn->naddrs, "address %u of %u", id, fn->naddrs);
  const IrAddr *a = &fn->addrs[id];
  CHECK(in_range(a->hops, a->nhops, fn->nhops), "path outside of the table");
  CHECK((a->flags & IR_MEM_BITFIELD) ? a->bit_width != 0 : !a->bit_width && !a->bit_offset,
        "bit-field without bits");
  CHECK(a->rmw < IR_RMW_COUNT && (v->fn->insns[v->insn].op == IR_RMW) == (a->rmw != IR_RMW_NONE),
        "read-modify-write of kind %u", a->rmw);
  if (ir_ref_kind(a->index) == IR_REF_NONE)
    CHECK(!a->index && !a->scale, "scale without index");
  else if (!check_use(v, a->index))
    return false;
  return check_use(v, a->base) && check_type(v, a->type, "address");
}

static bool check_nargs(Verify *v, const IrInsn *in, const IrOpInfo *op) {
  CHECK(op->more_args ? in->nargs >= op->nargs : in->nargs == op->nargs, "%u operands", in->nargs);
  if (in->op == IR_RET)
    CHECK(in->nargs <= 1, "%u operands", in->nargs);
  return true;
}

static bool check_successors(Verify *v, const IrInsn *in, const IrBlock *k) {
  bool ok = false;
  switch ((IrOp)in->op) {
  case IR_JUMP:
    ok = k->nsuccs == 1;
    break;
  case IR_BR:
    ok = k->nsuccs == 2;
    break;
  case IR_SWITCH:
  case IR_ASMGOTO:
    ok = k->nsuccs >= 1;
    break;
  case IR_IGOTO:
    ok = true;
    break;
  default:
    ok = k->nsuccs == 0;
    break;
  }
  CHECK(ok, "%u successors", k->nsuccs);
  const IrBlockInfo *info = ir_block_info(v->fn, k);
  CHECK(in->op == IR_SWITCH ? k->info && in->aux == info->cases : !info->ncases,
        "cases do not belong here");
  return true;
}

static bool check_aux(Verify *v, const IrInsn *in, const IrOpInfo *op) {
  switch (op->aux) {
  case 'm':
    return check_addr(v, in->aux) && (op->naddrs == 1 || check_addr(v, in->aux + 1));
  case 's':
    CHECK(in->aux < v->u->nsymbols, "symbol %u of %u", in->aux, v->u->nsymbols);
    break;
  case 'p':
    CHECK(in->aux < v->fn->nparams && !v->block_of[v->insn], "parameter %u of %u", in->aux,
          v->fn->nparams);
    break;
  case 't':
    return check_str(v, in->aux, "text");
  case 'o':
    CHECK(in->aux && !(in->aux & ~(uint32_t)IR_MEM_ORDER), "memory order %u", in->aux);
    break;
  case 'n':
  case 'c':
    break;
  default:
    CHECK(!in->aux, "unused member is %u", in->aux);
  }
  return true;
}

static bool check_result(Verify *v, const IrInsn *in) {
  if (!check_type(v, in->type, "result") || !check_str(v, in->name, "name"))
    return false;
  if (!(ir_ops[in->op].flags & IR_RESULT))
    CHECK(!in->type, "a result");
  else if (in->op != IR_CALL && in->op != IR_CALLP && in->op != IR_OPAQUE && in->op != IR_ASM)
    CHECK(in->type, "no result type");
  return true;
}

static bool check_phi(Verify *v, const IrInsn *in, const IrBlock *k) {
  const IrFunction *fn = v->fn;
  CHECK(in->nargs == k->npreds, "%u operands for %u predecessors", in->nargs, k->npreds);
  for (uint32_t i = 0; i < in->nargs; i++) {
    IrRef ref = ir_arg(fn, in, i);
    uint32_t from = fn->edges[k->preds + i];
    if (!check_ref(v, ref) || !check_dominance(v, ref, from, UINT32_MAX))
      return false;
  }
  return true;
}

static bool check_insn(Verify *v, const IrInsn *in, const IrBlock *k, bool phis_over) {
  const IrFunction *fn = v->fn;
  const IrOpInfo *op = &ir_ops[in->op];
  bool last = v->insn == k->first + k->count - 1;
  CHECK(last == !!(op->flags & IR_TERM),
        last ? "ends its block and is no terminator" : "a terminator amid its block");
  CHECK(in->loc < fn->nlocs, "place %u of %u", in->loc, fn->nlocs);
  v->nargs += in->nargs;
  CHECK(in_range(in->args, in->nargs, fn->nargs) && v->nargs <= fn->nargs,
        "operands outside of the table");
  if (!check_result(v, in) || !check_nargs(v, in, op) || !check_aux(v, in, op) ||
      (last && !check_successors(v, in, k)))
    return false;
  if (in->op == IR_PHI) {
    CHECK(!phis_over, "comes after other instructions");
    return check_phi(v, in, k);
  }
  for (uint32_t i = 0; i < in->nargs; i++)
    if (!check_use(v, ir_arg(fn, in, i)))
      return false;
  if (in->op == IR_ASMOUT)
    CHECK(ir_is(ir_def(fn, ir_arg(fn, in, 0)), IR_ASM), "output of something else than an ASM");
  return true;
}

static bool check_insns(Verify *v) {
  const IrFunction *fn = v->fn;
  for (uint32_t i = 0; i < fn->ninsns; i++)
    CHECK(fn->insns[i].op < IR_OP_COUNT, "instruction %u: opcode %u", i, fn->insns[i].op);
  for (uint32_t b = 0; b < fn->nblocks; b++) {
    const IrBlock *k = &fn->blocks[b];
    bool phis_over = false;
    for (uint32_t i = k->first; i < k->first + k->count; i++) {
      v->insn = i;
      if (!check_insn(v, &fn->insns[i], k, phis_over))
        return false;
      phis_over |= fn->insns[i].op != IR_PHI;
    }
  }
  return true;
}

/* ---- entry points ---------------------------------------------------------------------------- */

static bool verify_function(Verify *v, const IrFunction *fn) {
  v->fn = fn;
  v->insn = IR_NONE;
  if (!check_head(v) || !check_tables(v))
    return false;
  size_t n = fn->nblocks;
  uint32_t *memory = hp_calloc(n * 6 + 2 + fn->ninsns + fn->nedges, sizeof *memory);
  uint32_t *idom = memory, *order = idom + n;
  v->scratch = order + 3 * n;
  v->at = v->scratch + n;
  v->block_of = v->at + n + 2;
  v->from = v->block_of + fn->ninsns;
  v->nargs = 0;
  bool ok = check_blocks(v);
  if (ok) {
    ir_block_dominators(fn, idom);
    v->dom = ir_block_dom_order(idom, fn->nblocks, order);
    ok = check_insns(v);
  }
  free(memory);
  v->fn = NULL;
  return ok;
}

bool ir_verify_function(const IrUnit *unit, const IrFunction *fn, HpError *err) {
  Verify v = {.u = unit, .err = err};
  return verify_function(&v, fn);
}

bool verify_unit(const IrUnit *unit, IrFault *fault, HpError *err) {
  Verify v = {.u = unit, .err = err};
  *fault = (IrFault){IR_NONE, IR_NONE};
  if (!check_strings(&v) || !check_types(&v) || !check_records(&v) || !check_symbols(&v) ||
      !check_inits(&v))
    return false;
  for (uint32_t i = 0; i < unit->nfunctions; i++)
    if (!verify_function(&v, &unit->functions[i])) {
      *fault = (IrFault){i, v.insn};
      return false;
    }
  return true;
}

bool ir_verify(const IrUnit *unit, HpError *err) {
  IrFault fault;
  return verify_unit(unit, &fault, err);
}
