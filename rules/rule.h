/* What a rule is and what it reports. A rule is one folder: rules/HP101/ holds rule.c (metadata and
 * check; a large rule has rule_IDEA.c and headers beside it), HP101.md (its page) and tests: the C
 * files whose names do not begin with `rule`. rules/table.def lists them all. */
#ifndef HPLINT_RULES_RULE_H
#define HPLINT_RULES_RULE_H

#include "ir/program.h"
#include "rules/machine.h"

typedef enum RuleSeverity { SEVERITY_LOW, SEVERITY_MEDIUM, SEVERITY_HIGH } RuleSeverity;
typedef enum RuleConfidence { CONFIDENCE_LOW, CONFIDENCE_MEDIUM, CONFIDENCE_HIGH } RuleConfidence;
/* How the cost grows; the first thing the ranking without a profile looks at. */
typedef enum RuleGrowth {
  GROWTH_CONSTANT,      /* paid a fixed number of times */
  GROWTH_PER_ITERATION, /* proportional to the data */
  GROWTH_SUPERLINEAR,   /* grows faster than the data */
} RuleGrowth;
/* What is paid per iteration, dearest first: the second thing. */
typedef enum RuleCost {
  COST_SYSCALL,
  COST_ALLOCATION,
  COST_DEPENDENT_MISS, /* a load that waits for a load that likely misses */
  COST_CACHE_LINE,     /* lines fetched without use */
  COST_COMPUTE,
  COST_SPACE, /* memory only */
} RuleCost;
typedef enum RuleShow {
  SHOW_LISTED, /* by default */
  SHOW_LOW,    /* with --all, or when a profile gives its sites at least 1% of the time */
} RuleShow;

/* What the optimiser could take away, so what it is asked about at the finding's cost sites. */
typedef enum RuleWitness {
  WITNESS_NONE,   /* nothing: the layout of a record, where allocations come from */
  WITNESS_CALL,   /* calls: is it still made, and still in the loop? */
  WITNESS_ACCESS, /* loads and stores: still made in the loop, one by one or as vectors? */
  WITNESS_LOOP,   /* the finding's loop: still there, or replaced by a call such as memset? */
  WITNESS_ROUND,  /* conversions to a smaller floating type: still made in the loop? */
} RuleWitness;

/* A place with a text: a step of the explanation. */
typedef struct RulePlace {
  IrLoc loc;
  const IrUnit *unit; /* loc.file belongs to it */
  const char *text;
} RulePlace;

/* A named number with its unit, or a text. Shown as "name: value unit". */
typedef struct RuleFact {
  const char *name;
  double value;
  const char *unit; /* "bytes", "lines", "loads", "%", "" */
  const char *text; /* instead of a value, or NULL */
} RuleFact;

/* Where the cost is paid, apart from where the finding points. `inclusive`: a call whose callees'
 * time counts. A site with line 0..0 is ignored. */
typedef struct RuleSite {
  IrLoc loc;
  const IrUnit *unit;
  PgFunc func;
  bool inclusive;
} RuleSite;

/* How the text can be changed so that the finding is gone (rules/fix.h sets it, analyzer/fix makes
 * edits of it). Only what the rule has proven from the IR; the text has a say after that. */
typedef enum RuleFixKind {
  FIX_NONE,        /* nobody thought of one */
  FIX_REFUSED,     /* `words` says why not */
  FIX_REORDER,     /* a record that only its own file sees; at: the record; words: names in order */
  FIX_REORDER_ALL, /* the same, of a header: if the project is all that includes it */
  FIX_INTERCHANGE, /* at: outer loop, inner loop */
  FIX_REUSE,       /* one block for all iterations; at: loop, allocation, free */
  FIX_REUSE_GROW,  /* the same with a size that changes */
  FIX_GROW,        /* at: the statement that adds a constant to a capacity */
  FIX_KINDS
} RuleFixKind;
enum { RULE_FIX_PLACES = 3 };
typedef struct RuleFix {
  RuleFixKind kind;
  const char *words;
  IrLoc at[RULE_FIX_PLACES]; /* in the finding's file, none made by a macro */
  uint32_t nat;
} RuleFix;

#define RULE_MAX_PLACES 12
#define RULE_MAX_FACTS 16
#define RULE_MAX_SITES 24

/* One finding. All strings live in the report's arena. */
typedef struct Finding {
  const struct Rule *rule;
  uint32_t item;       /* of the program: the function or record that was judged */
  const IrUnit *unit;  /* loc.file belongs to it */
  IrLoc loc;           /* what the finding points at */
  PgFunc func;         /* IR_NONE for a record */
  uint32_t loop;       /* in func's analysis, IR_NONE */
  PgRecord record;     /* the record it is about, IR_NONE */
  const char *message; /* one sentence with the numbers, no final full stop */
  const char *help;    /* what to do, imperative */
  RuleSeverity severity;
  RuleConfidence confidence;
  RuleGrowth growth;
  RuleCost cost;
  RuleShow show;
  RuleWitness witness;
  bool cold;           /* only on cold paths or once: ranks last */
  bool allocator_time; /* of inclusive sites only what allocators take below them is at stake, where
                          a profile with stacks can tell */
  double bound_factor; /* share of the sites' time that the fix can save at most, 0..1 (1: all) */
  double saving;       /* the rule's model: share of the sites' time saved, 0..1 */
  const char *saving_why; /* its derivation in words */
  const char *anchor;     /* for the fingerprint: access path, callee or field list; never a line */
  RulePlace places[RULE_MAX_PLACES];
  uint32_t nplaces;
  RuleFact facts[RULE_MAX_FACTS];
  uint32_t nfacts;
  RuleSite sites[RULE_MAX_SITES];
  uint32_t nsites;
  RuleFix fix;
} Finding;

typedef struct Report {
  HpArena *arena; /* strings and findings */
  Finding **findings;
  uint32_t count, cap;
  const struct Rule *current; /* set by rules_run, */
  uint32_t item;              /* and what it judges */
  const IrProgram *program;
  const Machine *machine; /* NULL before rules_run: machine_portable */
} Report;

/* Severity says how much is at stake where the code is hot: high = an allocation or a system call
 * per iteration, or, in a nest of loops, a dependent miss per iteration or what grows faster than
 * the data (in one loop alone it is medium: mostly nothing says that there is much data). */

/* Starts a finding of the current rule with the defaults: medium, confidence high, per iteration,
 * listed, bound_factor 1, nothing to ask the optimiser. */
Finding *report_add(Report *r, const IrUnit *unit, IrLoc loc);
const char *report_format(Report *r, const char *fmt, ...) HP_PRINTF(2, 3);
void finding_place(Report *r, Finding *f, const IrUnit *unit, IrLoc loc, const char *fmt, ...)
    HP_PRINTF(5, 6);
void finding_fact(Finding *f, const char *name, double value, const char *unit);
void finding_fact_text(Finding *f, const char *name, const char *text);
void finding_site(Finding *f, const IrUnit *unit, IrLoc loc, PgFunc func, bool inclusive);
/* Function, loop, record and coldness at once. */
void finding_in_loop(Finding *f, const IrProgram *p, PgFunc func, uint32_t loop);

typedef struct Rule {
  const char *id;      /* "HP201" */
  const char *name;    /* "alloc-in-loop" */
  const char *summary; /* one line */
  /* One of these: called for each function with a body, or for each record. Calls may run in
   * parallel, and one is left out while all that it looked at in the program the last time is as it
   * was: no state outside of the report. */
  void (*check_function)(const IrProgram *p, PgFunc func, Report *r);
  void (*check_record)(const IrProgram *p, PgRecord record, Report *r);
  const char *page; /* the markdown page, built in */
} Rule;

extern const Rule *const rules[];
extern const uint32_t nrules;
/* By id or name, any letter case; NULL if there is none. */
const Rule *rule_find(const char *id_or_name);
/* The nearest id or name, for "did you mean"; never NULL. */
const char *rule_nearest(const char *word);

/* Runs the rules for which `enabled` (by rule index; NULL: all) over the program, on `jobs`
 * threads. The report's order is the rules' order, then file, line, column: the same for any number
 * of jobs. */
void rules_run(const IrProgram *program, const bool *enabled, unsigned jobs, Report *report);

/* The same for a part of the functions and records (`wanted`, by item of the program), and what
 * they looked at: `looked` is filled with 32-bit numbers, for each item that was judged the item,
 * how many it looked at, and these. Its order depends on the threads. */
void rules_judge(const IrProgram *program, const bool *enabled, const bool *wanted, unsigned jobs,
                 Report *report, HpBuf *looked);

/* Machine figures that rules compute with. */
enum { CACHE_LINE = 64, ALLOC_OVERHEAD = 16 /* glibc: header and rounding of a small block */ };

#endif
