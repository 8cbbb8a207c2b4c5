/* _Generic. libclang shows the controlling expression and all associations, but not which one is
 * chosen: the type of the whole tells, and where several associations have that type, the type
 * names in the text. */
#include "analyzer/frontend/lower.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ASSOCIATIONS = 64, LONGEST_NAME = 96 };

typedef struct Association {
  NodeId value;
} Association;

static uint32_t associations(Lower *l, NodeId n, Association *out, NodeId *control) {
  uint32_t count = 0;
  *control = NO_NODE;
  for (NODE_KIDS(l, kid, n)) {
    if (!kind_is_expression(node_kind(l, kid)))
      continue;
    if (*control == NO_NODE)
      *control = kid;
    else if (count < MOST_ASSOCIATIONS)
      out[count++] = (Association){kid};
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

/* Takes the text over; one that is too long is told by "?". */
static bool set_name(char *name, char *text) {
  size_t length = strlen(text);
  bool fits = length < LONGEST_NAME;
  memcpy(name, fits ? text : "?", fits ? length + 1 : 2);
  free(text);
  return fits;
}

/* Words for numbers in the order that clang prints: `long unsigned int` is "unsigned long". What
 * follows (stars) stays; any other word leaves the name as it is. */
static void plain_number(char *name) {
  static const char *const known[] = {"signed", "unsigned", "short", "long",
                                      "int",    "char",     "double"};
  uint32_t seen[sizeof known / sizeof *known] = {0};
  const char *p = name;
  while (isalpha((unsigned char)*p)) {
    size_t n = 0, k = 0;
    while (isalnum((unsigned char)p[n]) || p[n] == '_')
      n++;
    while (k < sizeof known / sizeof *known &&
           (strlen(known[k]) != n || memcmp(known[k], p, n) != 0))
      k++;
    if (k == sizeof known / sizeof *known)
      return;
    seen[k]++;
    p += n;
    p += *p == ' ';
  }
  if (p == name || seen[6]) /* double needs no help */
    return;
  const char *sign = seen[1] ? "unsigned " : seen[0] && seen[5] ? "signed " : "";
  const char *word = seen[5]       ? "char"
                     : seen[2]     ? "short"
                     : seen[3] > 1 ? "long long"
                     : seen[3]     ? "long"
                                   : "int";
  set_name(name, hp_format("%s%s%s", sign, word, p));
}

static void type_text(CXType type, char *out) {
  CXString spelled = clang_getTypeSpelling(type);
  const char *text = clang_getCString(spelled);
  squeeze(text, strlen(text), out);
  clang_disposeString(spelled);
}

/* The controlling expression's type after the conversions that C makes: canonical, in text. */
static bool control_text(Lower *l, NodeId control, char *out) {
  CXType type = clang_getCursorType(node_cursor(l, control));
  if (type.kind == CXType_Invalid)
    return false;
  CXType c = clang_getCanonicalType(type);
  switch (c.kind) {
  case CXType_ConstantArray:
  case CXType_IncompleteArray:
  case CXType_VariableArray: {
    char element[LONGEST_NAME];
    type_text(clang_getCanonicalType(clang_getArrayElementType(c)), element);
    if (strpbrk(element, "[("))
      return false;
    return set_name(out, hp_format("%s*", element));
  }
  case CXType_FunctionProto:
  case CXType_FunctionNoProto: {
    char text[LONGEST_NAME], *open;
    type_text(c, text);
    open = strchr(text, '(');
    return open && set_name(out, hp_format("%.*s(*)%s", (int)(open - text), text, open));
  }
  case CXType_Unexposed:
    return false;
  default:
    type_text(clang_getUnqualifiedType(c), out);
    return true;
  }
}

typedef struct Search {
  const char *name;
  CXType found;
} Search;

static enum CXChildVisitResult look(CXCursor c, CXCursor parent, CXClientData data) {
  (void)parent;
  Search *search = data;
  if (c.kind != CXCursor_TypedefDecl)
    return CXChildVisit_Continue;
  CXString spelled = clang_getCursorSpelling(c);
  bool same = !strcmp(clang_getCString(spelled), search->name);
  clang_disposeString(spelled);
  if (same)
    search->found = clang_getCanonicalType(clang_getCursorType(c));
  return same ? CXChildVisit_Break : CXChildVisit_Continue;
}

/* The first word of a type's name that is no qualifier: a typedef's name, unless the language knows
 * it or it is a tag. */
static bool typedef_word(const char *name, const char **at, char *word) {
  static const char *const known[] = {
      "void",   "char",     "short",  "int",   "long", "float",    "double",   "_Bool",   "bool",
      "signed", "unsigned", "struct", "union", "enum", "__int128", "_Complex", "_Float16"};
  static const char *const passed[] = {"const ", "volatile "};
  for (size_t i = 0; i < 2; i++)
    if (!strncmp(name, passed[i], strlen(passed[i])))
      name += strlen(passed[i]);
  size_t n = 0;
  while (isalnum((unsigned char)name[n]) || name[n] == '_')
    n++;
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (strlen(known[i]) == n && !memcmp(known[i], name, n))
      return false;
  memcpy(word, name, n);
  word[n] = 0;
  *at = name;
  return n != 0;
}

/* An association's type name, a typedef in it replaced by what it stands for. libclang has no
 * cursor for it in a pointer's type: the unit's declarations are searched. False when the name has
 * words that cannot be followed. */
static bool association_text(Lower *l, char *name) {
  plain_number(name);
  if (strstr(name, "typeof"))
    return false;
  char full[LONGEST_NAME], word[LONGEST_NAME];
  const char *at;
  if (!typedef_word(name, &at, word))
    return true;
  Search search = {.name = word};
  clang_visitChildren(clang_getTranslationUnitCursor(l->tu), look, &search);
  if (search.found.kind == CXType_Invalid)
    return false;
  type_text(search.found, full);
  if (strpbrk(full, "[("))
    return false;
  bool pointer_const = !strncmp(name, "const ", 6) && strchr(full, '*');
  char *whole = hp_format("%.*s%s%s", (int)(at - name), name, full, at + strlen(word));
  return set_name(name, whole) && !pointer_const; /* the qualifier is of the pointer then */
}

static NodeId by_text(Lower *l, NodeId n, const Association *list, uint32_t count, NodeId control) {
  char names[MOST_ASSOCIATIONS][LONGEST_NAME], have[LONGEST_NAME] = "", squeezed[LONGEST_NAME];
  if (!type_names(l, n, names, count) || !control_text(l, control, have))
    return NO_NODE;
  squeeze(have, strlen(have), squeezed);
  NodeId fallback = NO_NODE;
  bool unclear = false;
  for (uint32_t i = 0; i < count; i++) {
    if (!strcmp(names[i], "default")) {
      fallback = list[i].value;
      continue;
    }
    bool clear = association_text(l, names[i]);
    if (clear && !strcmp(names[i], squeezed))
      return list[i].value;
    unclear |= !clear || (strchr(squeezed, '(') && strchr(names[i], '('));
  }
  return unclear ? NO_NODE : fallback;
}

/* Where the associations are numbers, the compiler's answer tells. */
static NodeId by_value(Lower *l, NodeId n, const Association *list, uint32_t count) {
  int64_t whole, one;
  NodeId choice = NO_NODE;
  if (!evaluate_int(node_cursor(l, n), &whole))
    return NO_NODE;
  for (uint32_t i = 0; i < count; i++) {
    if (!evaluate_int(node_cursor(l, list[i].value), &one) || one != whole)
      continue;
    if (choice != NO_NODE)
      return NO_NODE;
    choice = list[i].value;
  }
  return choice;
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
  choice = by_value(l, n, list, count);
  if (choice != NO_NODE || control == NO_NODE)
    return choice;
  return by_text(l, n, list, count, control);
}
