/* A queue of units and a few threads that work it off; whoever waits works too. */
#include "analyzer/engine/shelf.h"

#include "ir/build.h"
#include "ir/serial.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

enum {
  MAX_THREADS = 16,
  PIECE = 256, /* functions: a unit with more of them is made ready by several threads */
};

typedef struct Place {
  IrUnit *unit;
  IrAnalysis **analyses;       /* by function; NULL for those of headers: many units have them */
  DbUnit stored;               /* until it is read */
  uint64_t tables, *functions; /* hashes */
  uint64_t *bodies;            /* by function: pg_body_hash */
} Place;

/* Some functions of a unit; of a stored one, all there is to do. */
typedef struct Piece {
  uint32_t place, from, to;
} Piece;

typedef struct ByAddress {
  const IrUnit *unit;
  uint32_t index;
} ByAddress;

struct Shelf {
  Place *places;
  uint32_t count;
  ByAddress *sorted; /* made by shelf_wait */
  uint32_t nsorted;
  pthread_t threads[MAX_THREADS];
  HpArena *arenas[MAX_THREADS + 1]; /* of each thread, and of the caller's */
  unsigned jobs, started;
  pthread_mutex_t lock;
  pthread_cond_t more, idle;
  Piece *queue;
  uint32_t first, last, cap, under_way;
  bool end;
};

typedef struct Hand {
  Shelf *shelf;
  HpArena *arena;
} Hand;

/* ---- hashes ---------------------------------------------------------------------------------- */

static uint64_t add_table(uint64_t hash, const void *items, uint32_t count, size_t element) {
  return XXH3_64bits_withSeed(count ? items : "", count * element, hash + count);
}
#define ADD(hash, array, n) add_table(hash, array, n, sizeof *(array))

static uint64_t hash_tables(const IrUnit *u) {
  uint64_t hash = ADD(0, u->strings, u->nstrings);
  hash = ADD(hash, u->files, u->nfiles);
  hash = ADD(hash, u->macros, u->nmacros);
  hash = ADD(hash, u->types, u->ntypes);
  hash = ADD(hash, u->records, u->nrecords);
  hash = ADD(hash, u->fields, u->nfields);
  hash = ADD(hash, u->symbols, u->nsymbols);
  hash = ADD(hash, u->literals, u->nliterals);
  return ADD(hash, u->inits, u->ninits);
}

/* Numbers of spans differ from unit to unit: what they stand for counts. */
static uint64_t hash_locs(uint64_t hash, const IrFunction *fn) {
  IrLoc locs[64];
  const uint32_t room = sizeof locs / sizeof *locs;
  for (uint32_t i = 0, n; i < fn->nlocs; i += n) {
    for (n = 0; n < room && i + n < fn->nlocs; n++)
      locs[n] = ir_loc(fn, i + n);
    hash = ADD(hash, locs, n);
  }
  return hash;
}

static uint64_t hash_function(const IrFunction *fn) {
  const uint32_t head[] = {fn->sym, fn->nparams, fn->result, fn->flags};
  const IrLoc places[] = {fn->loc, fn->name_loc};
  uint64_t hash = XXH3_64bits(head, sizeof head);
  hash = XXH3_64bits_withSeed(places, sizeof places, hash);
  hash = ADD(hash, fn->blocks, fn->nblocks);
  hash = ADD(hash, fn->infos, fn->ninfos);
  hash = ADD(hash, fn->insns, fn->ninsns);
  hash = ADD(hash, fn->args, fn->nargs);
  hash = ADD(hash, fn->addrs, fn->naddrs);
  hash = ADD(hash, fn->hops, fn->nhops);
  hash = ADD(hash, fn->consts, fn->nconsts);
  hash = ADD(hash, fn->locals, fn->nlocals);
  hash = ADD(hash, fn->edges, fn->nedges);
  hash = ADD(hash, fn->cases, fn->ncases);
  return hash_locs(hash, fn);
}

/* ---- the queue ------------------------------------------------------------------------------- */

/* Once there is a unit. */
static void make_room(Place *p, HpArena *arena) {
  const uint32_t n = p->unit->nfunctions;
  p->functions = HP_NEW(arena, uint64_t, n);
  p->bodies = HP_NEW(arena, uint64_t, n);
  p->analyses = HP_NEW(arena, IrAnalysis *, n + 1);
}

static void make_ready(Place *p, uint32_t from, uint32_t to, HpArena *arena) {
  const IrUnit *u = p->unit;
  if (!from)
    p->tables = hash_tables(u);
  for (uint32_t i = from; i < to; i++) {
    const IrFunction *fn = &u->functions[i];
    p->functions[i] = hash_function(fn);
    p->bodies[i] = pg_body_hash(u, fn);
    if (fn->loc.file < u->nfiles && u->files[fn->loc.file].path == u->path)
      p->analyses[i] = ir_analyse(u, fn, arena);
  }
}

static void unpack(Place *p, HpArena *arena) {
  HpError bad = {0};
  void *record = db_unit_unpack(&p->stored, arena);
  if (record)
    p->unit = ir_read_unit_in(arena, record, p->stored.record_size, p->stored.path, &bad);
  db_unit_free(&p->stored);
  if (!p->unit)
    return;
  make_room(p, arena);
  make_ready(p, 0, p->unit->nfunctions, arena);
}

/* Works until the queue is empty. Called with the lock held, and returns with it. */
static void work_off(Shelf *s, HpArena *arena) {
  while (s->first < s->last) {
    const Piece piece = s->queue[s->first++];
    Place *p = &s->places[piece.place];
    s->under_way++;
    pthread_mutex_unlock(&s->lock);
    if (p->stored.packed)
      unpack(p, arena);
    else
      make_ready(p, piece.from, piece.to, arena);
    pthread_mutex_lock(&s->lock);
    s->under_way--;
  }
  if (!s->under_way)
    pthread_cond_broadcast(&s->idle);
}

static void *serve(void *arg) {
  Hand *hand = arg;
  Shelf *s = hand->shelf;
  pthread_mutex_lock(&s->lock);
  while (!s->end) {
    work_off(s, hand->arena);
    if (!s->end)
      pthread_cond_wait(&s->more, &s->lock);
  }
  pthread_mutex_unlock(&s->lock);
  free(hand);
  return NULL;
}

Shelf *shelf_new(uint32_t count, unsigned jobs) {
  Shelf *s = hp_calloc(1, sizeof *s);
  s->places = hp_calloc(count, sizeof *s->places);
  s->count = count;
  s->jobs = jobs > MAX_THREADS ? MAX_THREADS : jobs;
  s->arenas[MAX_THREADS] = hp_arena_new_large();
  pthread_mutex_init(&s->lock, NULL);
  pthread_cond_init(&s->more, NULL);
  pthread_cond_init(&s->idle, NULL);
  return s;
}

void shelf_limit(Shelf *s, unsigned jobs) {
  s->jobs = jobs < s->jobs ? jobs : s->jobs;
}

/* A thread for each unit that waits, up to as many as may be; none is fine: shelf_wait works too.
 */
static void start_thread(Shelf *s) {
  if (s->started >= s->jobs)
    return;
  Hand *hand = hp_calloc(1, sizeof *hand);
  *hand = (Hand){s, s->arenas[s->started] = hp_arena_new_large()};
  if (pthread_create(&s->threads[s->started], NULL, serve, hand) == 0) {
    s->started++;
    return;
  }
  hp_arena_free(hand->arena);
  s->arenas[s->started] = NULL;
  free(hand);
}

static void enqueue(Shelf *s, Piece piece) {
  pthread_mutex_lock(&s->lock);
  HP_GROW(s->queue, s->last, s->cap);
  s->queue[s->last++] = piece;
  pthread_cond_signal(&s->more);
  pthread_mutex_unlock(&s->lock);
  start_thread(s);
}

void shelf_drop(Shelf *s, uint32_t index) {
  Place *p = &s->places[index];
  ir_unit_free(p->unit);
  *p = (Place){0};
}

void shelf_put_record(Shelf *s, uint32_t index, DbUnit *stored) {
  shelf_drop(s, index);
  s->places[index].stored = *stored;
  *stored = (DbUnit){0};
  enqueue(s, (Piece){.place = index});
}

void shelf_put_unit(Shelf *s, uint32_t index, IrUnit *unit) {
  shelf_drop(s, index);
  s->places[index].unit = unit;
  make_room(&s->places[index], s->arenas[MAX_THREADS]);
  for (uint32_t from = 0; from < unit->nfunctions || !from; from += PIECE) {
    uint32_t rest = unit->nfunctions - from;
    enqueue(s, (Piece){index, from, from + (rest < PIECE ? rest : PIECE)});
  }
}

static int by_address(const void *a, const void *b) {
  const ByAddress *x = a, *y = b;
  return ((uintptr_t)x->unit > (uintptr_t)y->unit) - ((uintptr_t)x->unit < (uintptr_t)y->unit);
}

void shelf_wait(Shelf *s) {
  pthread_mutex_lock(&s->lock);
  work_off(s, s->arenas[MAX_THREADS]);
  while (s->under_way)
    pthread_cond_wait(&s->idle, &s->lock);
  s->first = s->last = 0;
  pthread_mutex_unlock(&s->lock);
  free(s->sorted);
  s->sorted = hp_calloc(s->count, sizeof *s->sorted);
  s->nsorted = 0;
  for (uint32_t i = 0; i < s->count; i++)
    if (s->places[i].unit)
      s->sorted[s->nsorted++] = (ByAddress){s->places[i].unit, i};
  if (s->nsorted)
    qsort(s->sorted, s->nsorted, sizeof *s->sorted, by_address);
}

void shelf_free(Shelf *s) {
  if (!s)
    return;
  pthread_mutex_lock(&s->lock);
  s->end = true;
  s->first = s->last;
  pthread_cond_broadcast(&s->more);
  pthread_mutex_unlock(&s->lock);
  for (unsigned i = 0; i < s->started; i++)
    pthread_join(s->threads[i], NULL);
  for (uint32_t i = 0; i < s->count; i++) {
    db_unit_free(&s->places[i].stored);
    ir_unit_free(s->places[i].unit);
  }
  for (unsigned i = 0; i <= MAX_THREADS; i++)
    hp_arena_free(s->arenas[i]);
  pthread_mutex_destroy(&s->lock);
  pthread_cond_destroy(&s->more);
  pthread_cond_destroy(&s->idle);
  free(s->places);
  free(s->sorted);
  free(s->queue);
  free(s);
}

IrUnit *shelf_unit(const Shelf *s, uint32_t index) {
  return s->places[index].unit;
}

uint32_t shelf_count(const Shelf *s) {
  return s->count;
}

static const Place *place_of(const Shelf *s, const IrUnit *unit) {
  ByAddress key = {.unit = unit};
  const ByAddress *at =
      s->nsorted ? bsearch(&key, s->sorted, s->nsorted, sizeof *s->sorted, by_address) : NULL;
  return at ? &s->places[at->index] : NULL;
}

const IrAnalysis *shelf_analysis(void *shelf, const IrUnit *unit, const IrFunction *fn) {
  const Place *p = place_of(shelf, unit);
  return p ? p->analyses[fn - unit->functions] : NULL;
}

uint64_t shelf_body(void *shelf, const IrUnit *unit, const IrFunction *fn) {
  const Place *p = place_of(shelf, unit);
  HP_ASSERT(p);
  return p->bodies[fn - unit->functions];
}

uint64_t shelf_content(void *shelf, const IrUnit *unit, const IrFunction *fn) {
  const Place *p = place_of(shelf, unit);
  HP_ASSERT(p);
  return add_table(p->tables, &p->functions[fn - unit->functions], 1, sizeof *p->functions);
}

ShelfHashes shelf_hashes(const Shelf *s, const IrUnit *unit) {
  const Place *p = place_of(s, unit);
  HP_ASSERT(p);
  return (ShelfHashes){p->tables, p->functions};
}
