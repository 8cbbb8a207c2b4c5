/* Extents of expressions, put together from those of their parts.
 *
 * libclang finds an extent by walking down the expression and lexing its last token again. Most of
 * what it finds stands in the text: a binary operator reaches from the begin of its left operand to
 * the end of its right one, a call to the bracket behind its last argument. Only what is written
 * out in a file is done so; everything that touches a macro, and every doubt, is left to libclang.
 */
#include "analyzer/frontend/text.h"

/* Places are libclang's raw locations here; 0 is none. */
typedef unsigned At;

static bool is_told(At at) {
  return at && !(at & LOCATION_IN_MACRO);
}

static At location_of(Lower *l, NodeId n) {
  Node *node = &l->tree.nodes[n];
  if (!node->at)
    node->at = clang_getCursorLocation(node->cursor).int_data;
  return node->at;
}

/* The text from a place on; empty when there is none. */
static Text text_from(Lower *l, NodeId n, At at) {
  const Inclusion *in = l->ninclusions ? &l->inclusions[l->last_inclusion] : NULL;
  if (!in || at < in->first || at > in->last) {
    CXSourceLocation full = clang_getCursorLocation(node_cursor(l, n));
    full.int_data = at;
    in = inclusion_of(l, full);
  }
  const FileEntry *f = in ? &l->files[in->file] : NULL;
  return f ? (Text){f->text + (at - in->first), f->text + f->size} : (Text){0};
}

/* ---- begin ----------------------------------------------------------------------------------- */

static bool is_wrapper(const Lower *l, NodeId n) {
  return node_kind(l, n) == CXCursor_UnexposedExpr && node_kids(l, n) == 1 &&
         kind_is_expression(node_kind(l, n + 1));
}

/* The location of a member access is that of the member's name, and so is that of an implicit cast
 * of one. What else is unexposed is located where it begins. */
static At begin_of(Lower *l, NodeId n) {
  for (;;) {
    NodeId inner = n;
    switch (node_kind(l, n)) {
    case CXCursor_MemberRefExpr:
    case CXCursor_BinaryOperator:
    case CXCursor_CompoundAssignOperator:
    case CXCursor_ConditionalOperator:
    case CXCursor_ArraySubscriptExpr:
    case CXCursor_CallExpr:
      if (!node_kids(l, n) || !kind_is_expression(node_kind(l, n + 1)))
        return 0;
      n++;
      continue;
    case CXCursor_UnexposedExpr:
      while (is_wrapper(l, inner))
        inner++;
      if (node_kind(l, inner) != CXCursor_MemberRefExpr ||
          location_of(l, n) != location_of(l, inner))
        return location_of(l, n);
      n = inner;
      continue;
    default:
      return kind_is_expression(node_kind(l, n)) ? location_of(l, n) : 0;
    }
  }
}

/* ---- end ------------------------------------------------------------------------------------- */

static bool is_word_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Past the identifier or number at the node's location. Names with other letters, spliced lines and
 * separated digits are libclang's. */
static At token_end(Lower *l, NodeId n) {
  At at = location_of(l, n);
  if (!is_told(at))
    return 0;
  Text t = text_from(l, n, at);
  const char *start = t.at;
  while (t.at < t.end && is_word_char(*t.at))
    t.at++;
  if (t.at == start || t.at == t.end || *t.at == '\\' || *t.at == '$' || *t.at == '\'' ||
      text_starts(&t, "??") || (unsigned char)*t.at >= 0x80)
    return 0;
  return at + (unsigned)(t.at - start);
}

/* Past blanks and the characters, if they are next. */
static At past(Lower *l, NodeId n, At at, const char *token) {
  if (!is_told(at))
    return 0;
  Text t = text_from(l, n, at);
  const char *start = t.at;
  for (; *token; token++)
    if (t.at < t.end && *t.at == *token)
      t.at++;
    else if (!text_take(&t, *token))
      return 0;
  return at + (unsigned)(t.at - start);
}

static At end_of(Lower *l, NodeId n);

static At end_of_unary(Lower *l, NodeId n) {
  At end = node_kids(l, n) == 1 ? end_of(l, n + 1) : 0;
  switch (node_unary(l, n)) {
  case CXUnaryOperator_PostInc:
    return past(l, n, end, "++");
  case CXUnaryOperator_PostDec:
    return past(l, n, end, "--");
  default:
    return end;
  }
}

/* An implicit cast ends where its operand does. Nothing else that is unexposed and begins with its
 * operand does so: v.x goes on behind it. */
static At end_of_wrapper(Lower *l, NodeId n) {
  if (!is_wrapper(l, n) || begin_of(l, n) != begin_of(l, n + 1))
    return 0;
  At end = end_of(l, n + 1);
  if (!is_told(end))
    return 0;
  Text t = text_from(l, n, end);
  text_skip_blank(&t);
  return t.at < t.end && *t.at != '.' && *t.at != '-' ? end : 0;
}

static At end_of(Lower *l, NodeId n) {
  uint32_t kids = node_kids(l, n);
  switch (node_kind(l, n)) {
  case CXCursor_DeclRefExpr:
  case CXCursor_MemberRefExpr:
  case CXCursor_IntegerLiteral:
    return token_end(l, n);
  case CXCursor_BinaryOperator:
  case CXCursor_CompoundAssignOperator:
    return kids == 2 ? end_of(l, node_next(l, n + 1)) : 0;
  case CXCursor_ConditionalOperator:
    return kids == 3 ? end_of(l, node_last_kid(l, n)) : 0;
  case CXCursor_UnaryOperator:
    return end_of_unary(l, n);
  case CXCursor_CStyleCastExpr:
    return kids ? end_of(l, node_last_kid(l, n)) : 0;
  case CXCursor_UnexposedExpr:
    return end_of_wrapper(l, n);
  case CXCursor_ParenExpr:
    return kids == 1 ? past(l, n, end_of(l, n + 1), ")") : 0;
  case CXCursor_ArraySubscriptExpr:
    return kids == 2 ? past(l, n, end_of(l, node_next(l, n + 1)), "]") : 0;
  case CXCursor_CallExpr:
    return kids ? past(l, n, end_of(l, node_last_kid(l, n)), kids > 1 ? ")" : "()") : 0;
  default:
    return 0;
  }
}

bool extent_of(Lower *l, NodeId n, Spot *begin, Spot *end) {
  if (!kind_is_expression(node_kind(l, n)))
    return false;
  At from = begin_of(l, n), to = is_told(from) ? end_of(l, n) : 0;
  if (!is_told(to) || to <= from || !text_from(l, n, from).at)
    return false;
  const Inclusion *in = &l->inclusions[l->last_inclusion];
  if (to > in->last)
    return false;
  *begin = (Spot){in->file, from - in->first};
  *end = (Spot){in->file, to - in->first};
  return true;
}
