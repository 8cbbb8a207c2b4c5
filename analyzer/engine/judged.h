/* Judgements that are given again. What a rule finds in a function or record follows from what it
 * looks at in the program (PgLog), so it is kept with these items' names and the hashes of what
 * they were; while all of them are the same, it need not be judged again. */
#ifndef HPLINT_ANALYZER_ENGINE_JUDGED_H
#define HPLINT_ANALYZER_ENGINE_JUDGED_H

#include "analyzer/engine/shelf.h"
#include "db/store.h"
#include "ir/program.h"
#include "rules/rule.h"

/* ---- knowledge.c ----------------------------------------------------------------------------- */

/* What an item is, whatever its number, and a hash of all that can be learnt by looking at it. */
typedef struct Known {
  uint64_t name; /* 0: several go by one name */
  uint64_t value;
} Known;
/* One for each item of the program; the caller frees them. */
Known *knowledge_of(const IrProgram *p, const Shelf *units, unsigned jobs);

/* ---- pack.c ---------------------------------------------------------------------------------- */

/* A finding as bytes, without what the end of a run adds (fingerprint, suppression, rank). */
void finding_pack(HpBuf *out, const DbFinding *f);
/* The next one; false when the bytes are none. The finding is in the arena. */
bool finding_unpack(const char **at, const char *end, HpArena *arena, DbFinding **out);

/* ---- judged.c -------------------------------------------------------------------------------- */

typedef struct Judged Judged;
/* From what judged_pack made (NULL: nothing), which must stay where it is. Bytes that make no sense
 * count as nothing. */
Judged *judged_new(const IrProgram *p, const Shelf *units, unsigned jobs, const void *content,
                   size_t size);
void judged_free(Judged *j);
/* By item: it has to be judged. `*count`: how many functions. */
const bool *judged_wanted(const Judged *j, uint32_t *count);
/* The findings of the others, added to `out`. */
void judged_findings(const Judged *j, DbFindings *out);
/* What was judged: its findings and what it looked at (rules_judge). `items`: of each of the first
 * findings of `found`, in their order. */
void judged_add(Judged *j, const HpBuf *looked, const Report *report, const DbFindings *found,
                const uint32_t *items);
void judged_pack(const Judged *j, HpBuf *out);

#endif
