/* What the files of the front end share: the state of one lowering, the syntax tree of the current
 * function as an array, values and places.
 *
 *   tree.c     libclang's cursors of one function or initialiser -> Node array
 *   source.c   places, files, source text
 *   macros.c   places in macros
 *   text.c     source as characters
 *   types.c    CXType -> IrType, records and fields
 *   decls.c    declarations -> symbols, register variables, locals
 *   convert.c  values: constants, folding, conversions, arithmetic
 *   place.c    lvalues -> IrAddr
 *   expr.c, operator.c, choice.c, call.c, builtin.c, init.c   expressions
 *   static.c   pointers in initialisers of static storage
 *   stmt.c, loop.c, forslots.c, asm.c, cleanup.c   statements
 *   unit.c     the walk over a translation unit
 *   frontend.c parsing, diagnostics, files read */
#ifndef HPLINT_ANALYZER_FRONTEND_LOWER_H
#define HPLINT_ANALYZER_FRONTEND_LOWER_H

#include "analyzer/frontend/contents.h"
#include "analyzer/frontend/map.h"
#include "analyzer/frontend/preamble.h"
#include "ir/build.h"

#include <clang-c/Index.h>

/* ---- the tree of one function ---------------------------------------------------------------- */

typedef uint32_t
    NodeId; /* into Lower.nodes; a child follows its parent, siblings follow subtrees */
#define NO_NODE UINT32_MAX

typedef struct Node {
  CXCursor cursor;
  NodeId end;    /* one past the last node of this subtree */
  uint32_t kids; /* direct children */
  IrTypeId type; /* IR_NONE until asked for */
  /* IR_NONE until asked for. Of a DeclRefExpr: into Lower.decls. Of an operator: which one. */
  uint32_t known;
} Node;

typedef struct Tree {
  Node *nodes;
  uint32_t count, cap;
  NodeId *stack; /* open nodes while building */
  uint32_t depth, stack_cap;
  NodeId spine,
      leaf; /* operators spine .. leaf - 1, each the left operand of the one before, and */
  CXSourceLocation spine_first; /* where they all begin; none when spine == leaf */
} Tree;

/* Fills the tree with everything below `root`; node 0 is the root. */
void tree_build(Tree *t, CXCursor root);
void tree_free(Tree *t);

/* ---- declarations ---------------------------------------------------------------------------- */

typedef enum DeclKind {
  DECL_NEW,   /* seen, not placed yet */
  DECL_VAR,   /* in registers: var */
  DECL_LOCAL, /* in memory: ref is the local, or the pointer to a VLA */
  DECL_SYM,   /* symbol with static storage or function: sym */
  DECL_ENUM,  /* enumerator: number */
} DeclKind;
typedef struct Decl {
  uint8_t kind;
  bool in_memory;  /* its address is used */
  bool literal;    /* a const integer with a known value: number */
  bool is_pointer; /* a parameter written as array or function */
  IrTypeId type;
  IrVar var;
  IrSymId sym;
  IrRef ref;
  int64_t number;
  CXCursor cursor;
} Decl;

/* How a call of a compiler builtin is lowered. */
typedef enum Builtin {
  BUILTIN_NONE,  /* as the call it is */
  BUILTIN_FIRST, /* its first argument, converted: __builtin_expect */
  BUILTIN_STOP,  /* control never comes here */
  BUILTIN_TRAP,  /* called, then the same */
  BUILTIN_ALLOCA,
  BUILTIN_CONSTANT, /* a number the compiler knows: __builtin_constant_p */
  BUILTIN_IGNORE,   /* operands are not evaluated: __builtin_assume */
  BUILTIN_LIBRARY,  /* __builtin_X for the library's X */
  BUILTIN_CHECKED,  /* __builtin___X_chk for X, which has fewer arguments */
  BUILTIN_ATOMIC,   /* __sync_fetch_and_add, fences and the like */
  BUILTIN_FOLDED,   /* a number where the compiler knows it, else a call */
  BUILTIN_OPERATOR, /* __builtin_add_overflow, __builtin_complex */
} Builtin;

/* ---- values and places ----------------------------------------------------------------------- */

/* A scalar. `literal`: written as a constant (not merely known to be one through a variable), so
 * that branches on it are decided here as clang -O0 decides them; `number` is its value. */
typedef struct Value {
  IrRef ref;
  IrTypeId type; /* without qualifiers */
  bool literal;
  bool is_real; /* a literal of floating type: real */
  union {
    int64_t number;
    double real;
  } u;
} Value;

#define PLACE_HOPS 24
typedef struct Place {
  bool is_var; /* a register variable, else memory at addr */
  IrVar var;
  IrTypeId type; /* of the object */
  IrAddr addr;
  uint32_t nhops;
  IrHop path[PLACE_HOPS];
} Place;

/* A block that several places may jump to, made when the first one does. */
typedef struct Join {
  IrBlockId block; /* IR_NONE: none so far */
} Join;
#define JOIN_NONE                                                                                  \
  (Join) {                                                                                         \
    IR_NONE                                                                                        \
  }

/* A variable whose scope calls a function when it is left; see cleanup.c. */
typedef struct Cleanup Cleanup;

/* What break and continue mean, and the cleanups that stay in force there. */
typedef struct Jumps {
  Join *brk, *cont;
  Cleanup *brk_scope, *cont_scope;
} Jumps;

/* A place in an object with static storage. */
typedef struct StaticPlace {
  IrSymId object;
  uint64_t offset;
} StaticPlace;

typedef struct SwitchCases {
  PtrMap blocks; /* case statement node -> targets */
  const IrBlockId *targets;
} SwitchCases;

/* An array type of a size known at run time: so many elements of `base` bytes. */
typedef struct VlaSize {
  IrRef count;
  uint64_t base;
  const void *decl; /* of which declaration, and how many steps below its type */
  uint32_t level;
} VlaSize;

/* ---- state ----------------------------------------------------------------------------------- */

typedef struct FileEntry {
  CXFile file;
  uint32_t ir; /* unit->files; IR_NONE: nothing in the unit lies there so far */
  char *path;
  bool system, main;
  const char *text; /* buffer that was parsed; NULL until asked for */
  size_t size;
  uint32_t *blocks; /* for every LINE_BLOCK bytes of text: the line ends before; NULL until asked */
  bool returns;     /* there is a carriage return somewhere */
  uint32_t line, line_start, next_start; /* asked for last: offsets; 0, 0, 0 at first */
} FileEntry;

/* A file's text, each time it is included, has a range of libclang's raw locations to itself. */
typedef struct Inclusion {
  unsigned first, last; /* last: the end of the file */
  uint32_t file;        /* into Lower.files */
} Inclusion;

/* Where a location stands once macros are expanded. */
typedef struct Spot {
  uint32_t file; /* into Lower.files; IR_NONE: nowhere */
  uint32_t offset;
} Spot;

/* What was found out before about a location in a macro: key is libclang's raw one. */
#define MACRO_CACHE_BITS 10
typedef struct MacroEntry {
  unsigned at;
  uint32_t macro; /* unit->macros; IR_NONE: not asked for */
  Spot spot;
} MacroEntry;

/* A macro's use in the source. */
typedef struct MacroCall {
  IrStr name;
  uint32_t end, end_brackets; /* offsets behind its name and its arguments; 0: none */
} MacroCall;

#define TYPE_CACHE_BITS 8

typedef struct Lower {
  CXTranslationUnit tu;
  Contents *contents;
  const Preamble *preamble; /* that the unit was parsed with; NULL: none */
  const char *directory;
  const char *main_path;
  char *(*spell)(const char *path); /* FrontendInput */
  bool wrapv;                       /* signed overflow wraps: -fwrapv */
  IrUnitBuilder *ub;
  IrUnit *unit;

  PtrMap file_map; /* CXFile -> files */
  FileEntry *files;
  uint32_t nfiles, files_cap;
  Inclusion *inclusions; /* those met so far, ascending */
  uint32_t ninclusions, inclusions_cap, last_inclusion;
  MacroEntry macros[1 << MACRO_CACHE_BITS];
  PtrMap call_map; /* file and offset -> calls */
  MacroCall *calls;
  uint32_t ncalls, calls_cap;

  PtrMap type_map;   /* QualType -> IrTypeId */
  struct TypeEntry { /* those asked for lately, since the map is too large for the caches */
    const void *type;
    IrTypeId id;
  } types[1 << TYPE_CACHE_BITS];
  uint8_t *va_lists; /* by type: is it a va_list? 0: not asked for, 1: no, 2: yes */
  uint32_t nva_lists, va_lists_cap;
  CXCursor *used; /* definitions in headers that the unit uses, in the order of their first uses */
  uint32_t nused, used_cap;
  uint8_t *readers; /* by symbol: is it a function that looks at bytes? As va_lists. */
  uint32_t nreaders, readers_cap;
  PtrMap atomic_map; /* id of an _Atomic type + 1 -> the type inside */
  PtrMap record_map; /* definition -> IrRecordId */
  PtrMap field_map;  /* FieldDecl -> hops */
  IrHop *hops;
  uint32_t nhops, hops_cap;
  CXCursor *pending; /* records whose fields are not lowered yet; parallel: pending_ids */
  IrRecordId *pending_ids;
  uint32_t npending, pending_cap, pending_ids_cap;
  IrTypeId t_int, t_bool, t_size, t_long, t_char, t_void_ptr;

  PtrMap decl_map; /* declaration -> decls */
  Decl *decls;
  uint32_t ndecls, decls_cap;
  PtrMap name_map;    /* IrStr of an external name -> IrSymId */
  PtrMap builtin_map; /* IrSymId + 1 -> Builtin, for those that are */

  /* the current function */
  Tree tree;
  NodeId at; /* whose place the builder has */
  IrBuilder *b;
  const char *function; /* name */
  IrTypeId result;
  PtrMap labels;    /* LabelStmt -> block */
  PtrMap label_map; /* LabelStmt -> symbol, of those whose address is taken */
  IrBlockId *taken; /* labels whose address is taken */
  uint32_t ntaken, taken_cap;
  Join dispatch; /* where computed gotos meet, with the label in a variable */
  IrVar dispatch_target;
  PtrMap vla_sizes; /* canonical VLA type -> vlas */
  VlaSize *vlas;
  uint32_t nvlas, vlas_cap;
  Jumps jumps;
  SwitchCases *cases;
  bool has_labels;
  uint32_t hint;        /* IR_INSN_LIKELY and its kind, for the branch about to be made */
  Cleanup *cleanup;     /* the innermost, NULL */
  IrVar cleanup_target; /* where control goes after the cleanups, by number */
  bool cleanup_target_known;
  IrBlockId *cleanup_targets; /* number - 1 -> block */
  uint32_t ncleanup_targets, cleanup_targets_cap;
  Join returns; /* where a return goes that leaves cleanups */
  IrVar returned;
  IrStr static_name; /* of the object whose initialiser is looked at, 0 */
  uint32_t temps;    /* constant initialisers made so far, for their names */
} Lower;

static inline const IrType *ir_type(const Lower *l, IrTypeId id) {
  return &l->unit->types[id];
}
static inline IrTypeKind type_kind(const Lower *l, IrTypeId id) {
  return (IrTypeKind)ir_type(l, id)->kind;
}

/* ---- tree ------------------------------------------------------------------------------------ */

static inline CXCursor node_cursor(const Lower *l, NodeId n) {
  return l->tree.nodes[n].cursor;
}
static inline enum CXCursorKind node_kind(const Lower *l, NodeId n) {
  return l->tree.nodes[n].cursor.kind;
}
static inline uint32_t node_kids(const Lower *l, NodeId n) {
  return l->tree.nodes[n].kids;
}
static inline NodeId node_next(const Lower *l, NodeId n) {
  return l->tree.nodes[n].end;
}
/* Which operator a node is: CXUnaryOperator_Invalid, CXBinaryOperator_Invalid if it is none. */
enum CXUnaryOperatorKind node_unary(const Lower *l, NodeId n);
enum CXBinaryOperatorKind node_binary(const Lower *l, NodeId n);
/* clang_isExpression and clang_isStatement without a call: they are asked for every node. */
static inline bool kind_is_expression(enum CXCursorKind kind) {
  return kind >= CXCursor_FirstExpr && kind <= CXCursor_LastExpr;
}
static inline bool kind_is_statement(enum CXCursorKind kind) {
  return kind >= CXCursor_FirstStmt && kind <= CXCursor_LastStmt;
}
/* for (NODE_KIDS(l, kid, of)) */
#define NODE_KIDS(l, kid, of)                                                                      \
  NodeId kid = (of) + 1, kid##_end = (l)->tree.nodes[of].end;                                      \
  (kid) < kid##_end;                                                                               \
  (kid) = (l)->tree.nodes[kid].end
NodeId node_kid(const Lower *l, NodeId n, uint32_t i); /* NO_NODE past the last */
NodeId node_last_kid(const Lower *l, NodeId n);
/* Through parentheses and __extension__. */
NodeId node_strip(const Lower *l, NodeId n);
/* Through those and through unexposed nodes with one child (implicit casts). */
NodeId node_strip_casts(const Lower *l, NodeId n);
/* Type of an expression as the IR sees it: array-typed parameters are pointers. */
IrTypeId node_type(Lower *l, NodeId n);
const void *cursor_key(CXCursor c);

/* ---- source ---------------------------------------------------------------------------------- */

/* libclang's word for a location: 0 is none. */
#define LOCATION_IN_MACRO (1u << 31)
IrLoc lower_loc(Lower *l, CXCursor c);                  /* extent, expansion places */
IrLoc lower_point(Lower *l, CXSourceLocation location); /* one place */
Spot spot_of(Lower *l, CXSourceLocation at);
MacroEntry *macro_entry(Lower *l, CXSourceLocation at); /* of a location in a macro */
uint32_t spot_line(Lower *l, Spot s, uint32_t *column); /* from 1 */
/* Macro (unit->macros) of the code that begins at `first`, of which `c` is the cursor. */
uint32_t macro_of_range(Lower *l, CXCursor c, CXSourceLocation first, CXSourceLocation end);
uint32_t macro_of_point(Lower *l, CXSourceLocation at);
bool lower_in_system(Lower *l, CXCursor c);
bool lower_in_main(Lower *l, CXCursor c);
/* `inside`: a place in it, if there is one at hand. NULL file: NULL. */
FileEntry *lower_file(Lower *l, CXFile file, CXSourceLocation inside);
const char *file_text(Lower *l, FileEntry *f, size_t *size);
uint32_t file_in_unit(Lower *l, uint32_t file); /* of Lower.files: its number in the unit */
/* The identifier at the cursor's spelling place, "" when there is none. */
void lower_word(Lower *l, CXCursor c, char *word, size_t size);
/* The instructions that follow belong to this node. */
void lower_at(Lower *l, NodeId n);

/* ---- types ----------------------------------------------------------------------------------- */

void types_begin(Lower *l);
IrTypeId type_of(Lower *l, CXType t);
/* Values have no qualifiers: `const int` and `int` constants are one. */
IrTypeId type_without_qualifiers(Lower *l, IrTypeId id);
static inline IrTypeId type_unqualified(Lower *l, IrTypeId id) {
  const uint32_t strip = IR_TF_CONST | IR_TF_VOLATILE | IR_TF_RESTRICT | IR_TF_ATOMIC;
  return ir_type(l, id)->flags & strip ? type_without_qualifiers(l, id) : id;
}
bool type_is_va_list(Lower *l, IrTypeId id); /* by its name */
IrTypeId type_pointer_to(Lower *l, IrTypeId pointee);
bool type_is_aggregate(const Lower *l, IrTypeId id); /* record or array */
bool type_is_scalar(const Lower *l, IrTypeId id);    /* fits a register */
bool type_is_exact(const Lower *l, IrTypeId type);   /* floating; a double holds all its values */
/* Bytes from one element to the next for arithmetic on pointers to this type: at least 1. */
uint64_t type_step(const Lower *l, IrTypeId pointee);
IrRecordId record_of(Lower *l, CXCursor decl);
void records_flush(Lower *l); /* lowers the fields of all records seen so far */
/* Field behind a FieldDecl cursor; false when it cannot be found. */
bool field_of(Lower *l, CXCursor field, IrHop *out);
void record_flag(Lower *l, IrTypeId type, uint32_t flag); /* of the record or pointee record */
IrRecordId type_pointee_record(const Lower *l, IrTypeId type);

/* ---- declarations ---------------------------------------------------------------------------- */

Decl *decl_of(Lower *l, CXCursor decl);  /* good until the next call */
Decl *decl_use(Lower *l, CXCursor decl); /* the same, placed: never DECL_NEW */
Decl *node_decl(Lower *l, NodeId n);     /* what a DeclRefExpr names, as decl_of */
Decl *node_decl_use(Lower *l, NodeId n); /* as decl_use */
IrSymId symbol_of(Lower *l, CXCursor decl);
/* An external function by name, declared here or not. */
IrSymId symbol_named(Lower *l, const char *name, IrTypeId type, uint32_t flags);
Builtin builtin_of(const Lower *l, IrSymId sym); /* of a function's symbol */
Builtin builtin_named(const char *name);         /* by its name */
bool builtin_is_pure(const char *name);
/* The library function that a LIBRARY or CHECKED builtin stands for; `size` bytes of text. */
void builtin_library(const char *name, char *out, size_t size);
/* Marks the variables of the current tree whose address is used, and what jumps need. */
void scan_function(Lower *l);

/* ---- values ---------------------------------------------------------------------------------- */

Value value_none(void);
Value value_of(IrRef ref, IrTypeId type);
Value value_int(Lower *l, IrTypeId type, int64_t number); /* a literal */
Value value_real(Lower *l, IrTypeId type, double number); /* a literal */
static inline bool value_is_int(Value v) {
  return v.literal && !v.is_real;
}
Value value_undef(IrTypeId type);
Value value_convert(Lower *l, Value v, IrTypeId to, bool explicit_cast);
Value value_binary(Lower *l, enum CXBinaryOperatorKind op, Value x, Value y, IrTypeId type);
/* What `x op= y` stores: computed in C's common type, converted to x's. */
Value value_compute(Lower *l, enum CXBinaryOperatorKind op, Value x, Value y);
Value value_step(Lower *l, Value pointer, Value index, bool minus, IrTypeId type);
uint64_t type_bits(const Lower *l, IrTypeId type); /* those that count: 7 for _BitInt(7) */
/* The number as it is after being stored in the type. */
int64_t type_wrap(const Lower *l, IrTypeId type, int64_t number);
/* Type in which C computes `x op y`. */
IrTypeId type_common(Lower *l, IrTypeId x, IrTypeId y);
IrTypeId type_promoted(Lower *l, IrTypeId x);
Value value_opaque(Lower *l, const char *reason, IrTypeId type, const IrRef *args, uint32_t n);
Value value_not_zero(Lower *l, Value v, IrTypeId type); /* v != 0 */

/* ---- vectors and complex numbers ------------------------------------------------------------- */

enum { MOST_PARTS = 4096, MOST_SWIZZLE = 16 };
bool type_has_parts(const Lower *l, IrTypeId type);
IrTypeId type_common_complex(Lower *l, IrTypeId x, IrTypeId y);
Value value_part(Lower *l, Value v, uint32_t index);
Value value_convert_parts(Lower *l, Value v, IrTypeId to, bool explicit_cast);
/* True: `out` is the result. False: the operands now have one type, that the opcode works on. */
bool value_binary_parts(Lower *l, enum CXBinaryOperatorKind op, Value *x, Value *y, IrTypeId type,
                        Value *out);
Value value_negate_parts(Lower *l, Value v, bool minus);
Value value_real_or_imaginary(Lower *l, Value v, bool imaginary, IrTypeId type);
Value lower_imaginary(Lower *l, NodeId n); /* 1.0i */
Value lower_parts(Lower *l, NodeId n);     /* an initialiser list for one */
/* Elements of an ext_vector_type vector by name: `v.x`, `p->hi`. */
typedef struct Swizzle {
  uint32_t count;
  uint8_t index[MOST_SWIZZLE];
} Swizzle;
bool swizzle_of(Lower *l, NodeId n, Swizzle *out);
void swizzle_base(Lower *l, NodeId n, Place *out);
Value lower_swizzle(Lower *l, NodeId n, const Swizzle *s);
Value store_swizzle(Lower *l, NodeId n, const Swizzle *s, Value v);
bool lower_vector_builtin(Lower *l, NodeId n, const char *word, Value *out);

/* ---- places ---------------------------------------------------------------------------------- */

void place_of(Lower *l, NodeId n, Place *out);
void place_var(Lower *l, const Decl *d, Place *out); /* of a declaration in use */
void place_at(Lower *l, IrRef base, IrTypeId type, Place *out);
void place_temp(Lower *l, IrTypeId type, const char *name, Place *out);
void place_field(Lower *l, Place *p, IrHop hop, IrTypeId type);
void place_index(Lower *l, Place *p, Value index, IrTypeId element);
void place_deref(Lower *l, NodeId pointer, IrTypeId type, Place *out);
IrRef place_address(Lower *l, Place *p, IrTypeId pointer_type);
/* A record-typed place loads as a record value: arguments, results. Arrays decay. */
Value place_load(Lower *l, Place *p);
void place_store(Lower *l, Place *p, Value v);
void place_copy(Lower *l, Place *to, Place *from);
void place_clear(Lower *l, Place *p);
void place_not_atomic(Place *p); /* initialising an _Atomic object is no atomic access */
/* Works out the sizes of the variably sized types in a declaration or cast; `init` is its
 * initialiser or operand. */
void vla_declare(Lower *l, NodeId var, NodeId init);
/* Run-time bytes of a variably sized type, that of expression `n` if any; false when it is not
 * known. */
bool vla_size(Lower *l, CXType type, NodeId n, Value *out);
bool vla_sizeof(Lower *l, NodeId n, Value *out); /* `n` is the sizeof */
bool vla_is_pointer(const Lower *l, IrTypeId type);
/* Arithmetic on pointers to such; `n` is the expression of the (left) pointer. */
Value vla_step(Lower *l, NodeId n, Value pointer, Value index, bool minus, IrTypeId type);
Value vla_difference(Lower *l, NodeId n, Value x, Value y, IrTypeId type);
/* Where the element `n` at an index begins, in elements of `scale` bytes. */
bool vla_index(Lower *l, NodeId n, Value index, Value *elements, uint64_t *scale);

/* ---- expressions ----------------------------------------------------------------------------- */

Value lower_value(Lower *l, NodeId n);          /* scalars, and records as values */
void lower_effect(Lower *l, NodeId n);          /* for what it does, not for its value */
void lower_into(Lower *l, NodeId n, Place *to); /* any type, into memory */
/* Branches; 1 or 0 when the outcome is a literal (then only one target is jumped to), else -1. */
int lower_condition(Lower *l, NodeId n, IrBlockId yes, IrBlockId no);
Value lower_load(Lower *l, NodeId n); /* of an lvalue */
Value lower_opaque(Lower *l, NodeId n, const char *reason);
/* Operators. `wanted`: somebody asks for the value; `post`: for the one before. */
Value lower_unary(Lower *l, NodeId n);
Value lower_increment(Lower *l, NodeId n, bool minus, bool post, bool wanted);
Value lower_assign(Lower *l, NodeId n, bool wanted);
Value lower_binary(Lower *l, NodeId n);
Value lower_compound_assign(Lower *l, NodeId n, bool wanted);
/* `a && b`, `a || b` as values; `a ? b : c`, into memory where `into` is not NULL, or for its
 * effect. */
Value lower_logical(Lower *l, NodeId n, bool is_and);
Value lower_conditional(Lower *l, NodeId n, Place *into, bool effect);
Value lower_call(Lower *l, NodeId n);
/* Values of a call's arguments from child `first` on. */
typedef struct Args {
  IrRef *refs;
  uint32_t count, cap;
} Args;
void args_push(Args *a, IrRef ref);
bool lower_builtin(Lower *l, NodeId n, Builtin which, IrSymId sym, Value *out);
/* False: it stays a call. Nothing was emitted then. */
bool lower_operator_builtin(Lower *l, NodeId n, const char *name, Value *out);
/* offsetof with an index that is not constant; false when it cannot be told. */
bool lower_offsetof(Lower *l, NodeId n, Value *out);
Value lower_unexposed(Lower *l, NodeId n);
Value lower_elvis(Lower *l, NodeId n);     /* a ?: b */
NodeId generic_choice(Lower *l, NodeId n); /* NO_NODE when it cannot be told */
Value lower_literal(Lower *l, NodeId n);   /* a number */
IrRef string_ref(Lower *l, NodeId n);      /* the literal behind a StringLiteral */
/* A comparison of addresses (`f == f`), an element of a string or constant object that clang knows,
 * too, before the program runs; false when this is none, or is not known. */
bool value_of_comparison(Lower *l, NodeId n, Value x, Value y, Value *out);
bool value_of_element(Lower *l, NodeId n, const Place *p, Value *out);
/* The address of a local variable or string, as a truth value: 1. Others are left (they may be of
 * a weak symbol). */
Value value_truth_of_address(Lower *l, Value v);
bool is_atomic_builtin(const char *word);
Value lower_atomic(Lower *l, NodeId n, const char *word);      /* unexposed: __atomic_load_n ... */
Value lower_atomic_call(Lower *l, NodeId n, const char *name); /* calls: __sync_*, fences ... */
/* `*p op= y` on an _Atomic object: the new value, or the old one with `post`. */
Value atomic_assign(Lower *l, Place *p, enum CXBinaryOperatorKind op, Value y, bool post);
/* Initialises memory from an initialiser; `type` has the element count filled in. */
void lower_init(Lower *l, Place *to, NodeId init);
/* Notes what an initialiser of static storage says: the pointers it holds, functions whose address
 * it takes, records initialised by position. */
void scan_static_init(Lower *l, NodeId init, IrTypeId type, IrSymId object);
void init_static(Lower *l, const StaticPlace *at, IrTypeId type, NodeId init);
/* The pointer that a scalar of the type gets from an initialiser, if it is one. */
void static_pointer(Lower *l, const StaticPlace *at, IrTypeId type, NodeId n);
bool evaluate_int(CXCursor c, int64_t *out);
bool evaluate_real(CXCursor c, double *out);

/* ---- statements ------------------------------------------------------------------------------ */

void lower_stmt(Lower *l, NodeId n);
void asm_scan(Lower *l, NodeId n); /* marks the variables it needs in memory */
void asm_statement(Lower *l, NodeId n);
void lower_dispatch(Lower *l); /* the end of all computed gotos */
void lower_declaration(Lower *l, NodeId var);
void lower_loop(Lower *l, NodeId n);
Value lower_stmt_expr(Lower *l, NodeId n, Place *into); /* into: NULL for a scalar */
IrBlockId label_block(Lower *l, CXCursor label);
IrSymId label_symbol(Lower *l, NodeId n);    /* of `&&label`; IR_NONE when there is none */
bool cleanup_declared(Lower *l, NodeId var); /* has it the attribute? */
void cleanup_push(Lower *l, NodeId var);     /* if it has the attribute */
/* Leaves the scope: calls what is due, innermost first. */
void cleanup_leave(Lower *l, Cleanup *scope);
/* Goes to a block outside of the cleanups up to `scope`. */
void cleanup_jump(Lower *l, Cleanup *scope, IrBlockId to);
Cleanup *cleanup_at_label(Lower *l, CXCursor label);
/* Which children of a ForStmt are which; NO_NODE where empty. False: could not be told. */
typedef struct ForSlots {
  NodeId init, condition, step, body;
} ForSlots;
bool for_slots(Lower *l, NodeId n, ForSlots *out);
void join_jump(Lower *l, Join *j);
void join_enter(Lower *l, Join *j); /* makes it current if anything jumped there */
IrBlockId join_block(Lower *l, Join *j);

void lower_unit(Lower *l);
/* Of a symbol that is used for the first time: its definition is lowered at the end if it is one
 * that a header makes for each unit anew. */
void lower_when_used(Lower *l, CXCursor decl);
void lower_free(Lower *l);

#endif
