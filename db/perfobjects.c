/* Binaries that a perf recording names, and call chains over them: see perf.h.
 *
 * A binary that was rebuilt since would give wrong names without a word, so names are used only
 * when the build-id agrees or, where none was recorded, when the file is older than the recording.
 */
#include "db/perf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <xxhash.h>

typedef enum ObjectState {
  OBJECT_NEW,
  OBJECT_GOOD,
  OBJECT_MISSING,
  OBJECT_OTHER_BUILD
} ObjectState;

struct PerfObject {
  PerfObject *next;
  const char *path; /* as recorded, interned */
  uint8_t build_id[32];
  uint32_t build_id_size;
  ObjectState state;
  Symbols *symbols;
  double weight, no_line; /* of samples whose innermost address lies in it */
};

typedef struct CachedAddress {
  PerfObject *object;
  uint64_t vaddr;
  uint32_t first, count;
} CachedAddress;

struct PerfObjects {
  Model *model;
  const ReadInput *in;
  PerfObject *list;
  CachedAddress *cache; /* open addressing; object NULL: free */
  uint32_t cache_cap, cache_count;
  uint32_t *frames;
  uint32_t nframes, frames_cap;
  uint32_t kernel_frame;
  double chains, broken_chains;
};

PerfObjects *perf_objects_new(Model *m, const ReadInput *in) {
  PerfObjects *o = hp_calloc(1, sizeof *o);
  o->model = m;
  o->in = in;
  o->kernel_frame = UINT32_MAX;
  return o;
}

void perf_objects_free(PerfObjects *o) {
  if (!o)
    return;
  for (PerfObject *x = o->list, *next; x; x = next) {
    next = x->next;
    symbols_close(x->symbols);
    free(x);
  }
  free(o->cache);
  free(o->frames);
  free(o);
}

PerfObject *perf_object(PerfObjects *o, const char *path, const uint8_t *build_id, uint32_t size) {
  const char *name = model_intern(o->model, path);
  if (size > sizeof o->list->build_id)
    size = 0;
  /* hplint: ignore[HP101] a process maps tens of files, each looked up once */
  for (PerfObject *x = o->list; x; x = x->next)
    if (x->path == name && x->build_id_size == size &&
        (!size || !memcmp(x->build_id, build_id, size)))
      return x;
  PerfObject *x = hp_calloc(1, sizeof *x);
  x->path = name;
  x->build_id_size = size;
  if (size)
    memcpy(x->build_id, build_id, size);
  x->next = o->list;
  o->list = x;
  return x;
}

/* Not "[vdso]" or "//anon". */
static bool is_file(const PerfObject *x) {
  return x->path[0] == '/' && x->path[1] != '/';
}

/* ---- finding the binary --------------------------------------------------------------------- */

static bool same_build(const PerfObject *x, const Symbols *s) {
  const uint8_t *id;
  uint32_t n = symbols_build_id(s, &id);
  /* perf may pad a short id with zeros */
  return n && n <= x->build_id_size && !memcmp(id, x->build_id, n);
}

static bool try_file(PerfObjects *o, PerfObject *x, const char *path, bool recorded_path) {
  Symbols *s = symbols_open(path, NULL);
  if (!s)
    return false;
  bool good;
  if (x->build_id_size) {
    good = same_build(x, s);
  } else {
    struct stat st;
    good = recorded_path && !stat(path, &st) && (!o->in->mtime || st.st_mtime <= o->in->mtime);
  }
  if (good) {
    x->symbols = s;
    x->state = OBJECT_GOOD;
    return true;
  }
  symbols_close(s);
  if (recorded_path)
    x->state = OBJECT_OTHER_BUILD;
  return false;
}

/* A recording may have been copied from another machine along with its binaries. */
static bool try_beside(PerfObjects *o, PerfObject *x) {
  const char *base = strrchr(x->path, '/'), *slash = strrchr(o->in->path, '/');
  char *path = hp_format("%.*s%s", slash ? (int)(slash + 1 - o->in->path) : 0, o->in->path,
                         base ? base + 1 : x->path);
  bool found = try_file(o, x, path, false);
  free(path);
  return found;
}

/* perf keeps the binaries it saw in ~/.debug, also those that were rebuilt since. */
static bool try_perf_cache(PerfObjects *o, PerfObject *x) {
  const char *home = getenv("HOME");
  if (!home || x->build_id_size < 2)
    return false;
  HpBuf path = {0};
  hp_buf_addf(&path, "%s/.debug/.build-id/%02x/", home, x->build_id[0]);
  for (uint32_t i = 1; i < x->build_id_size; i++)
    hp_buf_addf(&path, "%02x", x->build_id[i]);
  hp_buf_add(&path, "/elf");
  bool found = try_file(o, x, path.text, false);
  hp_buf_free(&path);
  return found;
}

Symbols *perf_object_symbols(PerfObjects *o, PerfObject *x) {
  if (x->state == OBJECT_NEW) {
    x->state = OBJECT_MISSING;
    if (!o->in->no_binaries && is_file(x) && !try_file(o, x, x->path, true) && x->build_id_size &&
        !try_beside(o, x))
      try_perf_cache(o, x);
  }
  return x->symbols;
}

PerfObject *perf_object_of_inlined(PerfObjects *o, uint64_t offset, const char *const *names,
                                   uint32_t count) {
  SymFrame frames[SYMBOLS_MAX_FRAMES];
  for (PerfObject *x = o->list; x; x = x->next) {
    Symbols *s = perf_object_symbols(o, x);
    uint64_t vaddr;
    if (!s || !symbols_vaddr(s, offset, &vaddr) || symbols_lookup(s, vaddr, frames) != count)
      continue;
    uint32_t same = 0;
    while (same < count && frames[same].function && !strcmp(frames[same].function, names[same]))
      same++;
    if (same == count)
      return x;
  }
  return NULL;
}

const char *perf_object_path(const PerfObject *x) {
  return x->path;
}

/* ---- warnings ------------------------------------------------------------------------------- */

/* Binaries without debug information are told in one line: a desktop's recording has many. */
typedef struct Bare {
  HpBuf names;
  uint32_t count;
  double weight;
} Bare;

static void add_bare(Bare *b, const PerfObject *x) {
  const char *base = strrchr(x->path, '/');
  if (b->count++ < 4)
    hp_buf_addf(&b->names, "%s%s", b->count > 1 ? ", " : "", base ? base + 1 : x->path);
  else if (b->count == 5)
    hp_buf_add(&b->names, " and others");
  b->weight += x->no_line;
}

void perf_objects_warn(PerfObjects *o, double total) {
  Bare bare = {0};
  for (PerfObject *x = o->list; x; x = x->next) {
    if (x->no_line < total * 0.001)
      continue;
    double share = 100 * x->no_line / total;
    if (x->state == OBJECT_MISSING && is_file(x))
      model_warn(o->model, "%s is missing: no lines for %.1f%% of the cost", x->path, share);
    else if (x->state == OBJECT_OTHER_BUILD)
      model_warn(o->model,
                 "%s is another build than the one recorded: %.1f%% of the cost has no lines; "
                 "record again",
                 x->path, share);
    else if (x->state == OBJECT_GOOD && !symbols_has_lines(x->symbols))
      add_bare(&bare, x);
  }
  if (bare.weight >= total * 0.01)
    model_warn(o->model, "no debug information in %s: no lines for %.1f%% of the cost",
               hp_buf_text(&bare.names), 100 * bare.weight / total);
  hp_buf_free(&bare.names);
  if (o->chains > 0 && o->broken_chains > o->chains * 0.05)
    model_warn(o->model,
               "%.0f%% of the call chains do not reach main (code without frame pointers): they "
               "count for their innermost function only; record with --call-graph dwarf",
               100 * o->broken_chains / o->chains);
}

/* ---- chains --------------------------------------------------------------------------------- */

static bool is_root(const char *f) {
  static const char *const roots[] = {"main",
                                      "_start",
                                      "start_thread",
                                      "clone",
                                      "clone3",
                                      "__clone",
                                      "__clone3",
                                      "thread_start",
                                      "__libc_start_main",
                                      "__libc_start_call_main"};
  for (size_t i = 0; i < sizeof roots / sizeof *roots; i++)
    if (!strcmp(f, roots[i]))
      return true;
  return false;
}

/* The C library calls main and thread functions, often from code without symbols. */
static bool is_libc(const PerfObject *x) {
  const char *base = strrchr(x->path, '/');
  base = base ? base + 1 : x->path;
  return !strncmp(base, "libc.so", 7) || !strncmp(base, "libc-", 5) ||
         !strncmp(base, "libpthread", 10) || !strncmp(base, "ld-musl", 7);
}

void chain_clear(PerfChain *c) {
  c->count = c->leaf = 0;
  c->rooted = c->kernel = false;
  c->object = NULL;
}

static void chain_push(PerfChain *c, uint32_t frame) {
  if (c->count < CHAIN_MAX)
    c->frames[c->count++] = frame;
}

/* The user's address below kernel frames is as sure as an innermost one. */
static void chain_addressed(PerfChain *c, PerfObject *object, bool first) {
  if (first || (c->kernel && c->leaf == 1))
    c->leaf = c->count;
  if (first)
    c->object = object;
  else if (is_libc(object))
    c->rooted = true;
  c->kernel = false;
}

void chain_add_kernel(PerfObjects *o, PerfChain *c) {
  if (o->kernel_frame == UINT32_MAX)
    o->kernel_frame =
        model_frame(o->model, model_function(o->model, "[kernel]", NULL, 0, "[kernel]"), NULL, 0);
  if (!c->kernel)
    chain_push(c, o->kernel_frame);
  if (c->count == 1)
    c->leaf = 1;
  c->kernel = true;
}

void chain_add_function(PerfObjects *o, PerfChain *c, PerfObject *object, const char *function) {
  bool first = c->count == 0;
  if (function && !first && is_root(function))
    c->rooted = true;
  chain_push(c, model_frame(o->model,
                            model_function(o->model, function ? function : "[unknown]", NULL, 0,
                                           object->path),
                            NULL, 0));
  chain_addressed(c, object, first);
}

static CachedAddress *cache_slot(PerfObjects *o, PerfObject *object, uint64_t vaddr) {
  if (o->cache_count * 4 >= o->cache_cap * 3) {
    uint32_t old_cap = o->cache_cap;
    CachedAddress *old = o->cache;
    o->cache_cap = old_cap ? old_cap * 2 : 1024;
    o->cache = hp_calloc(o->cache_cap, sizeof *o->cache);
    for (uint32_t i = 0; i < old_cap; i++)
      if (old[i].object)
        *cache_slot(o, old[i].object, old[i].vaddr) = old[i];
    free(old);
  }
  struct {
    PerfObject *object;
    uint64_t vaddr;
  } key = {object, vaddr};
  uint32_t at = (uint32_t)XXH3_64bits(&key, sizeof key);
  for (;; at++) {
    CachedAddress *e = &o->cache[at & (o->cache_cap - 1)];
    if (!e->object || (e->object == object && e->vaddr == vaddr))
      return e;
  }
}

static void resolve(PerfObjects *o, CachedAddress *e, Symbols *s) {
  SymFrame frames[SYMBOLS_MAX_FRAMES];
  uint32_t n = s ? symbols_lookup(s, e->vaddr, frames) : 0;
  if (!n)
    frames[n++] = (SymFrame){0};
  e->first = o->nframes;
  e->count = n;
  for (uint32_t i = 0; i < n; i++) {
    const SymFrame *f = &frames[i];
    uint32_t function =
        model_function(o->model, f->function ? f->function : "[unknown]",
                       model_path(o->model, NULL, f->defined_in), f->defined_at, e->object->path);
    HP_GROW(o->frames, o->nframes, o->frames_cap);
    o->frames[o->nframes++] =
        model_frame(o->model, function, model_path(o->model, NULL, f->file), f->line);
  }
}

void chain_add_address(PerfObjects *o, PerfChain *c, PerfObject *object, uint64_t vaddr) {
  bool first = c->count == 0;
  CachedAddress *e = cache_slot(o, object, vaddr);
  if (!e->object) {
    *e = (CachedAddress){.object = object, .vaddr = vaddr};
    o->cache_count++;
    resolve(o, e, perf_object_symbols(o, object));
  }
  for (uint32_t i = 0; i < e->count; i++)
    chain_push(c, o->frames[e->first + i]);
  if (!first && is_root(model_frame_name(o->model, o->frames[e->first + e->count - 1])))
    c->rooted = true;
  chain_addressed(c, object, first);
}

void chain_end(PerfObjects *o, PerfChain *c, double weight, bool callers, bool sure) {
  if (!c->count)
    chain_push(c, model_frame(o->model, model_function(o->model, "[unknown]", NULL, 0, "[unknown]"),
                              NULL, 0));
  if (!c->leaf)
    c->leaf = c->count;
  uint32_t n = c->count;
  bool rooted = c->rooted || is_root(model_frame_name(o->model, c->frames[c->leaf - 1]));
  if (callers) {
    o->chains++;
    if (!sure && !rooted && n < 100) {
      n = c->leaf;
      o->broken_chains++;
    }
  }
  if (c->object) {
    c->object->weight += weight;
    if (!model_frame_line(o->model, c->frames[0]))
      c->object->no_line += weight;
  }
  model_sample(o->model, c->frames, n, weight, callers && model_room(o->model));
}

/* ---- events --------------------------------------------------------------------------------- */

bool perf_event_metric(const char *event, const char **metric, const char **unit) {
  static const struct {
    const char *event, *metric, *unit;
    bool time;
  } known[] = {
      {"cpu-clock", "time", "ns", true},
      {"task-clock", "time", "ns", true},
      {"cycles", "cycles", "cycles", true},
      {"cpu-cycles", "cycles", "cycles", true},
      {"ref-cycles", "cycles", "cycles", true},
      {"instructions", "instructions", "instructions", false},
      {"cache-misses", "cache-misses", "misses", false},
      {"branch-misses", "branch-misses", "misses", false},
      {"page-faults", "page-faults", "faults", false},
  };
  const char *slash = strchr(event, '/'); /* cpu_core/cycles/u */
  if (slash)
    event = slash + 1;
  size_t n = strcspn(event, ":/");
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (strlen(known[i].event) == n && !memcmp(known[i].event, event, n)) {
      *metric = known[i].metric;
      *unit = known[i].unit;
      return known[i].time;
    }
  *metric = "events";
  *unit = "events";
  return false;
}
