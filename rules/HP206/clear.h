/* What clears memory, and what writes or uses what was cleared. */
#ifndef HPLINT_RULES_HP206_CLEAR_H
#define HPLINT_RULES_HP206_CLEAR_H

#include "rules/rule.h"

typedef enum ClearKind { CLEAR_CALLOC, CLEAR_MEMSET, CLEAR_INSN } ClearKind;

enum { MAX_FACTORS = 3 };
/* A size as a product: constant * factors. */
typedef struct Product {
  int64_t constant;
  IrRef factors[MAX_FACTORS];
  uint32_t count;
  bool ok;
} Product;

typedef struct Clear {
  const IrProgram *p;
  const PgFunction *pf;
  IrInsnId insn;
  ClearKind kind;
  IrRef pointer, root; /* what is cleared; where that comes from */
  Product size;
  bool fixed; /* `bytes` is the size */
  int64_t bytes;
} Clear;

/* What writes all of it. */
typedef struct Writer {
  IrInsnId at;
  const char *how;
  bool text; /* not all of it, but a string and its end */
} Writer;

/* Is it an instruction that clears an object of the function's own, or a fresh block? */
bool clear_at(const IrProgram *p, const PgFunction *pf, IrInsnId insn, Clear *c);
bool clear_written_by(const Clear *c, IrInsnId insn, Writer *w);
/* The loop stores to each element of it, and does nothing else with it. */
bool clear_written_by_loop(const Clear *c, uint32_t loop, Writer *w);
/* Reads or writes it, or gives away a pointer to it. */
bool clear_used_by(const Clear *c, IrInsnId insn);
/* All its bytes are given to something: the zeros behind a string count. */
bool clear_seen_whole(const Clear *c);

#endif
