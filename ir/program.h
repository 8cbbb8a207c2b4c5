/* The whole program, as rules see it: all units linked. Call graph, function summaries, and facts
 * of every record over all loops. Built once by ir_program_link, read-only afterwards and safe to
 * read from many threads.
 *
 * Ids: a *unit-local* id (IrRecordId, IrSymId) belongs to one unit; PgFunc and PgRecord are ids of
 * the program. Header functions and records seen by several units are merged into one. */
#ifndef HPLINT_IR_PROGRAM_H
#define HPLINT_IR_PROGRAM_H

#include "ir/analysis.h"

typedef uint32_t PgFunc;
typedef uint32_t PgRecord;
typedef struct IrProgram IrProgram;

/* ---- functions ------------------------------------------------------------------------------- */

/* What calling a function can do, its callees included. What it does only on the way to an end of
 * the program (an assertion that fails, a panic) is left out. */
enum {
  PG_ALLOCATES = 1, /* may take memory from the heap */
  PG_FREES = 2,     /* may give some back */
  PG_FRESH = 4,     /* its result is heap memory that nobody else holds (or NULL) */
  PG_GROWS = 8,     /* reallocates: the result replaces argument `freed_arg`; always FRESH too */
  PG_BLOCKS = 16,   /* may wait: sleep, connect, recv, lock, join ... */
  PG_IO = 32,       /* input or output */
  PG_LOCKS = 64,
  PG_PURE = 128, /* no effect, result depends on arguments and memory only */
  PG_NORETURN = 256,
  PG_WRITES = 512,      /* may write memory that its caller can see */
  PG_UNKNOWN = 1024,    /* calls something unknown: a pointer without known targets, an undeclared
                           library function. The other flags are then lower bounds. */
  PG_RECURSIVE = 2048,  /* in a cycle of the call graph */
  PG_COLD_ALLOC = 4096, /* allocates only on cold paths (error reports, one-time initialisation) */
  PG_UNLOCKS = 16384,   /* gives back a lock */
  PG_COLD = 32768,      /* called only on cold paths, or never returns */
  PG_COMMITS =
      8192, /* a durability point, by the configuration: it waits for the disk on purpose */
};
/* How good the estimate of a call's cost is. */
typedef enum PgCostKind {
  PG_COST_PATHS, /* which branches are taken is estimated, nothing else */
  PG_COST_TRIPS, /* loops whose trip counts are not in the program's text go round some ten times */
  PG_COST_LEAST, /* at least so much: something is called whose cost is not known, or recursion */
} PgCostKind;
typedef struct PgSummary {
  double cost;        /* instructions of the IR per call, callees included */
  int64_t fixed_size; /* FRESH with a size that is always the same: bytes; -1 otherwise */
  uint32_t flags;
  uint32_t keeps; /* parameters (bit i, the first 32) that it may store where they can be reached
                     after the call, by other ways than through themselves */
  /* Parameters likewise: the result may be (or point into) it; memory is written through it; freed
   * in every call in which it is not NULL; points to a variable that gets fresh memory. One that is
   * in none of these, nor in `keeps`, is only read. */
  uint32_t returns, writes, frees, outs;
  uint32_t record; /* FRESH: PgRecord it is allocated as, IR_NONE */
  uint32_t via; /* ALLOCATES: the PgFunc called that leads to the allocator; IR_NONE: itself one */
  int8_t size_arg;   /* FRESH: the argument that is the size in bytes, -1 unknown */
  int8_t count_arg;  /* calloc-like: a second factor of the size, -1 none; alone: the size is this
                        argument times a constant */
  int8_t freed_arg;  /* the argument that is freed or reallocated in every call, -1 none */
  uint8_t cost_kind; /* PgCostKind */
} PgSummary;

/* How the callee of an entry of the call list is called. */
typedef enum PgCallKind {
  PG_CALL_DIRECT, /* it and nothing else, by name or by a pointer with this one target */
  PG_CALL_ONE_OF, /* one of the several entries of its instruction is: a pointer with several
                     targets, a name that several programs of the tree define */
  PG_CALL_BACK,   /* by the library function of the instruction's first entry: qsort's comparison */
  PG_CALL_LATER,  /* after that has returned, or by another thread: pthread_create, atexit */
} PgCallKind;
/* One entry per function that may be called; those of one instruction stand side by side. */
typedef struct PgCall {
  PgFunc caller, callee; /* callee IR_NONE: (also) something that is not known */
  IrInsnId insn;         /* in the caller */
  uint32_t loop_depth;   /* around it in the caller, with the one that calls back */
  uint8_t kind;          /* PgCallKind */
  bool ends;             /* on the way to an end of the program, in a function that may return */
  uint32_t joined;       /* internal */
} PgCall;

typedef struct PgFunction {
  const char *name;
  const IrUnit *unit;   /* the unit whose body or declaration is used */
  const IrFunction *fn; /* NULL: no body in the program (library) */
  const IrAnalysis *an; /* NULL without a body */
  const IrSymbol *symbol;
  PgSummary summary;
  uint32_t scc;                    /* strongly connected components, callees first */
  const uint32_t *calls, *callers; /* into pg_call */
  uint32_t ncalls, ncallers;
  uint32_t heat; /* deepest loop nest around its calls, callers' loops included (at most 8, cycles
                    cut, cold calls left out): 0 for what only runs outside of loops */
  bool once;     /* runs at most a few times: main and what only it calls outside of loops */
  bool is_static;
} PgFunction;

/* ---- records --------------------------------------------------------------------------------- */

/* Fields of one record used in one loop (innermost). Bit i of a mask stands for field i; records of
 * more than 64 fields use the last bit for the rest. Accesses in cold blocks of a loop that is not
 * cold are left out. */
typedef struct PgLoopUse {
  PgFunc func;
  uint32_t loop;          /* in func's analysis */
  uint64_t read, written; /* masks of fields */
  double times;           /* iterations per call of the function, by the static estimate */
  bool walks; /* the loop moves over elements or nodes of this record (strided, chased, pointer) */
  bool chased;
  bool cold;
} PgLoopUse;

/* Calls of sized allocators. A call of a constructor (whose summary has a record) is none: the call
 * in the constructor is. */
typedef struct PgAllocSite {
  PgFunc func;
  IrInsnId insn; /* the CALL */
  int64_t count; /* elements, -1 unknown (run-time), 1 single objects */
  uint32_t loop_depth;
} PgAllocSite;

enum {
  PG_REC_ARRAY = 1,        /* a static, local or member array of it with more than 8 elements */
  PG_REC_HEAP_ARRAY = 2,   /* allocated with a run-time or large count */
  PG_REC_ALLOC_LOOP = 4,   /* allocated one by one in a loop, or in a function called from one */
  PG_REC_BYTES_ESCAPE = 8, /* written, sent, hashed, compared or mapped as bytes */
  PG_REC_PREFIX = 16,      /* first-member casts or common prefixes with another record */
  PG_REC_EXTERNAL = 32,    /* defined outside of the project */
  PG_REC_CHASED = 64,      /* some loop chases pointers through it */
  PG_REC_CONFLICT = 128,   /* units disagree on its layout */
  /* pointers to it may go to code that is not in the program, which is a library or a part: as
   * arguments of an unknown callback, as results of functions that nothing here calls */
  PG_REC_HANDED_OUT = 256,
};
/* What the program stores in a field. */
typedef struct PgStored {
  int64_t low, high;
  bool known; /* every store that can reach the field was seen; never for fields that are no
                 integers of two bytes or more */
  /* What the stores show that name the field, taken for all: code outside of the program, bytes
   * read from elsewhere and the like are left aside. No proof; zero is among them. */
  int64_t likely_low, likely_high;
  bool likely; /* known at all, and less than the field's type holds */
} PgStored;
typedef struct PgRecordInfo {
  const char *name;
  const IrUnit *unit; /* whose layout is used */
  IrRecordId id;      /* in that unit */
  const IrRecord *record;
  uint32_t flags;       /* PG_REC_*; record->flags are the union over all units */
  uint32_t array_count; /* largest constant array, 0 */
  const PgLoopUse *uses;
  uint32_t nuses;
  const PgAllocSite *allocs;
  uint32_t nallocs;
  const PgStored *stored; /* by field; NULL when nothing is known */
} PgRecordInfo;

/* ---- linking and reading --------------------------------------------------------------------- */

/* What somebody says of a function of his own program or library; it counts more than the
 * function's body. Arguments count from 0, -1 is none. */
typedef struct PgLibraryRow {
  const char *name;
  const char *like; /* a function that hplint knows, whose row is the start; NULL */
  uint32_t
      flags; /* PG_* to add: ALLOCATES FREES FRESH GROWS BLOCKS IO LOCKS PURE NORETURN COMMITS */
  int8_t size_arg, count_arg, freed_arg;
} PgLibraryRow;
/* Does hplint know what the C library's (or a widespread library's) function does? */
bool pg_library_knows(const char *name);
/* The nearest name of those. */
const char *pg_library_nearest(const char *name);

/* What was worked out of functions in an earlier link, and need not be again where nothing of it
 * has changed (ir/memo.c). Bytes that make no sense count as none. */
typedef struct PgMemo PgMemo;
PgMemo *pg_memo_new(const void *bytes, size_t size);
void pg_memo_write(const PgMemo *memo, HpBuf *out);
void pg_memo_free(PgMemo *memo); /* NULL is fine */

typedef struct PgOptions {
  const PgLibraryRow *library;
  uint32_t nlibrary;
  /* A file of the tree that findings may be about (not vendored, generated, system)? NULL: all that
   * are not system. Records of other files get PG_REC_EXTERNAL. */
  bool (*in_project)(void *context, const char *path);
  void *context;
  /* The analysis of a function that was made before; where it gives NULL, or is NULL, linking makes
   * one. */
  const IrAnalysis *(*analysis)(void *context, const IrUnit *unit, const IrFunction *fn);
  /* Its pg_body_hash, made before; NULL: linking works it out. */
  uint64_t (*body)(void *context, const IrUnit *unit, const IrFunction *fn);
  /* A hash of all of a function and its unit's tables; NULL: `memo` is not used. */
  uint64_t (*content)(void *context, const IrUnit *unit, const IrFunction *fn);
  void *made_context; /* of these three */
  PgMemo *memo;       /* of an earlier link; NULL: none. What this link knows is in it after. */
  unsigned jobs;      /* threads that linking may use; 0: one. The result is the same. */
  /* Called when functions, their analyses and calls are known, but neither summaries nor what is
   * said of records. A thread may go on reading those while linking does the rest. NULL: nobody. */
  void (*calls_known)(void *waiting, const IrProgram *p);
  void *waiting;
} PgOptions;
/* Equal for bodies that were compiled alike: opcodes, operands, addresses, callees by name. */
uint64_t pg_body_hash(const IrUnit *unit, const IrFunction *fn);

/* Links units; the program keeps pointers to them and does not own them. The order of units does
 * not change the result. */
IrProgram *ir_program_link(const IrUnit *const *units, uint32_t count, const PgOptions *options);
void ir_program_free(IrProgram *program);

uint32_t pg_nunits(const IrProgram *p);
const IrUnit *pg_unit(const IrProgram *p, uint32_t i);
uint32_t pg_nfuncs(const IrProgram *p);
const PgFunction *pg_func(const IrProgram *p, PgFunc f);
const PgCall *pg_call(const IrProgram *p, uint32_t i);
uint32_t pg_nrecords(const IrProgram *p);
const PgRecordInfo *pg_record(const IrProgram *p, PgRecord r);
/* The functions with a body that have an address through a field of the record, or access a whole
 * one; ascending. */
const PgFunc *pg_record_users(const IrProgram *p, PgRecord r, uint32_t *count);
/* Program ids from unit-local ones; IR_NONE when unknown. */
PgFunc pg_func_of(const IrProgram *p, const IrUnit *unit, IrSymId sym);
PgFunc pg_func_named(const IrProgram *p, const char *name); /* external ones first */
PgRecord pg_record_of(const IrProgram *p, const IrUnit *unit, IrRecordId id);
/* The function a call instruction calls, through pointers too when there is a single target; a call
 * of an allocator hook (SQLite's xMalloc) is taken for the C library's function. IR_NONE if unknown
 * or one of several.
 */
PgFunc pg_callee(const IrProgram *p, const IrUnit *unit, const IrFunction *fn, const IrInsn *call);
/* All functions a call instruction may call, callbacks given to library functions included (the
 * entry's kind tells): `count` entries. NULL when the function is none of the program's. */
const PgCall *pg_targets(const IrProgram *p, const IrUnit *unit, const IrFunction *fn,
                         const IrInsn *call, uint32_t *count);
/* Summary of what a call does, with what it calls back; where the callee is one of several known
 * functions, what all have in common (FRESH, PURE, NORETURN, the argument freed) and what any of
 * them may do. For unknown callees one that may do anything (PG_UNKNOWN). */
const PgSummary *pg_summary(const IrProgram *p, const IrUnit *unit, const IrFunction *fn,
                            const IrInsn *call);
/* ---- bounds ---------------------------------------------------------------------------------- */

/* What values an integer has where it is used in `block` of a function, as far as the program's
 * text tells: numbers it is compared with on the way, what all known callers hand over (only those
 * callers whose other arguments agree with the tests passed on the way), what is stored in the
 * field it is loaded from, what the function called returns. At least its type's range. It is no
 * proof (somebody may call a library with other values, a field may be written in a way that is not
 * followed): it may silence or weaken a finding, never allow a change of the program. */
IrRange pg_likely_range(const IrProgram *p, PgFunc func, IrBlockId block, IrRef ref);
enum { PG_FEW_TRIPS = 16 };
#define PG_NO_BOUND UINT64_MAX
/* The most iterations that one run of the loop has, in the same sense: from its constant count,
 * from the likely range of what it counts to, or from the size of an array of fixed length that it
 * walks over. PG_NO_BOUND when nothing in the text bounds it. Never less than what a run can do
 * where the text tells. Every rule whose cost grows with the trips should be silent up to
 * PG_FEW_TRIPS. */
uint64_t pg_most_trips(const IrProgram *p, PgFunc func, uint32_t loop);
/* Bytes of the largest array of fixed length that a pointer of the function may point into, in the
 * same sense: a variable, a field, what a constant object points to, what all callers hand over of
 * these. 0 when nothing tells. */
uint64_t pg_most_bytes(const IrProgram *p, PgFunc func, IrRef pointer);
/* The least iterations of a run that is not cut short by a break, in the same sense; 0 when nothing
 * tells. */
uint64_t pg_least_trips(const IrProgram *p, PgFunc func, uint32_t loop);
/* Is it at most PG_FEW_TRIPS? */
bool pg_few_trips(const IrProgram *p, PgFunc func, uint32_t loop);

/* A call on the way to somewhere. `caller` IR_NONE: nothing is known of the call. */
typedef struct PgCallStep {
  PgFunc caller;
  IrInsnId call;
  PgFunc callee; /* of the last step IR_NONE when it is not known */
} PgCallStep;
/* How the steps, each in the function that the one before calls, lead to an allocator: the names of
 * what is called joined by " > ", as "createObject > zmalloc > malloc". False, and nothing is
 * added, when the constant arguments that are handed down exclude all ways to one. */
bool pg_alloc_path(HpBuf *out, const IrProgram *p, const PgCallStep *steps, uint32_t nsteps);

/* ---- what was looked at ---------------------------------------------------------------------- */

/* Everything in a program that can be looked at by itself is an item: function f is item f, then
 * come the records, then these, then the users of each record. */
typedef enum PgSpecialItem {
  PG_ITEM_FUNCTIONS,  /* which functions there are */
  PG_ITEM_RECORDS,    /* which records */
  PG_ITEM_EVERYTHING, /* units as a whole, functions by name */
  PG_ITEM_SPECIAL,    /* how many */
} PgSpecialItem;
uint32_t pg_nitems(const IrProgram *p);
uint32_t pg_item_of_record(const IrProgram *p, PgRecord r);
uint32_t pg_item_special(const IrProgram *p, PgSpecialItem which);
uint32_t pg_item_of_users(const IrProgram *p, PgRecord r); /* which functions use it */

/* The items that this thread has looked at, each once. A function stands for its body, the body's
 * unit with the meaning of its ids in the program, its call lists and what its calls do. */
typedef struct PgLog {
  uint32_t *items;
  uint32_t count, cap;
  uint32_t *when, size, round; /* internal */
} PgLog;
/* From here to pg_log_end the readers above note in the log what this thread asks them for. The log
 * starts empty; its memory is kept from one use to the next. */
void pg_log_begin(PgLog *log, const IrProgram *p);
void pg_log_end(void);
void pg_log_free(PgLog *log);

/* ---- layout ---------------------------------------------------------------------------------- */

typedef struct PgLayout {
  uint64_t size, align;
  uint64_t holes, padding; /* bytes between fields; bytes at the end */
  uint32_t *order;         /* field indexes in the new order; nfields of them */
  uint64_t best_size;      /* size in that order */
  bool movable; /* the layout is the usual one, so that another order can be laid out at all */
} PgLayout;
/* The record's layout and the order with the least size: by alignment, stable within equals,
 * bit-field runs kept together, a flexible tail last. `order` in the arena. */
PgLayout pg_best_layout(const IrUnit *unit, const IrRecord *record, HpArena *arena);
/* The order of a movable record that puts the fields marked `first` first, each part laid out with
 * few holes, a flexible tail last; nfields of them in the arena. */
uint32_t *pg_order_with_first(const IrUnit *unit, const IrRecord *record, const bool *first,
                              HpArena *arena);
/* Size of a movable record with its fields in this order; their offsets in bits, by field. */
uint64_t pg_lay_out(const IrUnit *unit, const IrRecord *record, const uint32_t *order,
                    uint64_t *offsets);

#endif
