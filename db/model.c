/* The builder behind every reader: see model.h.
 *
 * Everything is found by hash tables of indexes into the profile's arrays; keys are interned
 * pointers and numbers, compared as bytes. */
#include "db/model.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

/* ---- hash table: from key bytes to an index ------------------------------------------------- */

typedef struct Slot {
  uint32_t hash, index; /* index + 1; 0: free */
} Slot;
typedef struct Table {
  Slot *slots;
  uint32_t cap, count;
} Table;

static void table_grow(Table *t) {
  uint32_t cap = t->cap ? t->cap * 2 : 256;
  Slot *slots = hp_calloc(cap, sizeof *slots);
  for (uint32_t i = 0; i < t->cap; i++) {
    if (!t->slots[i].index)
      continue;
    uint32_t at = t->slots[i].hash & (cap - 1);
    while (slots[at].index)
      at = (at + 1) & (cap - 1);
    slots[at] = t->slots[i];
  }
  free(t->slots);
  t->slots = slots;
  t->cap = cap;
}

/* Goes on from *at, which starts as the hash: the index of the next entry with this hash, or
 * UINT32_MAX at a free slot. */
static uint32_t table_next(const Table *t, uint32_t hash, uint32_t *at) {
  for (;; (*at)++) {
    const Slot *s = &t->slots[*at & (t->cap - 1)];
    if (!s->index)
      return UINT32_MAX;
    if (s->hash == hash) {
      (*at)++;
      return s->index - 1;
    }
  }
}

static void table_add(Table *t, uint32_t hash, uint32_t index) {
  uint32_t at = hash & (t->cap - 1);
  while (t->slots[at].index)
    at = (at + 1) & (t->cap - 1);
  t->slots[at] = (Slot){hash, index + 1};
  t->count++;
}

static void table_room(Table *t) {
  if (t->count * 4 >= t->cap * 3)
    table_grow(t);
}

/* Keys of fixed shape, without padding so that they can be compared as bytes. */
typedef struct Key {
  const char *a, *b;
  uint64_t n;
} Key;
typedef struct Keys { /* a table with the key of each index beside it */
  Table table;
  Key *keys;
  uint32_t count, cap;
} Keys;

/* The index of the key; *fresh when it is a new one, which the caller appends to its array. */
static uint32_t keys_find(Keys *k, Key key, bool *fresh) {
  table_room(&k->table);
  uint32_t hash = (uint32_t)XXH3_64bits(&key, sizeof key), at = hash, i;
  *fresh = false;
  while ((i = table_next(&k->table, hash, &at)) != UINT32_MAX)
    if (!memcmp(&k->keys[i], &key, sizeof key))
      return i;
  *fresh = true;
  table_add(&k->table, hash, k->count);
  HP_GROW(k->keys, k->count, k->cap);
  k->keys[k->count] = key;
  return k->count++;
}

static void keys_free(Keys *k) {
  free(k->table.slots);
  free(k->keys);
}

/* ---- the model ------------------------------------------------------------------------------ */

struct Model {
  Profile *p;
  Table strings;
  const char **string_list;
  uint32_t nstrings, strings_cap;
  Keys functions, frames, lines, calls;
  Table stacks;
  uint32_t *frame_function; /* of frames, by index */
  uint32_t frame_function_cap;
  uint64_t *seen_function, *seen_frame, *seen_call; /* the last sample that showed it */
  uint32_t seen_function_cap, seen_frame_cap, seen_call_cap;
  uint64_t sample;
  uint32_t warnings_cap;
  bool any;
};

enum { STACK_FRAMES_MAX = 64 << 20 }; /* 256 MB of stored stacks */

Model *model_new(const char *format, const char *metric, const char *unit, const char *source) {
  Model *m = hp_calloc(1, sizeof *m);
  m->p = hp_calloc(1, sizeof *m->p);
  m->p->arena = hp_arena_new();
  m->p->format = format;
  m->p->metric = metric;
  m->p->unit = unit;
  m->p->source = hp_arena_strdup(m->p->arena, source ? source : "");
  return m;
}

static void free_tables(Model *m) {
  keys_free(&m->functions);
  keys_free(&m->frames);
  keys_free(&m->lines);
  keys_free(&m->calls);
  free(m->strings.slots);
  free(m->string_list);
  free(m->stacks.slots);
  free(m->frame_function);
  free(m->seen_function);
  free(m->seen_frame);
  free(m->seen_call);
  free(m);
}

void model_free(Model *m) {
  if (!m)
    return;
  profile_free(m->p);
  free_tables(m);
}

void profile_free(Profile *p) {
  if (!p)
    return;
  free(p->lines);
  free(p->functions);
  free(p->calls);
  free(p->frames);
  free(p->stack_frames);
  free(p->stacks);
  free(p->warnings);
  hp_arena_free(p->arena);
  free(p);
}

void model_metric(Model *m, const char *metric, const char *unit) {
  m->p->metric = metric;
  m->p->unit = unit;
}

void model_command(Model *m, const char *command) {
  m->p->command = model_intern(m, command);
}

void model_warn(Model *m, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  char *raw = hp_vformat(fmt, ap);
  va_end(ap);
  HpBuf clean = {0};
  hp_buf_add_escaped(&clean, raw);
  free(raw);
  HP_GROW(m->p->warnings, m->p->nwarnings, m->warnings_cap);
  m->p->warnings[m->p->nwarnings++] = hp_arena_strdup(m->p->arena, hp_buf_text(&clean));
  hp_buf_free(&clean);
}

const char *model_first_warning(const Model *m) {
  return m->p->nwarnings ? m->p->warnings[0] : NULL;
}

const char *model_intern(Model *m, const char *text) {
  if (!text)
    return NULL;
  table_room(&m->strings);
  uint32_t hash = (uint32_t)XXH3_64bits(text, strlen(text)), at = hash, i;
  while ((i = table_next(&m->strings, hash, &at)) != UINT32_MAX)
    if (!strcmp(m->string_list[i], text))
      return m->string_list[i];
  table_add(&m->strings, hash, m->nstrings);
  HP_GROW(m->string_list, m->nstrings, m->strings_cap);
  return m->string_list[m->nstrings++] = hp_arena_strdup(m->p->arena, text);
}

/* Removes `.`, `..` and empty parts in place. */
static void clean_path(char *path) {
  bool absolute = path[0] == '/';
  char *parts[256];
  uint32_t n = 0;
  char *rest = path, *part;
  while ((part = strsep(&rest, "/"))) {
    if (!*part || !strcmp(part, "."))
      continue;
    if (!strcmp(part, "..") && n && strcmp(parts[n - 1], "..")) {
      n--;
      continue;
    }
    if (n == 256) /* nobody has that; keep the end, which names the file */
      memmove(parts, parts + 1, --n * sizeof *parts);
    parts[n++] = part;
  }
  char *out = path;
  if (absolute)
    *out++ = '/';
  for (uint32_t i = 0; i < n; i++) {
    size_t length = strlen(parts[i]);
    if (i)
      *out++ = '/';
    memmove(out, parts[i], length);
    out += length;
  }
  *out = 0;
}

const char *model_path(Model *m, const char *folder, const char *path) {
  if (!path)
    return NULL;
  char *full =
      path[0] != '/' && folder && *folder ? hp_format("%s/%s", folder, path) : hp_strdup(path);
  clean_path(full);
  const char *kept = model_intern(m, full);
  free(full);
  return kept;
}

uint32_t model_function(Model *m, const char *name, const char *file, uint32_t line,
                        const char *object) {
  Profile *p = m->p;
  bool fresh;
  const char *n = model_intern(m, name), *f = model_intern(m, file), *o = model_intern(m, object);
  /* The last bit keeps a file and an object of one name apart. */
  uint32_t i = keys_find(&m->functions, (Key){n, f ? f : o, (uint64_t)line << 1 | !f}, &fresh);
  if (!fresh)
    return i;
  HP_GROW(p->functions, p->nfunctions, p->functions_cap);
  p->functions[p->nfunctions++] = (ProfFunction){
      .function = (char *)n, .file = (char *)f, .line = line, .object = (char *)o, .calls = -1};
  if (m->seen_function_cap < p->functions_cap) {
    m->seen_function = hp_realloc(m->seen_function, p->functions_cap * sizeof *m->seen_function);
    m->seen_function_cap = p->functions_cap;
  }
  m->seen_function[i] = 0;
  return i;
}

ProfFunction *model_function_at(Model *m, uint32_t function) {
  HP_ASSERT(function < m->p->nfunctions);
  return &m->p->functions[function];
}

uint32_t model_frame(Model *m, uint32_t function, const char *file, uint32_t line) {
  Profile *p = m->p;
  bool fresh;
  const char *f = model_intern(m, file);
  uint32_t i = keys_find(&m->frames, (Key){f, NULL, (uint64_t)function << 32 | line}, &fresh);
  if (!fresh)
    return i;
  HP_GROW(p->frames, p->nframes, p->frames_cap);
  p->frames[p->nframes++] = (ProfFrame){(char *)f, line, p->functions[function].function};
  if (m->seen_frame_cap < p->frames_cap) {
    m->seen_frame = hp_realloc(m->seen_frame, p->frames_cap * sizeof *m->seen_frame);
    m->frame_function = hp_realloc(m->frame_function, p->frames_cap * sizeof *m->frame_function);
    m->seen_frame_cap = p->frames_cap;
  }
  m->seen_frame[i] = 0;
  m->frame_function[i] = function;
  return i;
}

const char *model_frame_name(const Model *m, uint32_t frame) {
  return m->p->frames[frame].function;
}

uint32_t model_frame_line(const Model *m, uint32_t frame) {
  return m->p->frames[frame].file ? m->p->frames[frame].line : 0;
}

void model_line(Model *m, const char *file, uint32_t line, const char *function, double self,
                double hits) {
  Profile *p = m->p;
  bool fresh;
  const char *f = model_intern(m, file), *n = model_intern(m, function);
  uint32_t i = keys_find(&m->lines, (Key){f, n, line}, &fresh);
  if (fresh) {
    HP_GROW(p->lines, p->nlines, p->lines_cap);
    p->lines[p->nlines++] =
        (ProfLine){.file = (char *)f, .line = line, .function = (char *)n, .hits = -1};
  }
  ProfLine *l = &p->lines[i];
  l->self += self;
  if (hits >= 0)
    l->hits = (l->hits < 0 ? 0 : l->hits) + hits;
  p->total += self;
  m->any = true;
}

void model_lost(Model *m, double weight) {
  m->p->lost += weight;
  m->p->total += weight;
  m->any = true;
}

static uint32_t find_call(Model *m, uint32_t caller, const char *file, uint32_t line,
                          uint32_t callee) {
  Profile *p = m->p;
  bool fresh;
  Key key = {file, p->functions[caller].function, (uint64_t)callee << 32 | line};
  uint32_t i = keys_find(&m->calls, key, &fresh);
  if (!fresh)
    return i;
  HP_GROW(p->calls, p->ncalls, p->calls_cap);
  p->calls[p->ncalls++] = (ProfCall){.file = (char *)file,
                                     .line = line,
                                     .caller = p->functions[caller].function,
                                     .callee = p->functions[callee].function,
                                     .calls = -1};
  if (m->seen_call_cap < p->calls_cap) {
    m->seen_call = hp_realloc(m->seen_call, p->calls_cap * sizeof *m->seen_call);
    m->seen_call_cap = p->calls_cap;
  }
  m->seen_call[i] = 0;
  return i;
}

void model_call(Model *m, uint32_t caller, const char *file, uint32_t line, uint32_t callee,
                double calls, double total) {
  uint32_t at = find_call(m, caller, model_intern(m, file), line, callee);
  ProfCall *c = &m->p->calls[at];
  if (calls >= 0)
    c->calls = (c->calls < 0 ? 0 : c->calls) + calls;
  c->total += total;
}

/* ---- samples -------------------------------------------------------------------------------- */

/* A stack answers "does this sample touch one of these lines": each frame is kept once, which also
 * folds recursion. */
static void add_stack(Model *m, const uint32_t *frames, uint32_t count, double weight) {
  Profile *p = m->p;
  uint32_t first = p->nstack_frames;
  for (uint32_t i = 0; i < count; i++) {
    if (m->seen_frame[frames[i]] == m->sample)
      continue;
    m->seen_frame[frames[i]] = m->sample;
    HP_GROW(p->stack_frames, p->nstack_frames, p->stack_frames_cap);
    p->stack_frames[p->nstack_frames++] = frames[i];
  }
  uint32_t n = p->nstack_frames - first;
  const uint32_t *mine = p->stack_frames + first;
  table_room(&m->stacks);
  uint32_t hash = (uint32_t)XXH3_64bits(mine, n * sizeof *mine), at = hash, i;
  while ((i = table_next(&m->stacks, hash, &at)) != UINT32_MAX) {
    ProfStack *s = &p->stacks[i];
    if (s->count != n || memcmp(p->stack_frames + s->first, mine, n * sizeof *mine))
      continue;
    s->weight += weight;
    s->samples++;
    p->nstack_frames = first;
    return;
  }
  table_add(&m->stacks, hash, p->nstacks);
  HP_GROW(p->stacks, p->nstacks, p->stacks_cap);
  p->stacks[p->nstacks++] = (ProfStack){first, n, weight, 1};
}

void model_sample(Model *m, const uint32_t *frames, uint32_t count, double weight, bool chain) {
  HP_ASSERT(count > 0);
  Profile *p = m->p;
  m->sample++;
  p->samples++;
  const ProfFrame *leaf = &p->frames[frames[0]];
  if (leaf->file && leaf->line)
    model_line(m, leaf->file, leaf->line, leaf->function, weight, -1);
  else
    model_lost(m, weight);
  p->functions[m->frame_function[frames[0]]].self += weight;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t function = m->frame_function[frames[i]];
    if (m->seen_function[function] != m->sample) {
      m->seen_function[function] = m->sample;
      p->functions[function].total += weight;
    }
    const ProfFrame *caller = &p->frames[frames[i]];
    if (i == 0 || !caller->file || !caller->line)
      continue;
    uint32_t call =
        find_call(m, function, caller->file, caller->line, m->frame_function[frames[i - 1]]);
    if (m->seen_call[call] != m->sample) {
      m->seen_call[call] = m->sample;
      p->calls[call].total += weight;
    }
  }
  if (chain)
    add_stack(m, frames, count, weight);
}

bool model_room(const Model *m) {
  return m->p->nstack_frames < STACK_FRAMES_MAX;
}

/* ---- the end -------------------------------------------------------------------------------- */

static int text_order(const char *a, const char *b) {
  return strcmp(a ? a : "", b ? b : "");
}

static int number_order(double a, double b) { /* larger first */
  return a < b ? 1 : a > b ? -1 : 0;
}

static int line_order(const void *pa, const void *pb) {
  const ProfLine *a = pa, *b = pb;
  int order = text_order(a->file, b->file);
  if (!order)
    order = a->line < b->line ? -1 : a->line > b->line;
  return order ? order : text_order(a->function, b->function);
}

static int function_order(const void *pa, const void *pb) {
  const ProfFunction *a = pa, *b = pb;
  int order = number_order(a->self, b->self);
  if (!order)
    order = number_order(a->total, b->total);
  if (!order)
    order = text_order(a->function, b->function);
  if (!order)
    order = text_order(a->file, b->file);
  return order ? order : text_order(a->object, b->object);
}

static int call_order(const void *pa, const void *pb) {
  const ProfCall *a = pa, *b = pb;
  int order = text_order(a->file, b->file);
  if (!order)
    order = a->line < b->line ? -1 : a->line > b->line;
  if (!order)
    order = text_order(a->caller, b->caller);
  return order ? order : text_order(a->callee, b->callee);
}

#define SORT(array, count, order)                                                                  \
  ((count) ? qsort((array), (count), sizeof *(array), (order)) : (void)0)

Profile *model_finish(Model *m, HpError *err) {
  Profile *p = m->p;
  if (!m->any || p->total <= 0) {
    hp_fail(err, "%s: %s", p->source,
            m->any ? "the profile counted nothing: every cost in it is 0"
                   : "the profile is empty: it holds no samples or counts");
    model_free(m);
    return NULL;
  }
  if (!p->nstacks)
    p->nframes = 0;
  SORT(p->lines, p->nlines, line_order);
  SORT(p->functions, p->nfunctions, function_order);
  SORT(p->calls, p->ncalls, call_order);
  free_tables(m);
  return p;
}
