/* What the files behind ir/program.h share: the program's tables and the facts about functions that
 * linking works out but does not publish. Nobody outside of ir/ includes this.
 *
 * The order of work, all in ir_program_link: link_functions, link_records, pg_find_constants;
 * pg_build_calls, and beside it pg_find_users and pg_note_records; pg_summarise, and beside it
 * pg_note_stored; pg_record_facts, pg_find_stored. Each needs what those before it made. */
#ifndef HPLINT_IR_PROGRAM_PARTS_H
#define HPLINT_IR_PROGRAM_PARTS_H

#include "ir/program.h"

/* ---- known library functions ----------------------------------------------------------------- */

/* A row of library.def. Argument numbers are stored plus one, 0 meaning none; masks have bit i for
 * argument i. */
typedef struct LibFunction {
  const char *name;
  uint32_t flags;                /* PG_*, LIB_* */
  uint8_t size_arg, count_arg;   /* allocators */
  uint8_t freed_arg;             /* free and realloc */
  uint8_t returned;              /* the result is this argument */
  uint8_t out_fresh;             /* *argument becomes fresh memory: posix_memalign */
  uint16_t keeps, writes, bytes; /* kept after return; written through; looked at as bytes */
  uint16_t calls, later;         /* functions that it calls; that are called after it returned */
} LibFunction;
enum {
  LIB_CLEAN = 1u << 30,      /* no effect but the writes */
  LIB_CALLS_BACK = 1u << 29, /* calls the functions it is given (CALLS) in a loop: qsort */
};
extern const LibFunction lib_functions[];
extern const uint32_t lib_count;

/* ---- string interning ------------------------------------------------------------------------ */

/* Equal strings get equal ids; ids count from 0 in order of first sight. The library's names come
 * first, so that an id below lib_count is the row of library.def. */
typedef struct PgNames {
  const char **text;
  uint64_t *hash;
  uint32_t count, cap;
  uint32_t *slots, nslots; /* id + 1; a power of two of them */
} PgNames;
uint32_t pg_intern(PgNames *names, const char *text);
void pg_names_free(PgNames *names);
uint64_t pg_hash_name(const char *text);
/* IR_NONE when never seen. */
uint32_t pg_lookup(const PgNames *names, const char *text);
/* The row that somebody gave as an option, over what is known of `like`. */
LibFunction lib_own_row(const PgNames *names, const PgLibraryRow *row);
/* The row of a library function, variants included: "__builtin___memcpy_chk" is memcpy. NULL if it
 * is not known. */
const LibFunction *lib_find(const PgNames *names, const char *name);
static inline uint64_t pg_mix(uint64_t h, uint64_t x) {
  h = h * 0x9e3779b97f4a7c15u + x;
  h = (h ^ h >> 32) * 0xd6e8feb86659fd93u;
  return h ^ h >> 29;
}

/* A map from 64-bit keys to ids. The key 0 is not allowed. */
typedef struct PgMap {
  uint64_t *keys;
  uint32_t *values;
  uint32_t count, nslots;
} PgMap;
/* The value's place; IR_NONE in it when the key is new. Good until the next call. */
uint32_t *pg_map_at(PgMap *map, uint64_t key);
uint32_t pg_map_get(const PgMap *map, uint64_t key);
void pg_map_free(PgMap *map);

/* ---- flow ------------------------------------------------------------------------------------ */

/* How the size of fresh memory follows from a function's arguments. */
typedef enum SizeKind {
  SIZE_NONE,      /* nothing seen yet */
  SIZE_FIXED,     /* `bytes` */
  SIZE_ARG,       /* argument a, perhaps plus a constant */
  SIZE_ARG_ARG,   /* a * b */
  SIZE_ARG_FIXED, /* a * bytes, perhaps plus a constant */
  SIZE_UNKNOWN,
} SizeKind;
typedef struct SizeForm {
  uint8_t kind;
  int8_t a, b;
  int64_t bytes;
} SizeForm;

/* What is known of a function besides its summary. Masks: bit i for parameter i, of the first 32.
 * Everything starts empty and only grows while a cycle of the call graph is worked out. */
typedef struct PgFlow {
  uint32_t may;        /* ALLOCATES FREES BLOCKS IO LOCKS UNKNOWN */
  uint32_t keeps;      /* stored where it can be reached otherwise than through itself */
  uint32_t writes;     /* memory written through it */
  uint32_t bytes;      /* memory looked at as bytes */
  uint32_t deep;       /* pointers read from the memory: they may go anywhere */
  uint32_t out_fresh;  /* points to a variable that gets fresh memory, or NULL, and nothing else */
  uint32_t ret_params; /* the result may be (or point into) it */
  uint32_t freed;      /* freed or reallocated in every call in which it is not NULL */
  uint32_t grown;      /* what the result replaces */
  SizeForm size;
  bool ret_fresh; /* the result may be fresh memory */
  bool ret_other; /* the result may be something else that is not NULL */
  bool hot_alloc; /* allocates on a path that is not cold */
  bool writes_other;
  bool impure; /* has effects other than writes */
  bool noreturn;
} PgFlow;

/* ---- the program ----------------------------------------------------------------------------- */

typedef struct PgUnitSlot {
  const IrUnit *unit;
  uint32_t index; /* into program->units */
} PgUnitSlot;

typedef struct PgPlaces PgPlaces;

struct IrProgram {
  HpArena *arena;
  PgOptions options;
  const IrUnit **units; /* by path */
  uint32_t nunits;
  PgUnitSlot *by_address; /* units again, by address */
  PgNames names;
  uint32_t **files; /* per unit: interned path of each file */

  PgFunction *funcs;
  uint32_t nfuncs;
  PgFlow *flows;
  const LibFunction **library; /* by function; NULL when it is none */
  LibFunction *own_library;    /* rows of the options */
  PgMap own_index;             /* interned name plus one -> row of own_library */
  uint32_t **func_of;          /* per unit: PgFunc of each symbol */
  PgFunc *alternative;         /* by function: the next one of that name, in a ring */
  PgMap choices;               /* unit and symbol -> place in `chosen`: how many, and which */
  PgFunc *chosen;
  uint32_t nchosen, chosen_cap;
  uint32_t *named, nnamed; /* by interned name: PgFunc, external before static; IR_NONE */

  PgCall *calls;
  uint32_t ncalls;
  uint32_t *scc_members, *scc_starts, nsccs; /* members of component s: starts[s] .. starts[s+1] */
  PgPlaces *places;                          /* what hold function pointers, and their targets */
  bool *noreturn;                            /* by function */
  bool **dead; /* by function, then block: it only leads to an end of the program; NULL: none does,
                  or the function never returns */
  PgSummary *joined; /* of calls with several targets, by PgCall.joined */
  uint32_t njoined;

  PgMap constants; /* key of a name -> unit that defines it */

  PgRecordInfo *records;
  uint32_t nrecords;
  uint32_t **record_of; /* per unit: PgRecord of each record */
  PgFunc *users;        /* of record r: user_starts[r] .. user_starts[r + 1]; heap, as those are */
  uint32_t *user_starts;
};

/* Index of a unit; IR_NONE when it is not one of the program's. */
uint32_t pg_unit_index(const IrProgram *p, const IrUnit *unit);
static inline PgFunc pg_sym_func(const IrProgram *p, uint32_t unit, IrSymId sym) {
  return p->func_of[unit][sym];
}

/* program_log.c: to be called by whatever gives a part of the program away. */
extern _Thread_local PgLog *pg_log_now;
void pg_log_add(uint32_t item);
static inline void pg_note(uint32_t item) {
  if (pg_log_now)
    pg_log_add(item);
}

/* pg_func_named without a note. */
PgFunc pg_named(const IrProgram *p, const char *name);
/* link_records.c: which records of which units are one. */
void pg_link_records(IrProgram *p);
/* alternatives.c: which of several functions of one name a unit that defines none can link with. */
void pg_choose_alternatives(IrProgram *p);
/* The functions that a symbol of a unit may be, when they are several; else NULL. */
const PgFunc *pg_choices(const IrProgram *p, uint32_t unit, IrSymId sym, uint32_t *count);
/* targets.c: where function pointers go in the program. */
enum { PG_MAX_TARGETS = 32 };
void pg_find_targets(IrProgram *p);
void pg_places_free(PgPlaces *places);
/* A program, not a library or a part of something: its functions are called by itself, and what it
 * calls is here or the system's. Asked when the calls are known. */
bool pg_is_whole(const IrProgram *p);
/* The functions that an operand may be, into out[PG_MAX_TARGETS]. False: there may be others. */
bool pg_pointer_targets(const IrProgram *p, PgFunc f, IrRef pointer, PgFunc *out, uint32_t *count);
/* ends.c: which functions never return, which calls are on the way to an end. */
void pg_find_ends(IrProgram *p);
/* callgraph.c: calls, components, heat, once. */
void pg_build_calls(IrProgram *p);
/* The entries of a call instruction in the function's call list: the first of them, and how many;
 * NULL when the program does not know the function. */
const PgCall *pg_entries(const IrProgram *p, uint32_t unit, const IrFunction *fn,
                         const IrInsn *call, uint32_t *count);
/* The same from a place in a function's call list. */
static inline uint32_t pg_entries_at(const IrProgram *p, const PgFunction *func, uint32_t at) {
  uint32_t n = 1;
  while (at + n < func->ncalls &&
         p->calls[func->calls[at + n]].insn == p->calls[func->calls[at]].insn)
    n++;
  return n;
}
/* pg_callee for a unit index. */
PgFunc pg_call_target(const IrProgram *p, uint32_t unit, const IrFunction *fn, const IrInsn *call);
/* flow.c: one pass over a function with a body, from the flows of its callees. `scratch` is kept
 * from one pass to the next. */
typedef struct PgScratch PgScratch;
PgScratch *pg_scratch_new(void);
void pg_scratch_free(PgScratch *scratch);
PgFlow pg_flow(const IrProgram *p, PgFunc f, PgScratch *scratch);
/* join.c: what `count` entries of one call do together: functions of which one is called, and those
 * that it calls back. Several go into `room`. Unknown ones are pg_unknown_flow. */
const PgFlow *pg_join_flows(const IrProgram *p, const PgCall *entries, uint32_t count,
                            PgFlow *room);
extern const PgFlow pg_unknown_flow;
/* memo.c: the key that stands for all that a flow follows from; 0: there is nothing to look in. */
uint64_t pg_memo_key(const IrProgram *p, PgFunc f);
bool pg_memo_get(PgMemo *memo, uint64_t key, uint32_t nparams, PgFlow *out);
void pg_memo_put(PgMemo *memo, uint64_t key, const PgFlow *flow);
/* Summaries of calls with several entries; needs those of all functions. */
void pg_join_summaries(IrProgram *p);
/* frees.c: masks of parameters freed, and of those replaced by the result, in every call. */
uint32_t pg_freed_params(const IrProgram *p, PgFunc f, uint32_t *grown);
/* size.c: the size of the memory that a call returns, by the caller's parameters. */
SizeForm pg_call_size(const IrProgram *p, PgFunc f, IrInsnId call);
SizeForm pg_size_join(SizeForm a, SizeForm b);
/* Operand that an address is computed from: through ADDR, conversions and constant arithmetic. */
IrRef pg_pointer_root(const IrFunction *fn, IrRef ref);
/* hooks.c: the C library function that a call through a pointer stands for, when the pointer is one
 * of a program's allocator hooks; IR_NONE otherwise. `place`: where the pointer was loaded from. */
PgFunc pg_hook_target(const IrProgram *p, uint32_t unit, const IrFunction *fn, const IrInsn *call,
                      const IrAddr *place);
/* Is the pointer that is called a field of a table of allocator hooks? Such functions keep nothing.
 */
bool pg_is_hook_call(const IrUnit *u, const IrFunction *fn, const IrInsn *call);
/* summary.c: flows and summaries of all functions. */
void pg_summarise(IrProgram *p);
/* allocpath.c: how good a call is as the way from the function to an allocator, the least best: on
 * a path that is not cold, of fresh memory where the function returns that itself, and of the very
 * block that it returns, no stream. */
enum { PG_NO_WAY = 16 };
uint32_t pg_way_rank(const IrProgram *p, const PgFunction *func, const PgCall *call);
/* cost.c: costs, callees first; cold functions, callers first. Both after pg_summarise. */
void pg_find_costs(IrProgram *p);
void pg_find_cold(IrProgram *p);
/* records.c: uses in loops, arrays, casts, which need no summaries; then allocation sites, escapes,
 * and all of it handed to the records. */
typedef struct PgRecordNotes PgRecordNotes;
PgRecordNotes *pg_note_records(IrProgram *p);
void pg_record_facts(PgRecordNotes *notes); /* frees them */
/* constants.c: where constant objects are defined whose initialisers hold addresses; after that,
 * bytes of the largest array that a pointer loaded from one may point to, 0 when that is not known.
 */
void pg_find_constants(IrProgram *p);
uint64_t pg_initialised_bytes(const IrProgram *p, const PgFunction *pf, const IrInsn *load);
/* users.c: the functions that use each record. */
void pg_find_users(IrProgram *p);
/* stored.c: the values that the program stores in fields, as far as no summaries are needed, on so
 * many threads; then the rest, handed to the records whose facts are known. */
typedef struct PgStoredNotes PgStoredNotes;
PgStoredNotes *pg_note_stored(IrProgram *p, unsigned jobs);
void pg_find_stored(PgStoredNotes *notes); /* frees them */
/* The record whose objects a call that returns fresh memory allocates, IR_NONE when its uses do not
 * tell, and how many: negative when only known at run time. */
PgRecord pg_site_record(const IrProgram *p, PgFunc f, IrInsnId call, int64_t *count);

#endif
