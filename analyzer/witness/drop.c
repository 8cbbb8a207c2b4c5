/* Bodies that neither hold a finding nor can be inlined into one that does are dropped before the
 * optimiser, without changing what it makes of the others:
 * - kept is all that the roots refer to, directly or not, and what aliases stand for;
 * - what dropped bodies refer to must not look unused, called once or never written: internal
 *   functions and variables become external, unless nobody writes the variable at all;
 * - dropped bodies become available_externally for the pass that removes such. Inline functions of
 *   headers that are that already, and are kept, are external meanwhile. */
#include "analyzer/witness/witness.h"

#include <llvm-c/Comdat.h>
#include <llvm-c/Error.h>
#include <llvm-c/Transforms/PassBuilder.h>

#include <stdlib.h>

/* A unit of so many instructions is optimised only in part: of what is too large to be inlined
 * nothing but the call is kept, which costs others what LLVM would have learnt of it. */
enum { LARGE_UNIT = 100000, LARGE_FUNCTION = 300 };

typedef struct Drop {
  Module *m;
  bool large;
  PtrNumbers kept, seen; /* values */
  LLVMValueRef *queue;
  uint32_t head, count, cap;
} Drop;

static bool is_internal(LLVMValueRef global) {
  LLVMLinkage linkage = LLVMGetLinkage(global);
  return linkage == LLVMInternalLinkage || linkage == LLVMPrivateLinkage;
}

static bool first_time(PtrNumbers *set, LLVMValueRef value) {
  bool fresh;
  *ptr_number(set, value, &fresh) = 1;
  return fresh;
}

/* ---- what refers to what --------------------------------------------------------------------- */

typedef void Refer(Drop *d, LLVMValueRef global);

/* Globals below a constant; initialisers of variables are left alone. */
static void visit_constant(Drop *d, LLVMValueRef value, Refer *refer) {
  if (!LLVMIsAConstant(value) || LLVMIsAConstantInt(value) || LLVMIsAConstantFP(value))
    return;
  if (LLVMIsAGlobalValue(value)) {
    refer(d, value);
    return;
  }
  int count = LLVMGetNumOperands(value);
  for (int i = 0; i < count; i++) {
    LLVMValueRef operand = LLVMGetOperand(value, (unsigned)i);
    if (operand && operand != value)
      visit_constant(d, operand, refer);
  }
}

static void visit_body(Drop *d, LLVMValueRef fn, Refer *refer) {
  for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(fn); b; b = LLVMGetNextBasicBlock(b))
    for (LLVMValueRef i = LLVMGetFirstInstruction(b); i; i = LLVMGetNextInstruction(i)) {
      int count = LLVMGetNumOperands(i);
      for (int k = 0; k < count; k++) {
        LLVMValueRef operand = LLVMGetOperand(i, (unsigned)k);
        if (operand)
          visit_constant(d, operand, refer);
      }
    }
}

static uint32_t instructions(LLVMValueRef fn, uint32_t most) {
  uint32_t count = 0;
  for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(fn); b && count < most;
       b = LLVMGetNextBasicBlock(b))
    for (LLVMValueRef i = LLVMGetFirstInstruction(b); i && count < most;
         i = LLVMGetNextInstruction(i))
      count++;
  return count;
}

static bool is_large_unit(LLVMModuleRef module) {
  uint32_t count = 0;
  for (LLVMValueRef f = LLVMGetFirstFunction(module); f; f = LLVMGetNextFunction(f))
    count += instructions(f, LARGE_UNIT);
  return count >= LARGE_UNIT;
}

static void keep(Drop *d, LLVMValueRef global) {
  if (d->large && LLVMIsAFunction(global) && instructions(global, LARGE_FUNCTION) >= LARGE_FUNCTION)
    return;
  if (!first_time(&d->kept, global))
    return;
  if (LLVMIsAGlobalAlias(global)) {
    visit_constant(d, LLVMAliasGetAliasee(global), keep);
  } else if (LLVMIsAFunction(global) && LLVMGetFirstBasicBlock(global)) {
    HP_GROW(d->queue, d->count, d->cap);
    d->queue[d->count++] = global;
  }
}

static void keep_all(Drop *d) {
  const Module *m = d->m;
  for (uint32_t i = 0; i < m->nroots; i++)
    keep(d, m->roots[i]);
  d->large = is_large_unit(m->module);
  for (LLVMValueRef a = LLVMGetFirstGlobalAlias(m->module); a; a = LLVMGetNextGlobalAlias(a))
    keep(d, a);
  for (LLVMValueRef f = LLVMGetFirstGlobalIFunc(m->module); f; f = LLVMGetNextGlobalIFunc(f))
    visit_constant(d, LLVMGetGlobalIFuncResolver(f), keep);
  while (d->head < d->count)
    visit_body(d, d->queue[d->head++], keep);
}

/* ---- what stays must look as used as it is --------------------------------------------------- */

/* Uses of a variable that only read it, through addresses computed from it too. */
static bool only_read(LLVMValueRef value) {
  for (LLVMUseRef u = LLVMGetFirstUse(value); u; u = LLVMGetNextUse(u)) {
    LLVMValueRef user = LLVMGetUser(u);
    if (LLVMIsALoadInst(user) || LLVMIsAICmpInst(user))
      continue;
    bool address = LLVMIsAGetElementPtrInst(user) || LLVMIsAConstantExpr(user);
    if (!address || !only_read(user))
      return false;
  }
  return true;
}

static void open_up(Drop *d, LLVMValueRef global) {
  if (!first_time(&d->seen, global) || !is_internal(global) || LLVMIsAGlobalAlias(global))
    return;
  if (LLVMIsAGlobalVariable(global) && (LLVMIsGlobalConstant(global) || only_read(global)))
    return;
  LLVMSetLinkage(global, LLVMExternalLinkage);
  LLVMSetVisibility(global, LLVMHiddenVisibility);
}

/* ---- dropping -------------------------------------------------------------------------------- */

static bool is_dropped(const Drop *d, LLVMValueRef fn) {
  return LLVMGetFirstBasicBlock(fn) && ptr_find(&d->kept, fn) == IR_NONE;
}

static void run_pass(Module *m) {
  LLVMPassBuilderOptionsRef options = LLVMCreatePassBuilderOptions();
  LLVMErrorRef error = LLVMRunPasses(m->module, "elim-avail-extern", NULL, options);
  if (error)
    LLVMConsumeError(error);
  LLVMDisposePassBuilderOptions(options);
}

static void drop_bodies(Drop *d) {
  LLVMValueRef *inlines = hp_calloc(d->count, sizeof(LLVMValueRef));
  uint32_t ninlines = 0;
  LLVMModuleRef module = d->m->module;
  for (LLVMValueRef f = LLVMGetFirstFunction(module); f; f = LLVMGetNextFunction(f)) {
    if (is_dropped(d, f)) {
      LLVMSetComdat(f, NULL);
      LLVMSetLinkage(f, LLVMAvailableExternallyLinkage);
    } else if (LLVMGetFirstBasicBlock(f) && LLVMGetLinkage(f) == LLVMAvailableExternallyLinkage) {
      LLVMSetLinkage(f, LLVMExternalLinkage);
      inlines[ninlines++] = f;
    }
  }
  run_pass(d->m);
  for (uint32_t i = 0; i < ninlines; i++)
    LLVMSetLinkage(inlines[i], LLVMAvailableExternallyLinkage);
  free((void *)inlines);
}

void module_drop(Module *m) {
  Drop d = {.m = m};
  keep_all(&d);
  for (LLVMValueRef f = LLVMGetFirstFunction(m->module); f; f = LLVMGetNextFunction(f))
    if (is_dropped(&d, f))
      visit_body(&d, f, open_up);
  drop_bodies(&d);
  free(d.kept.slots);
  free(d.seen.slots);
  free((void *)d.queue);
}
