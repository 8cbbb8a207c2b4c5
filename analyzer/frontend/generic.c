/* _Generic. libclang shows the controlling expression and all associations, but not which one is
 * chosen: the type of the whole tells, and where several associations have that type, the type
 * names in the text. */
#include "analyzer/frontend/lower.h"

#include <ctype.h>
#include <string.h>

enum { MOST_ASSOCIATIONS = 64, LONGEST_NAME = 96 };

typedef struct Association {
  NodeId value;
  NodeId type_ref; /* NO_NODE where the type name names no tag or typedef */
} Association;

static uint32_t associations(Lower *l, NodeId n, Association *out, NodeId *control) {
  uint32_t count = 0;
  NodeId ref = NO_NODE;
  *control = NO_NODE;
  for (NODE_KIDS(l, kid, n)) {
    if (!clang_isExpression(node_kind(l, kid))) {
      ref = kid;
    } else if (*control == NO_NODE) {
      *control = kid;
      ref = NO_NODE;
    } else if (count < MOST_ASSOCIATIONS) {
      out[count++] = (Association){kid, ref};
      ref = NO_NODE;
    }
  }
  return count;
}

/* ---- the text -------------------------------------------------------------------------------- */

/* A type's spelling without blanks that mean nothing. */
static void squeeze(const char *from, size_t length, char *out) {
  size_t n = 0;
  for (size_t i = 0; i < length && n + 2 < LONGEST_NAME; i++) {
    if (!isspace((unsigned char)from[i])) {
      out[n++] = from[i];
      continue;
    }
    while (i + 1 < length && isspace((unsigned char)from[i + 1]))
      i++;
    bool words = n && isalnum((unsigned char)out[n - 1]) && i + 1 < length &&
                 (isalnum((unsigned char)from[i + 1]) || from[i + 1] == '_');
    if (words)
      out[n++] = ' ';
  }
  out[n] = 0;
}

/* The end of what stands before `stop` (or the closing bracket) at this depth of brackets. */
static const char *up_to(const char *at, const char *end, char stop) {
  int depth = 0;
  for (; at < end; at++) {
    if (*at == '"' || *at == '\'') {
      char quote = *at++;
      while (at < end && *at != quote)
        at += *at == '\\' ? 2 : 1;
      continue;
    }
    if (depth == 0 && (*at == stop || *at == ')'))
      return at;
    if (strchr("([{", *at))
      depth++;
    else if (strchr(")]}", *at))
      depth--;
  }
  return NULL;
}

/* The type names, in order. False unless there are exactly `count`. */
static bool type_names(Lower *l, NodeId n, char (*names)[LONGEST_NAME], uint32_t count) {
  CXSourceLocation start = clang_getRangeStart(clang_getCursorExtent(node_cursor(l, n)));
  CXFile file = NULL;
  unsigned offset = 0;
  clang_getSpellingLocation(start, &file, NULL, NULL, &offset);
  FileEntry *f = lower_file(l, file, start);
  size_t size = 0;
  const char *text = f ? file_text(l, f, &size) : NULL;
  if (!text || offset + 8 > size || memcmp(text + offset, "_Generic", 8))
    return false;
  const char *end = text + size, *at = memchr(text + offset, '(', size - offset);
  at = at ? up_to(at + 1, end, ',') : NULL;
  for (uint32_t i = 0; i < count; i++) {
    if (!at || *at != ',')
      return false;
    const char *colon = up_to(at + 1, end, ':');
    if (!colon || *colon != ':')
      return false;
    squeeze(at + 1, (size_t)(colon - at - 1), names[i]);
    at = up_to(colon + 1, end, ',');
  }
  return at && *at == ')';
}

/* ---- the choice ------------------------------------------------------------------------------ */

static bool is_named(CXType type, const char *name) {
  CXString spelled = clang_getTypeSpelling(type);
  char have[LONGEST_NAME];
  const char *text = clang_getCString(spelled);
  squeeze(text, strlen(text), have);
  clang_disposeString(spelled);
  return !strcmp(have, name);
}

static NodeId by_text(Lower *l, NodeId n, const Association *list, uint32_t count, NodeId control) {
  char names[MOST_ASSOCIATIONS][LONGEST_NAME];
  CXType type = clang_getCursorType(node_cursor(l, control));
  if (type.kind == CXType_Invalid || !type_names(l, n, names, count))
    return NO_NODE;
  type = clang_getUnqualifiedType(type);
  CXType canonical = clang_getCanonicalType(type);
  NodeId fallback = NO_NODE;
  for (uint32_t i = 0; i < count; i++) {
    if (!strcmp(names[i], "default"))
      fallback = list[i].value;
    else if (is_named(type, names[i]) || is_named(canonical, names[i]))
      return list[i].value;
    else if (list[i].type_ref != NO_NODE && !strchr(names[i], '*') &&
             clang_equalTypes(canonical, clang_getCanonicalType(clang_getCursorType(
                                             node_cursor(l, list[i].type_ref)))))
      return list[i].value;
  }
  return fallback;
}

NodeId generic_choice(Lower *l, NodeId n) {
  Association list[MOST_ASSOCIATIONS];
  NodeId control, choice = NO_NODE;
  uint32_t count = associations(l, n, list, &control), same = 0;
  CXType type = clang_getCursorType(node_cursor(l, n));
  for (uint32_t i = 0; i < count; i++)
    if (clang_equalTypes(type, clang_getCursorType(node_cursor(l, list[i].value)))) {
      choice = list[i].value;
      same++;
    }
  if (same == 1)
    return choice;
  return control == NO_NODE ? NO_NODE : by_text(l, n, list, count, control);
}
