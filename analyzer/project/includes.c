/* A look at a file's #include lines without a preprocessor. Only lines that hold in any build
 * count: those in no #if but the include guard. The parser finds the rest. */
#include "analyzer/project/headers.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

enum { SCAN_LIMIT = 4 << 20 };

/* ---- one file ------------------------------------------------------------------------------- */

typedef struct LineScan {
  bool comment;    /* inside a block comment */
  uint32_t depth;  /* of #if */
  uint32_t guards; /* 1 inside the include guard */
  bool any;        /* a directive came before */
} LineScan;

static const char *skip_space(const char *s) {
  while (*s == ' ' || *s == '\t')
    s++;
  return s;
}

/* Where the line's code starts, block comments before it skipped; NULL: all comment. */
static const char *skip_comments(LineScan *scan, const char *s) {
  for (;;) {
    if (scan->comment) {
      s = strstr(s, "*/");
      if (!s)
        return NULL;
      s += 2;
      scan->comment = false;
    }
    s = skip_space(s);
    if (strncmp(s, "/*", 2))
      return s;
    scan->comment = true;
    s += 2;
  }
}

/* A block comment that starts behind code and goes on. */
static void note_comment(LineScan *scan, const char *s) {
  char quote = 0;
  for (; *s; s++) {
    if (quote) {
      if (*s == '\\' && s[1])
        s++;
      else if (*s == quote)
        quote = 0;
    } else if (*s == '"' || *s == '\'') {
      quote = *s;
    } else if (s[0] == '/' && s[1] == '/') {
      return;
    } else if (s[0] == '/' && s[1] == '*') {
      const char *end = strstr(s + 2, "*/");
      if (!end) {
        scan->comment = true;
        return;
      }
      s = end + 1;
    }
  }
}

static bool directive(const char *s, const char *name) {
  size_t n = strlen(name);
  return !strncmp(s, name, n) && !((s[n] >= 'a' && s[n] <= 'z') || s[n] == '_');
}

static bool is_source(const char *name) {
  size_t length = strlen(name);
  return length > 2 && !strcmp(name + length - 2, ".c");
}

static void take_include(const char *s, bool sure, ScannedFile *out) {
  s = skip_space(s);
  char close = *s == '<' ? '>' : '"';
  if (*s != '<' && *s != '"')
    return; /* a macro */
  const char *end = strchr(s + 1, close);
  if (!end || end == s + 1)
    return;
  char *name = hp_strndup(s + 1, (size_t)(end - s - 1));
  if (close == '"' && is_source(name))
    words_add(&out->sources, name);
  if (sure)
    words_take(close == '>' ? &out->angled : &out->quoted, name);
  else
    free(name);
}

static void scan_directive(LineScan *scan, const char *s, ScannedFile *out) {
  if (directive(s, "if") || directive(s, "ifdef") || directive(s, "ifndef")) {
    const char *rest = skip_space(s + 2);
    bool guard = !scan->any && (directive(s, "ifndef") || !strncmp(rest, "!defined", 8));
    if (guard)
      scan->guards = 1;
    scan->depth++;
  } else if (directive(s, "endif")) {
    scan->depth -= scan->depth > 0;
    if (scan->depth < scan->guards)
      scan->guards = 0;
  } else if (directive(s, "include")) {
    take_include(s + 7, scan->depth == scan->guards, out);
  }
  scan->any = true;
}

void scan_includes(const char *text, ScannedFile *out) {
  LineScan scan = {0};
  char *copy = hp_strdup(text);
  for (char *rest = copy, *line; (line = strsep(&rest, "\n"));) {
    const char *s = skip_comments(&scan, line);
    if (!s)
      continue;
    if (*s == '#')
      scan_directive(&scan, skip_space(s + 1), out);
    note_comment(&scan, s);
  }
  free(copy);
}

/* ---- read once ------------------------------------------------------------------------------ */

static uint32_t slot_of(const HeaderIndex *index, const char *path) {
  uint32_t slot = (uint32_t)XXH3_64bits(path, strlen(path)) & (index->slots - 1);
  while (index->scanned[slot] && strcmp(index->scanned[slot]->path, path))
    slot = (slot + 1) & (index->slots - 1);
  return slot;
}

static void grow_slots(HeaderIndex *index) {
  ScannedFile **old = index->scanned;
  uint32_t slots = index->slots;
  index->slots = slots ? slots * 2 : 256;
  index->scanned = hp_calloc(index->slots, sizeof *index->scanned);
  for (uint32_t i = 0; i < slots; i++)
    if (old[i])
      index->scanned[slot_of(index, old[i]->path)] = old[i];
  free(old);
}

const ScannedFile *scanned_file(HeaderIndex *index, const char *path) {
  if (index->nscanned * 2 >= index->slots)
    grow_slots(index);
  ScannedFile **slot = &index->scanned[slot_of(index, path)];
  if (*slot)
    return *slot;
  ScannedFile *file = hp_calloc(1, sizeof *file);
  file->path = hp_strdup(path);
  size_t size;
  char *text = hp_read_file(path, SCAN_LIMIT, &size, NULL);
  if (text)
    scan_includes(text, file);
  free(text);
  *slot = file;
  index->nscanned++;
  return file;
}

void scanned_free(HeaderIndex *index) {
  for (uint32_t i = 0; i < index->slots; i++) {
    if (!index->scanned[i])
      continue;
    words_free(&index->scanned[i]->quoted);
    words_free(&index->scanned[i]->angled);
    words_free(&index->scanned[i]->sources);
    free(index->scanned[i]->path);
    free(index->scanned[i]);
  }
  free(index->scanned);
}
