/* Atomic accesses: the builtins of both families (`__atomic_*` and `__c11_atomic_*`, which libclang
 * leaves unexposed, and `__sync_*`, which are calls), and operators on _Atomic objects. */
#include "analyzer/frontend/lower.h"

#include <stdlib.h>
#include <string.h>

enum { ORDERS = IR_MEM_ORDER };

static void set_order(Place *p, uint32_t order) {
  p->addr.flags = (uint16_t)((p->addr.flags & ~ORDERS) | IR_MEM_ATOMIC | order);
}

/* IR_MEM_* bits of C's memory_order; 0 when it is not constant. */
static uint32_t order_of(Lower *l, NodeId n) {
  static const uint32_t orders[] = {IR_MEM_RELAXED,
                                    IR_MEM_CONSUME,
                                    IR_MEM_ACQUIRE,
                                    IR_MEM_RELEASE,
                                    IR_MEM_ACQUIRE | IR_MEM_RELEASE,
                                    IR_MEM_SEQ_CST};
  if (n == NO_NODE)
    return IR_MEM_SEQ_CST;
  Value v = lower_value(l, n);
  if (!value_is_int(v))
    return 0;
  int64_t number = v.u.number & 0xffff; /* bits above are hints of the target's */
  return number < 6 ? orders[number] : 0;
}

/* ---- values as bits -------------------------------------------------------------------------- */

/* An integer of the size, IR_NONE where machines have none. */
static IrTypeId bits_type(Lower *l, uint64_t size) {
  static const char *const names[] = {"unsigned char", "unsigned short", "unsigned int",
                                      "unsigned long", "unsigned __int128"};
  for (uint32_t i = 0; i < sizeof names / sizeof *names; i++)
    if (size == 1u << i)
      return ir_unit_type(l->ub, &(IrType){.kind = IR_T_INT,
                                           .align_log2 = (uint8_t)i,
                                           .flags = IR_TF_UNSIGNED,
                                           .record = IR_NONE,
                                           .name = ir_unit_str(l->ub, names[i]),
                                           .size = size});
  return IR_NONE;
}

/* Integers and pointers are compared as they are, all else by its bytes. */
static bool compares_itself(const Lower *l, IrTypeId type) {
  return type_kind(l, type) == IR_T_INT || type_kind(l, type) == IR_T_PTR;
}

/* The same bytes as another type. */
static Value reinterpret(Lower *l, Value v, IrTypeId to) {
  if (v.type == to)
    return v;
  Place temp;
  place_temp(l, v.type, "bits", &temp);
  place_store(l, &temp, v);
  Place as;
  place_at(l, temp.addr.base, to, &as);
  return place_load(l, &as);
}

/* The type an object is exchanged as: its own or bits; IR_NONE when only a library can. */
static IrTypeId exchange_type(Lower *l, IrTypeId object) {
  IrTypeId plain = type_unqualified(l, object);
  return compares_itself(l, plain) ? plain : bits_type(l, ir_type(l, plain)->size);
}

static void retype(Lower *l, Place *p, IrTypeId type) {
  uint16_t flags = p->addr.flags;
  p->type = p->addr.type = type;
  p->addr.size = ir_type(l, type)->size;
  p->addr.flags = flags;
}

/* ---- read-modify-write ----------------------------------------------------------------------- */

static Value rmw(Lower *l, Place *p, IrRmw what, Value x) {
  IrTypeId type = type_unqualified(l, p->type);
  return value_of(ir_build_rmw(l->b, &p->addr, p->path, p->nhops, what, x.ref), type);
}

/* What the object holds afterwards. */
static Value after(Lower *l, IrRmw what, Value old, Value x) {
  IrTypeId type = old.type;
  static const IrOp ops[IR_RMW_COUNT] = {
      [IR_RMW_ADD] = IR_ADD, [IR_RMW_SUB] = IR_SUB,  [IR_RMW_AND] = IR_AND, [IR_RMW_OR] = IR_OR,
      [IR_RMW_XOR] = IR_XOR, [IR_RMW_NAND] = IR_AND, [IR_RMW_MAX] = IR_GT,  [IR_RMW_MIN] = IR_LT};
  if (what == IR_RMW_XCHG)
    return x;
  if (what == IR_RMW_MAX || what == IR_RMW_MIN) {
    IrRef keep = ir_build_op2(l->b, ops[what], l->t_int, 0, old.ref, x.ref);
    return value_of(ir_build_op(l->b, IR_SELECT, type, 0, (IrRef[]){keep, old.ref, x.ref}, 3, 0),
                    type);
  }
  if (type_kind(l, type) == IR_T_PTR && (what == IR_RMW_ADD || what == IR_RMW_SUB)) {
    IrAddr a = {.base = old.ref, .type = ir_type(l, type)->sub, .index = x.ref, .scale = 1};
    a.size = ir_type(l, a.type)->size;
    if (what == IR_RMW_SUB)
      a.index = ir_build_op1(l->b, IR_NEG, x.type, x.ref);
    return value_of(ir_build_addr(l->b, &a, NULL, 0, type), type);
  }
  IrRef new = ir_build_op2(l->b, ops[what], type, 0, old.ref, x.ref);
  return value_of(what == IR_RMW_NAND ? ir_build_op1(l->b, IR_NOT, type, new) : new, type);
}

/* The operand as the RMW takes it: bytes for pointers, which C scales and GNU does not. */
static Value operand(Lower *l, IrTypeId object, IrRmw what, Value x, bool scaled) {
  IrTypeId plain = type_unqualified(l, object);
  if (type_kind(l, plain) != IR_T_PTR || (what != IR_RMW_ADD && what != IR_RMW_SUB))
    return value_convert(l, x, plain, false);
  Value step = value_int(l, l->t_long, (int64_t)type_step(l, ir_type(l, plain)->sub));
  x = value_convert(l, x, l->t_long, false);
  return scaled ? value_binary(l, CXBinaryOperator_Mul, x, step, l->t_long) : x;
}

/* `*p op= y` where no RMW does it: C computes in a loop until nobody came between. */
static Value in_a_loop(Lower *l, Place *p, enum CXBinaryOperatorKind op, Value y, bool post) {
  IrTypeId type = type_unqualified(l, p->type), bits = exchange_type(l, p->type);
  if (bits == IR_NONE)
    return value_opaque(l, "operator on a wide atomic object", type, &y.ref, 1);
  Place as = *p;
  retype(l, &as, bits);
  IrVar seen = ir_build_var(l->b, "", bits);
  ir_build_write(l->b, seen, place_load(l, &as).ref);
  IrBlockId again = ir_build_block(l->b), done = ir_build_block(l->b);
  ir_build_jump(l->b, again);
  ir_build_enter(l->b, again);
  Value held = value_of(ir_build_read(l->b, seen), bits);
  Value old = reinterpret(l, held, type);
  Value new = value_compute(l, op, old, y);
  IrRef now =
      ir_build_cmpxchg(l->b, &as.addr, as.path, as.nhops, held.ref, reinterpret(l, new, bits).ref);
  ir_build_write(l->b, seen, now);
  ir_build_branch(l->b, ir_build_op2(l->b, IR_EQ, l->t_int, 0, now, held.ref), done, again);
  ir_build_seal(l->b, again);
  ir_build_seal(l->b, done);
  ir_build_enter(l->b, done);
  return post ? old : new;
}

Value atomic_assign(Lower *l, Place *p, enum CXBinaryOperatorKind op, Value y, bool post) {
  static const struct {
    enum CXBinaryOperatorKind op;
    IrRmw what;
  } rows[] = {{CXBinaryOperator_Add, IR_RMW_ADD},
              {CXBinaryOperator_Sub, IR_RMW_SUB},
              {CXBinaryOperator_And, IR_RMW_AND},
              {CXBinaryOperator_Or, IR_RMW_OR},
              {CXBinaryOperator_Xor, IR_RMW_XOR}};
  const IrType *t = ir_type(l, p->type);
  bool integer = t->kind == IR_T_INT && !(t->flags & IR_TF_BOOL) && !t->count &&
                 type_kind(l, y.type) == IR_T_INT;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if (rows[i].op == op && (integer || t->kind == IR_T_PTR)) {
      y = operand(l, p->type, rows[i].what, y, true);
      Value old = rmw(l, p, rows[i].what, y);
      return post ? old : after(l, rows[i].what, old, y);
    }
  return in_a_loop(l, p, op, y, post);
}

/* ---- the builtins that libclang does not expose ---------------------------------------------- */

/* X in __atomic_X, __c11_atomic_X and their relatives; NULL when it is none. */
static const char *after_prefix(const char *word) {
  static const char *const prefixes[] = {"__atomic_", "__c11_atomic_", "__scoped_atomic_",
                                         "__opencl_atomic_", "__hip_atomic_"};
  for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
    if (!strncmp(word, prefixes[i], strlen(prefixes[i])))
      return word + strlen(prefixes[i]);
  return NULL;
}

bool is_atomic_builtin(const char *word) {
  return after_prefix(word) != NULL;
}

/* fetch_add, add_fetch, exchange ...: what it does, and whether the new value is the result. */
static IrRmw rmw_named(const char *name, bool *new_value) {
  static const char *const names[] = {"add", "sub", "and", "or", "xor", "nand", "max", "min"};
  *new_value = false;
  if (!strncmp(name, "exchange", 8))
    return IR_RMW_XCHG;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    size_t length = strlen(names[i]);
    if (!strncmp(name, "fetch_", 6) && !strcmp(name + 6, names[i]))
      return (IrRmw)(IR_RMW_ADD + i);
    if (!strncmp(name, names[i], length) && !strcmp(name + length, "_fetch")) {
      *new_value = true;
      return (IrRmw)(IR_RMW_ADD + i);
    }
  }
  return IR_RMW_NONE;
}

/* Its operands as libclang shows them: pointer, order, value, failure order, value 2, weak. The
 * generic forms hand values over through pointers. */
typedef struct Atomic {
  Lower *l;
  NodeId n, pointer, value, value2;
  Place p;
  IrTypeId object, plain; /* as written; the values' type */
  bool generic;
  uint32_t order;
} Atomic;

/* The value behind an operand, as `type`. */
static Value input(Atomic *a, NodeId n, bool by_pointer, IrTypeId type) {
  if (by_pointer) {
    Place from;
    place_deref(a->l, n, a->plain, &from);
    retype(a->l, &from, type);
    lower_at(a->l, a->n);
    return place_load(a->l, &from);
  }
  Value v = lower_value(a->l, n);
  if (!type_is_aggregate(a->l, a->plain))
    v = value_convert(a->l, v, a->plain, false);
  return reinterpret(a->l, v, type);
}

static void output(Atomic *a, NodeId n, Value v) {
  Place to;
  place_deref(a->l, n, a->plain, &to);
  retype(a->l, &to, v.type);
  lower_at(a->l, a->n);
  place_store(a->l, &to, v);
}

/* The result is whether the object held what `value` points to; that gets what it held, which on
 * success changes nothing. */
static Value compare_exchange(Atomic *a) {
  Lower *l = a->l;
  IrTypeId result = type_unqualified(l, node_type(l, a->n)), as = exchange_type(l, a->plain);
  Value desired = input(a, a->value2, a->generic, as);
  Place want;
  place_deref(l, a->value, a->plain, &want);
  retype(l, &want, as);
  retype(l, &a->p, as);
  lower_at(l, a->n);
  Value wanted = place_load(l, &want);
  IrRef old = ir_build_cmpxchg(l->b, &a->p.addr, a->p.path, a->p.nhops, wanted.ref, desired.ref);
  place_store(l, &want, value_of(old, as));
  return value_of(ir_build_op2(l->b, IR_EQ, result, 0, old, wanted.ref), result);
}

/* Sizes that no machine exchanges at once: clang calls libatomic, which takes the size first. */
static Value through_library(Atomic *a, const char *name, const NodeId *kids, uint32_t count) {
  Lower *l = a->l;
  IrTypeId result = type_unqualified(l, node_type(l, a->n));
  Args args = {0};
  args_push(&args, value_int(l, l->t_size, (int64_t)ir_type(l, a->plain)->size).ref);
  for (uint32_t i = 0; i < count; i++)
    if (kids[i] != NO_NODE)
      args_push(&args, lower_value(l, kids[i]).ref);
  char *full = hp_format("__atomic_%s", name);
  IrSymId sym = symbol_named(l, full, 0, IR_SYM_FUNCTION | IR_SYM_SYSTEM);
  free(full);
  lower_at(l, a->n);
  Value v = value_of(ir_build_call(l->b, sym, result, args.refs, args.count), result);
  free(args.refs);
  return v;
}

static Value change(Atomic *a, const char *name, bool c11) {
  Lower *l = a->l;
  bool new_value;
  IrRmw what = rmw_named(name, &new_value);
  if (what == IR_RMW_NONE || a->value == NO_NODE)
    return value_opaque(l, "atomic builtin", type_unqualified(l, node_type(l, a->n)), NULL, 0);
  if (what == IR_RMW_XCHG) {
    IrTypeId as = exchange_type(l, a->plain);
    Value x = input(a, a->value, a->generic, as);
    retype(l, &a->p, as);
    lower_at(l, a->n);
    Value old = rmw(l, &a->p, what, x);
    if (!a->generic)
      return reinterpret(l, old, a->plain);
    output(a, a->value2, old);
    return value_none();
  }
  Value x = operand(l, a->object, what, lower_value(l, a->value), c11);
  lower_at(l, a->n);
  Value old = rmw(l, &a->p, what, x);
  return new_value ? after(l, what, old, x) : old;
}

static Value load_or_store(Atomic *a, const char *name) {
  Lower *l = a->l;
  bool is_load = name[0] == 'l';
  lower_at(l, a->n);
  if (is_load && !a->generic)
    return place_load(l, &a->p);
  IrTypeId as = type_is_scalar(l, a->plain) ? a->plain : exchange_type(l, a->plain);
  if (is_load) {
    retype(l, &a->p, as);
    output(a, a->value, place_load(l, &a->p));
    return value_none();
  }
  Value v = a->generic || type_is_scalar(l, a->plain) ? input(a, a->value, a->generic, as)
                                                      : lower_value(l, a->value);
  if (a->generic)
    retype(l, &a->p, as);
  lower_at(l, a->n);
  place_store(l, &a->p, v);
  return value_none();
}

/* What is left of the operands is evaluated, too. */
static void evaluate_rest(Lower *l, NodeId n) {
  int64_t number;
  if (n != NO_NODE && !evaluate_int(node_cursor(l, n), &number))
    lower_effect(l, n);
}

Value lower_atomic(Lower *l, NodeId n, const char *word) {
  const char *name = after_prefix(word);
  bool c11 = !strncmp(word, "__c11", 5) || !strncmp(word, "__opencl", 8);
  bool init = !strcmp(name, "init"), exchanges = strstr(name, "compare_exchange") != NULL;
  Atomic a = {.l = l, .n = n, .pointer = n + 1, .value = node_kid(l, n, init ? 1 : 2)};
  a.value2 = node_kid(l, n, exchanges ? 4 : 3);
  IrTypeId to = node_type(l, a.pointer);
  a.object = type_kind(l, to) == IR_T_PTR ? ir_type(l, to)->sub : 0;
  a.plain = type_unqualified(l, a.object);
  a.generic = !c11 && (!strcmp(name, "load") || !strcmp(name, "store") ||
                       !strcmp(name, "exchange") || !strcmp(name, "compare_exchange"));
  NodeId order = init ? NO_NODE : node_kid(l, n, 1);
  bool access = !strncmp(name, "load", 4) || !strncmp(name, "store", 5);
  bool at_once = access ? a.generic && !type_is_scalar(l, a.plain)
                        : exchanges || !strncmp(name, "exchange", 8);
  if (at_once && exchange_type(l, a.plain) == IR_NONE) {
    if (!a.generic)
      return value_opaque(l, "atomic exchange of a large object", node_type(l, n), NULL, 0);
    NodeId kids[] = {a.pointer, a.value, exchanges || a.generic ? a.value2 : NO_NODE, order,
                     exchanges ? node_kid(l, n, 3) : NO_NODE};
    return through_library(&a, name, kids, 5);
  }
  place_deref(l, a.pointer, a.object, &a.p);
  if (init) {
    place_not_atomic(&a.p);
    return load_or_store(&a, "store");
  }
  set_order(&a.p, order_of(l, order));
  if (exchanges) {
    evaluate_rest(l, node_kid(l, n, 3));
    evaluate_rest(l, node_kid(l, n, 5));
    return compare_exchange(&a);
  }
  if (access)
    return load_or_store(&a, name);
  return change(&a, name, c11);
}

/* ---- calls ----------------------------------------------------------------------------------- */

/* The object behind a call's first argument. */
static void object_of(Lower *l, NodeId pointer, uint32_t order, Place *p) {
  IrTypeId to = node_type(l, pointer);
  IrTypeId object = type_kind(l, to) == IR_T_PTR ? ir_type(l, to)->sub : 0;
  place_deref(l, pointer, object ? object : l->t_char, p);
  set_order(p, order);
}

static Value sync_exchange(Lower *l, NodeId n, Place *p, NodeId expected, bool want_flag) {
  IrTypeId result = type_unqualified(l, node_type(l, n)), plain = type_unqualified(l, p->type);
  Value x = value_convert(l, lower_value(l, expected), plain, false);
  Value y = value_convert(l, lower_value(l, node_next(l, expected)), plain, false);
  lower_at(l, n);
  IrRef old = ir_build_cmpxchg(l->b, &p->addr, p->path, p->nhops, x.ref, y.ref);
  if (!want_flag)
    return value_of(old, plain);
  return value_of(ir_build_op2(l->b, IR_EQ, result, 0, old, x.ref), result);
}

/* `__sync_X`, without the size that clang appends to its name. */
static Value sync_call(Lower *l, NodeId n, const char *name, NodeId pointer) {
  char base[32];
  size_t length = strlen(name);
  while (length && strchr("12468_", name[length - 1]))
    length--;
  length = length < sizeof base ? length : sizeof base - 1;
  memcpy(base, name, length);
  base[length] = 0;
  bool locks = !strcmp(base, "lock_test_and_set"), frees = !strcmp(base, "lock_release");
  Place p;
  object_of(l, pointer, locks ? IR_MEM_ACQUIRE : frees ? IR_MEM_RELEASE : IR_MEM_SEQ_CST, &p);
  IrTypeId plain = type_unqualified(l, p.type);
  NodeId value = node_kid(l, n, 2);
  if (frees) {
    lower_at(l, n);
    place_store(l, &p, value_int(l, plain, 0));
    return value_none();
  }
  if (strstr(base, "compare_and_swap") && node_kids(l, n) >= 4)
    return sync_exchange(l, n, &p, value, base[0] == 'b');
  bool new_value = false;
  IrRmw what = IR_RMW_NONE;
  static const char *const ops[] = {"add", "sub", "and", "or", "xor", "nand"};
  for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
    size_t n_op = strlen(ops[i]);
    if (!strncmp(base, "fetch_and_", 10) && !strcmp(base + 10, ops[i]))
      what = (IrRmw)(IR_RMW_ADD + i);
    else if (!strncmp(base, ops[i], n_op) && !strcmp(base + n_op, "_and_fetch"))
      what = (IrRmw)(IR_RMW_ADD + i), new_value = true;
  }
  if (locks || !strcmp(base, "swap"))
    what = IR_RMW_XCHG;
  if (what == IR_RMW_NONE || value == NO_NODE)
    return value_opaque(l, "atomic builtin", type_unqualified(l, node_type(l, n)), NULL, 0);
  Value x = operand(l, plain, what, lower_value(l, value), false);
  lower_at(l, n);
  Value old = rmw(l, &p, what, x);
  return new_value ? after(l, what, old, x) : old;
}

Value lower_atomic_call(Lower *l, NodeId n, const char *name) {
  IrTypeId result = type_unqualified(l, node_type(l, n));
  NodeId first = node_kid(l, n, 1);
  if (!strcmp(name, "__sync_synchronize") || strstr(name, "_thread_fence")) {
    uint32_t order = first == NO_NODE ? IR_MEM_SEQ_CST : order_of(l, first);
    lower_at(l, n);
    if (order != IR_MEM_RELAXED)
      ir_build_fence(l->b, order ? order : IR_MEM_SEQ_CST);
    return value_none();
  }
  if (first == NO_NODE)
    return value_opaque(l, "atomic builtin", result, NULL, 0);
  if (!strncmp(name, "__sync_", 7))
    return sync_call(l, n, name + 7, first);
  Place p; /* __atomic_test_and_set, __atomic_clear: of a byte, whatever the pointer's type */
  Value pointer = lower_value(l, node_strip_casts(l, first));
  place_at(l, pointer.ref, l->t_char, &p);
  set_order(&p, order_of(l, node_kid(l, n, 2)));
  lower_at(l, n);
  if (strstr(name, "clear")) {
    place_store(l, &p, value_int(l, l->t_char, 0));
    return value_none();
  }
  Value old = rmw(l, &p, IR_RMW_XCHG, value_int(l, l->t_char, 1));
  return value_not_zero(l, old, result);
}
