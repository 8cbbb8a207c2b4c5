/* clang's bitcode -> facts.
 *
 * An address is a chain of GEPs. What counts is its last step: into a named struct it is a field,
 * anything else (an index, a union's member, which makes no GEP) is none. GEPs of constants are
 * folded, and those of a global's first member vanish: such an access is found again by the type of
 * the global. */
#include "tests/oracle/oracle.h"

#include <ctype.h>
#include <llvm-c/BitReader.h>
#include <llvm-c/DebugInfo.h>
#include <llvm-c/Target.h>
#include <stdlib.h>
#include <string.h>

typedef struct LlvmSide {
  UnitFacts *facts;
  const UnitFacts *ir;
  FunctionFacts *out;
  LLVMTargetDataRef layout;
  unsigned sret; /* attribute kind */
} LlvmSide;

/* ---- records --------------------------------------------------------------------------------- */

static bool is_struct(LLVMTypeRef t) {
  return LLVMGetTypeKind(t) == LLVMStructTypeKind;
}

/* Name both sides agree on, NULL for what is no struct of the source: literal types, unions. */
static const char *record_name(LlvmSide *s, LLVMTypeRef t) {
  const char *name = is_struct(t) && !LLVMIsLiteralStruct(t) ? LLVMGetStructName(t) : NULL;
  if (!name || strncmp(name, "struct.", 7) != 0)
    return NULL;
  name += 7;
  size_t length = strlen(name), end = length;
  while (end && isdigit((unsigned char)name[end - 1]))
    end--;
  if (end && end < length && name[end - 1] == '.')
    length = end - 1; /* told apart from others of the name */
  if (length == 4 && !strncmp(name, "anon", 4))
    return hp_arena_format(s->facts->arena, "anon/%llu", LLVMABISizeOfType(s->layout, t));
  return hp_arena_format(s->facts->arena, "%.*s", (int)length, name);
}

static bool is_union(LLVMTypeRef t) {
  const char *name = is_struct(t) && !LLVMIsLiteralStruct(t) ? LLVMGetStructName(t) : NULL;
  return name && !strncmp(name, "union.", 6);
}

static bool is_aggregate(LLVMTypeRef t) {
  return (is_struct(t) && !is_union(t)) || LLVMGetTypeKind(t) == LLVMArrayTypeKind;
}

static bool is_complex(LLVMTypeRef t) {
  return is_struct(t) && LLVMIsLiteralStruct(t) && LLVMCountStructElementTypes(t) == 2 &&
         LLVMStructGetTypeAtIndex(t, 0) == LLVMStructGetTypeAtIndex(t, 1);
}

/* ---- addresses ------------------------------------------------------------------------------- */

typedef enum StepKind { STEP_NONE, STEP_INDEX, STEP_FIELD, STEP_OTHER } StepKind;
typedef struct Step {
  StepKind kind;
  const char *record; /* FIELD */
  uint64_t offset;
  LLVMTypeRef type; /* of what it leads to */
  bool guessed;     /* by the type accessed, in an object of a type without a name */
} Step;

static bool is_gep(LLVMValueRef v) {
  return LLVMIsAGetElementPtrInst(v) ||
         (LLVMIsAConstantExpr(v) && LLVMGetConstOpcode(v) == LLVMGetElementPtr);
}

static bool is_zero(LLVMValueRef v) {
  return LLVMIsAConstantInt(v) && !LLVMConstIntGetZExtValue(v);
}

static bool has_name(LLVMValueRef v, const char *start) {
  size_t length;
  return !strncmp(LLVMGetValueName2(v, &length), start, strlen(start));
}

/* `p + 0`, as in `((char *)&s.a)[0]`: no step at all. */
static bool is_no_step(LLVMValueRef v) {
  return LLVMIsAGetElementPtrInst(v) && LLVMGetNumOperands(v) == 2 && is_zero(LLVMGetOperand(v, 1));
}

/* The last step of a GEP. */
static Step last_step(LlvmSide *s, LLVMValueRef v) {
  while (is_no_step(v))
    v = LLVMGetOperand(v, 0);
  if (!is_gep(v))
    return (Step){.kind = STEP_NONE};
  LLVMTypeRef t = LLVMGetGEPSourceElementType(v);
  Step step = {.kind = is_zero(LLVMGetOperand(v, 1)) ? STEP_OTHER : STEP_INDEX, .type = t};
  unsigned count = (unsigned)LLVMGetNumOperands(v);
  for (unsigned i = 2; i < count; i++) {
    LLVMValueRef index = LLVMGetOperand(v, i);
    if (!is_struct(t)) {
      step.kind = STEP_INDEX;
      t = step.type = LLVMGetElementType(t);
      continue;
    }
    unsigned at = (unsigned)LLVMConstIntGetZExtValue(index);
    step.record = record_name(s, t);
    step.kind = step.record ? STEP_FIELD : STEP_OTHER;
    step.offset = LLVMOffsetOfElement(s->layout, t, at);
    t = step.type = LLVMStructGetTypeAtIndex(t, at);
  }
  if (LLVMIsAInstruction(v) && has_name(v, "coerce.dive")) /* into a record passed by value */
    step.kind = STEP_OTHER;
  return step;
}

/* Does the GEP go on from a struct that its pointer leads to? */
static bool continues(LlvmSide *s, LLVMValueRef gep) {
  return is_struct(LLVMGetGEPSourceElementType(gep)) && LLVMGetNumOperands(gep) > 2 &&
         is_zero(LLVMGetOperand(gep, 1)) && record_name(s, LLVMGetGEPSourceElementType(gep)) &&
         !(LLVMIsAInstruction(gep) && has_name(gep, "coerce.dive"));
}

static LLVMValueRef root_of(LLVMValueRef v) {
  while (is_gep(v))
    v = LLVMGetOperand(v, 0);
  return v;
}

/* A local aggregate, or the result that the caller wants filled. */
static bool is_local(const LlvmSide *s, LLVMValueRef address) {
  LLVMValueRef root = root_of(address);
  if (LLVMIsAAllocaInst(root))
    return true;
  if (!LLVMIsAArgument(root))
    return false;
  LLVMValueRef function = LLVMGetParamParent(root);
  return LLVMGetParam(function, 0) == root &&
         LLVMGetEnumAttributeAtIndex(function, 1, s->sret) != NULL;
}

/* ---- facts of one address -------------------------------------------------------------------- */

static void add(LlvmSide *s, const char *touch, const Step *step, uint32_t flags) {
  const BitRun *run = facts_run(s->ir, step->record, step->offset);
  if (run && !run->start) /* as others of the run, whose record is not known */
    facts_add_field(s->facts, s->out, touch, "?", 0, flags);
  else
    facts_add_field(s->facts, s->out, touch, step->record, run ? run->start : step->offset, flags);
}

static bool is_bits(const LlvmSide *s, const Step *step) {
  return step->kind == STEP_FIELD && facts_run(s->ir, step->record, step->offset) != NULL;
}

/* From an object in the global variable to its first scalar, if that has the type accessed. */
static void first_member(LlvmSide *s, Step *step, LLVMTypeRef accessed) {
  Step found = *step;
  while (is_aggregate(found.type) && !is_complex(found.type)) {
    if (is_struct(found.type)) {
      if (!LLVMCountStructElementTypes(found.type))
        return;
      found.record = record_name(s, found.type);
      found.guessed = found.guessed || !found.record;
      found.kind = found.record ? STEP_FIELD : STEP_OTHER;
      found.offset = 0;
      found.type = LLVMStructGetTypeAtIndex(found.type, 0);
    } else {
      found.kind = STEP_INDEX;
      found.type = LLVMGetElementType(found.type);
    }
  }
  if (is_complex(found.type) && LLVMStructGetTypeAtIndex(found.type, 0) == accessed)
    found.type = accessed; /* the first of its two parts */
  if (found.type == accessed || is_union(found.type) || is_bits(s, &found))
    *step = found;
}

static bool at_constant(LLVMValueRef address) {
  return LLVMIsAConstant(address) && LLVMIsAGlobalValue(root_of(address));
}

static Step accessed_step(LlvmSide *s, LLVMValueRef address, LLVMTypeRef type) {
  Step step = last_step(s, address);
  if (LLVMIsAGlobalVariable(address))
    step = (Step){.type = LLVMGlobalGetValueType(address)};
  else if (!at_constant(address) || step.kind == STEP_NONE)
    return step;
  if (is_aggregate(step.type) && !is_bits(s, &step))
    first_member(s, &step, type);
  return step;
}

/* To a bit-field at the front of its record clang makes no step; names tell that it is one. */
static bool is_front_bits(LlvmSide *s, LLVMValueRef in, LLVMValueRef address) {
  LLVMValueRef value = LLVMIsAStoreInst(in) ? LLVMGetOperand(in, 0) : in;
  Step step = last_step(s, address);
  return (has_name(value, "bf.load") || has_name(value, "bf.set")) && !is_bits(s, &step);
}

/* From a complex number in a global variable to its second part; to the first there is no step. */
static bool is_part_step(LLVMValueRef v) {
  return at_constant(v) && is_gep(v) && is_complex(LLVMGetGEPSourceElementType(v)) &&
         !is_zero(LLVMGetOperand(v, 2));
}

/* A scalar is read or written. False: it is no such access but the use of an address. */
static bool add_access(LlvmSide *s, LLVMValueRef in, LLVMValueRef address, LLVMTypeRef type,
                       const char *touch, uint32_t flags) {
  if (is_front_bits(s, in, address)) {
    facts_add_field(s->facts, s->out, touch, "?", 0, flags);
    return true;
  }
  if (is_part_step(address)) {
    address = LLVMGetOperand(address, 0);
    flags |= FACT_OPTIONAL;
  }
  Step step = accessed_step(s, address, type);
  if (step.kind != STEP_FIELD || (is_aggregate(step.type) && !is_bits(s, &step)))
    return false;
  add(s, touch, &step, flags | (step.guessed ? FACT_OPTIONAL : 0u));
  return true;
}

/* ---- stores ---------------------------------------------------------------------------------- */

static LLVMValueRef only_user(LLVMValueRef v) {
  LLVMUseRef use = LLVMGetFirstUse(v);
  return use && !LLVMGetNextUse(use) ? LLVMGetUser(use) : NULL;
}

/* A bit-field is written by loading its unit, changing some bits, and storing: no read of its own.
 */
static bool belongs_to_bit_store(LLVMValueRef load) {
  LLVMValueRef user = has_name(load, "bf.load") ? only_user(load) : NULL;
  while (user && LLVMIsABinaryOperator(user))
    user = has_name(user, "bf.clear") || has_name(user, "bf.set") ? only_user(user) : NULL;
  return user && LLVMIsAStoreInst(user) && LLVMGetOperand(user, 1) == LLVMGetOperand(load, 0);
}

static bool is_constant_value(LLVMValueRef v) {
  if (LLVMIsAConstant(v))
    return true;
  return LLVMIsABinaryOperator(v) && has_name(v, "bf.set") && LLVMIsAConstant(LLVMGetOperand(v, 1));
}

/* ---- uses of addresses ----------------------------------------------------------------------- */

static bool is_memset_or_copy(LLVMValueRef user, LLVMValueRef address) {
  if (!LLVMIsACallInst(user) || LLVMGetOperand(user, 0) != address)
    return false;
  LLVMValueRef callee = LLVMGetCalledValue(user);
  return has_name(callee, "llvm.memset.") ||
         (has_name(callee, "llvm.memcpy.") && LLVMIsAConstant(LLVMGetOperand(user, 1)));
}

static bool is_pointer_of_access(LLVMValueRef user, LLVMValueRef address) {
  return (LLVMIsALoadInst(user) && LLVMGetOperand(user, 0) == address) ||
         (LLVMIsAStoreInst(user) && LLVMGetOperand(user, 1) == address &&
          LLVMGetOperand(user, 0) != address) ||
         ((LLVMIsAAtomicRMWInst(user) || LLVMIsAAtomicCmpXchgInst(user)) &&
          LLVMGetOperand(user, 0) == address);
}

/* Asked about without a look at what is there. */
static bool is_question(LLVMValueRef user) {
  bool decays = LLVMIsAGetElementPtrInst(user) && has_name(user, "arraydecay");
  for (LLVMUseRef use = decays ? LLVMGetFirstUse(user) : NULL; use; use = LLVMGetNextUse(use))
    if (!is_question(LLVMGetUser(use)))
      return false;
  return decays ||
         (LLVMIsACallInst(user) && has_name(LLVMGetCalledValue(user), "llvm.objectsize."));
}

/* Only filled with constants, as an initialiser does it? */
static bool is_filling(LLVMValueRef user, LLVMValueRef address) {
  if (is_memset_or_copy(user, address))
    return true;
  if (LLVMIsAStoreInst(user) && LLVMGetOperand(user, 1) == address)
    return true;
  if (!LLVMIsAGetElementPtrInst(user) || LLVMGetOperand(user, 0) != address)
    return LLVMIsAPHINode(user) && has_name(user, "arrayinit.");
  if (has_name(user, "arrayinit."))
    return true;
  for (LLVMUseRef use = LLVMGetFirstUse(user); use; use = LLVMGetNextUse(use))
    if (!is_filling(LLVMGetUser(use), user))
      return false;
  return true;
}

static bool leads_to_accesses(LLVMValueRef v) {
  for (LLVMUseRef use = LLVMGetFirstUse(v); use; use = LLVMGetNextUse(use))
    if (!is_pointer_of_access(LLVMGetUser(use), v))
      return false;
  return true;
}

/* A complex number is read and written in two parts, each by its own step. False: `user` of its
 * address is no such step. */
static bool count_part(LLVMValueRef user, uint32_t reads[2], uint32_t writes[2]) {
  if (!LLVMIsAGetElementPtrInst(user) || !is_complex(LLVMGetGEPSourceElementType(user)))
    return false;
  unsigned part = !is_zero(LLVMGetOperand(user, 2));
  for (LLVMUseRef use = LLVMGetFirstUse(user); use; use = LLVMGetNextUse(use)) {
    reads[part] += LLVMIsALoadInst(LLVMGetUser(use)) != NULL;
    writes[part] += LLVMIsAStoreInst(LLVMGetUser(use)) != NULL;
  }
  return true;
}

static void add_complex(LlvmSide *s, LLVMValueRef gep, const Step *step) {
  uint32_t reads[2] = {0}, writes[2] = {0};
  bool used = false;
  for (LLVMUseRef use = LLVMGetFirstUse(gep); use; use = LLVMGetNextUse(use))
    used |= !count_part(LLVMGetUser(use), reads, writes);
  for (uint32_t i = 0; i < reads[0] || i < reads[1]; i++)
    add(s, "read", step, 0);
  for (uint32_t i = 0; i < writes[0] || i < writes[1]; i++)
    add(s, "write", step, 0);
  if (used)
    add(s, "address", step, 0);
}

/* A field's address that is used as such: handed on, copied from or to, an array's first element.
 */
static void add_address(LlvmSide *s, LLVMValueRef gep) {
  Step step = last_step(s, gep);
  if (step.kind != STEP_FIELD || is_no_step(gep))
    return;
  if (is_complex(step.type)) {
    add_complex(s, gep, &step);
    return;
  }
  bool whole = is_aggregate(step.type) && !is_bits(s, &step);
  bool used = false, filled = true;
  uint32_t copies = 0; /* both arms of `p->a = c ? x : y` copy to one address */
  for (LLVMUseRef use = LLVMGetFirstUse(gep); use; use = LLVMGetNextUse(use)) {
    LLVMValueRef user = LLVMGetUser(use);
    if (is_question(user) ||
        (is_pointer_of_access(user, gep) && (!whole || is_front_bits(s, user, gep))))
      continue;
    if (is_gep(user) && LLVMGetOperand(user, 0) == gep && continues(s, user))
      continue;
    if (is_no_step(user) && leads_to_accesses(user))
      continue;
    used = true;
    copies += LLVMIsACallInst(user) && has_name(LLVMGetCalledValue(user), "llvm.memcpy.");
    filled = filled && is_filling(user, gep);
  }
  uint32_t flags = filled && is_local(s, gep) ? FACT_OPTIONAL : 0;
  for (uint32_t i = 0; used && (i == 0 || i < copies); i++)
    add(s, "address", &step, flags);
}

/* The same for the constants among an instruction's operands; each counts once a function. */
static void add_constant(LlvmSide *s, LLVMValueRef v, LLVMValueRef user) {
  if (!LLVMIsAConstantExpr(v) || LLVMIsAConstantPointerNull(root_of(v))) /* old offsetof */
    return;
  Step step = last_step(s, v);
  bool goes_on = step.kind == STEP_FIELD && is_gep(user) && LLVMGetOperand(user, 0) == v &&
                 continues(s, user) && LLVMGetTypeKind(step.type) != LLVMArrayTypeKind;
  if (step.kind == STEP_FIELD && step.offset && !goes_on)
    add(s, "address", &step, FACT_ONCE);
  for (int i = 0; i < LLVMGetNumOperands(v); i++)
    add_constant(s, LLVMGetOperand(v, (unsigned)i), v);
}

/* ---- instructions ---------------------------------------------------------------------------- */

static void add_call(LlvmSide *s, LLVMValueRef call) {
  LLVMValueRef callee = LLVMGetCalledValue(call);
  size_t length;
  if (LLVMIsAFunction(callee) || LLVMIsAGlobalAlias(callee) || LLVMIsAGlobalIFunc(callee))
    facts_add_call(s->facts, s->out, LLVMGetValueName2(callee, &length));
  else if (!LLVMIsAInlineAsm(callee))
    facts_add(s->facts, s->out, CALLEES, 0, "(pointer)");
}

static void add_instruction(LlvmSide *s, LLVMValueRef in) {
  int skip = -1; /* operand that is the address of an access */
  switch (LLVMGetInstructionOpcode(in)) {
  case LLVMLoad:
    if (belongs_to_bit_store(in) ||
        add_access(s, in, LLVMGetOperand(in, 0), LLVMTypeOf(in), "read", 0))
      skip = 0;
    break;
  case LLVMStore: {
    LLVMValueRef value = LLVMGetOperand(in, 0), to = LLVMGetOperand(in, 1);
    uint32_t flags = is_constant_value(value) && is_local(s, to) ? FACT_OPTIONAL : 0;
    if (add_access(s, in, to, LLVMTypeOf(value), "write", flags))
      skip = 1;
    break;
  }
  case LLVMAtomicRMW:
  case LLVMAtomicCmpXchg:
    if (add_access(s, in, LLVMGetOperand(in, 0), LLVMTypeOf(LLVMGetOperand(in, 1)), "update", 0))
      skip = 0;
    break;
  case LLVMGetElementPtr:
    add_address(s, in);
    break;
  case LLVMCall:
  case LLVMCallBr:
    add_call(s, in);
    break;
  default:
    break;
  }
  for (int i = 0; i < LLVMGetNumOperands(in); i++) {
    LLVMValueRef operand = LLVMGetOperand(in, (unsigned)i);
    if (i == skip && is_part_step(operand))
      operand = LLVMGetOperand(operand, 0);
    if (i != skip)
      add_constant(s, operand, in);
    else if (LLVMIsAConstantExpr(operand)) /* what comes before its last step */
      for (int k = 0; k < LLVMGetNumOperands(operand); k++)
        add_constant(s, LLVMGetOperand(operand, (unsigned)k), operand);
  }
}

/* ---- the module ------------------------------------------------------------------------------ */

static const char *file_of(LlvmSide *s, LLVMMetadataRef subprogram) {
  LLVMMetadataRef file = subprogram ? LLVMDIScopeGetFile(subprogram) : NULL;
  if (!file)
    return "";
  unsigned length, folder_length;
  const char *name = LLVMDIFileGetFilename(file, &length);
  const char *folder = LLVMDIFileGetDirectory(file, &folder_length);
  if (length && name[0] == '/')
    return hp_arena_format(s->facts->arena, "%.*s", (int)length, name);
  return hp_arena_format(s->facts->arena, "%.*s/%.*s", (int)folder_length, folder, (int)length,
                         name);
}

/* Without the mark of assembler names and that of a builtin's body. */
static const char *source_name(LlvmSide *s, const char *name) {
  static const char builtin[] = ".inline";
  size_t length = strlen(name += *name == 1), more = sizeof builtin - 1;
  if (length > more && !strcmp(name + length - more, builtin))
    length -= more;
  return hp_arena_format(s->facts->arena, "%.*s", (int)length, name);
}

static void add_function(LlvmSide *s, LLVMValueRef function) {
  LLVMMetadataRef subprogram = LLVMGetSubprogram(function);
  size_t length;
  const char *name = LLVMGetValueName2(function, &length);
  s->out = facts_function(s->facts, source_name(s, name), file_of(s, subprogram),
                          subprogram ? LLVMDISubprogramGetLine(subprogram) : 0);
  Flow *flow = flow_of(function);
  for (uint32_t i = 0; i < flow->nblocks; i++)
    for (LLVMValueRef in = LLVMGetFirstInstruction(flow->blocks[i]); in;
         in = LLVMGetNextInstruction(in))
      add_instruction(s, in);
  for (uint32_t i = 0; i < flow->nloops; i++)
    facts_add_loop(s->facts, s->out, flow->loops[i].depth, flow->loops[i].line);
  flow_free(flow);
}

/* Without a handler of its own LLVM ends the process. */
static void no_diagnostic(LLVMDiagnosticInfoRef info, void *context) {
  (void)info, (void)context;
}

UnitFacts *facts_of_bitcode(const char *path, const UnitFacts *ir, HpError *err) {
  char *message = NULL;
  LLVMMemoryBufferRef buffer;
  if (LLVMCreateMemoryBufferWithContentsOfFile(path, &buffer, &message)) {
    hp_fail(err, "%s: %s", path, message);
    LLVMDisposeMessage(message);
    return NULL;
  }
  LLVMModuleRef module;
  LLVMContextSetDiagnosticHandler(LLVMGetGlobalContext(), no_diagnostic, NULL);
  bool bad = LLVMParseBitcode2(buffer, &module) != 0;
  LLVMDisposeMemoryBuffer(buffer);
  if (bad) {
    hp_fail(err, "%s: no bitcode", path);
    return NULL;
  }
  LlvmSide s = {.facts = unit_facts_new(), .ir = ir, .layout = LLVMGetModuleDataLayout(module)};
  s.sret = LLVMGetEnumAttributeKindForName("sret", 4);
  for (LLVMValueRef f = LLVMGetFirstFunction(module); f; f = LLVMGetNextFunction(f))
    if (!LLVMIsDeclaration(f))
      add_function(&s, f);
  LLVMDisposeModule(module);
  return s.facts;
}
