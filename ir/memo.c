/* Flows that were worked out in an earlier link. A flow follows from the function's content, from
 * what is known of where its calls go and what these do, and from nothing else: a hash of all that
 * is its key. Sizes of fresh memory also follow from the callees' bodies (size.c), so that flows
 * with one are worked out each time.
 *
 * As bytes: a head, the keys, for each the number of its flow, the different flows, which are few.
 * They come from a file that is not trusted: at worst a flow is wrong, and never names a parameter
 * that the function has not. */
#include "ir/program_parts.h"

#include <stdlib.h>
#include <string.h>

enum { FORMAT = 1 };

/* A flow without a size. */
typedef struct Row {
  uint32_t may, keeps, writes, bytes, deep, out_fresh, ret_params, freed, grown, flags;
} Row;
enum {
  RET_FRESH = 1,
  RET_OTHER = 2,
  HOT_ALLOC = 4,
  WRITES_OTHER = 8,
  IMPURE = 16,
  NORETURN = 32,
};

typedef struct Head {
  uint32_t format, nkeys, nrows, row_size;
} Head;

struct PgMemo {
  PgMap rows; /* by key: of an earlier link, what this one asks for */
  Row *items;
  uint32_t count;
  PgMap made_index; /* by key: number in `made`, which is this link's */
  struct Made {
    uint64_t key;
    Row row;
  } *made;
  uint32_t nmade, made_cap;
};

/* ---- rows ------------------------------------------------------------------------------------ */

static Row row_of(const PgFlow *f) {
  return (Row){.may = f->may,
               .keeps = f->keeps,
               .writes = f->writes,
               .bytes = f->bytes,
               .deep = f->deep,
               .out_fresh = f->out_fresh,
               .ret_params = f->ret_params,
               .freed = f->freed,
               .grown = f->grown,
               .flags = (f->ret_fresh ? RET_FRESH : 0u) | (f->ret_other ? RET_OTHER : 0u) |
                        (f->hot_alloc ? HOT_ALLOC : 0u) | (f->writes_other ? WRITES_OTHER : 0u) |
                        (f->impure ? IMPURE : 0u) | (f->noreturn ? NORETURN : 0u)};
}

/* `params`: those that the function has. */
static PgFlow flow_of(const Row *r, uint32_t params) {
  return (PgFlow){.may = r->may,
                  .keeps = r->keeps & params,
                  .writes = r->writes & params,
                  .bytes = r->bytes & params,
                  .deep = r->deep & params,
                  .out_fresh = r->out_fresh & params,
                  .ret_params = r->ret_params & params,
                  .freed = r->freed & params,
                  .grown = r->grown & params,
                  .ret_fresh = r->flags & RET_FRESH,
                  .ret_other = r->flags & RET_OTHER,
                  .hot_alloc = r->flags & HOT_ALLOC,
                  .writes_other = r->flags & WRITES_OTHER,
                  .impure = r->flags & IMPURE,
                  .noreturn = r->flags & NORETURN};
}

static uint64_t hash_row(const Row *r) {
  uint32_t words[sizeof *r / sizeof(uint32_t)];
  memcpy(words, r, sizeof *r);
  uint64_t h = 0;
  for (size_t i = 0; i < sizeof words / sizeof *words; i += 2)
    h = pg_mix(h, (uint64_t)words[i] << 32 | words[i + 1]);
  return h;
}

/* ---- keys ------------------------------------------------------------------------------------ */

static uint64_t hash_flow(const PgFlow *f) {
  Row row = row_of(f);
  uint64_t size =
      (uint64_t)f->size.kind << 16 | (uint64_t)(uint8_t)f->size.a << 8 | (uint8_t)f->size.b;
  return pg_mix(pg_mix(hash_row(&row), size), (uint64_t)f->size.bytes);
}

static uint64_t hash_dead(uint64_t h, const bool *dead, uint32_t nblocks) {
  for (uint32_t b = 0; dead && b < nblocks; b++)
    if (dead[b])
      h = pg_mix(h, b + 1);
  return h;
}

static uint64_t hash_calls(uint64_t h, const IrProgram *p, const PgFunction *func) {
  for (uint32_t i = 0; i < func->ncalls; i++) {
    const PgCall *call = &p->calls[func->calls[i]];
    bool known = call->callee != IR_NONE;
    bool library = known && p->library[call->callee];
    h = pg_mix(h, (uint64_t)call->insn << 8 | (uint64_t)call->kind << 2 | library << 1 | known);
    if (known)
      h = pg_mix(h, hash_flow(&p->flows[call->callee]));
  }
  return h;
}

uint64_t pg_memo_key(const IrProgram *p, PgFunc f) {
  const PgFunction *func = &p->funcs[f];
  if (!p->options.memo || !p->options.content)
    return 0;
  uint64_t h = p->options.content(p->options.made_context, func->unit, func->fn);
  h = pg_mix(h, (uint64_t)func->symbol->flags << 1 | p->noreturn[f]);
  return hash_calls(hash_dead(h, p->dead[f], func->fn->nblocks), p, func) | 1;
}

/* ---- looking up ------------------------------------------------------------------------------ */

static void add_made(PgMemo *m, uint64_t key, const Row *row) {
  uint32_t *at = pg_map_at(&m->made_index, key);
  if (*at != IR_NONE)
    return;
  *at = m->nmade;
  HP_GROW(m->made, m->nmade, m->made_cap);
  m->made[m->nmade++] = (struct Made){key, *row};
}

bool pg_memo_get(PgMemo *m, uint64_t key, uint32_t nparams, PgFlow *out) {
  uint32_t at = key ? pg_map_get(&m->rows, key) : IR_NONE;
  if (at == IR_NONE)
    return false;
  *out = flow_of(&m->items[at], nparams < 32 ? (1u << nparams) - 1 : ~0u);
  add_made(m, key, &m->items[at]);
  return true;
}

void pg_memo_put(PgMemo *m, uint64_t key, const PgFlow *flow) {
  if (!key || flow->size.kind != SIZE_NONE)
    return;
  Row row = row_of(flow);
  add_made(m, key, &row);
}

/* ---- bytes ----------------------------------------------------------------------------------- */

static bool read_rows(PgMemo *m, const char *bytes, size_t size) {
  Head head;
  if (size < sizeof head)
    return false;
  memcpy(&head, bytes, sizeof head);
  size_t per_key = sizeof(uint64_t) + sizeof(uint32_t), left = size - sizeof head;
  if (head.format != FORMAT || head.row_size != sizeof(Row) || head.nkeys > left / per_key ||
      left - head.nkeys * per_key != (size_t)head.nrows * sizeof(Row))
    return false;
  const char *keys = bytes + sizeof head, *numbers = keys + head.nkeys * sizeof(uint64_t);
  m->count = head.nrows;
  m->items = hp_malloc(head.nrows * sizeof(Row));
  if (head.nrows)
    memcpy(m->items, numbers + head.nkeys * sizeof(uint32_t), head.nrows * sizeof(Row));
  for (uint32_t i = 0; i < head.nkeys; i++) {
    uint64_t key;
    uint32_t number;
    memcpy(&key, keys + i * sizeof key, sizeof key);
    memcpy(&number, numbers + i * sizeof number, sizeof number);
    if (key && number < head.nrows)
      *pg_map_at(&m->rows, key) = number;
  }
  return true;
}

PgMemo *pg_memo_new(const void *bytes, size_t size) {
  PgMemo *m = hp_calloc(1, sizeof *m);
  read_rows(m, bytes, size);
  return m;
}

void pg_memo_write(const PgMemo *m, HpBuf *out) {
  PgMap index = {0};
  HpBuf rows = {0}, numbers = {0};
  Head head = {.format = FORMAT, .nkeys = m->nmade, .row_size = sizeof(Row)};
  for (uint32_t i = 0; i < m->nmade; i++) {
    uint32_t *number = pg_map_at(&index, hash_row(&m->made[i].row) | 1);
    if (*number == IR_NONE) {
      *number = head.nrows++;
      hp_buf_addn(&rows, &m->made[i].row, sizeof(Row));
    }
    hp_buf_addn(&numbers, number, sizeof *number);
  }
  hp_buf_addn(out, &head, sizeof head);
  for (uint32_t i = 0; i < m->nmade; i++)
    hp_buf_addn(out, &m->made[i].key, sizeof m->made[i].key);
  hp_buf_addn(out, hp_buf_text(&numbers), numbers.length);
  hp_buf_addn(out, hp_buf_text(&rows), rows.length);
  pg_map_free(&index);
  hp_buf_free(&rows);
  hp_buf_free(&numbers);
}

void pg_memo_free(PgMemo *m) {
  if (!m)
    return;
  pg_map_free(&m->rows);
  pg_map_free(&m->made_index);
  free(m->items);
  free(m->made);
  free(m);
}
