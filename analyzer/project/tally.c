/* What is dropped is said once: counted while the project is read, put into words at the end. */
#include "analyzer/project/parts.h"

#include <stdlib.h>
#include <string.h>

typedef struct TallyItem {
  char *what;
  uint32_t count;
} TallyItem;
typedef struct ProjectTally {
  struct {
    TallyItem *items;
    uint32_t count, cap, total;
  } kinds[TALLY_KINDS];
} ProjectTally;

enum {
  TALLY_REMEMBERED = 64, /* different things of one kind that are told apart */
  TALLY_SHOWN = 3
};

static void add(Project *p, TallyKind kind, uint32_t count, const char *what) {
  if (!p->tally)
    p->tally = hp_calloc(1, sizeof *p->tally);
  p->tally->kinds[kind].total += count;
  uint32_t n = p->tally->kinds[kind].count;
  TallyItem *items = p->tally->kinds[kind].items;
  for (uint32_t i = 0; i < n; i++)
    if (!strcmp(items[i].what, what)) {
      items[i].count += count;
      return;
    }
  if (n >= TALLY_REMEMBERED)
    return;
  HP_GROW(p->tally->kinds[kind].items, p->tally->kinds[kind].count, p->tally->kinds[kind].cap);
  p->tally->kinds[kind].items[p->tally->kinds[kind].count++] = (TallyItem){hp_strdup(what), count};
}

void tally(Project *p, TallyKind kind, const char *what) {
  if (p)
    add(p, kind, 1, what);
}

static int by_count(const void *a, const void *b) {
  const TallyItem *x = a, *y = b;
  if (x->count != y->count)
    return x->count > y->count ? -1 : 1;
  return strcmp(x->what, y->what);
}

/* "x, y, z ...": the most frequent first, with counts where asked. */
static char *name_items(TallyItem *items, uint32_t count, uint32_t shown, bool counts) {
  HpBuf buf = {0};
  qsort(items, count, sizeof *items, by_count);
  for (uint32_t i = 0; i < count && i < shown; i++) {
    hp_buf_add(&buf, i ? ", " : "");
    if (counts)
      hp_buf_addf(&buf, "%u ", items[i].count);
    hp_buf_add_escaped(&buf, items[i].what);
  }
  if (count > shown)
    hp_buf_add(&buf, " ...");
  return hp_buf_take(&buf);
}

static void say(Project *p, TallyKind kind, uint32_t n, const char *names) {
  const char *s = n == 1 ? "" : "s";
  switch (kind) {
  case TALLY_RUNS:
    project_note(p, "dropped %u compiler flag%s that would run code or read outside settings: %s",
                 n, s, names);
    break;
  case TALLY_WRITES:
    project_note(p, "dropped %u compiler flag%s that would write files: %s", n, s, names);
    break;
  case TALLY_UNKNOWN:
    project_note(p, "dropped %u unknown compiler flag%s: %s", n, s, names);
    break;
  case TALLY_SKIPPED:
    project_note(p, "skipped %u unit%s that are not C: %s", n, s, names);
    break;
  case TALLY_GONE:
    project_note(p, "%u file%s of the compile database no longer exist%s: %s", n, s,
                 n == 1 ? "s" : "", names);
    break;
  case TALLY_REPEATED:
    project_note(p,
                 "%u file%s recorded more than once with different flags: judged as built with "
                 "optimisation, most defines first: %s",
                 n, n == 1 ? " is" : "s are", names);
    break;
  case TALLY_NO_SOURCE:
    project_note(p, "ignored %u entr%s of the compile database without a C file: %s", n,
                 n == 1 ? "y" : "ies", names);
    break;
  case TALLY_BORROWED:
    project_note(p, "%u file%s not in the compile database: flags of the nearest unit used: %s", n,
                 n == 1 ? " is" : "s are", names);
    break;
  case TALLY_PART:
    project_note(p, "%u C file%s included by others, and analysed there: %s", n,
                 n == 1 ? " is" : "s are", names);
    break;
  case TALLY_UNREADABLE:
    project_note(p, "%u folder%s could not be read: %s", n, s, names);
    break;
  case TALLY_KINDS:
    break;
  }
}

void project_repeated(Project *p, const char *file) {
  char *folder = p->database ? path_folder(p->database) : hp_strdup(p->root);
  tally(p, TALLY_REPEATED, path_from(file, folder));
  free(folder);
}

void project_skipped(Project *p, const char *language) {
  tally(p, TALLY_SKIPPED, language);
}

void project_each_drop(const Project *p, ProjectDrop *each, void *context) {
  for (uint32_t k = 0; p->tally && k < TALLY_KINDS; k++)
    for (uint32_t i = 0; i < p->tally->kinds[k].count; i++)
      each(context, k, p->tally->kinds[k].items[i].count, p->tally->kinds[k].items[i].what);
}

bool project_drop(Project *p, uint32_t kind, uint32_t count, const char *what) {
  if (kind >= TALLY_KINDS)
    return false;
  add(p, (TallyKind)kind, count, what);
  return true;
}

void project_say_drops(Project *p) {
  tally_flush(p);
}

void tally_flush(Project *p) {
  if (!p->tally)
    return;
  for (int k = 0; k < TALLY_KINDS; k++) {
    if (!p->tally->kinds[k].total)
      continue;
    bool languages = k == TALLY_SKIPPED;
    char *names = name_items(p->tally->kinds[k].items, p->tally->kinds[k].count,
                             languages ? TALLY_REMEMBERED : TALLY_SHOWN, languages);
    say(p, (TallyKind)k, p->tally->kinds[k].total, names);
    free(names);
  }
  tally_free(p);
}

void tally_free(Project *p) {
  if (!p->tally)
    return;
  for (int k = 0; k < TALLY_KINDS; k++) {
    for (uint32_t i = 0; i < p->tally->kinds[k].count; i++)
      free(p->tally->kinds[k].items[i].what);
    free(p->tally->kinds[k].items);
  }
  free(p->tally);
  p->tally = NULL;
}
