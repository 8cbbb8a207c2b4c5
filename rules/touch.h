/* Which bytes of an object code touches: the facts behind "16 of 48 bytes of each node are used".
 * An object is named by the pointer it is reached through; accesses are followed through address
 * computations and into called functions. */
#ifndef HPLINT_RULES_TOUCH_H
#define HPLINT_RULES_TOUCH_H

#include "rules/rule.h"

enum { TOUCH_RANGES = 48 };

/* Offsets come from the analysed program and may be anything: they wrap instead of overflowing. */
static inline int64_t offset_plus(int64_t offset, int64_t more) {
  return (int64_t)((uint64_t)offset + (uint64_t)more);
}
static inline int64_t offset_scaled(int64_t index, uint32_t scale) {
  return (int64_t)((uint64_t)index * scale);
}

/* Disjoint ranges, ascending: in bits, so that a bit-field is told from its neighbours. */
typedef struct Touch {
  struct {
    int64_t low, high; /* high is one past the last bit */
  } ranges[TOUCH_RANGES];
  uint32_t count;
  bool open;    /* the pointer went where it was not followed: the ranges are a lower bound */
  bool written; /* some access writes */
  bool freed;   /* the object is given to a function that frees it */
} Touch;

/* Bytes low .. high - 1. */
void touch_add(Touch *t, int64_t low, int64_t high);
/* What an address means of an object, `offset` and `extent` as in Origin: a bit-field is its bits,
 * not the unit that is loaded for it. */
void touch_add_access(Touch *t, const IrAddr *addr, int64_t offset, uint64_t extent);
/* Moves the ranges by -start bytes and keeps what lies within 0 .. size (size 0: everything). */
void touch_rebase(Touch *t, int64_t start, uint64_t size);
/* Leaves out what lies in no field of the record: padding that a copy takes along. */
void touch_clip(Touch *t, const IrUnit *unit, IrRecordId record);
/* Distinct bytes met. */
uint64_t touch_bytes(const Touch *t);
/* Cache lines of one object that starts on a line. */
uint64_t touch_lines(const Touch *t);
/* Bytes fetched for each element of an array of `size`-byte elements that starts on a line and is
 * walked in order: whole lines, those shared by neighbours counted once. */
double touch_fetched(const Touch *t, uint64_t size);
/* Names of the record's fields that the ranges meet: "key, next". */
const char *touch_fields(Report *r, const IrUnit *unit, IrRecordId record, const Touch *t);
/* How many fields that are. */
uint32_t touch_nfields(const IrUnit *unit, IrRecordId record, const Touch *t);

/* Where a pointer comes from, and the constant distance to there. Follows address computations,
 * pointer conversions and additions of constants. An index into an array inside the object makes
 * `extent` the array's size (0 otherwise) and `offset` its start. */
typedef struct Origin {
  IrRef root;
  int64_t offset;
  uint64_t extent;
} Origin;
Origin touch_origin(const IrFunction *fn, IrRef pointer);
/* The same for the accessed bytes: `extent` is never 0 when the address is rooted. */
Origin touch_origin_of(const IrFunction *fn, const IrAddr *addr);

/* The same pointer, as far as its text tells: `s->items` loaded twice. Whether a store in between
 * changed it is not asked. */
bool touch_same_pointer(const IrFunction *fn, IrRef a, IrRef b);

/* Adds the bytes touched through `root`, `shift` bytes further, in the loop (IR_NONE: the whole
 * function); calls are followed `depth` deep. */
void touch_through(const IrProgram *p, const PgFunction *pf, uint32_t loop, IrRef root,
                   int64_t shift, unsigned depth, Touch *t);
/* Adds what the called function touches through its argument `arg`, which points `shift` bytes into
 * the object. */
void touch_call(const IrProgram *p, const PgFunction *pf, const IrInsn *call, uint32_t arg,
                int64_t shift, unsigned depth, Touch *t);

/* The loop goes over the string itself: an access moves along it. */
bool loop_walks_string(const PgFunction *pf, uint32_t loop, IrRef string);
/* All that is asked of the number is whether it is 0: compilers look at a string's first byte then,
 * instead of calling strlen. */
bool only_compared_with_zero(const PgFunction *pf, IrInsnId value);

/* The function's parameter as a value, a NONE operand when nothing uses it. */
IrRef value_of_param(const IrFunction *fn, uint32_t number);
/* Bytes of the object that an address is rooted in when it is a variable, else 0. */
uint64_t bytes_of_object(const PgFunction *pf, IrRef root);

/* Texts for messages, in the report's arena. */
const char *text_of_addr(Report *r, const PgFunction *pf, const IrAddr *addr);
const char *text_of_ref(Report *r, const PgFunction *pf, IrRef ref);
IrLoc place_of(const IrFunction *fn, IrInsnId insn);
IrLoc place_of_loop(const IrAnalysis *an, uint32_t loop);
/* The record an address's path begins in, else the record that its base points to, IR_NONE. */
IrRecordId record_of_addr(const IrUnit *unit, const IrFunction *fn, const IrAddr *addr);
/* Byte offset of the accessed field within the record at the path's start. */
int64_t path_offset(const IrUnit *unit, const IrFunction *fn, const IrAddr *addr);
/* Number of addresses that an instruction accesses (0, 1; 2 for COPY), the first at
 * fn->addrs[in->aux]. */
uint32_t naddrs_of(const IrInsn *in);

#endif
