/* The walk over a translation unit: functions with bodies and variables outside of system headers,
 * the records that they use and those that the main file defines. Of what headers define for each
 * unit anew (static, inline), only what the unit uses: the compiler throws the rest away, too, and
 * there may be thousands. */
#include "analyzer/frontend/lower.h"

#include <stdlib.h>
#include <string.h>

/* ---- functions ------------------------------------------------------------------------------- */

static NodeId param_node(Lower *l, CXCursor param) {
  for (NODE_KIDS(l, kid, 0))
    if (node_kind(l, kid) == CXCursor_ParmDecl && clang_equalCursors(node_cursor(l, kid), param))
      return kid;
  return NO_NODE;
}

/* Definitions in the style of K&R get their parameters promoted: `float` comes as double. */
static IrTypeId passed_type(Lower *l, CXCursor function, uint32_t i, IrTypeId type) {
  const IrType *t = ir_type(l, type);
  if (!(t->kind == IR_T_INT && t->size < 4) && t->kind != IR_T_FLOAT)
    return type;
  CXType written = clang_getArgType(clang_getCursorType(function), i);
  if (written.kind == CXType_Invalid)
    return type;
  IrTypeId passed = type_unqualified(l, type_of(l, written));
  return ir_type(l, passed)->size != t->size ? passed : type;
}

static void lower_params(Lower *l, CXCursor function, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    CXCursor c = clang_Cursor_getArgument(function, i);
    Decl d = *decl_use(l, c);
    CXString name = clang_getCursorSpelling(c);
    ir_build_at(l->b, lower_loc(l, c));
    IrTypeId type = type_unqualified(l, d.type), passed = passed_type(l, function, i, type);
    IrRef ref = ir_build_param(l->b, i, passed, clang_getCString(name));
    if (passed != type)
      ref = value_convert(l, value_of(ref, passed), type, false).ref;
    clang_disposeString(name);
    if (d.kind == DECL_VAR) {
      ir_build_write(l->b, d.var, ref);
    } else {
      Place p;
      place_var(l, decl_use(l, c), &p);
      place_store(l, &p, value_of(ref, type));
    }
  }
  for (uint32_t i = 0; i < count; i++) { /* sizes may use any of them */
    CXCursor c = clang_Cursor_getArgument(function, i);
    NodeId n = param_node(l, c);
    if (n != NO_NODE && clang_getCursorType(c).kind != CXType_Invalid)
      vla_declare(l, n, NO_NODE);
  }
}

static void end_function(Lower *l) {
  IrRef value = 0;
  if (l->result && !strcmp(l->function, "main"))
    value = ir_build_int(l->b, l->result, 0);
  else if (l->result)
    value = ir_build_undef();
  ir_build_return(l->b, value);
  if (l->returns.block != IR_NONE) {
    join_enter(l, &l->returns);
    ir_build_return(l->b, l->result ? ir_build_read(l->b, l->returned) : 0);
  }
  lower_dispatch(l);
  ir_build_end(l->b);
  l->b = NULL;
}

static void reset_function(Lower *l) {
  map_clear(&l->labels);
  map_clear(&l->label_map);
  map_clear(&l->vla_sizes);
  l->ntaken = l->nvlas = l->temps = 0;
  l->has_labels = false;
  l->at = NO_NODE;
  l->dispatch = JOIN_NONE;
  l->jumps = (Jumps){0};
  l->cleanup = NULL;
  l->cleanup_target_known = false;
  l->ncleanup_targets = l->hint = 0;
  l->returns = JOIN_NONE;
  l->cases = NULL;
}

static void lower_function(Lower *l, CXCursor c) {
  tree_build(&l->tree, c);
  NodeId body = node_last_kid(l, 0);
  while (body != NO_NODE && node_kind(l, body) != CXCursor_CompoundStmt) {
    NodeId at = NO_NODE; /* attributes may follow the body */
    for (NODE_KIDS(l, kid, 0))
      if (node_kind(l, kid) == CXCursor_CompoundStmt)
        at = kid;
    body = at;
  }
  if (body == NO_NODE)
    return;
  reset_function(l);
  IrSymId sym = symbol_of(l, c);
  ir_unit_symbol_at(l->ub, sym)->flags |= IR_SYM_DEFINED;
  CXString name = clang_getCursorSpelling(c);
  l->function = clang_getCString(name);
  l->result = type_unqualified(l, type_of(l, clang_getCursorResultType(c)));
  int count = clang_Cursor_getNumArguments(c);
  uint32_t nparams = count > 0 ? (uint32_t)count : 0;
  IrLoc name_loc = lower_point(l, clang_getCursorLocation(c));
  name_loc.end_column = (uint16_t)(name_loc.column + strlen(l->function));
  l->b = ir_build_begin(l->ub, sym, lower_loc(l, c), name_loc, l->result, nparams);
  scan_function(l);
  lower_params(l, c, nparams);
  lower_stmt(l, body);
  ir_build_at(l->b, lower_loc(l, node_cursor(l, body)));
  end_function(l);
  l->function = NULL;
  clang_disposeString(name);
}

/* ---- variables ------------------------------------------------------------------------------- */

static void lower_global(Lower *l, CXCursor c) {
  CXCursor init = clang_Cursor_getVarDeclInitializer(c);
  bool has_init = !clang_Cursor_isNull(init);
  if (!has_init && clang_Cursor_getStorageClass(c) == CX_SC_Extern)
    return; /* made when it is used */
  IrSymId sym = symbol_of(l, c);
  if (!has_init)
    return;
  reset_function(l);
  tree_build(&l->tree, c);
  for (NODE_KIDS(l, kid, 0))
    if (clang_equalCursors(node_cursor(l, kid), init)) {
      scan_static_init(l, kid, type_of(l, clang_getCursorType(c)), sym);
      return;
    }
}

/* ---- the unit -------------------------------------------------------------------------------- */

/* A header's own, which nobody outside of the unit sees. */
static bool is_for_users(Lower *l, CXCursor c) {
  return !lower_in_main(l, c) &&
         (clang_getCursorLinkage(c) == CXLinkage_Internal || clang_Cursor_isFunctionInlined(c));
}

void lower_when_used(Lower *l, CXCursor decl) {
  CXCursor definition = clang_getCursorDefinition(decl);
  if (clang_Cursor_isNull(definition) || lower_in_system(l, definition) ||
      !is_for_users(l, definition))
    return;
  HP_GROW(l->used, l->nused, l->used_cap);
  l->used[l->nused++] = definition;
}

/* What is lowered may use more. */
static void lower_used(Lower *l) {
  for (uint32_t i = 0; i < l->nused; i++) {
    CXCursor c = l->used[i];
    if (c.kind == CXCursor_FunctionDecl)
      lower_function(l, c);
    else
      lower_global(l, c);
  }
}

static enum CXChildVisitResult top_level(CXCursor c, CXCursor parent, CXClientData data) {
  (void)parent;
  Lower *l = data;
  switch (c.kind) {
  case CXCursor_FunctionDecl:
    if (clang_isCursorDefinition(c) && !lower_in_system(l, c) && !is_for_users(l, c))
      lower_function(l, c);
    break;
  case CXCursor_VarDecl:
    if (!lower_in_system(l, c) && !is_for_users(l, c))
      lower_global(l, c);
    break;
  case CXCursor_StructDecl:
  case CXCursor_UnionDecl:
    if (lower_in_main(l, c) && clang_isCursorDefinition(c))
      record_of(l, c);
    break;
  default:
    break;
  }
  return CXChildVisit_Continue;
}

void lower_unit(Lower *l) {
  types_begin(l);
  clang_visitChildren(clang_getTranslationUnitCursor(l->tu), top_level, l);
  lower_used(l);
  records_flush(l);
}

void lower_free(Lower *l) {
  PtrMap *maps[] = {&l->file_map,  &l->type_map, &l->record_map,  &l->field_map,
                    &l->decl_map,  &l->name_map, &l->builtin_map, &l->labels,
                    &l->vla_sizes, &l->call_map, &l->label_map,   &l->atomic_map};
  for (size_t i = 0; i < sizeof maps / sizeof *maps; i++)
    map_free(maps[i]);
  for (uint32_t i = 0; i < l->nfiles; i++) {
    free(l->files[i].path);
    free(l->files[i].blocks);
  }
  void *memory[] = {l->files,    l->hops,    l->pending, l->pending_ids, l->decls,
                    l->taken,    l->vlas,    l->calls,   l->inclusions,  l->cleanup_targets,
                    l->va_lists, l->readers, l->used};
  for (size_t i = 0; i < sizeof memory / sizeof *memory; i++)
    free(memory[i]);
  tree_free(&l->tree);
}
