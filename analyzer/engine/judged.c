/* Which judgements still hold, and those of this run for the next.
 *
 * The stored block: a head; the items that were looked at (one hash of name and value each); then,
 * like to like since that compresses better, for each judgement the item judged, how many it looked
 * at, how many findings it has and how many bytes these are; the items that each looked at; the
 * findings. Items are numbers in the list, as the difference to the one before, all numbers seven
 * bits a byte. It comes from a file that is not trusted: all numbers are checked, and at worst
 * everything is judged anew. */
#include "analyzer/engine/judged.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

enum { FORMAT = 4 };

typedef struct Head {
  uint32_t format, nknown, nentries, entries_size, looked_size, nothing;
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
};

/* ---- reading --------------------------------------------------------------------------------- */

typedef struct ByHash {
  uint64_t hash;
  uint32_t item;
} ByHash;

typedef struct Reader {
  const char *at, *end;
} Reader;

/* What a stored block consists of. */
typedef struct Parts {
  Reader entries, looked, findings;
  const uint32_t
      *now; /* of the stored items: the item as it is now; IR_NONE when it is not the same */
  uint32_t nknown;
} Parts;

static uint64_t hash_of(const Known *known) {
  return XXH3_64bits(known, sizeof *known);
}

static int by_hash(const void *a, const void *b) {
  const ByHash *x = a, *y = b;
  return (x->hash > y->hash) - (x->hash < y->hash);
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

/* Small differences of either sign are small numbers. `*item` is the one before. */
static bool take_item(const Parts *p, Reader *r, uint32_t *item) {
  uint32_t n;
  if (!take_number(r, &n))
    return false;
  *item += n >> 1 ^ (0 - (n & 1));
  return *item < p->nknown;
}

static const uint32_t *match_known(const Judged *j, const char *stored, uint32_t count) {
  uint32_t *now = HP_NEW(j->arena, uint32_t, count);
  ByHash *hashes = hp_calloc(j->nitems, sizeof *hashes);
  uint32_t n = 0;
  for (uint32_t i = 0; i < j->nitems; i++)
    if (j->known[i].name)
      hashes[n++] = (ByHash){hash_of(&j->known[i]), i};
  if (n)
    qsort(hashes, n, sizeof *hashes, by_hash);
  for (uint32_t i = 0; i < count; i++) {
    ByHash key = {0};
    memcpy(&key.hash, stored + i * sizeof key.hash, sizeof key.hash);
    const ByHash *at = n ? bsearch(&key, hashes, n, sizeof *hashes, by_hash) : NULL;
    now[i] = at ? at->item : IR_NONE;
  }
  free(hashes);
  return now;
}

/* False when the bytes make no sense. */
static bool read_entry(Judged *j, Parts *p, uint32_t *last) {
  uint32_t n, at;
  Entry e = {0};
  if (!take_item(p, &p->entries, last) || !take_number(&p->entries, &n) ||
      !take_number(&p->entries, &e.nfindings) || !take_number(&p->entries, &e.size) ||
      n > (size_t)(p->looked.end - p->looked.at) || !(e.findings = take(&p->findings, e.size, 1)))
    return false;
  at = *last;
  e.nlooked = n;
  e.holds = p->now[*last] != IR_NONE;
  uint32_t *looked = HP_NEW(j->arena, uint32_t, n);
  for (uint32_t i = 0; i < n; i++) {
    if (!take_item(p, &p->looked, &at))
      return false;
    looked[i] = p->now[at];
    e.holds = e.holds && looked[i] != IR_NONE;
  }
  e.looked = looked;
  if (e.holds)
    j->entries[p->now[*last]] = e;
  return true;
}

static bool take_part(Reader *from, size_t size, Reader *part) {
  part->at = take(from, size, 1);
  part->end = part->at ? part->at + size : NULL;
  return part->at;
}

static bool read_all(Judged *j, const void *content, size_t size) {
  Head head;
  Reader r = {content, (const char *)content + size};
  const char *start = take(&r, 1, sizeof head);
  if (!start)
    return false;
  memcpy(&head, start, sizeof head);
  const char *known = take(&r, head.nknown, sizeof(uint64_t));
  Parts p = {.nknown = head.nknown};
  if (head.format != FORMAT || !known || !take_part(&r, head.entries_size, &p.entries) ||
      !take_part(&r, head.looked_size, &p.looked))
    return false;
  p.findings = r;
  p.now = match_known(j, known, head.nknown);
  uint32_t last = 0;
  for (uint32_t i = 0; i < head.nentries; i++)
    if (!read_entry(j, &p, &last))
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

Judged *judged_new(const IrProgram *p, const Shelf *units, unsigned jobs, const void *content,
                   size_t size) {
  Judged *j = hp_calloc(1, sizeof *j);
  *j = (Judged){.program = p,
                .known = knowledge_of(p, units, jobs),
                .nitems = pg_nitems(p),
                .nfuncs = pg_nfuncs(p),
                .arena = hp_arena_new()};
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

static int compare_items(const void *a, const void *b) {
  const uint32_t *x = a, *y = b;
  return (*x > *y) - (*x < *y);
}

static void keep(Judged *j, uint32_t item, Fresh *fresh) {
  Entry e = {.nlooked = (uint32_t)(fresh->looked.length / sizeof *e.looked),
             .nfindings = fresh->nfindings,
             .size = (uint32_t)fresh->findings.length,
             .holds = j->known[item].name != 0};
  uint32_t *looked = hp_arena_copy(j->arena, fresh->looked.text, fresh->looked.length);
  if (e.nlooked) /* in ascending order they need less room */
    qsort(looked, e.nlooked, sizeof *looked, compare_items);
  e.looked = looked;
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

/* The items that are judged or looked at get numbers in the program's order. */
static uint32_t *number_items(const Judged *j, HpBuf *hashes) {
  uint32_t *numbers = hp_calloc(j->nitems, sizeof *numbers), count = 0;
  for (uint32_t i = 0; i < j->nitems; i++) {
    const Entry *e = &j->entries[i];
    if (!e->holds)
      continue;
    numbers[i] = 1;
    for (uint32_t k = 0; k < e->nlooked; k++)
      numbers[e->looked[k]] = 1;
  }
  for (uint32_t i = 0; i < j->nitems; i++) {
    if (!numbers[i])
      continue;
    numbers[i] = count++;
    uint64_t hash = hash_of(&j->known[i]);
    hp_buf_addn(hashes, &hash, sizeof hash);
  }
  return numbers;
}

void judged_pack(const Judged *j, HpBuf *out) {
  HpBuf hashes = {0}, entries = {0}, looked = {0}, findings = {0};
  uint32_t *numbers = number_items(j, &hashes), count = 0, last = 0;
  for (uint32_t i = 0; i < j->nitems; i++) {
    const Entry *e = &j->entries[i];
    if (!e->holds)
      continue;
    count++;
    last = add_item(&entries, last, numbers[i]);
    add_number(&entries, e->nlooked);
    add_number(&entries, e->nfindings);
    add_number(&entries, e->size);
    uint32_t at = last;
    for (uint32_t k = 0; k < e->nlooked; k++)
      at = add_item(&looked, at, numbers[e->looked[k]]);
    hp_buf_addn(&findings, e->findings, e->size);
  }
  const Head head = {FORMAT,
                     (uint32_t)(hashes.length / sizeof(uint64_t)),
                     count,
                     (uint32_t)entries.length,
                     (uint32_t)looked.length,
                     0};
  hp_buf_addn(out, &head, sizeof head);
  HpBuf *const parts[] = {&hashes, &entries, &looked, &findings};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    hp_buf_addn(out, parts[i]->text, parts[i]->length);
    hp_buf_free(parts[i]);
  }
  free(numbers);
}
