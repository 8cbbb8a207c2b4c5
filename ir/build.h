/* Building IR: unit tables with de-duplication, and functions in SSA form made on the fly while
 * lowering (Braun, Buchwald, Hack, Leissa, Mallon, Zwinkau: "Simple and Efficient Construction of
 * Static Single Assignment Form", CC 2013).
 *
 * Misuse (a block ended twice, an operand from another function) is our bug and aborts. */
#ifndef HPLINT_IR_BUILD_H
#define HPLINT_IR_BUILD_H

#include "ir/ir.h"

/* ---- units ----------------------------------------------------------------------------------- */

typedef struct IrUnitBuilder IrUnitBuilder;
IrUnitBuilder *ir_unit_begin(const char *path);
/* The unit under construction: tables are readable but may move until ir_unit_end. */
IrUnit *ir_unit_peek(IrUnitBuilder *b);
/* Equal strings get equal ids; NULL counts as "". */
IrStr ir_unit_str(IrUnitBuilder *b, const char *text);
IrStr ir_unit_strn(IrUnitBuilder *b, const char *text, size_t length);
uint32_t ir_unit_file(IrUnitBuilder *b, const char *path, uint32_t flags);
/* Equal ones get equal ids; those without name and place get 0. */
uint32_t ir_unit_macro(IrUnitBuilder *b, IrMacro macro);
/* The place as functions keep it. */
IrSpot ir_unit_spot(IrUnitBuilder *b, const IrLoc *loc);
/* Equal types (all members equal) get equal ids. Type 0 is void and always there. */
IrTypeId ir_unit_type(IrUnitBuilder *b, const IrType *type);
IrTypeId ir_unit_pointer_to(IrUnitBuilder *b, IrTypeId pointee); /* an unnamed `T *` */
/* Adds a record; fields come later with ir_unit_record_fields, once. The pointer is good until the
 * next record is added. */
IrRecordId ir_unit_record(IrUnitBuilder *b, const IrRecord *record);
IrRecord *ir_unit_record_at(IrUnitBuilder *b, IrRecordId id);
void ir_unit_record_fields(IrUnitBuilder *b, IrRecordId id, const IrField *fields, uint32_t count);
/* Not de-duplicated: the front end keys symbols by its own declarations. */
IrSymId ir_unit_symbol(IrUnitBuilder *b, const IrSymbol *symbol);
IrSymbol *ir_unit_symbol_at(IrUnitBuilder *b, IrSymId id);
uint32_t ir_unit_literal(IrUnitBuilder *b, const char *bytes, uint32_t length);
void ir_unit_pointer_init(IrUnitBuilder *b, const IrPointerInit *init);
/* Hands the finished unit over: free with ir_unit_free. The builder is gone. */
IrUnit *ir_unit_end(IrUnitBuilder *b);
void ir_unit_free(IrUnit *unit);

/* ---- functions ------------------------------------------------------------------------------- */

typedef struct IrBuilder IrBuilder;
typedef uint32_t IrVar; /* a scalar variable kept in registers */

/* Starts a function; block 0 exists, is sealed and current. One function at a time per unit. */
IrBuilder *ir_build_begin(IrUnitBuilder *unit, IrSymId sym, IrLoc loc, IrLoc name_loc,
                          IrTypeId result, uint32_t nparams);
/* Place of the instructions that follow. */
void ir_build_at(IrBuilder *b, IrLoc loc);
/* The same for a place that is costly to find out: it is asked for when an instruction comes. */
typedef IrLoc IrPlaceOf(void *context, uint32_t node);
void ir_build_at_node(IrBuilder *b, IrPlaceOf *place_of, void *context, uint32_t node);
IrLoc ir_build_where(IrBuilder *b);

/* operands */
IrRef ir_build_int(IrBuilder *b, IrTypeId type, int64_t value);
IrRef ir_build_float(IrBuilder *b, IrTypeId type, double value);
static inline IrRef ir_build_undef(void) {
  return ir_ref(IR_REF_UNDEF, 0);
}
IrRef ir_build_local(IrBuilder *b, const char *name, IrTypeId type, uint32_t flags, IrLoc loc);

/* variables in registers: Braun's writeVariable and readVariable in the current block. Reading one
 * that was never written gives IR_REF_UNDEF. `name` labels the values written. */
IrVar ir_build_var(IrBuilder *b, const char *name, IrTypeId type);
void ir_build_write(IrBuilder *b, IrVar var, IrRef value);
IrRef ir_build_read(IrBuilder *b, IrVar var);

/* blocks. After a terminator there is no current block; instructions emitted then are unreachable
 * and dropped (ir_build_reachable is false, operands come back as IR_REF_UNDEF). Blocks that turn
 * out unreachable are removed at the end. */
IrBlockId ir_build_block(IrBuilder *b);
void ir_build_enter(IrBuilder *b, IrBlockId block); /* make it current */
void ir_build_seal(IrBuilder *b, IrBlockId block);  /* no predecessor will be added any more */
void ir_build_mark_loop(IrBuilder *b, IrBlockId header, IrLoc keyword);
/* Jumps to the address of the label symbol lead to the block. */
void ir_build_mark_label(IrBuilder *b, IrBlockId block, IrSymId label);
bool ir_build_reachable(const IrBuilder *b);
IrBlockId ir_build_current(const IrBuilder *b); /* IR_NONE when there is none */

/* instructions; the result, or a NONE operand for those without. A NONE operand given as a value
 * (that of a void expression) counts as IR_REF_UNDEF. An instruction has at most 65535 operands, so
 * a block where variables meet has at most as many predecessors. */
IrRef ir_build_op(IrBuilder *b, IrOp op, IrTypeId type, uint32_t flags, const IrRef *args,
                  uint32_t nargs, uint32_t aux);
IrRef ir_build_op1(IrBuilder *b, IrOp op, IrTypeId type, IrRef x);
IrRef ir_build_op2(IrBuilder *b, IrOp op, IrTypeId type, uint32_t flags, IrRef x, IrRef y);
IrRef ir_build_param(IrBuilder *b, uint32_t number, IrTypeId type, const char *name);
/* A phi outside of variables (for && || ?:) over the predecessors of the current, sealed block: the
 * operand for predecessor blocks[i] is values[i]. */
IrRef ir_build_phi(IrBuilder *b, IrTypeId type, const IrBlockId *blocks, const IrRef *values,
                   uint32_t count);

/* memory. The path is given with the address and copied. */
IrRef ir_build_addr(IrBuilder *b, const IrAddr *addr, const IrHop *path, uint32_t nhops,
                    IrTypeId pointer_type);
IrRef ir_build_load(IrBuilder *b, const IrAddr *addr, const IrHop *path, uint32_t nhops);
void ir_build_store(IrBuilder *b, const IrAddr *addr, const IrHop *path, uint32_t nhops,
                    IrRef value);
void ir_build_copy(IrBuilder *b, const IrAddr *to, const IrHop *to_path, uint32_t to_hops,
                   const IrAddr *from, const IrHop *from_path, uint32_t from_hops);
void ir_build_clear(IrBuilder *b, const IrAddr *addr, const IrHop *path, uint32_t nhops);
IrRef ir_build_rmw(IrBuilder *b, const IrAddr *addr, const IrHop *path, uint32_t nhops, IrRmw what,
                   IrRef value);
IrRef ir_build_cmpxchg(IrBuilder *b, const IrAddr *addr, const IrHop *path, uint32_t nhops,
                       IrRef expected, IrRef desired);
void ir_build_fence(IrBuilder *b, uint32_t order); /* IR_MEM_* bits */
/* The argument of that type which the list at the address has next. */
IrRef ir_build_vaarg(IrBuilder *b, const IrAddr *list, const IrHop *path, uint32_t nhops,
                     IrTypeId type);

/* calls and the rest */
IrRef ir_build_call(IrBuilder *b, IrSymId callee, IrTypeId type, const IrRef *args, uint32_t n);
IrRef ir_build_call_pointer(IrBuilder *b, IrRef callee, IrTypeId type, const IrRef *args,
                            uint32_t n);
IrRef ir_build_opaque(IrBuilder *b, const char *reason, IrTypeId type, const IrRef *args,
                      uint32_t n);

/* terminators: end the current block */
void ir_build_jump(IrBuilder *b, IrBlockId to);
void ir_build_branch(IrBuilder *b, IrRef condition, IrBlockId yes, IrBlockId no);
/* `flags`: IR_INSN_LIKELY, IR_INSN_UNLIKELY or none. */
void ir_build_branch_hint(IrBuilder *b, IrRef condition, IrBlockId yes, IrBlockId no,
                          uint32_t flags);
/* Case i goes to targets[cases[i].succ]; targets[0] is the default. */
void ir_build_switch(IrBuilder *b, IrRef value, const IrCase *cases, uint32_t ncases,
                     const IrBlockId *targets, uint32_t ntargets);
void ir_build_indirect(IrBuilder *b, IrRef target, const IrBlockId *targets, uint32_t ntargets);
void ir_build_asm_goto(IrBuilder *b, const IrBlockId *targets, uint32_t ntargets);
void ir_build_return(IrBuilder *b, IrRef value); /* a NONE ref for void */
void ir_build_stop(IrBuilder *b);

/* Seals what is open, removes unreachable blocks and trivial phis (also redundant sets of them),
 * orders blocks in reverse postorder and appends the function to the unit. A block left without
 * terminator gets STOP. The builder is gone. */
void ir_build_end(IrBuilder *b);
/* Drops a function under construction. */
void ir_build_abandon(IrBuilder *b);

#endif
