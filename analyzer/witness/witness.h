/* What the files of hplint-witness share: one unit's module, before and after the optimiser. The
 * only program that loads libLLVM. */
#ifndef HPLINT_ANALYZER_WITNESS_WITNESS_H
#define HPLINT_ANALYZER_WITNESS_WITNESS_H

#include "analyzer/evidence/ask.h"
#include "ir/analysis.h"

#include <llvm-c/Core.h>
#include <llvm-c/DebugInfo.h>

/* ---- compile.c: clang as a child ------------------------------------------------------------- */

typedef enum Level { LEVEL_2, LEVEL_3, LEVEL_S, LEVEL_Z } Level;
const char *level_name(Level level); /* "O2" */
/* The level that is judged: what the flags ask for, at least -O2. */
Level level_of(char *const *args, uint32_t nargs);

/* Unoptimised bitcode of the unit as clang writes it for `level`. False, and why on the heap. */
bool compile_unit(const char *file, const char *directory, char *const *args, uint32_t nargs,
                  Level level, HpBuf *bitcode, char **why);

/* ---- places.c: where an instruction comes from ----------------------------------------------- */

typedef struct Place {
  LLVMMetadataRef function; /* its subprogram; NULL: not known */
  uint32_t line, column;
} Place;
static inline bool place_same(Place a, Place b) {
  return a.function == b.function && a.line == b.line && a.column == b.column;
}

typedef struct PtrNumber {
  const void *key;
  uint32_t value;
} PtrNumber;
/* From pointers to numbers; zero-initialise. */
typedef struct PtrNumbers {
  PtrNumber *slots;
  uint32_t count, cap;
} PtrNumbers;
uint32_t *ptr_number(PtrNumbers *map, const void *key, bool *fresh);
uint32_t ptr_find(const PtrNumbers *map, const void *key); /* IR_NONE when it is not there */

typedef struct Scope {
  LLVMMetadataRef function;
  const char *file; /* normalised path */
} Scope;
typedef struct Scopes {
  LLVMContextRef context;
  HpArena *arena;
  PtrNumbers numbers, file_numbers;
  Scope *items;
  uint32_t count, cap;
  const char **files;
  uint32_t nfiles, files_cap;
} Scopes;
void scopes_free(Scopes *s);
/* Of a DILocation, or NULL. */
Place scopes_place(Scopes *s, LLVMMetadataRef location);
const char *scopes_file(Scopes *s, LLVMMetadataRef location);
/* Name of a subprogram as it is in the source; "" for none. */
const char *scopes_name(const Scopes *s, LLVMMetadataRef function, HpArena *arena);

/* ---- body.c: blocks and loops of a function -------------------------------------------------- */

typedef struct BodyLoop {
  Place start; /* the keyword, else the first place in the header */
  bool exact;  /* the keyword */
} BodyLoop;
typedef struct Body {
  LLVMValueRef fn;
  HpArena *arena;
  LLVMBasicBlockRef *blocks; /* those that can be reached; 0 is the entry */
  uint32_t nblocks;
  uint32_t *succ_at, *succs;
  IrLoop *loops;
  uint32_t nloops;
  uint32_t *loop_of; /* by block, IR_NONE */
  BodyLoop *starts;  /* by loop */
} Body;
void body_build(Body *b, LLVMValueRef fn, Scopes *scopes);
void body_free(Body *b);

/* ---- module.c: load, drop, optimise ---------------------------------------------------------- */

typedef struct Remark {
  char *file;
  uint32_t line, column;
  char *text;
} Remark;

typedef struct Module {
  LLVMContextRef context;
  LLVMModuleRef module;
  HpArena *arena;
  Scopes scopes;
  Remark *remarks; /* of the vectoriser */
  uint32_t nremarks, remarks_cap;
  char *trouble;       /* the first error that LLVM told */
  LLVMValueRef *roots; /* functions that must stay */
  uint32_t nroots, roots_cap;
} Module;
bool module_load(Module *m, const HpBuf *bitcode, char **why);
void module_free(Module *m);
void module_add_root(Module *m, LLVMValueRef fn);
/* Drops bodies that neither are roots nor can be inlined into one (drop.c). */
void module_drop(Module *m);
bool module_optimise(Module *m, Level level, char **why);

/* ---- verdict.c ------------------------------------------------------------------------------- */

/* A place of the source as it was before the optimiser. */
typedef struct Anchor {
  Place place;
  const char *callee;   /* of a call; "" through a pointer */
  LLVMMetadataRef tbaa; /* of an access; NULL: none */
  LLVMTypeRef type;
  bool store;
  bool in_loop; /* in the finding's loop, so that it matters whether it stays there */
} Anchor;

/* An instruction of the finding's loop, before. */
typedef struct Inside {
  Place place;
  LLVMMetadataRef tbaa;
  bool access; /* load or store */
} Inside;

typedef struct Case {
  const EvidenceAsk *ask;
  Anchor *anchors;
  uint32_t nanchors, anchors_cap;
  bool seen;     /* some function it asks about has code */
  bool has_loop; /* and the loop is there */
  Place loop;
  Inside *inside; /* those that have a place */
  uint32_t ninside, inside_cap;
} Case;
/* LLVM's alias tag of an access; NULL: none. */
LLVMMetadataRef access_tag(LLVMContextRef context, LLVMValueRef instruction);
/* Before the optimiser: what to look for. Its functions become roots. */
void case_prepare(Case *c, Module *m, const EvidenceAsk *ask);
void case_free(Case *c);
/* After it. */
EvidenceAnswer case_judge(const Case *c, Module *m, HpArena *arena);

#endif
