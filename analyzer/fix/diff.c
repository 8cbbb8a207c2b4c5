/* The plan as a unified diff. The edits are known, so nothing is searched: what they touch, in
 * whole lines and without the lines at both ends that stay the same, are the changes; changes that
 * are near each other share a hunk. */
#include "analyzer/fix/fix.h"

#include <stdlib.h>
#include <string.h>

enum { CONTEXT = 3 };

typedef struct Lines {
  const char **at; /* count + 1 of them: the last one is the end */
  uint32_t count, cap;
} Lines;

/* Old lines old .. old_end - 1 become new .. new_end - 1. */
typedef struct Change {
  uint32_t old, old_end, new, new_end;
} Change;

typedef struct Diff {
  Lines old, new;
  Change *changes;
  uint32_t count, cap;
  bool escape;
  HpBuf *out;
} Diff;

static Lines split(const char *text, size_t size) {
  Lines l = {0};
  for (const char *at = text, *end = text + size;;) {
    HP_GROW(l.at, l.count, l.cap);
    l.at[l.count] = at;
    if (at == end)
      return l;
    l.count++;
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    at = newline ? newline + 1 : end;
  }
}

static bool same_line(const Diff *d, uint32_t old, uint32_t new) {
  size_t size = (size_t)(d->old.at[old + 1] - d->old.at[old]);
  return size == (size_t)(d->new.at[new + 1] - d->new.at[new]) &&
         !memcmp(d->old.at[old], d->new.at[new], size);
}

/* ---- changes --------------------------------------------------------------------------------- */

/* The line that holds the offset. */
static uint32_t line_of(const Lines *l, size_t offset) {
  uint32_t low = 0, high = l->count;
  while (low + 1 < high) {
    uint32_t middle = low + (high - low) / 2;
    if ((size_t)(l->at[middle] - l->at[0]) <= offset)
      low = middle;
    else
      high = middle;
  }
  return low;
}

static void add_change(Diff *d, Change c) {
  if (d->count && c.old < d->changes[d->count - 1].old_end) { /* the same line once more */
    d->changes[d->count - 1].old_end = c.old_end;
    d->changes[d->count - 1].new_end = c.new_end;
    return;
  }
  HP_GROW(d->changes, d->count, d->cap);
  d->changes[d->count++] = c;
}

static void shrink(const Diff *d, Change *c) {
  while (c->old < c->old_end && c->new < c->new_end &&same_line(d, c->old, c->new))
    c->old++, c->new ++;
  while (c->old < c->old_end && c->new < c->new_end &&same_line(d, c->old_end - 1, c->new_end - 1))
    c->old_end--, c->new_end--;
}

/* Old lines first, then new ones. */
static void join_neighbours(Diff *d) {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < d->count; i++) {
    if (kept && d->changes[kept - 1].old_end == d->changes[i].old) {
      d->changes[kept - 1].old_end = d->changes[i].old_end;
      d->changes[kept - 1].new_end = d->changes[i].new_end;
    } else {
      d->changes[kept++] = d->changes[i];
    }
  }
  d->count = kept;
}

static bool begins_line(const char *text, size_t at) {
  return at == 0 || text[at - 1] == '\n';
}

static int by_place(const void *a, const void *b) {
  const FixEdit *x = *(const FixEdit *const *)a, *y = *(const FixEdit *const *)b;
  return (x->from > y->from) - (x->from < y->from);
}

static void find_changes(Diff *d, const FixPlan *plan, uint32_t file) {
  const FixEdit **edits = NULL;
  uint32_t count = 0, cap = 0;
  for (uint32_t i = 0; i < plan->nfixes; i++) {
    const Fix *fix = &plan->fixes[i];
    for (uint32_t k = 0; !fix->why && fix->file == file && k < fix->edits.count; k++) {
      HP_GROW(edits, count, cap);
      edits[count++] = &fix->edits.items[k];
    }
  }
  if (count)
    qsort(edits, count, sizeof *edits, by_place);
  size_t grown = 0; /* of the new text so far; wraps when it shrinks */
  for (uint32_t i = 0; i < count; i++) {
    const FixEdit *e = edits[i];
    size_t from = e->from + grown, length = strlen(e->text);
    grown += length - (e->to - e->from);
    bool whole = begins_line(plan->files[file].text, e->from) &&
                 begins_line(plan->files[file].text, e->to) &&
                 (!length || e->text[length - 1] == '\n');
    add_change(d, (Change){line_of(&d->old, e->from), line_of(&d->old, e->to) + !whole,
                           line_of(&d->new, from), line_of(&d->new, e->to + grown) + !whole});
  }
  for (uint32_t i = 0; i < d->count; i++)
    shrink(d, &d->changes[i]);
  join_neighbours(d);
  free(edits);
}

/* ---- hunks ----------------------------------------------------------------------------------- */

static void add_line(const Diff *d, char sign, const Lines *l, uint32_t i) {
  const char *at = l->at[i], *end = l->at[i + 1];
  hp_buf_addc(d->out, sign);
  for (; at < end; at++) {
    unsigned char c = (unsigned char)*at;
    if (d->escape && c != '\t' && c != '\n' && (c < ' ' || c == 0x7f))
      hp_buf_addf(d->out, "\\x%02x", c);
    else
      hp_buf_addc(d->out, *at);
  }
  if (end > l->at[i] && end[-1] != '\n')
    hp_buf_add(d->out, "\n\\ No newline at end of file\n");
}

/* Changes first .. last share it. */
static void add_hunk(const Diff *d, uint32_t first, uint32_t last) {
  const Change *a = &d->changes[first], *b = &d->changes[last];
  uint32_t before = a->old < CONTEXT ? a->old : CONTEXT, rest = d->old.count - b->old_end,
           after = rest < CONTEXT ? rest : CONTEXT, old = a->old - before,
           old_end = b->old_end + after, new = a->new - before, new_end = b->new_end + after;
  hp_buf_addf(d->out, "@@ -%u,%u +%u,%u @@\n", old + (old_end > old), old_end - old,
              new + (new_end > new), new_end - new);
  for (uint32_t i = first, at = old; i <= last; i++) {
    const Change *c = &d->changes[i];
    for (; at < c->old; at++)
      add_line(d, ' ', &d->old, at);
    for (; at < c->old_end; at++)
      add_line(d, '-', &d->old, at);
    for (uint32_t k = c->new; k < c->new_end; k++)
      add_line(d, '+', &d->new, k);
    if (i == last)
      for (; at < old_end; at++)
        add_line(d, ' ', &d->old, at);
  }
}

static void add_hunks(const Diff *d) {
  for (uint32_t i = 0, first = 0; i < d->count; i++) {
    if (i + 1 < d->count && d->changes[i + 1].old - d->changes[i].old_end <= 2 * CONTEXT)
      continue;
    add_hunk(d, first, i);
    first = i + 1;
  }
}

static void diff_file(const FixPlan *plan, uint32_t file, bool escape, HpBuf *out) {
  const FixFile *f = &plan->files[file];
  HpBuf text = {0};
  fix_apply(plan, file, &text);
  Diff d = {.old = split(f->text, f->size),
            .new = split(hp_buf_text(&text), text.length),
            .escape = escape,
            .out = out};
  find_changes(&d, plan, file);
  if (d.count) {
    hp_buf_add(out, "--- a/");
    hp_buf_add_escaped(out, f->name);
    hp_buf_add(out, "\n+++ b/");
    hp_buf_add_escaped(out, f->name);
    hp_buf_addc(out, '\n');
    add_hunks(&d);
  }
  free(d.old.at);
  free(d.new.at);
  free(d.changes);
  hp_buf_free(&text);
}

void fix_diff(const FixPlan *plan, bool escape, HpBuf *out) {
  for (uint32_t file = 0; file < plan->nfiles; file++)
    diff_file(plan, file, escape, out);
}
