/* `hplint layout`: shared by its files. */
#ifndef HPLINT_ANALYZER_CLI_LAYOUT_H
#define HPLINT_ANALYZER_CLI_LAYOUT_H

#include "analyzer/cli/cli.h"
#include "analyzer/engine/whole.h"
#include "db/lookup.h"
#include "ir/layout.h"
#include "rules/reorder.h"

typedef struct LayoutArgs {
  const char *database, *colour, *profile;
  bool expand, all, json, no_profile, verbose, help;
  unsigned width, limit, jobs;
  const char *const *flags;
  uint32_t nflags;
} LayoutArgs;

typedef struct LayoutFile LayoutFile;

/* The program with all that is said of its records. */
typedef struct LayoutView {
  const LayoutArgs *args;
  Whole whole;
  const IrProgram *p;
  HpArena *arena;
  PgFieldSite *sites; /* of all records, by record */
  uint32_t *first;    /* of each record, and the end */
  Report found;       /* of HP105 */
  Store *store;
  int64_t profile; /* 0: none */
  char *label;
  char metric[16];   /* of its shares: "time", "instructions" */
  LayoutFile *files; /* costs read so far */
  uint32_t nfiles, files_cap;
} LayoutView;

/* ---- names (layout_find.c) ------------------------------------------------------------------- */

/* RECORD, FILE:RECORD or FILE:LINE. `rest` are other records of that name, which lie in code that
 * is not reported. False and `err`, one line, when it is none or several. */
typedef struct LayoutName {
  PgRecord record;
  PgRecord *others;
  uint32_t nothers;
} LayoutName;
bool layout_find(const LayoutView *v, const char *word, LayoutName *out, HpError *err);
/* The file that the word begins with, "" when none; the caller frees. */
char *layout_file_of(const char *word);
/* Typedef names of a record but its own name, "a, b"; in the view's arena. */
const char *layout_aliases(const LayoutView *v, PgRecord record);
/* "struct node"; "struct {...}" for one without a name. */
const char *layout_name(const PgRecordInfo *info);
/* Its file, relative to the root; "" when unknown. */
const char *layout_path(const LayoutView *v, const PgRecordInfo *info);

/* ---- facts (layout_facts.c) ------------------------------------------------------------------ */

typedef struct FieldUse {
  uint32_t loops;         /* that use it */
  uint32_t reads, writes; /* places in loops, cold paths left out */
  uint32_t others;        /* other places, and those that hand its address on */
  double share;           /* of the profile's time in lines that use it; negative: unknown */
} FieldUse;
void layout_find_sites(LayoutView *v);
/* One entry a field, and behind the last one for the record as a whole; in the view's arena. */
FieldUse *layout_uses(LayoutView *v, PgRecord record);

void layout_files_free(LayoutView *v);

/* The one thing to do about a record. */
typedef enum AdviceKind {
  ADVICE_NONE,    /* no order is better */
  ADVICE_FIXED,   /* the order has to stay */
  ADVICE_SMALLER, /* an order that saves bytes: HP104 */
  ADVICE_CLOSER,  /* one of the same size where loops touch fewer lines: HP106 */
  ADVICE_SPLIT,   /* fields that a loop uses apart from the others: HP105 */
} AdviceKind;
typedef struct LayoutAdvice {
  AdviceKind kind;
  OrderAdvice order;
  const Finding *split; /* of HP105, or NULL */
} LayoutAdvice;
LayoutAdvice layout_advice(LayoutView *v, PgRecord record);
/* "a, b, c", in the arena. */
const char *layout_order_text(const LayoutView *v, PgRecord record, const uint32_t *order);
/* Where the source gives a reason for a fixed order: "server.c and 3 more", of a cast the other
 * record and the place, "" if it is in the record itself; in the arena. */
const char *layout_fixed_where(const LayoutView *v, PgRecord record, OrderFixed why);

/* What a record costs by its size, by how many there are, and by the loops that walk over it. */
typedef struct LayoutRank {
  PgRecord record;
  double instances, loops, cost; /* cost: bytes * instances * loops */
  double share;
} LayoutRank;
/* Records of the project, dearest first; the caller frees. */
LayoutRank *layout_rank(LayoutView *v, uint32_t *count);

/* ---- output ---------------------------------------------------------------------------------- */

void layout_text(HpBuf *out, LayoutView *v, const LayoutName *name);
void layout_text_all(HpBuf *out, LayoutView *v, const LayoutRank *ranks, uint32_t count);
void layout_json(HpBuf *out, LayoutView *v, const LayoutName *name);
void layout_json_all(HpBuf *out, LayoutView *v, const LayoutRank *ranks, uint32_t count);

#endif
