/* Scopes with __attribute__((cleanup(f))). Every way out of such a scope calls f for its variables,
 * last declared first. As clang has it, all ways share one call: they say in a variable where they
 * are going and jump to the block with the call, which then goes on from there. */
#include "analyzer/frontend/text.h"

#include <stdlib.h>
#include <string.h>

/* A variable with a function to be called, and all ways out through it. */
struct Cleanup {
  Cleanup *outer; /* what is left after this one */
  NodeId var;
  CXCursor function;
  Join entry;
  struct Exit {
    IrBlockId to;
    uint32_t number;
    bool here; /* the last cleanup on the way */
  } *exits;
  uint32_t count, cap;
};

typedef struct Find {
  const char *name;
  CXCursor found;
} Find;

static enum CXChildVisitResult find_function(CXCursor c, CXCursor parent, CXClientData data) {
  (void)parent;
  Find *f = data;
  if (c.kind != CXCursor_FunctionDecl)
    return CXChildVisit_Continue;
  CXString name = clang_getCursorSpelling(c);
  bool same = !strcmp(clang_getCString(name), f->name);
  clang_disposeString(name);
  if (same)
    f->found = c;
  return same ? CXChildVisit_Break : CXChildVisit_Continue;
}

/* Declared here or outside. */
static CXCursor function_named(Lower *l, const char *name) {
  Find f = {name, clang_getNullCursor()};
  for (NodeId n = 0; n < l->tree.count && clang_Cursor_isNull(f.found); n++)
    find_function(node_cursor(l, n), f.found, &f);
  if (clang_Cursor_isNull(f.found))
    clang_visitChildren(clang_getTranslationUnitCursor(l->tu), find_function, &f);
  return f.found;
}

static bool has_unexposed_attribute(const Lower *l, NodeId var) {
  for (NODE_KIDS(l, kid, var))
    if (node_kind(l, kid) == CXCursor_UnexposedAttr)
      return true;
  return false;
}

/* The function that the variable's attribute names. libclang hides the attribute, but prints it
 * with the declaration, whatever macros it was written with. */
static bool attribute_of(Lower *l, NodeId var, char *name, size_t size) {
  CXCursor c = node_cursor(l, var);
  if (!has_unexposed_attribute(l, var) || clang_isInvalidDeclaration(c))
    return false;
  CXPrintingPolicy policy = clang_getCursorPrintingPolicy(c);
  clang_PrintingPolicy_setProperty(policy, CXPrintingPolicy_SuppressInitializers, 1);
  CXString printed = clang_getCursorPrettyPrinted(c, policy);
  const char *text = clang_getCString(printed);
  const char *at = text ? strstr(text, "cleanup") : NULL;
  bool found = false;
  for (; at && !found; at = strstr(at + 1, "cleanup")) {
    Text t = {at, at + strlen(at)};
    char word[32];
    found = (at == text || strchr(" (_", at[-1])) && text_word(&t, word, sizeof word) &&
            (!strcmp(word, "cleanup") || !strcmp(word, "cleanup__")) && text_take(&t, '(') &&
            text_word(&t, name, size) && text_take(&t, ')');
  }
  clang_disposeString(printed);
  clang_PrintingPolicy_dispose(policy);
  return found;
}

bool cleanup_declared(Lower *l, NodeId var) {
  char name[256];
  return attribute_of(l, var, name, sizeof name);
}

void cleanup_push(Lower *l, NodeId var) {
  char name[256];
  if (!attribute_of(l, var, name, sizeof name))
    return;
  CXCursor function = function_named(l, name);
  Cleanup *c = hp_calloc(1, sizeof *c);
  *c = (Cleanup){.outer = l->cleanup, .var = var, .function = function, .entry = JOIN_NONE};
  if (!l->cleanup_target_known) {
    l->cleanup_target = ir_build_var(l->b, "", l->t_int);
    l->cleanup_target_known = true;
  }
  l->cleanup = c;
}

static void call(Lower *l, Cleanup *c) {
  Place p;
  place_var(l, decl_use(l, node_cursor(l, c->var)), &p);
  l->at = NO_NODE; /* the variable's place: its declaration */
  lower_at(l, c->var);
  IrRef address = place_address(l, &p, type_pointer_to(l, p.type));
  if (clang_Cursor_isNull(c->function)) { /* no declaration of that name */
    value_opaque(l, "cleanup attribute", 0, &address, 1);
    return;
  }
  ir_build_call(l->b, symbol_of(l, c->function), 0, &address, 1);
}

/* Where each way goes on after the call. */
static void go_on(Lower *l, Cleanup *c) {
  IrBlockId *targets = hp_malloc((c->count + 1) * sizeof *targets);
  IrCase *cases = hp_malloc((c->count + 1) * sizeof *cases);
  uint32_t ntargets = 0;
  bool passes = false;
  for (uint32_t i = 0; i < c->count; i++)
    passes |= !c->exits[i].here;
  if (passes) /* the default: out through the next cleanup, which looks again */
    targets[ntargets++] = join_block(l, &c->outer->entry);
  for (uint32_t i = 0; i < c->count; i++)
    if (c->exits[i].here) {
      cases[ntargets] = (IrCase){c->exits[i].number, c->exits[i].number, ntargets};
      targets[ntargets++] = c->exits[i].to;
    }
  if (ntargets == 1)
    ir_build_jump(l->b, targets[0]);
  else /* without a way through, the first way is the default */
    ir_build_switch(l->b, ir_build_read(l->b, l->cleanup_target), cases + 1, ntargets - 1, targets,
                    ntargets);
  free(targets);
  free(cases);
}

static uint32_t number_of(Lower *l, IrBlockId to) {
  for (uint32_t i = 0; i < l->ncleanup_targets; i++)
    if (l->cleanup_targets[i] == to)
      return i + 1;
  HP_GROW(l->cleanup_targets, l->ncleanup_targets, l->cleanup_targets_cap);
  l->cleanup_targets[l->ncleanup_targets++] = to;
  return l->ncleanup_targets;
}

static void add_exit(Cleanup *c, IrBlockId to, uint32_t number, bool here) {
  for (uint32_t i = 0; i < c->count; i++)
    if (c->exits[i].to == to && c->exits[i].here == here)
      return;
  HP_GROW(c->exits, c->count, c->cap);
  c->exits[c->count++] = (struct Exit){to, number, here};
}

void cleanup_jump(Lower *l, Cleanup *scope, IrBlockId to) {
  if (l->cleanup == scope || !ir_build_reachable(l->b)) {
    ir_build_jump(l->b, to);
    return;
  }
  uint32_t number = number_of(l, to);
  for (Cleanup *c = l->cleanup; c && c != scope; c = c->outer)
    add_exit(c, to, number, c->outer == scope || !c->outer);
  ir_build_write(l->b, l->cleanup_target, ir_build_int(l->b, l->t_int, number));
  ir_build_jump(l->b, join_block(l, &l->cleanup->entry));
}

static void pop_one(Lower *l) {
  Cleanup *c = l->cleanup;
  l->cleanup = c->outer;
  if (c->count || c->entry.block != IR_NONE) {
    Join after = JOIN_NONE;
    if (ir_build_reachable(l->b)) { /* falling out of the scope is one more way */
      IrBlockId next = join_block(l, &after);
      uint32_t number = number_of(l, next);
      add_exit(c, next, number, true);
      ir_build_write(l->b, l->cleanup_target, ir_build_int(l->b, l->t_int, number));
      join_jump(l, &c->entry);
    }
    join_enter(l, &c->entry);
    call(l, c);
    go_on(l, c);
    join_enter(l, &after);
  } else if (ir_build_reachable(l->b)) {
    call(l, c);
  }
  free(c->exits);
  free(c);
}

void cleanup_leave(Lower *l, Cleanup *scope) {
  while (l->cleanup != scope)
    pop_one(l);
}

/* ---- labels ---------------------------------------------------------------------------------- */

/* The cleanups in force at a label: those of the variables declared before it in the blocks around
 * it. A goto to it can only come from inside of them. */
Cleanup *cleanup_at_label(Lower *l, CXCursor label) {
  NodeId at = 0;
  while (at < l->tree.count && !clang_equalCursors(node_cursor(l, at), label))
    at++;
  for (Cleanup *c = l->cleanup; c; c = c->outer) {
    NodeId block = 0; /* the innermost statement around the declaration's statement */
    for (NodeId n = 0; n < c->var; n++)
      if (l->tree.nodes[n].end > c->var && node_kind(l, n) != CXCursor_DeclStmt)
        block = n;
    if (at > c->var && at < l->tree.nodes[block].end)
      return c;
  }
  return NULL;
}
