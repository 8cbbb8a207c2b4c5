/* Suppressions in comments. Sources are read once a file, and only where there are findings. */
#include "analyzer/engine/internal.h"
#include "ir/files.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char mark[] = "hplint: ignore";

/* Does the list "HP201, linked-traversal]" name the finding's rule? An absent list means all. */
static bool names_rule(const char *list, const char *end, const DbFinding *f) {
  while (list < end) {
    list += strspn(list, " ,");
    size_t length = strcspn(list, " ,]");
    if (!length)
      break;
    if ((strlen(f->rule) == length && !strncasecmp(list, f->rule, length)) ||
        (strlen(f->name) == length && !strncasecmp(list, f->name, length)))
      return true;
    list += length;
  }
  return false;
}

/* A comment's suppression of `f`: the reason, or NULL when it is about something else. */
static char *reason_for(HpArena *arena, const char *comment, bool whole_file, const DbFinding *f) {
  const char *s = comment + sizeof mark - 1;
  bool file_form = strncmp(s, "-file", 5) == 0;
  if (file_form != whole_file)
    return NULL;
  s += file_form ? 5 : 0;
  if (*s == '[') {
    const char *end = strchr(s, ']');
    if (!end || !names_rule(s + 1, end, f))
      return NULL;
    s = end + 1;
  }
  s += strspn(s, " \t:");
  size_t length = strcspn(s, "\r\n");
  const char *close = strstr(s, "*/");
  if (close && (size_t)(close - s) < length)
    length = (size_t)(close - s);
  while (length && (s[length - 1] == ' ' || s[length - 1] == '\t'))
    length--;
  return length ? hp_arena_format(arena, "%.*s", (int)length, s)
                : hp_arena_strdup(arena, "no reason given");
}

static void apply(DbFindings *all, uint32_t first, uint32_t count, const char *line,
                  uint32_t number) {
  for (const char *at = strstr(line, mark); at; at = strstr(at + 1, mark)) {
    for (uint32_t i = first; i < first + count; i++) {
      DbFinding *f = all->items[i];
      if (f->suppressed)
        continue;
      f->suppressed = reason_for(all->arena, at, true, f);
      if (!f->suppressed && (number == f->line || number + 1 == f->line))
        f->suppressed = reason_for(all->arena, at, false, f);
    }
  }
}

/* Few files have the mark anywhere. */
static void scan_file(const char *root, DbFindings *all, uint32_t first, uint32_t count) {
  char *path = hp_path_in(root, all->items[first]->file);
  HpLines lines = {0};
  if (hp_file_has(path, HP_SOURCE_MAX, mark) && hp_lines_read(&lines, path))
    for (uint32_t number = 1; number <= lines.count; number++)
      apply(all, first, count, hp_lines_at(&lines, number), number);
  hp_lines_free(&lines);
  free(path);
}

static int by_place(const void *a, const void *b) {
  const DbFinding *x = *(DbFinding *const *)a, *y = *(DbFinding *const *)b;
  int order = strcmp(x->file, y->file);
  if (order)
    return order;
  if (x->line != y->line)
    return x->line < y->line ? -1 : 1;
  if (x->column != y->column)
    return x->column < y->column ? -1 : 1;
  order = strcmp(x->rule, y->rule);
  return order ? order : strcmp(x->fingerprint, y->fingerprint);
}

void findings_suppress(const char *root, DbFindings *findings) {
  if (!findings->count)
    return;
  qsort(findings->items, findings->count, sizeof *findings->items, by_place);
  for (uint32_t i = 0, end; i < findings->count; i = end) {
    for (end = i + 1;
         end < findings->count && !strcmp(findings->items[i]->file, findings->items[end]->file);)
      end++;
    scan_file(root, findings, i, end - i);
  }
}

static bool same_text(const char *a, const char *b) {
  return a && b ? !strcmp(a, b) : a == b;
}

bool findings_suppressed_so(const char *root, DbFindings *findings) {
  uint32_t count = findings->count;
  DbFindings sorted = {.arena = findings->arena, .count = count};
  sorted.items = hp_calloc(count, sizeof *sorted.items);
  char **marks = hp_calloc(count, sizeof *marks);
  for (uint32_t i = 0; i < count; i++) {
    sorted.items[i] = findings->items[i];
    marks[i] = findings->items[i]->suppressed;
    findings->items[i]->suppressed = NULL;
  }
  findings_suppress(root, &sorted);
  bool same = true;
  for (uint32_t i = 0; i < count; i++)
    same = same && same_text(findings->items[i]->suppressed, marks[i]);
  free(sorted.items);
  free(marks);
  return same;
}
