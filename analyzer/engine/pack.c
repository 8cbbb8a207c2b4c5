/* Findings as bytes. One list of members serves both ways, so that they cannot differ. */
#include "analyzer/engine/judged.h"

#include <string.h>

typedef struct Packer {
  HpBuf *out; /* NULL: reading */
  const char *at, *end;
  HpArena *arena;
  bool ok;
} Packer;

static void raw(Packer *p, void *bytes, size_t size) {
  if (p->out) {
    hp_buf_addn(p->out, bytes, size);
  } else if (p->ok && size <= (size_t)(p->end - p->at)) {
    memcpy(bytes, p->at, size);
    p->at += size;
  } else {
    p->ok = false;
  }
}

/* A text is its length plus one, 0 for NULL, and its bytes. */
static void text(Packer *p, char **text) {
  uint32_t length = p->out && *text ? (uint32_t)strlen(*text) + 1 : 0;
  raw(p, &length, sizeof length);
  if (p->out) {
    if (length)
      hp_buf_addn(p->out, *text, length - 1);
    return;
  }
  *text = NULL;
  if (!p->ok || !length)
    return;
  if (length - 1 > (size_t)(p->end - p->at) || memchr(p->at, 0, length - 1)) {
    p->ok = false;
    return;
  }
  *text = HP_NEW(p->arena, char, length);
  memcpy(*text, p->at, length - 1);
  p->at += length - 1;
}

static void needed_text(Packer *p, char **member) {
  text(p, member);
  p->ok = p->ok && (p->out || *member);
}

static void number(Packer *p, uint32_t *n) {
  raw(p, n, sizeof *n);
}

static void level(Packer *p, int *n, int most) {
  raw(p, n, sizeof *n);
  p->ok = p->ok && *n >= 0 && *n <= most;
}

static void flag(Packer *p, bool *b) {
  uint8_t byte = p->out ? *b : 0;
  raw(p, &byte, sizeof byte);
  p->ok = p->ok && byte <= 1;
  *b = byte == 1;
}

static void real(Packer *p, double *d) {
  raw(p, d, sizeof *d);
}

/* The list's length, and memory for it when reading. An element has at least four bytes. */
static void *list(Packer *p, void *items, uint32_t *count, size_t element) {
  number(p, count);
  if (p->out)
    return items;
  if (!p->ok || *count > (size_t)(p->end - p->at) / 4) {
    p->ok = false;
    *count = 0;
  }
  return hp_arena_alloc(p->arena, *count * element);
}

static void lists(Packer *p, DbFinding *f) {
  f->places = list(p, f->places, &f->nplaces, sizeof *f->places);
  for (uint32_t i = 0; i < f->nplaces && p->ok; i++) {
    DbPlace *place = &f->places[i];
    needed_text(p, &place->file);
    number(p, &place->line);
    number(p, &place->column);
    number(p, &place->end_line);
    number(p, &place->end_column);
    text(p, &place->text);
  }
  f->facts = list(p, f->facts, &f->nfacts, sizeof *f->facts);
  for (uint32_t i = 0; i < f->nfacts && p->ok; i++) {
    needed_text(p, &f->facts[i].name);
    real(p, &f->facts[i].value);
    text(p, &f->facts[i].unit);
    text(p, &f->facts[i].text);
  }
  f->sites = list(p, f->sites, &f->nsites, sizeof *f->sites);
  for (uint32_t i = 0; i < f->nsites && p->ok; i++) {
    DbSite *site = &f->sites[i];
    needed_text(p, &site->file);
    number(p, &site->line);
    number(p, &site->end_line);
    text(p, &site->function);
    flag(p, &site->inclusive);
    number(p, &site->column);
    number(p, &site->end_column);
  }
}

static void members(Packer *p, DbFinding *f) {
  needed_text(p, &f->rule);
  needed_text(p, &f->name);
  needed_text(p, &f->file);
  number(p, &f->line);
  number(p, &f->column);
  number(p, &f->end_line);
  number(p, &f->end_column);
  text(p, &f->function);
  number(p, &f->loop_line);
  number(p, &f->loop_depth);
  text(p, &f->record);
  text(p, &f->cause);
  text(p, &f->fix);
  level(p, &f->severity, SEVERITY_HIGH);
  level(p, &f->confidence, CONFIDENCE_HIGH);
  level(p, &f->growth, GROWTH_SUPERLINEAR);
  level(p, &f->cost, COST_SPACE);
  level(p, &f->show, SHOW_LOW);
  flag(p, &f->cold);
  number(p, &f->heat);
  flag(p, &f->allocator_time);
  real(p, &f->bound_factor);
  real(p, &f->saving);
  text(p, &f->saving_why);
  needed_text(p, &f->message);
  text(p, &f->help);
  needed_text(p, &f->compiler_status);
  level(p, &f->witness, WITNESS_ROUND);
  text(p, &f->unit);
  lists(p, f);
}

void finding_pack(HpBuf *out, const DbFinding *f) {
  DbFinding copy = *f; /* only read */
  Packer p = {.out = out, .ok = true};
  members(&p, &copy);
}

bool finding_unpack(const char **at, const char *end, HpArena *arena, DbFinding **out) {
  Packer p = {.at = *at, .end = end, .arena = arena, .ok = true};
  *out = HP_NEW(arena, DbFinding, 1);
  members(&p, *out);
  *at = p.at;
  return p.ok;
}
