/* libclang's cursors below one declaration, as an array in preorder.
 *
 * One recursive visit costs about 60 ns a cursor; asking every node for its children again would
 * cost several times that, and nested visits would overflow the stack on deep expressions. */
#include "analyzer/frontend/lower.h"

#include <stdlib.h>

/* What identifies a cursor: the declaration or the statement behind it, as clang_hashCursor does.
 * The other words differ between cursors of one declaration. */
const void *cursor_key(CXCursor c) {
  return kind_is_expression(c.kind) || kind_is_statement(c.kind) ? c.data[1] : c.data[0];
}

static void close_top(Tree *t) {
  t->nodes[t->stack[--t->depth]].end = t->count;
}

static void open_node(Tree *t, CXCursor c) {
  HP_GROW(t->nodes, t->count, t->cap);
  HP_GROW(t->stack, t->depth, t->stack_cap);
  t->stack[t->depth++] = t->count;
  Node *node = &t->nodes[t->count++];
  node->cursor = c;
  node->kids = 0;
  node->type = node->known = IR_NONE;
}

/* As clang_equalCursors, which is asked only where it knows more than the words: declarations. */
static bool same_cursor(const CXCursor *a, const CXCursor *b) {
  if (a->kind != b->kind)
    return false;
  if (a->data[0] == b->data[0] && a->data[1] == b->data[1] && a->data[2] == b->data[2])
    return true;
  return !kind_is_expression(a->kind) && !kind_is_statement(a->kind) && clang_equalCursors(*a, *b);
}

static enum CXChildVisitResult visit(CXCursor c, CXCursor parent, CXClientData data) {
  Tree *t = data;
  Node *top = &t->nodes[t->stack[t->depth - 1]];
  while (t->depth > 1 && !same_cursor(&top->cursor, &parent)) {
    top->end = t->count;
    t->depth--;
    top = &t->nodes[t->stack[t->depth - 1]];
  }
  /* A ConstantExpr shows as its operand, with the operand again below. */
  if (same_cursor(&top->cursor, &c))
    return CXChildVisit_Recurse;
  top->kids++;
  open_node(t, c);
  return CXChildVisit_Recurse;
}

void tree_build(Tree *t, CXCursor root) {
  t->count = t->depth = 0;
  t->spine = t->leaf = 0;
  open_node(t, root);
  clang_visitChildren(root, visit, t);
  while (t->depth)
    close_top(t);
}

void tree_free(Tree *t) {
  free(t->nodes);
  free(t->stack);
  *t = (Tree){0};
}

NodeId node_kid(const Lower *l, NodeId n, uint32_t i) {
  for (NODE_KIDS(l, kid, n))
    if (i-- == 0)
      return kid;
  return NO_NODE;
}

NodeId node_last_kid(const Lower *l, NodeId n) {
  NodeId last = NO_NODE;
  for (NODE_KIDS(l, kid, n))
    last = kid;
  return last;
}

enum CXUnaryOperatorKind node_unary(const Lower *l, NodeId n) {
  Node *node = &l->tree.nodes[n];
  if (node->cursor.kind != CXCursor_UnaryOperator)
    return clang_getCursorUnaryOperatorKind(node->cursor);
  if (node->known == IR_NONE)
    node->known = (uint32_t)clang_getCursorUnaryOperatorKind(node->cursor);
  return (enum CXUnaryOperatorKind)node->known;
}

enum CXBinaryOperatorKind node_binary(const Lower *l, NodeId n) {
  Node *node = &l->tree.nodes[n];
  if (node->cursor.kind != CXCursor_BinaryOperator &&
      node->cursor.kind != CXCursor_CompoundAssignOperator)
    return clang_getCursorBinaryOperatorKind(node->cursor);
  if (node->known == IR_NONE)
    node->known = (uint32_t)clang_getCursorBinaryOperatorKind(node->cursor);
  return (enum CXBinaryOperatorKind)node->known;
}

NodeId node_strip(const Lower *l, NodeId n) {
  for (;;) {
    enum CXCursorKind kind = node_kind(l, n);
    bool through = kind == CXCursor_ParenExpr || (kind == CXCursor_UnaryOperator &&
                                                  node_unary(l, n) == CXUnaryOperator_Extension);
    if (!through || node_kids(l, n) != 1)
      return n;
    n++;
  }
}

NodeId node_strip_casts(const Lower *l, NodeId n) {
  for (;;) {
    n = node_strip(l, n);
    if (node_kind(l, n) != CXCursor_UnexposedExpr || node_kids(l, n) != 1 ||
        !kind_is_expression(node_kind(l, n + 1)))
      return n;
    n++;
  }
}
