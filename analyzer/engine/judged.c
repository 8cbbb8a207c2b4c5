/* Which judgements still hold, and those of this run for the next.
 *
 * The stored block: a head; the items that were looked at (name and value); for each judgement the
 * item judged, those that it looked at (both as numbers of items in this list, as the difference to
 * the one before), how many findings, and their bytes, all numbers seven bits a byte. It comes from
 * a file that is not trusted: all numbers are checked, and at worst everything is judged anew. */
#include "analyzer/engine/judged.h"

#include <stdlib.h>
#include <string.h>

enum { FORMAT = 3 };

typedef struct Head {
  uint32_t format, nknown, nentries, nothing;
} Head;

/* A judgement that holds. */
typedef struct Entry {
  const uint32_t *looked; /* items */
  const char *findings;
  uint32_t nlooked, nfindings, size;
  bool holds;
} Entry;

struct Judged {
  const IrProgram *program;
  Known *known;   /* by item */
  Entry *entries; /* by item */
  bool *wanted;   /* by item */
  uint32_t nitems, nfuncs, nwanted;
  HpArena *arena;
  void *content;
};

/* ---- reading --------------------------------------------------------------------------------- */

typedef struct ByName {
  uint64_t name;
  uint32_t item;
} ByName;

typedef struct Reader {
  Judged *j;
  const char *at, *end;
  uint32_t *now; /* of the stored items: the item as it is now; IR_NONE when it is not the same */
  uint32_t nknown;
} Reader;

static int by_name(const void *a, const void *b) {
  const ByName *x = a, *y = b;
  return (x->name > y->name) - (x->name < y->name);
}

/* The next `count` elements, which may lie at any address; NULL when there are not so many. */
static const char *take(Reader *r, size_t count, size_t element) {
  if (count > (size_t)(r->end - r->at) / element)
    return NULL;
  const char *at = r->at;
  r->at += count * element;
  return at;
}

static bool take_number(Reader *r, uint32_t *n) {
  *n = 0;
  for (unsigned shift = 0; shift < 35; shift += 7) {
    const char *at = take(r, 1, 1);
    if (!at)
      return false;
    *n |= (uint32_t)(*at & 127) << shift;
    if (!(*at & 128))
      return true;
  }
  return false;
}

/* Small differences of either sign are small numbers. */
static bool take_item(Reader *r, uint32_t before, uint32_t *item) {
  uint32_t n;
  if (!take_number(r, &n))
    return false;
  *item = before + (n >> 1 ^ (0 - (n & 1)));
  return *item < r->nknown;
}

static void match_known(Reader *r, const char *stored) {
  Judged *j = r->j;
  ByName *names = hp_calloc(j->nitems, sizeof *names);
  uint32_t n = 0;
  for (uint32_t i = 0; i < j->nitems; i++)
    if (j->known[i].name)
      names[n++] = (ByName){j->known[i].name, i};
  qsort(names, n, sizeof *names, by_name);
  for (uint32_t i = 0; i < r->nknown; i++) {
    Known then;
    memcpy(&then, stored + i * sizeof then, sizeof then);
    ByName key = {.name = then.name};
    const ByName *at = n ? bsearch(&key, names, n, sizeof *names, by_name) : NULL;
    r->now[i] = at && j->known[at->item].value == then.value ? at->item : IR_NONE;
  }
  free(names);
}

/* False when the bytes make no sense. */
static bool read_entry(Reader *r, uint32_t *last) {
  uint32_t n, at;
  if (!take_item(r, *last, last) || !take_number(r, &n) || n > (size_t)(r->end - r->at))
    return false;
  at = *last;
  Entry e = {.nlooked = n, .holds = r->now[*last] != IR_NONE};
  uint32_t *looked = HP_NEW(r->j->arena, uint32_t, n);
  for (uint32_t i = 0; i < n; i++) {
    if (!take_item(r, at, &at))
      return false;
    looked[i] = r->now[at];
    e.holds = e.holds && looked[i] != IR_NONE;
  }
  e.looked = looked;
  if (!take_number(r, &e.nfindings) || !take_number(r, &e.size) ||
      !(e.findings = take(r, e.size, 1)))
    return false;
  if (e.holds)
    r->j->entries[r->now[*last]] = e;
  return true;
}

static bool read_all(Judged *j, const void *content, size_t size) {
  Head head;
  Reader r = {.j = j, .at = content, .end = (const char *)content + size};
  const char *start = take(&r, 1, sizeof head);
  if (!start)
    return false;
  memcpy(&head, start, sizeof head);
  const char *known = take(&r, head.nknown, sizeof(Known));
  if (head.format != FORMAT || !known)
    return false;
  r.nknown = head.nknown;
  r.now = HP_NEW(j->arena, uint32_t, head.nknown);
  match_known(&r, known);
  uint32_t last = 0;
  for (uint32_t i = 0; i < head.nentries; i++)
    if (!read_entry(&r, &last))
      return false;
  return true;
}

/* Do the bytes hold the findings that they say? */
static bool sound(const Entry *e) {
  HpArena *scratch = e->nfindings ? hp_arena_new() : NULL;
  const char *at = e->findings, *end = at + e->size;
  DbFinding *f;
  bool ok = true;
  for (uint32_t i = 0; ok && i < e->nfindings; i++)
    ok = finding_unpack(&at, end, scratch, &f);
  hp_arena_free(scratch);
  return ok && at == end;
}

Judged *judged_new(const IrProgram *p, const Shelf *units, void *content, size_t size) {
  Judged *j = hp_calloc(1, sizeof *j);
  *j = (Judged){.program = p,
                .known = knowledge_of(p, units),
                .nitems = pg_nitems(p),
                .nfuncs = pg_nfuncs(p),
                .arena = hp_arena_new(),
                .content = content};
  j->entries = hp_calloc(j->nitems, sizeof *j->entries);
  j->wanted = hp_calloc(j->nitems, sizeof *j->wanted);
  if (content && !read_all(j, content, size))
    memset(j->entries, 0, j->nitems * sizeof *j->entries);
  for (uint32_t i = 0; i < j->nitems; i++) {
    Entry *e = &j->entries[i];
    e->holds = e->holds && sound(e);
    j->wanted[i] =
        !e->holds && (i < j->nfuncs ? pg_func(p, i)->fn != NULL : i < j->nfuncs + pg_nrecords(p));
    j->nwanted += j->wanted[i] && i < j->nfuncs;
  }
  return j;
}

void judged_free(Judged *j) {
  if (!j)
    return;
  free(j->known);
  free(j->entries);
  free(j->wanted);
  hp_arena_free(j->arena);
  free(j->content);
  free(j);
}

const bool *judged_wanted(const Judged *j, uint32_t *count) {
  *count = j->nwanted;
  return j->wanted;
}

void judged_findings(const Judged *j, DbFindings *out) {
  for (uint32_t i = 0; i < j->nitems; i++) {
    const Entry *e = &j->entries[i];
    const char *at = e->findings;
    for (uint32_t k = 0; e->holds && !j->wanted[i] && k < e->nfindings; k++) {
      HP_GROW(out->items, out->count, out->cap);
      bool ok = finding_unpack(&at, e->findings + e->size, out->arena, &out->items[out->count]);
      HP_ASSERT(ok); /* looked at before */
      out->count++;
    }
  }
}

/* ---- this run's ------------------------------------------------------------------------------ */

/* Also what is only named in a finding is needed to write it again. */
static void also(HpBuf *looked, uint32_t item) {
  for (size_t at = 0; at < looked->length; at += sizeof item)
    if (!memcmp(looked->text + at, &item, sizeof item))
      return;
  hp_buf_addn(looked, &item, sizeof item);
}

static void add_named(const Judged *j, HpBuf *looked, const Finding *f) {
  if (f->func != IR_NONE)
    also(looked, f->func);
  if (f->record != IR_NONE)
    also(looked, pg_item_of_record(j->program, f->record));
  for (uint32_t i = 0; i < f->nsites; i++)
    if (f->sites[i].func != IR_NONE)
      also(looked, f->sites[i].func);
}

typedef struct Fresh {
  HpBuf looked, findings;
  uint32_t nfindings;
} Fresh;

static void keep(Judged *j, uint32_t item, Fresh *fresh) {
  Entry e = {.nlooked = (uint32_t)(fresh->looked.length / sizeof *e.looked),
             .nfindings = fresh->nfindings,
             .size = (uint32_t)fresh->findings.length,
             .holds = j->known[item].name != 0};
  e.looked = hp_arena_copy(j->arena, fresh->looked.text, fresh->looked.length);
  e.findings = hp_arena_copy(j->arena, fresh->findings.text, fresh->findings.length);
  for (uint32_t i = 0; i < e.nlooked; i++)
    e.holds = e.holds && j->known[e.looked[i]].name;
  j->entries[item] = e;
}

void judged_add(Judged *j, const HpBuf *looked, const Report *report, const DbFindings *found,
                const uint32_t *items) {
  Fresh *fresh = hp_calloc(j->nitems, sizeof *fresh);
  for (size_t at = 0; at < looked->length;) {
    uint32_t head[2];
    memcpy(head, looked->text + at, sizeof head);
    hp_buf_addn(&fresh[head[0]].looked, looked->text + at + sizeof head,
                head[1] * sizeof(uint32_t));
    at += sizeof head + head[1] * sizeof(uint32_t);
  }
  for (uint32_t i = 0; i < report->count; i++)
    add_named(j, &fresh[report->findings[i]->item].looked, report->findings[i]);
  for (uint32_t i = 0; i < found->count; i++) {
    finding_pack(&fresh[items[i]].findings, found->items[i]);
    fresh[items[i]].nfindings++;
  }
  for (uint32_t i = 0; i < j->nitems; i++) {
    if (j->wanted[i])
      keep(j, i, &fresh[i]);
    hp_buf_free(&fresh[i].looked);
    hp_buf_free(&fresh[i].findings);
  }
  free(fresh);
}

static uint32_t number_item(const Judged *j, uint32_t *numbers, HpBuf *known, uint32_t item) {
  if (numbers[item] == IR_NONE) {
    numbers[item] = (uint32_t)(known->length / sizeof(Known));
    hp_buf_addn(known, &j->known[item], sizeof(Known));
  }
  return numbers[item];
}

static void add_number(HpBuf *out, uint32_t n) {
  for (; n >= 128; n >>= 7)
    hp_buf_addc(out, (char)(n | 128));
  hp_buf_addc(out, (char)n);
}

/* Returns the item. */
static uint32_t add_item(HpBuf *out, uint32_t before, uint32_t item) {
  uint32_t difference = item - before;
  add_number(out, difference << 1 ^ (0 - (difference >> 31)));
  return item;
}

void judged_pack(const Judged *j, HpBuf *out) {
  uint32_t *numbers = hp_malloc(j->nitems * sizeof *numbers), count = 0, last = 0;
  memset(numbers, 0xff, j->nitems * sizeof *numbers);
  HpBuf known = {0}, entries = {0};
  for (uint32_t i = 0; i < j->nitems; i++) {
    const Entry *e = &j->entries[i];
    if (!e->holds)
      continue;
    count++;
    last = add_item(&entries, last, number_item(j, numbers, &known, i));
    add_number(&entries, e->nlooked);
    uint32_t at = last;
    for (uint32_t k = 0; k < e->nlooked; k++)
      at = add_item(&entries, at, number_item(j, numbers, &known, e->looked[k]));
    add_number(&entries, e->nfindings);
    add_number(&entries, e->size);
    hp_buf_addn(&entries, e->findings, e->size);
  }
  const Head head = {FORMAT, (uint32_t)(known.length / sizeof(Known)), count, 0};
  hp_buf_addn(out, &head, sizeof head);
  hp_buf_addn(out, known.text, known.length);
  hp_buf_addn(out, entries.text, entries.length);
  hp_buf_free(&known);
  hp_buf_free(&entries);
  free(numbers);
}
