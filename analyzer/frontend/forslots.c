/* Which children of a ForStmt are its three parts. libclang leaves out the empty ones, so that with
 * two or three children the text has to tell: the places between the semicolons are looked at, and
 * if as many are filled as there are children, they go in order. */
#include "analyzer/frontend/text.h"

#include <string.h>

/* Which of the parts between `(` and `)` hold anything. False if this is not `( ; ; )`. */
static bool filled(Text *t, Text parts[3]) {
  text_skip_blank(t);
  if (t->at >= t->end || *t->at != '(')
    return false;
  t->at++;
  int depth = 1, part = 0;
  parts[0] = parts[1] = parts[2] = (Text){0};
  for (text_skip_blank(t); t->at < t->end; text_skip_blank(t)) {
    const char *start = t->at;
    char c = *start;
    if (c == '"' || c == '\'')
      text_skip_quoted(t);
    else
      t->at++;
    if (c == '(' || c == '[' || c == '{') {
      depth++;
    } else if (c == ')' || c == ']' || c == '}') {
      if (--depth == 0)
        return part == 2;
    } else if (c == ';' && depth == 1) {
      if (++part > 2)
        return false;
      continue;
    }
    if (!parts[part].at)
      parts[part].at = start;
    parts[part].end = t->at;
  }
  return false;
}

/* The position of a word among a macro's parameters; -1 if it is none. */
static int parameter(Text *macro, const char *word) {
  char name[64];
  if (macro->at >= macro->end || *macro->at != '(') /* no blank between: not an object */
    return -1;
  macro->at++;
  for (int i = 0; text_word(macro, name, sizeof name); i++) {
    if (!strcmp(name, word))
      return i;
    text_take(macro, ',');
  }
  return -1;
}

/* A part that is a macro's parameter, used with nothing for it. */
static bool is_empty_argument(Lower *l, CXSourceLocation start, Text part) {
  Text macro, use;
  char word[64], name[64], used[64];
  if (!text_word(&part, word, sizeof word) || part.at != part.end ||
      !text_of_macro(l, start, &macro) || !text_word(&macro, name, sizeof name) ||
      !text_at_expansion(l, start, &use) || !text_word(&use, used, sizeof used) ||
      strcmp(name, used) || !text_take(&use, '('))
    return false;
  for (int i = parameter(&macro, word); i >= 0; i--) {
    text_skip_blank(&use);
    const char *from = use.at;
    text_skip_argument(&use);
    if (!i)
      return use.at == from;
    if (!text_take(&use, ','))
      return false;
  }
  return false;
}

static bool parts_from_text(Lower *l, NodeId n, bool parts[3]) {
  CXSourceLocation start = clang_getRangeStart(clang_getCursorExtent(node_cursor(l, n)));
  Text t, found[3];
  char name[64];
  bool known = text_at_spelling(l, start, &t) && text_starts(&t, "for");
  if (known) {
    t.at += 3;
    known = filled(&t, found);
  }
  if (!known) /* The keyword itself comes from a macro: the rest follows the macro's name. */
    known =
        text_at_expansion(l, start, &t) && text_word(&t, name, sizeof name) && filled(&t, found);
  for (int i = 0; known && i < 3; i++)
    parts[i] = found[i].at && !is_empty_argument(l, start, found[i]);
  return known;
}

/* ---- by the look of the children ------------------------------------------------------------- */

typedef enum Look { LOOKS_INIT, LOOKS_CONDITION, LOOKS_ACTION, LOOKS_UNCLEAR } Look;

static Look look(Lower *l, NodeId n) {
  if (node_kind(l, n) == CXCursor_DeclStmt)
    return LOOKS_INIT;
  n = node_strip_casts(l, n);
  if (node_kind(l, n) == CXCursor_CompoundAssignOperator || node_type(l, n) == 0)
    return LOOKS_ACTION;
  if (node_kind(l, n) == CXCursor_UnaryOperator) {
    switch (node_unary(l, n)) {
    case CXUnaryOperator_LNot:
      return LOOKS_CONDITION;
    case CXUnaryOperator_PostInc:
    case CXUnaryOperator_PreInc:
      return LOOKS_ACTION;
    default:
      return LOOKS_UNCLEAR;
    }
  }
  if (node_kind(l, n) != CXCursor_BinaryOperator)
    return LOOKS_UNCLEAR;
  switch (node_binary(l, n)) {
  case CXBinaryOperator_LT:
  case CXBinaryOperator_GT:
  case CXBinaryOperator_LE:
  case CXBinaryOperator_GE:
  case CXBinaryOperator_EQ:
  case CXBinaryOperator_NE:
  case CXBinaryOperator_LAnd:
  case CXBinaryOperator_LOr:
    return LOOKS_CONDITION;
  case CXBinaryOperator_Assign:
    return LOOKS_ACTION;
  default:
    return LOOKS_UNCLEAR;
  }
}

static bool parts_by_look(Lower *l, const NodeId *kids, uint32_t count, ForSlots *out) {
  Look first = look(l, kids[0]);
  if (count == 1) {
    if (first == LOOKS_INIT)
      out->init = kids[0];
    else if (first == LOOKS_CONDITION)
      out->condition = kids[0];
    return first == LOOKS_INIT || first == LOOKS_CONDITION;
  }
  Look second = look(l, kids[1]);
  if (first == LOOKS_CONDITION && second != LOOKS_CONDITION) {
    out->condition = kids[0];
    out->step = kids[1];
    return true;
  }
  if (first != LOOKS_INIT && first != LOOKS_ACTION)
    return false;
  out->init = kids[0];
  if (second == LOOKS_CONDITION)
    out->condition = kids[1];
  else if (second == LOOKS_ACTION)
    out->step = kids[1];
  return second == LOOKS_CONDITION || second == LOOKS_ACTION;
}

bool for_slots(Lower *l, NodeId n, ForSlots *out) {
  *out = (ForSlots){NO_NODE, NO_NODE, NO_NODE, NO_NODE};
  NodeId kids[4] = {NO_NODE, NO_NODE, NO_NODE, NO_NODE};
  uint32_t count = 0;
  for (NODE_KIDS(l, kid, n))
    if (count < 4)
      kids[count++] = kid;
  if (!count)
    return false;
  out->body = kids[--count];
  if (!count)
    return true;
  if (count == 3) {
    out->init = kids[0];
    out->condition = kids[1];
    out->step = kids[2];
    return true;
  }
  bool parts[3];
  if (!parts_from_text(l, n, parts) || (uint32_t)(parts[0] + parts[1] + parts[2]) != count)
    return parts_by_look(l, kids, count, out);
  NodeId *slot[] = {&out->init, &out->condition, &out->step};
  for (uint32_t i = 0, next = 0; i < 3; i++)
    if (parts[i])
      *slot[i] = kids[next++];
  return true;
}
