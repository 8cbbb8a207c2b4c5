/* Declarations: which are symbols, which live in registers and which in memory. */
#include "analyzer/frontend/text.h"

#include <stdlib.h>
#include <string.h>

Decl *decl_of(Lower *l, CXCursor decl) {
  const void *key = cursor_key(decl);
  uint32_t at = map_get(&l->decl_map, key);
  if (at == MAP_NONE) {
    at = l->ndecls;
    HP_GROW(l->decls, l->ndecls, l->decls_cap);
    l->decls[l->ndecls++] = (Decl){.kind = DECL_NEW, .cursor = decl};
    map_put(&l->decl_map, key, at);
  }
  return &l->decls[at];
}

Decl *node_decl(Lower *l, NodeId n) {
  Node *node = &l->tree.nodes[n];
  if (node->known == IR_NONE) {
    Decl *d = decl_of(l, clang_getCursorReferenced(node->cursor));
    node->known = (uint32_t)(d - l->decls);
  }
  return &l->decls[node->known];
}

Decl *node_decl_use(Lower *l, NodeId n) {
  Decl *d = node_decl(l, n);
  return d->kind != DECL_NEW ? d : decl_use(l, d->cursor);
}

/* ---- symbols --------------------------------------------------------------------------------- */

typedef struct Attributes {
  Lower *l;
  uint32_t flags;
  IrStr link_name, alias;
} Attributes;

/* Attributes without a cursor kind of their own are told by the word they are written with. */
static uint32_t attribute_word(Lower *l, CXCursor c) {
  static const struct {
    const char *word;
    uint32_t flag;
  } words[] = {
      {"noreturn", IR_SYM_NORETURN},
      {"_Noreturn", IR_SYM_NORETURN},
      {"malloc", IR_SYM_MALLOC},
      {"cold", IR_SYM_COLD},
      {"returns_twice", IR_SYM_RETURNS_TWICE},
  };
  char word[32];
  lower_word(l, c, word, sizeof word);
  char *name = word;
  size_t length = strlen(word);
  if (length > 4 && !strncmp(word, "__", 2) && !strcmp(word + length - 2, "__")) {
    word[length - 2] = 0;
    name += 2;
  }
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (!strcmp(name, words[i].word))
      return words[i].flag;
  return 0;
}

/* alias("name"): the function or variable that is meant. */
static IrStr alias_name(Lower *l, CXCursor attribute) {
  Text t;
  char word[32];
  CXSourceLocation start = clang_getRangeStart(clang_getCursorExtent(attribute));
  if (!text_at_spelling(l, start, &t) || !text_word(&t, word, sizeof word) ||
      (strcmp(word, "alias") && strcmp(word, "__alias__")) || !text_take(&t, '('))
    return 0;
  text_skip_blank(&t);
  if (t.at >= t.end || *t.at != '"')
    return 0;
  const char *name = t.at + 1;
  text_skip_quoted(&t);
  return ir_unit_strn(l->ub, name, (size_t)(t.at - 1 - name));
}

static enum CXChildVisitResult attribute(CXCursor c, CXCursor parent, CXClientData data) {
  (void)parent;
  Attributes *a = data;
  if (c.kind == CXCursor_PureAttr)
    a->flags |= IR_SYM_PURE;
  else if (c.kind == CXCursor_ConstAttr)
    a->flags |= IR_SYM_CONSTFN;
  else if (c.kind == CXCursor_AsmLabelAttr) {
    CXString label = clang_getCursorSpelling(c);
    a->link_name = ir_unit_str(a->l->ub, clang_getCString(label));
    clang_disposeString(label);
  } else if (c.kind == CXCursor_UnexposedAttr) {
    a->flags |= attribute_word(a->l, c);
    IrStr alias = alias_name(a->l, c);
    a->alias = alias ? alias : a->alias;
  }
  return CXChildVisit_Continue;
}

static Attributes attributes_of(Lower *l, CXCursor decl) {
  Attributes a = {.l = l};
  if (clang_Cursor_hasAttrs(decl))
    clang_visitChildren(decl, attribute, &a);
  return a;
}

/* GNU's noreturn is part of the type and shows in its name only. */
static uint32_t function_flags(const Lower *l, CXCursor decl, IrTypeId type, Attributes a) {
  const IrType *t = ir_type(l, type);
  a.flags |= IR_SYM_FUNCTION;
  if (strstr(ir_str(l->unit, t->name), "noreturn"))
    a.flags |= IR_SYM_NORETURN;
  return a.flags | (clang_Cursor_isFunctionInlined(decl) ? IR_SYM_INLINE : 0u) |
         (t->flags & IR_TF_VARIADIC ? IR_SYM_VARIADIC : 0u);
}

static uint32_t variable_flags(const Lower *l, CXCursor decl, IrTypeId type) {
  CXCursor init = clang_Cursor_getVarDeclInitializer(decl);
  bool defined = clang_Cursor_getStorageClass(decl) != CX_SC_Extern || !clang_Cursor_isNull(init);
  return (defined ? IR_SYM_DEFINED : 0u) |
         (ir_type(l, type)->flags & IR_TF_CONST ? IR_SYM_CONST : 0u) |
         (clang_getCursorTLSKind(decl) != CXTLS_None ? IR_SYM_THREAD : 0u);
}

/* What a later declaration adds to what an earlier one said. A library function known only through
 * its builtin so far has no place yet, nor a real type. */
static void merge_symbol(Lower *l, IrSymId id, const IrSymbol *more) {
  const uint32_t grow = IR_SYM_NORETURN | IR_SYM_PURE | IR_SYM_CONSTFN | IR_SYM_MALLOC |
                        IR_SYM_COLD | IR_SYM_DEFINED | IR_SYM_INLINE | IR_SYM_VARIADIC |
                        IR_SYM_RETURNS_TWICE;
  IrSymbol *s = ir_unit_symbol_at(l->ub, id);
  s->flags |= more->flags & grow;
  s->link_name = more->link_name ? more->link_name : s->link_name;
  s->alias = more->alias ? more->alias : s->alias;
  if (!s->loc.line && more->loc.line) {
    s->loc = more->loc;
    s->type = more->type;
  }
}

static IrSymId add_symbol(Lower *l, const IrSymbol *symbol) {
  IrStr name = symbol->name;
  uint32_t flags = symbol->flags;
  IrSymId id = ir_unit_symbol(l->ub, symbol);
  if (!(flags & IR_SYM_INTERNAL))
    map_put(&l->name_map, (void *)((uintptr_t)name + 1), id);
  if (flags & IR_SYM_FUNCTION) {
    Builtin which = builtin_named(ir_str(l->unit, name));
    if (which != BUILTIN_NONE)
      map_put(&l->builtin_map, (void *)((uintptr_t)id + 1), which);
  }
  return id;
}

IrSymId symbol_named(Lower *l, const char *name, IrTypeId type, uint32_t flags) {
  IrStr text = ir_unit_str(l->ub, name);
  uint32_t id = map_get(&l->name_map, (void *)((uintptr_t)text + 1));
  return id != MAP_NONE ? id
                        : add_symbol(l, &(IrSymbol){.name = text, .type = type, .flags = flags});
}

Builtin builtin_of(const Lower *l, IrSymId sym) {
  uint32_t which = map_get(&l->builtin_map, (void *)((uintptr_t)sym + 1));
  return which == MAP_NONE ? BUILTIN_NONE : (Builtin)which;
}

static IrStr symbol_name(Lower *l, CXCursor decl, bool local) {
  CXString spelled = clang_getCursorSpelling(decl);
  const char *text = clang_getCString(spelled);
  IrStr name;
  if (local && l->function) {
    char *full = hp_format("%s.%s", l->function, text);
    name = ir_unit_str(l->ub, full);
    free(full);
  } else {
    name = ir_unit_str(l->ub, text);
  }
  clang_disposeString(spelled);
  return name;
}

/* The value of a const integer is part of its declaration: the compiler folds it. */
static void note_constant(Lower *l, CXCursor decl, Decl *d) {
  const IrType *t = ir_type(l, d->type);
  if (t->kind != IR_T_INT || type_bits(l, d->type) > 64 || !(t->flags & IR_TF_CONST) ||
      t->flags & IR_TF_VOLATILE)
    return;
  CXCursor def = clang_getCursorDefinition(decl);
  if (clang_Cursor_isNull(def))
    return;
  CXCursor init = clang_Cursor_getVarDeclInitializer(def);
  if (!clang_Cursor_isNull(init) && kind_is_expression(init.kind))
    d->literal = evaluate_int(init, &d->number);
}

static uint32_t builtin_flags(const char *name) {
  static const char *const twice[] = {"setjmp",  "_setjmp",          "sigsetjmp", "__sigsetjmp",
                                      "savectx", "__builtin_setjmp", "vfork",     "getcontext"};
  for (size_t i = 0; i < sizeof twice / sizeof *twice; i++)
    if (!strcmp(name, twice[i]))
      return IR_SYM_RETURNS_TWICE;
  if (builtin_is_pure(name))
    return IR_SYM_BUILTIN | IR_SYM_CONSTFN;
  bool compiler = !strncmp(name, "__builtin_", 10) || !strncmp(name, "__sync_", 7);
  return compiler || builtin_named(name) != BUILTIN_NONE ? IR_SYM_BUILTIN : 0;
}

IrSymId symbol_of(Lower *l, CXCursor decl) {
  Decl *known = decl_of(l, decl);
  if (known->kind == DECL_SYM)
    return known->sym;
  bool function = decl.kind == CXCursor_FunctionDecl;
  enum CXLinkageKind linkage = clang_getCursorLinkage(decl);
  bool local = linkage == CXLinkage_NoLinkage;
  Decl d = {.kind = DECL_SYM, .cursor = decl, .type = type_of(l, clang_getCursorType(decl))};
  Attributes attributes = attributes_of(l, decl);
  uint32_t flags =
      function ? function_flags(l, decl, d.type, attributes) : variable_flags(l, decl, d.type);
  flags |= (linkage == CXLinkage_External ? 0u : IR_SYM_INTERNAL) |
           (lower_in_system(l, decl) ? IR_SYM_SYSTEM : 0u);
  IrStr name = symbol_name(l, decl, local);
  if (function)
    flags |= builtin_flags(ir_str(l->unit, name));
  /* One symbol for all declarations: external ones by name, the others by their first one. */
  CXCursor first = clang_getCanonicalCursor(decl);
  Decl *canonical = decl_of(l, first);
  uint32_t id = MAP_NONE;
  if (canonical->kind == DECL_SYM)
    id = canonical->sym;
  else if (!(flags & IR_SYM_INTERNAL))
    id = map_get(&l->name_map, (void *)((uintptr_t)name + 1));
  IrSymbol s = {.name = name,
                .type = d.type,
                .flags = flags,
                .loc = lower_point(l, clang_getCursorLocation(decl)),
                .link_name = attributes.link_name == name ? 0 : attributes.link_name,
                .alias = attributes.alias};
  const bool fresh = id == MAP_NONE;
  if (fresh)
    id = add_symbol(l, &s);
  else
    merge_symbol(l, id, &s);
  d.sym = id;
  if (!function)
    note_constant(l, decl, &d);
  *decl_of(l, decl) = d;
  d.cursor = first;
  *decl_of(l, first) = d;
  if (fresh && !local)
    lower_when_used(l, decl);
  return id;
}

/* ---- local variables ------------------------------------------------------------------------- */

static void place_local(Lower *l, CXCursor decl) {
  CXType written = clang_getCursorType(decl);
  Decl d = *decl_of(l, decl);
  d.type = type_of(l, written);
  if (decl.kind == CXCursor_ParmDecl &&
      (type_kind(l, d.type) == IR_T_ARRAY || type_kind(l, d.type) == IR_T_FUNC)) {
    d.is_pointer = true;
    IrTypeId to = type_kind(l, d.type) == IR_T_ARRAY ? ir_type(l, d.type)->sub : d.type;
    d.type = type_pointer_to(l, to);
  }
  uint32_t flags = ir_type(l, d.type)->flags;
  CXString spelled = clang_getCursorSpelling(decl);
  const char *name = clang_getCString(spelled);
  if (type_is_scalar(l, d.type) && !d.in_memory && !(flags & (IR_TF_VOLATILE | IR_TF_ATOMIC))) {
    d.kind = DECL_VAR;
    d.var = ir_build_var(l->b, name, type_unqualified(l, d.type));
  } else {
    d.kind = DECL_LOCAL;
    uint32_t role = decl.kind == CXCursor_ParmDecl ? IR_LOCAL_PARAM : 0;
    d.ref = ir_build_local(l->b, name, d.type, role, lower_loc(l, decl));
  }
  clang_disposeString(spelled);
  *decl_of(l, decl) = d;
}

Decl *decl_use(Lower *l, CXCursor decl) {
  Decl *d = decl_of(l, decl);
  if (d->kind != DECL_NEW)
    return d;
  switch (decl.kind) {
  case CXCursor_EnumConstantDecl:
    d->kind = DECL_ENUM;
    d->number = clang_getEnumConstantDeclValue(decl);
    break;
  case CXCursor_FunctionDecl:
    symbol_of(l, decl);
    break;
  case CXCursor_VarDecl:
    if (clang_Cursor_hasVarDeclGlobalStorage(decl) == 1)
      symbol_of(l, decl);
    else if (l->b)
      place_local(l, decl);
    break;
  case CXCursor_ParmDecl:
    if (l->b)
      place_local(l, decl);
    break;
  default:
    break;
  }
  return decl_of(l, decl);
}

/* ---- what must be in memory ------------------------------------------------------------------ */

static void in_memory(Lower *l, NodeId n) {
  n = node_strip(l, n);
  if (node_kind(l, n) == CXCursor_DeclRefExpr)
    node_decl(l, n)->in_memory = true;
}

/* Written to in part: `__real__ z = 1`, `v.x = 1`. */
static void scan_target(Lower *l, NodeId n) {
  n = node_strip(l, n);
  if (node_kids(l, n) != 1)
    return;
  if (node_kind(l, n) == CXCursor_UnaryOperator) {
    enum CXUnaryOperatorKind op = node_unary(l, n);
    if (op == CXUnaryOperator_Real || op == CXUnaryOperator_Imag)
      in_memory(l, n + 1);
  } else if (node_kind(l, n) == CXCursor_UnexposedExpr &&
             type_kind(l, node_type(l, n + 1)) == IR_T_VECTOR) {
    in_memory(l, n + 1);
  }
}

static void scan_unary(Lower *l, NodeId n) {
  switch (node_unary(l, n)) {
  case CXUnaryOperator_AddrOf:
    in_memory(l, n + 1);
    scan_target(l, n + 1);
    break;
  case CXUnaryOperator_PostInc:
  case CXUnaryOperator_PostDec:
  case CXUnaryOperator_PreInc:
  case CXUnaryOperator_PreDec:
    scan_target(l, n + 1);
    break;
  default:
    break;
  }
}

static CXCursor label_of(Lower *l, NodeId n) {
  return node_kids(l, n) ? clang_getCursorReferenced(node_cursor(l, n + 1)) : clang_getNullCursor();
}

IrSymId label_symbol(Lower *l, NodeId n) {
  uint32_t sym = map_get(&l->label_map, cursor_key(label_of(l, n)));
  return sym == MAP_NONE ? IR_NONE : sym;
}

static void take_label(Lower *l, NodeId n) {
  CXCursor label = label_of(l, n);
  if (label.kind != CXCursor_LabelStmt || label_symbol(l, n) != IR_NONE)
    return;
  IrBlockId block = label_block(l, label);
  IrSymbol s = {.name = symbol_name(l, label, true),
                .flags = IR_SYM_INTERNAL | IR_SYM_DEFINED | IR_SYM_CONST | IR_SYM_LABEL,
                .loc = lower_point(l, clang_getCursorLocation(label))};
  IrSymId id = ir_unit_symbol(l->ub, &s);
  map_put(&l->label_map, cursor_key(label), id);
  ir_build_mark_label(l->b, block, id);
  HP_GROW(l->taken, l->ntaken, l->taken_cap);
  l->taken[l->ntaken++] = block;
}

/* A cleanup function gets its variable's address. */
static void scan_attribute(Lower *l, NodeId attribute) {
  NodeId var = attribute;
  while (var && node_kind(l, var) != CXCursor_VarDecl)
    var--;
  if (l->tree.nodes[var].end > attribute && cleanup_declared(l, var))
    decl_of(l, node_cursor(l, var))->in_memory = true;
}

void scan_function(Lower *l) {
  for (NodeId n = 0; n < l->tree.count; n++) {
    switch (node_kind(l, n)) {
    case CXCursor_UnaryOperator:
      if (node_kids(l, n))
        scan_unary(l, n);
      break;
    case CXCursor_BinaryOperator:
      if (node_binary(l, n) == CXBinaryOperator_Assign)
        scan_target(l, n + 1);
      break;
    case CXCursor_CompoundAssignOperator:
      scan_target(l, n + 1);
      break;
    case CXCursor_ArraySubscriptExpr:
      /* Elements of a vector variable; arrays are in memory anyway. */
      if (node_kids(l, n) && node_kind(l, node_strip(l, n + 1)) == CXCursor_DeclRefExpr)
        in_memory(l, n + 1);
      break;
    case CXCursor_LabelStmt:
      l->has_labels = true;
      break;
    case CXCursor_UnexposedAttr: /* below its variable */
      scan_attribute(l, n);
      break;
    case CXCursor_AddrLabelExpr:
      take_label(l, n);
      break;
    case CXCursor_GCCAsmStmt:
    case CXCursor_MSAsmStmt:
      asm_scan(l, n);
      break;
    default:
      break;
    }
  }
}
