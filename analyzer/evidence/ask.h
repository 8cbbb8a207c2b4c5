/* What the optimiser is asked about one unit, and what it answers: the messages between the main
 * program and hplint-witness. A request of worker.h carries the questions in the place of unsaved
 * text; its reply has the answers as its record. */
#ifndef HPLINT_ANALYZER_EVIDENCE_ASK_H
#define HPLINT_ANALYZER_EVIDENCE_ASK_H

#include "ir/support.h"

/* The clang whose bitcode hplint-witness can read. On PATH, relative folders left out, else where
 * LLVM's packages put it; heap, NULL: not installed. */
#define EVIDENCE_CLANG "clang-19"
char *evidence_find_clang(void);

/* RuleWitness and these have the same numbers. */
typedef enum EvidenceKind {
  EVIDENCE_NONE,
  EVIDENCE_CALL,
  EVIDENCE_ACCESS,
  EVIDENCE_LOOP,
  EVIDENCE_ROUND,
} EvidenceKind;

/* A range of the source. Columns 0: whole lines. */
typedef struct EvidencePlace {
  char *file; /* absolute */
  char *function;
  uint32_t line, column, end_line, end_column; /* the end is one past the last column */
} EvidencePlace;

/* About one finding. Strings belong to the reader's arena, or to the caller. */
typedef struct EvidenceAsk {
  EvidenceKind kind;
  char *function; /* that the loop is in; "" for none */
  char *file;
  uint32_t loop_line; /* 0: no loop */
  EvidencePlace *places;
  uint32_t nplaces;
} EvidenceAsk;

typedef enum EvidenceStatus {
  EVIDENCE_UNKNOWN,
  EVIDENCE_REMAINS,
  EVIDENCE_PARTLY,
  EVIDENCE_AWAY,
} EvidenceStatus;
/* "remains", "optimised-away" ... */
const char *evidence_status_name(EvidenceStatus status);

typedef struct EvidenceAnswer {
  EvidenceStatus status;
  char *reason; /* in words */
} EvidenceAnswer;

typedef struct EvidenceReply {
  char *witness; /* "clang 19 -O2" */
  EvidenceAnswer *answers;
  uint32_t nanswers;
} EvidenceReply;

void evidence_put_ask(HpBuf *out, const EvidenceAsk *ask);
void evidence_put_asks(HpBuf *out, const EvidenceAsk *asks, uint32_t count);
/* Readers trust nothing. */
bool evidence_get_asks(const void *bytes, size_t size, HpArena *arena, EvidenceAsk **asks,
                       uint32_t *count);
void evidence_put_reply(HpBuf *out, const EvidenceReply *reply);
bool evidence_get_reply(const void *bytes, size_t size, HpArena *arena, EvidenceReply *reply);

#endif
