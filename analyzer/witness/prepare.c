/* What a question means in clang's own code, before the optimiser: the calls and accesses at its
 * places, and the loop they are in. */
#include "analyzer/witness/witness.h"

#include <stdlib.h>
#include <string.h>

/* ---- instructions ---------------------------------------------------------------------------- */

static const char *called(LLVMValueRef call, HpArena *arena) {
  LLVMValueRef callee = LLVMGetCalledValue(call);
  size_t length = 0;
  const char *name = LLVMIsAFunction(callee) ? LLVMGetValueName2(callee, &length) : "";
  char *copy = HP_NEW(arena, char, length + 1);
  memcpy(copy, name, length);
  return copy;
}

/* Lifetime markers, debug information and assumptions are no calls. */
static bool is_marker(LLVMValueRef call) {
  static const char *const markers[] = {"llvm.lifetime", "llvm.dbg", "llvm.assume", "llvm.expect",
                                        "llvm.experimental.noalias"};
  LLVMValueRef callee = LLVMGetCalledValue(call);
  size_t length = 0;
  const char *name = LLVMIsAFunction(callee) ? LLVMGetValueName2(callee, &length) : "";
  for (size_t i = 0; i < sizeof markers / sizeof *markers; i++)
    if (!strncmp(name, markers[i], strlen(markers[i])))
      return true;
  return false;
}

/* A local variable's own slot is a register after the optimiser; elements of local arrays and
 * records are accesses. */
static bool is_slot(LLVMValueRef pointer) {
  return LLVMIsAAllocaInst(pointer) != NULL;
}

static bool wanted(EvidenceKind kind, LLVMValueRef i) {
  if (kind == EVIDENCE_CALL)
    return LLVMIsACallInst(i) && !LLVMIsAInlineAsm(LLVMGetCalledValue(i)) && !is_marker(i);
  if (kind == EVIDENCE_ROUND)
    return LLVMIsAFPTruncInst(i) != NULL;
  if (LLVMIsALoadInst(i))
    return !is_slot(LLVMGetOperand(i, 0));
  if (LLVMIsAStoreInst(i))
    return !is_slot(LLVMGetOperand(i, 1));
  return LLVMIsACallInst(i) && LLVMIsAMemIntrinsic(i);
}

/* ---- functions ------------------------------------------------------------------------------- */

static LLVMValueRef find_function(Module *m, const char *name) {
  HpArena *arena = hp_arena_new();
  LLVMValueRef found = NULL;
  for (LLVMValueRef f = LLVMGetFirstFunction(m->module); f && !found; f = LLVMGetNextFunction(f)) {
    LLVMMetadataRef function = LLVMGetFirstBasicBlock(f) ? LLVMGetSubprogram(f) : NULL;
    if (function && !strcmp(scopes_name(&m->scopes, function, arena), name))
      found = f;
  }
  hp_arena_free(arena);
  return found;
}

/* ---- anchors --------------------------------------------------------------------------------- */

static bool in_columns(const EvidencePlace *p, Place at) {
  if (at.line < p->line || at.line > p->end_line)
    return false;
  if (!p->column)
    return true;
  return !(at.line == p->line && at.column < p->column) &&
         !(at.line == p->end_line && p->end_column && at.column >= p->end_column);
}

LLVMMetadataRef access_tag(LLVMContextRef context, LLVMValueRef instruction) {
  unsigned kind = LLVMGetMDKindIDInContext(context, "tbaa", strlen("tbaa"));
  LLVMValueRef tag = LLVMGetMetadata(instruction, kind);
  return tag ? LLVMValueAsMetadata(tag) : NULL;
}

static void add_anchor(Case *c, Module *m, LLVMValueRef i, Place place, bool in_loop) {
  Anchor a = {.place = place,
              .callee = LLVMIsACallInst(i) ? called(i, m->arena) : "",
              .tbaa = access_tag(m->context, i),
              .type = LLVMIsAStoreInst(i) ? LLVMTypeOf(LLVMGetOperand(i, 0)) : LLVMTypeOf(i),
              .store = LLVMIsAStoreInst(i) != NULL,
              .in_loop = in_loop};
  for (uint32_t k = 0; k < c->nanchors; k++) {
    const Anchor *b = &c->anchors[k];
    if (place_same(b->place, a.place) && b->store == a.store && b->tbaa == a.tbaa &&
        !strcmp(b->callee, a.callee))
      return;
  }
  HP_GROW(c->anchors, c->nanchors, c->anchors_cap);
  c->anchors[c->nanchors++] = a;
}

static bool body_loop_has(const Body *b, uint32_t loop, uint32_t block) {
  uint32_t at = b->loop_of[block];
  while (at != IR_NONE && at != loop)
    at = b->loops[at].parent;
  return at != IR_NONE;
}

/* How exactly an instruction must fit a place: a call begins where clang says it is made. */
typedef enum Fit { FIT_START, FIT_RANGE, FIT_LINES } Fit;

static bool fits(const EvidencePlace *p, Place at, Fit fit) {
  if (fit == FIT_START)
    return at.line == p->line && at.column == p->column;
  EvidencePlace lines = *p;
  if (fit == FIT_LINES)
    lines.column = 0;
  return in_columns(&lines, at);
}

/* Instructions that fit a place, with the blocks they are in. */
typedef struct Found {
  LLVMValueRef *items;
  uint32_t *blocks;
  uint32_t count, cap, blocks_cap;
} Found;

static void find(Case *c, Module *m, const EvidencePlace *p, const Body *b, Fit fit, Found *out) {
  out->count = 0;
  for (uint32_t k = 0; k < b->nblocks; k++)
    for (LLVMValueRef i = LLVMGetFirstInstruction(b->blocks[k]); i; i = LLVMGetNextInstruction(i)) {
      LLVMMetadataRef location = LLVMInstructionGetDebugLoc(i);
      Place place = scopes_place(&m->scopes, location);
      if (!place.line || !fits(p, place, fit) || !wanted(c->ask->kind, i) ||
          strcmp(scopes_file(&m->scopes, location), p->file) != 0)
        continue;
      HP_GROW(out->blocks, out->count, out->blocks_cap);
      HP_GROW(out->items, out->count, out->cap);
      out->blocks[out->count] = k;
      out->items[out->count++] = i;
    }
}

/* Is `load` part of how the address is computed? */
static bool feeds(LLVMValueRef load, LLVMValueRef address, int depth) {
  if (address == load)
    return true;
  if (!depth || !LLVMIsAInstruction(address) || LLVMIsACallInst(address) || LLVMIsAPHINode(address))
    return false;
  int count = LLVMGetNumOperands(address);
  for (int i = 0; i < count; i++)
    if (feeds(load, LLVMGetOperand(address, (unsigned)i), depth - 1))
      return true;
  return false;
}

/* The range of an access holds those that its address needs, and that of a store the value's: only
 * the access itself is meant. */
static bool is_meant(const Found *found, uint32_t index) {
  enum { DEPTH = 12 };
  LLVMValueRef i = found->items[index];
  if (!LLVMIsALoadInst(i))
    return true;
  for (uint32_t k = 0; k < found->count; k++) {
    LLVMValueRef other = found->items[k];
    if (LLVMIsAStoreInst(other))
      return false;
    if (k != index && LLVMIsALoadInst(other) && feeds(i, LLVMGetOperand(other, 0), DEPTH))
      return false;
  }
  return true;
}

static void add_anchors(Case *c, Module *m, const EvidencePlace *p, const Body *b, uint32_t loop) {
  Found found = {0};
  Fit fit = c->ask->kind == EVIDENCE_CALL ? FIT_START : FIT_RANGE;
  for (find(c, m, p, b, fit, &found); !found.count && fit < FIT_LINES;)
    find(c, m, p, b, ++fit, &found);
  for (uint32_t k = 0; k < found.count; k++) {
    LLVMValueRef i = found.items[k];
    if (c->ask->kind == EVIDENCE_CALL || fit == FIT_LINES || is_meant(&found, k))
      add_anchor(c, m, i, scopes_place(&m->scopes, LLVMInstructionGetDebugLoc(i)),
                 loop != IR_NONE && body_loop_has(b, loop, found.blocks[k]));
  }
  free((void *)found.items);
  free(found.blocks);
}

/* ---- the loop -------------------------------------------------------------------------------- */

/* The loop that begins on the line; of several the outermost. */
static uint32_t find_loop(const Body *b, uint32_t line) {
  for (uint32_t i = 0; i < b->nloops; i++)
    if (b->starts[i].start.line == line)
      return i;
  return IR_NONE;
}

static void note_loop(Case *c, Module *m, const Body *b, uint32_t loop) {
  c->has_loop = true;
  c->loop = b->starts[loop].start;
  for (uint32_t k = 0; k < b->loops[loop].nblocks; k++)
    for (LLVMValueRef i = LLVMGetFirstInstruction(b->blocks[b->loops[loop].blocks[k]]); i;
         i = LLVMGetNextInstruction(i)) {
      Place place = scopes_place(&m->scopes, LLVMInstructionGetDebugLoc(i));
      if (!place.line)
        continue;
      HP_GROW(c->inside, c->ninside, c->inside_cap);
      c->inside[c->ninside++] =
          (Inside){place, access_tag(m->context, i), LLVMIsALoadInst(i) || LLVMIsAStoreInst(i)};
    }
}

/* ---- all ------------------------------------------------------------------------------------- */

static void prepare_function(Case *c, Module *m, LLVMValueRef fn, const char *name) {
  const EvidenceAsk *ask = c->ask;
  Body b;
  body_build(&b, fn, &m->scopes);
  module_add_root(m, fn);
  c->seen = true;
  uint32_t loop = IR_NONE;
  if (ask->loop_line && !strcmp(name, ask->function))
    loop = find_loop(&b, ask->loop_line);
  if (loop != IR_NONE)
    note_loop(c, m, &b, loop);
  for (uint32_t i = 0; i < ask->nplaces && ask->kind != EVIDENCE_LOOP; i++) {
    const EvidencePlace *p = &ask->places[i];
    if (!strcmp(p->function, name))
      add_anchors(c, m, p, &b, loop);
  }
  body_free(&b);
}

void case_prepare(Case *c, Module *m, const EvidenceAsk *ask) {
  *c = (Case){.ask = ask};
  for (uint32_t i = 0; i <= ask->nplaces; i++) {
    const char *name = i ? ask->places[i - 1].function : ask->function;
    bool done = !*name;
    for (uint32_t k = 0; k < i && !done; k++)
      done = !strcmp(name, k ? ask->places[k - 1].function : ask->function);
    LLVMValueRef fn = done ? NULL : find_function(m, name);
    if (fn)
      prepare_function(c, m, fn, name);
  }
}

void case_free(Case *c) {
  free(c->anchors);
  free(c->inside);
}
