/* A module of unoptimised bitcode: loaded, and put through the pipeline that clang would use. The
 * vectoriser's remarks come by the context's diagnostics as "file:line:column: text". */
#include "analyzer/witness/witness.h"

#include <llvm-c/BitReader.h>
#include <llvm-c/Error.h>
#include <llvm-c/Support.h>
#include <llvm-c/Target.h>
#include <llvm-c/TargetMachine.h>
#include <llvm-c/Transforms/PassBuilder.h>

#include <stdlib.h>
#include <string.h>

enum { MOST_REMARKS = 20000 };

/* Both are for the whole process, once. */
static void start_llvm(void) {
  static bool started;
  if (started)
    return;
  started = true;
  static const char *const options[] = {"hplint-witness", "-pass-remarks=loop-vectorize",
                                        "-pass-remarks-missed=loop-vectorize",
                                        "-pass-remarks-analysis=loop-vectorize"};
  LLVMParseCommandLineOptions(sizeof options / sizeof *options, options, "");
  LLVMInitializeAllTargetInfos();
  LLVMInitializeAllTargets();
  LLVMInitializeAllTargetMCs();
}

/* ---- diagnostics ----------------------------------------------------------------------------- */

/* The file's name may hold colons: the numbers are looked for from the text's own ": ". */
static bool split_remark(char *text, Remark *r) {
  for (char *end = strstr(text, ": "); end; end = strstr(end + 1, ": ")) {
    char *column = end;
    while (column > text && column[-1] >= '0' && column[-1] <= '9')
      column--;
    char *line = column > text && column[-1] == ':' ? column - 1 : column;
    while (line > text && line[-1] >= '0' && line[-1] <= '9')
      line--;
    if (column == end || line >= column - 1 || line == text || line[-1] != ':')
      continue;
    *r = (Remark){.line = (uint32_t)strtoul(line, NULL, 10),
                  .column = (uint32_t)strtoul(column, NULL, 10),
                  .text = end + 2};
    line[-1] = 0;
    r->file = text;
    return true;
  }
  return false;
}

static void on_diagnostic(LLVMDiagnosticInfoRef info, void *context) {
  Module *m = context;
  char *text = LLVMGetDiagInfoDescription(info);
  LLVMDiagnosticSeverity severity = LLVMGetDiagInfoSeverity(info);
  if (severity == LLVMDSError && !m->trouble)
    m->trouble = hp_arena_strdup(m->arena, text);
  Remark r;
  if (severity == LLVMDSRemark && m->nremarks < MOST_REMARKS &&
      split_remark(hp_arena_strdup(m->arena, text), &r)) {
    HP_GROW(m->remarks, m->nremarks, m->remarks_cap);
    m->remarks[m->nremarks++] = r;
  }
  LLVMDisposeMessage(text);
}

/* ---- loading --------------------------------------------------------------------------------- */

bool module_load(Module *m, const HpBuf *bitcode, char **why) {
  start_llvm();
  *m = (Module){.context = LLVMContextCreate(), .arena = hp_arena_new()};
  m->scopes = (Scopes){.context = m->context, .arena = m->arena};
  LLVMContextSetDiagnosticHandler(m->context, on_diagnostic, m);
  LLVMMemoryBufferRef buffer =
      LLVMCreateMemoryBufferWithMemoryRange(bitcode->text, bitcode->length, "unit", 0);
  bool ok = !LLVMParseBitcodeInContext2(m->context, buffer, &m->module);
  LLVMDisposeMemoryBuffer(buffer);
  if (!ok) {
    m->module = NULL;
    *why = hp_format("its bitcode cannot be read%s%s", m->trouble ? ": " : "",
                     m->trouble ? m->trouble : "");
  }
  return ok;
}

void module_free(Module *m) {
  if (m->module)
    LLVMDisposeModule(m->module);
  scopes_free(&m->scopes);
  free(m->remarks);
  free((void *)m->roots);
  LLVMContextDispose(m->context);
  hp_arena_free(m->arena);
}

void module_add_root(Module *m, LLVMValueRef fn) {
  for (uint32_t i = 0; i < m->nroots; i++)
    if (m->roots[i] == fn)
      return;
  HP_GROW(m->roots, m->nroots, m->roots_cap);
  m->roots[m->nroots++] = fn;
}

/* ---- the pipeline ---------------------------------------------------------------------------- */

/* Without a machine nothing is vectorised. Any of the family will do: what it can is in the
 * functions' attributes. */
static LLVMTargetMachineRef make_machine(const Module *m, char **why) {
  const char *triple = LLVMGetTarget(m->module);
  LLVMTargetRef target;
  char *message = NULL;
  if (LLVMGetTargetFromTriple(triple, &target, &message)) {
    *why = hp_format("LLVM has no target %s", triple);
    LLVMDisposeMessage(message);
    return NULL;
  }
  LLVMTargetMachineRef machine = LLVMCreateTargetMachine(
      target, triple, "", "", LLVMCodeGenLevelDefault, LLVMRelocDefault, LLVMCodeModelDefault);
  if (!machine)
    *why = hp_format("LLVM cannot make code for %s", triple);
  return machine;
}

bool module_optimise(Module *m, Level level, char **why) {
  LLVMTargetMachineRef machine = make_machine(m, why);
  if (!machine)
    return false;
  LLVMPassBuilderOptionsRef options = LLVMCreatePassBuilderOptions();
  char *passes = hp_format("default<%s>", level_name(level));
  LLVMErrorRef error = LLVMRunPasses(m->module, passes, machine, options);
  free(passes);
  LLVMDisposePassBuilderOptions(options);
  LLVMDisposeTargetMachine(machine);
  if (!error)
    return true;
  char *message = LLVMGetErrorMessage(error);
  *why = hp_format("the optimiser failed: %s", message);
  LLVMDisposeErrorMessage(message);
  return false;
}
