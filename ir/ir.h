/* The intermediate representation: a unit (one translation unit) holds types, record layouts,
 * symbols and functions; a function holds basic blocks of instructions in SSA form.
 *
 * Everything is plain arrays of plain structs that name each other by index, never by pointer, so
 * that a unit can be written to a file and read back as it is (ir/serial.h), and an index check is
 * all that stands between an untrusted file and its use (ir/verify.h). All memory of a unit belongs
 * to its arena.
 *
 * Scalars whose address is not taken are SSA values; everything else is memory, reached by LOAD,
 * STORE, COPY and CLEAR through an IrAddr that keeps the shape of the access: base, index * scale,
 * constant offset and the path of record fields. */
#ifndef HPLINT_IR_IR_H
#define HPLINT_IR_IR_H

#include "ir/support.h"

/* ---- ids ------------------------------------------------------------------------------------- */

typedef uint32_t IrStr;      /* offset into unit->strings; 0 is "" */
typedef uint32_t IrTypeId;   /* into unit->types; 0 is void */
typedef uint32_t IrRecordId; /* into unit->records */
typedef uint32_t IrSymId;    /* into unit->symbols */
typedef uint32_t IrBlockId;  /* into fn->blocks; 0 is the entry */
typedef uint32_t IrInsnId;   /* into fn->insns */
typedef uint32_t IrLocId;    /* into fn->locs; 0 is "no place" */
#define IR_NONE UINT32_MAX   /* absent record, symbol, block, instruction, loop ... */

/* ---- places ---------------------------------------------------------------------------------- */

/* A source range. Lines and columns count from 1; line 0 means unknown. `file` indexes unit->files.
 * Code from a macro has the place where the macro was expanded, and `macro` says where it was
 * written: an index into unit->macros, 0 for code that no macro made. */
typedef struct IrLoc {
  uint32_t file;
  uint32_t line;
  uint32_t end_line;
  uint16_t column, end_column; /* end is one past the last column; saturates at 65535 */
  uint32_t macro;
} IrLoc;

/* The same as functions keep it, since they have nearly as many places as instructions: what most
 * places share is in a table of the unit. Read with ir_loc, made with ir_unit_spot. */
typedef struct IrSpan {
  uint32_t file, lines /* from line to end_line */, macro;
} IrSpan;
typedef struct IrSpot {
  uint32_t line;
  uint16_t column, end_column;
  uint32_t span; /* into unit->spans */
} IrSpot;

/* Where code that a macro made was written: the place of its first token (of a member access: of
 * the member's name), in the body of the macro or of one that it uses, or in the arguments. */
enum { IR_MACRO_ARGUMENT = 1 /* an argument: the place lies within the call of the macro */ };
typedef struct IrMacro {
  IrStr name;          /* of the macro that is expanded at the IrLoc, the outermost one */
  uint32_t file, line; /* line 0: nowhere, the token was made by ## or # */
  uint16_t column, flags;
} IrMacro;

enum {
  IR_FILE_SYSTEM = 1,    /* found through a system include path */
  IR_FILE_MAIN = 2,      /* the unit's own file */
  IR_FILE_GENERATED = 4, /* a program wrote it, and says so in the first lines */
};
typedef struct IrFile {
  IrStr path; /* absolute and normalised where the front end could */
  uint32_t flags;
} IrFile;

/* ---- types and records ----------------------------------------------------------------------- */

typedef enum IrTypeKind {
  IR_T_VOID,
  IR_T_INT,     /* also char, _Bool, enum, _BitInt (count: its bits; 0 for all others) */
  IR_T_FLOAT,   /* float, double, long double, _Float16 ... */
  IR_T_PTR,     /* sub: what it points to */
  IR_T_ARRAY,   /* sub: element; count: elements, 0 when unknown or variable (VLA, flexible) */
  IR_T_RECORD,  /* record */
  IR_T_FUNC,    /* sub: result */
  IR_T_VECTOR,  /* sub, count */
  IR_T_COMPLEX, /* sub */
  IR_T_OTHER,   /* not modelled; size may be 0 */
} IrTypeKind;
enum {
  IR_TF_UNSIGNED = 1,
  IR_TF_BOOL = 2,
  IR_TF_ENUM = 4,
  IR_TF_CONST = 8, /* for pointers and arrays: of the object itself */
  IR_TF_VOLATILE = 16,
  IR_TF_RESTRICT = 32,
  IR_TF_ATOMIC = 64,
  IR_TF_VARIADIC = 128, /* functions */
  IR_TF_VLA = 256,
};
typedef struct IrType {
  uint8_t kind;       /* IrTypeKind */
  uint8_t align_log2; /* alignment is 1 << align_log2 bytes */
  uint16_t flags;     /* IR_TF_* */
  IrTypeId sub;
  IrRecordId record; /* IR_NONE unless IR_T_RECORD */
  IrStr name;        /* spelling as a C programmer would write it */
  uint64_t size;     /* bytes; 0 for void, functions and incomplete types */
  uint64_t count;
} IrType;

enum {
  IR_REC_UNION = 1,
  IR_REC_PACKED = 2,
  IR_REC_SYSTEM = 4,            /* defined in a system header */
  IR_REC_ANONYMOUS = 8,         /* no tag and no typedef name */
  IR_REC_FLEXIBLE = 16,         /* ends in a flexible or zero-length array */
  IR_REC_ALIGNED = 32,          /* it or a field carries _Alignas / aligned */
  IR_REC_INVALID = 64,          /* the declaration had errors: its layout may lie */
  IR_REC_POSITIONAL_INIT = 128, /* initialised somewhere by position: `{1, "a", f}` */
  IR_REC_OFFSETOF = 256,        /* offsetof is used on it */
  IR_REC_CAST = 512,            /* a pointer to it is cast to or from another record's pointer */
  IR_REC_INCOMPLETE = 1024,     /* declared only */
  IR_REC_SIZEOF_BYTES =
      2048,              /* its bytes are looked at: memcmp/write/fwrite/send/hash with sizeof */
  IR_REC_IN_MAIN = 4096, /* defined in the unit's own file, not in a header */
};
enum {
  IR_FIELD_BITFIELD = 1,
  IR_FIELD_ANONYMOUS = 2, /* anonymous struct or union member */
  IR_FIELD_FLEXIBLE = 4,
};
typedef struct IrField {
  IrStr name;
  IrTypeId type;
  uint64_t offset_bits; /* within the immediate record */
  uint32_t width_bits;  /* bit-fields: their width; others: size * 8 */
  uint32_t flags;       /* IR_FIELD_* */
} IrField;
typedef struct IrRecord {
  IrStr name; /* "struct node", "union u", or the typedef's name; never empty for a named one */
  IrTypeId type;
  uint64_t size, align;     /* bytes */
  uint32_t fields, nfields; /* fields in unit->fields[fields ..], declaration order */
  uint32_t flags;           /* IR_REC_* */
  IrLoc loc;
} IrRecord;

/* ---- symbols --------------------------------------------------------------------------------- */

enum {
  IR_SYM_FUNCTION = 1, /* else a variable with static storage */
  IR_SYM_INTERNAL = 2, /* static: private to the unit */
  IR_SYM_DEFINED = 4,
  IR_SYM_INLINE = 8,
  IR_SYM_SYSTEM = 16, /* declared in a system header */
  IR_SYM_NORETURN = 32,
  IR_SYM_PURE = 64,      /* attribute pure */
  IR_SYM_CONSTFN = 128,  /* attribute const */
  IR_SYM_MALLOC = 256,   /* attribute malloc: returns fresh memory */
  IR_SYM_CONST = 512,    /* const variable */
  IR_SYM_THREAD = 1024,  /* thread-local */
  IR_SYM_BUILTIN = 2048, /* compiler builtin or recognised library function */
  IR_SYM_VARIADIC = 4096,
  IR_SYM_COLD = 8192,           /* attribute cold */
  IR_SYM_ADDRESS_TAKEN = 16384, /* a function whose address is used other than by calling it */
  /* setjmp, vfork: a call may return again later. C leaves locals that were changed in between
     without a value unless they are volatile, and those are in memory: values stay values. */
  IR_SYM_RETURNS_TWICE = 32768,
  IR_SYM_LABEL = 65536, /* a label of a function whose address is taken: "function.label" */
  IR_SYM_INIT = 131072, /* a variable with an initialiser */
};
typedef struct IrSymbol {
  IrStr name; /* as in the source; a static local is "function.name" */
  IrTypeId type;
  uint32_t flags; /* IR_SYM_* */
  IrLoc loc;
  IrStr link_name; /* what the linker sees (`__asm__("fopen64")`), 0 when that is the name */
  IrStr alias;     /* another name of this symbol's (attribute alias), by what the linker sees; 0 */
} IrSymbol;
static inline IrStr ir_link_name(const IrSymbol *s) {
  return s->link_name ? s->link_name : s->name;
}

/* A string literal: bytes (with NULs) at unit->strings[offset .. offset + length]. */
typedef struct IrLiteral {
  IrStr offset;
  uint32_t length; /* bytes of the array, without the final NUL */
} IrLiteral;

/* ---- operands -------------------------------------------------------------------------------- */

/* A tagged index: what kind of operand in the upper 3 bits, which one in the lower 29. */
typedef uint32_t IrRef;
typedef enum IrRefKind {
  IR_REF_NONE,  /* no operand */
  IR_REF_VALUE, /* result of fn->insns[index] */
  IR_REF_CONST, /* fn->consts[index] */
  IR_REF_LOCAL, /* address of fn->locals[index] */
  IR_REF_SYM,   /* address of unit->symbols[index] */
  IR_REF_STR,   /* address of unit->literals[index] */
  IR_REF_UNDEF, /* an uninitialised value; index 0 */
} IrRefKind;
#define IR_REF_SHIFT 29
#define IR_REF_MASK ((1u << IR_REF_SHIFT) - 1)
static inline IrRef ir_ref(IrRefKind kind, uint32_t index) {
  return (uint32_t)kind << IR_REF_SHIFT | index;
}
static inline IrRefKind ir_ref_kind(IrRef ref) {
  return (IrRefKind)(ref >> IR_REF_SHIFT);
}
static inline uint32_t ir_ref_index(IrRef ref) {
  return ref & IR_REF_MASK;
}

typedef struct IrConst {
  IrTypeId type;
  uint32_t is_float;
  union {
    int64_t i; /* sign- or zero-extended from the type's width; sign-extended to wider types */
    double f;
  } u;
} IrConst;

/* A local variable that lives in memory (aggregates, address-taken or volatile scalars). */
enum {
  IR_LOCAL_PARAM = 1 /* a parameter's home */,
  IR_LOCAL_TEMP = 2 /* compound literal, sret */
};
typedef struct IrLocal {
  IrStr name;
  IrTypeId type;
  uint32_t flags;
  IrLocId loc;
} IrLocal;

/* One step of an access path: field `field` (index within the record) of `record`. */
typedef struct IrHop {
  IrRecordId record;
  uint32_t field;
} IrHop;

enum {
  IR_MEM_VOLATILE = 1,
  IR_MEM_ATOMIC = 2,
  IR_MEM_BITFIELD = 4,
  /* The order of an atomic access, none when it is not known; acq_rel is two of them. */
  IR_MEM_RELAXED = 8,
  IR_MEM_CONSUME = 16,
  IR_MEM_ACQUIRE = 32,
  IR_MEM_RELEASE = 64,
  IR_MEM_SEQ_CST = 128,
  IR_MEM_ORDER = IR_MEM_RELAXED | IR_MEM_CONSUME | IR_MEM_ACQUIRE | IR_MEM_RELEASE | IR_MEM_SEQ_CST,
};
/* What an RMW stores: from what was there (old) and its operand (x). Pointers: x is in bytes. */
typedef enum IrRmw {
  IR_RMW_NONE, /* not an RMW */
  IR_RMW_XCHG, /* x */
  IR_RMW_ADD,
  IR_RMW_SUB,
  IR_RMW_AND,
  IR_RMW_OR,
  IR_RMW_XOR,
  IR_RMW_NAND, /* ~(old & x) */
  IR_RMW_MAX,  /* signedness from the type */
  IR_RMW_MIN,
  IR_RMW_COUNT,
} IrRmw;
/* base + index * scale + offset, `size` bytes. `offset` includes the offsets of the path's fields.
 * Path: hops from the object that `base` (plus index, when the index picks the record) points to,
 * outermost first; empty for plain scalars and arrays of them. When an array inside the path is
 * indexed (p->a[i].b) the address is built in two: an ADDR for what comes before the index. */
typedef struct IrAddr {
  IrRef base, index;  /* index: IR_REF_NONE kind when there is none */
  int64_t offset;     /* bytes */
  uint32_t scale;     /* bytes per index; 0 without an index; IR_SCALE_VLA: see below */
  IrTypeId type;      /* of the accessed object (for ADDR: of what the result points to) */
  uint64_t size;      /* bytes accessed; for ADDR the size of what it points to */
  uint32_t hops : 26; /* path: fn->hops[hops .. hops + nhops] */
  uint32_t nhops : 6;
  uint16_t flags : 12;           /* IR_MEM_* */
  uint16_t rmw : 4;              /* IrRmw */
  uint8_t bit_offset, bit_width; /* bit-fields: within `size` bytes at `offset` */
} IrAddr;
enum { IR_MOST_HOPS = (1 << 26) - 1 /* of a function */, IR_LONGEST_PATH = 63 };
/* An index into an array of variably sized elements is multiplied out: the front end emits
 * MUL index, run-time size in bytes, and uses scale 1. */

/* Records by value: an argument or a returned record is a value of record type, LOADed whole before
 * the CALL or RET; a CALL's record result is STOREd whole where it is wanted; a PARAM of record
 * type is STOREd into its home. All other copies of records are COPY. */

/* A pointer that the initialiser of an object with static storage puts at `offset` of it. Only
 * addresses: numbers and NULL have none. */
typedef struct IrPointerInit {
  IrSymId in;
  IrRef target;    /* a symbol or a literal */
  uint64_t offset; /* bytes into `in` */
  int64_t addend;  /* bytes past the target */
} IrPointerInit;

/* ---- functions ------------------------------------------------------------------------------- */

enum {
  IR_RESULT = 1,
  IR_TERM = 2,
  IR_READS = 4,
  IR_WRITES = 8,
  IR_CALLS = 16,
  IR_EFFECT = 32,
  IR_COMMUTES = 64,
};
typedef enum IrOp {
#define OP(name, operands, flags, meaning) IR_##name,
#define OPAQUE_OP OP
#include "ir/ops.def"
#undef OP
#undef OPAQUE_OP
  IR_OP_COUNT
} IrOp;
typedef struct IrOpInfo {
  const char *name, *operands, *meaning;
  uint32_t flags; /* IR_RESULT ... */
  /* What the letters of `operands` say: addresses (2: COPY), the first at aux; value operands, and
   * whether there may be more of them; the letter of what is at aux, 0 for nothing. */
  uint8_t naddrs, nargs;
  bool more_args;
  char aux;
} IrOpInfo;
extern const IrOpInfo ir_ops[IR_OP_COUNT];
static inline uint32_t ir_op_naddrs(uint32_t op) {
  return ir_ops[op].naddrs;
}

enum {
  IR_INSN_NSW = 1,       /* signed arithmetic: overflow is undefined */
  IR_INSN_EXPLICIT = 2,  /* CONV written as a cast in the source */
  IR_INSN_LIKELY = 4,    /* BR: the source says that the first successor is the usual one */
  IR_INSN_UNLIKELY = 8,  /* BR: the second one */
  IR_INSN_VOLATILE = 16, /* ASM: does more than its outputs say */
  IR_INSN_MEMORY = 32,   /* ASM: may read and write memory, also what its operands point to */
};
typedef struct IrInsn {
  uint8_t op;    /* IrOp */
  uint8_t flags; /* IR_INSN_* */
  uint16_t nargs;
  uint32_t args; /* operands: fn->args[args .. args + nargs] */
  IrTypeId type; /* of the result; void when there is none */
  uint32_t aux;  /* by ops.def: address, symbol, number, text, first case */
  IrLocId loc;
  IrStr name; /* the source variable that got this value, 0 when none */
} IrInsn;

typedef struct IrCase {
  int64_t low, high; /* inclusive */
  uint32_t succ;     /* position among the block's successors */
} IrCase;

enum {
  IR_BLOCK_LOOP = 1,  /* the front end began a source loop here: loc is its keyword */
  IR_BLOCK_LABEL = 2, /* `label` is the symbol whose address leads here */
};
/* What only few blocks have. */
typedef struct IrBlockInfo {
  uint32_t flags;
  IrLocId loc;            /* loop keyword when IR_BLOCK_LOOP, else 0 */
  IrSymId label;          /* when IR_BLOCK_LABEL, else 0 */
  uint32_t cases, ncases; /* fn->cases, for SWITCH */
} IrBlockInfo;
typedef struct IrBlock {
  IrInsnId first;
  uint32_t count;         /* instructions; PHIs first, a terminator last; never 0 */
  uint32_t succs, nsuccs; /* fn->edges[succs ..]: block ids */
  uint32_t preds, npreds; /* fn->edges[preds ..]; order of PHI operands. One entry per edge. */
  uint32_t info;          /* 1 + index into fn->infos, 0: none; see ir_block_info */
} IrBlock;

/* Block b's instructions are insns[first .. first + count]; blocks are stored in reverse postorder
 * and so are their instructions: insns is one contiguous listing. All blocks are reachable. */
typedef struct IrFunction {
  IrSymId sym;
  IrLoc loc, name_loc; /* whole definition; its name */
  uint32_t nparams;
  IrTypeId result;
  uint32_t flags;
  uint32_t nblocks, ninfos, ninsns, nargs, naddrs, nhops, nconsts, nlocals, nedges, ncases, nlocs;
  IrBlock *blocks;
  IrBlockInfo *infos;
  IrInsn *insns;
  IrRef *args;
  IrAddr *addrs;
  IrHop *hops;
  IrConst *consts;
  IrLocal *locals;
  uint32_t *edges;
  IrCase *cases;
  IrSpot *locs;        /* locs[0] is "no place"; see ir_loc */
  const IrSpan *spans; /* the unit's */
} IrFunction;

typedef struct IrUnit {
  HpArena *arena;
  IrStr path; /* the main file */
  char *strings;
  uint32_t nstrings; /* bytes */
  IrFile *files;
  uint32_t nfiles;
  IrMacro *macros; /* macros[0] is "no macro"; each once */
  uint32_t nmacros;
  IrSpan *spans; /* spans[0] is all 0; each once */
  uint32_t nspans;
  IrType *types;
  uint32_t ntypes;
  IrRecord *records;
  uint32_t nrecords;
  IrField *fields;
  uint32_t nfields;
  IrSymbol *symbols;
  uint32_t nsymbols;
  IrLiteral *literals;
  uint32_t nliterals;
  IrPointerInit *inits; /* by object and offset, as they were found */
  uint32_t ninits;
  IrFunction *functions; /* those with bodies, in source order */
  uint32_t nfunctions;
} IrUnit;

/* ---- reading --------------------------------------------------------------------------------- */

static inline const char *ir_str(const IrUnit *u, IrStr s) {
  return u->strings + s;
}
static inline IrLoc ir_loc(const IrFunction *fn, IrLocId id) {
  const IrSpot *s = &fn->locs[id];
  const IrSpan *span = &fn->spans[s->span];
  return (IrLoc){span->file, s->line, s->line + span->lines, s->column, s->end_column, span->macro};
}
static inline const IrBlockInfo *ir_block_info(const IrFunction *fn, const IrBlock *block) {
  static const IrBlockInfo none;
  return block->info ? &fn->infos[block->info - 1] : &none;
}
static inline IrRef ir_arg(const IrFunction *fn, const IrInsn *in, uint32_t i) {
  return fn->args[in->args + i];
}
/* The instruction behind a value operand, NULL for any other kind. */
static inline const IrInsn *ir_def(const IrFunction *fn, IrRef ref) {
  return ir_ref_kind(ref) == IR_REF_VALUE ? &fn->insns[ir_ref_index(ref)] : NULL;
}
/* The address of a memory instruction or ADDR, else NULL. */
static inline const IrAddr *ir_addr_of(const IrFunction *fn, const IrInsn *in) {
  return ir_op_naddrs(in->op) ? &fn->addrs[in->aux] : NULL;
}
static inline bool ir_is(const IrInsn *in, IrOp op) {
  return in && in->op == op;
}
/* Type of any operand (pointers to locals, symbols and literals are 0 = unknown: use the object's).
 */
IrTypeId ir_ref_type(const IrUnit *u, const IrFunction *fn, IrRef ref);
/* True and the value when the operand is an integer constant. */
bool ir_const_int(const IrFunction *fn, IrRef ref, int64_t *value);
const char *ir_function_name(const IrUnit *u, const IrFunction *fn);
/* Record an operand of pointer type points to, or IR_NONE. */
IrRecordId ir_pointee_record(const IrUnit *u, IrTypeId pointer);
/* Called symbol of a direct CALL, else IR_NONE. */
static inline IrSymId ir_callee(const IrInsn *in) {
  return in->op == IR_CALL ? in->aux : IR_NONE;
}

/* Appends the operand as a C programmer would write it: `p`, `p->next`, `a[i].x`, `12`, `"text"`,
 * `strlen(s)`; registers without a source form as `%7`. Used by listings and messages. */
void ir_describe(HpBuf *out, const IrUnit *u, const IrFunction *fn, IrRef ref);
/* The same for the object at an address: `p->next`, `a[i].x`. */
void ir_describe_addr(HpBuf *out, const IrUnit *u, const IrFunction *fn, const IrAddr *addr);
/* Where the code of a macro was written: `in macro list_each, list.h:12`, `argument of macro MAX`,
 * `made by macro GLUE`; nothing for other code. */
void ir_describe_macro(HpBuf *out, const IrUnit *u, const IrLoc *loc);

#endif
