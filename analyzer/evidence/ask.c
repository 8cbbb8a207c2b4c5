/* Questions and answers as bytes. */
#include "analyzer/evidence/ask.h"

#include "ir/wire.h"

#include <stdlib.h>

const char *evidence_status_name(EvidenceStatus status) {
  static const char *const names[] = {"unknown", "remains", "partly", "optimised-away"};
  return names[status];
}

static char *get_text(WireReader *r, HpArena *arena) {
  char *text = wire_get_text(r), *copy = hp_arena_strdup(arena, text);
  free(text);
  return copy;
}

/* ---- questions ------------------------------------------------------------------------------- */

void evidence_put_ask(HpBuf *out, const EvidenceAsk *ask) {
  wire_put_u32(out, ask->kind);
  wire_put_string(out, ask->function);
  wire_put_string(out, ask->file);
  wire_put_u32(out, ask->loop_line);
  wire_put_u32(out, ask->nplaces);
  for (uint32_t i = 0; i < ask->nplaces; i++) {
    const EvidencePlace *p = &ask->places[i];
    wire_put_string(out, p->file);
    wire_put_string(out, p->function);
    wire_put_u32(out, p->line);
    wire_put_u32(out, p->column);
    wire_put_u32(out, p->end_line);
    wire_put_u32(out, p->end_column);
  }
}

void evidence_put_asks(HpBuf *out, const EvidenceAsk *asks, uint32_t count) {
  wire_put_u32(out, count);
  for (uint32_t i = 0; i < count; i++)
    evidence_put_ask(out, &asks[i]);
}

static void get_ask(WireReader *r, HpArena *arena, EvidenceAsk *ask) {
  uint32_t kind = wire_get_u32(r);
  r->bad |= kind > EVIDENCE_ROUND;
  ask->kind = (EvidenceKind)kind;
  ask->function = get_text(r, arena);
  ask->file = get_text(r, arena);
  ask->loop_line = wire_get_u32(r);
  ask->nplaces = wire_get_count(r, 6 * 4);
  ask->places = HP_NEW(arena, EvidencePlace, ask->nplaces);
  for (uint32_t i = 0; i < ask->nplaces; i++) {
    EvidencePlace *p = &ask->places[i];
    p->file = get_text(r, arena);
    p->function = get_text(r, arena);
    p->line = wire_get_u32(r);
    p->column = wire_get_u32(r);
    p->end_line = wire_get_u32(r);
    p->end_column = wire_get_u32(r);
  }
}

bool evidence_get_asks(const void *bytes, size_t size, HpArena *arena, EvidenceAsk **asks,
                       uint32_t *count) {
  WireReader r = {bytes, size, false};
  *count = wire_get_count(&r, 5 * 4);
  *asks = HP_NEW(arena, EvidenceAsk, *count);
  for (uint32_t i = 0; i < *count; i++)
    get_ask(&r, arena, &(*asks)[i]);
  return !r.bad && !r.left;
}

/* ---- answers --------------------------------------------------------------------------------- */

void evidence_put_reply(HpBuf *out, const EvidenceReply *reply) {
  wire_put_string(out, reply->witness);
  wire_put_u32(out, reply->nanswers);
  for (uint32_t i = 0; i < reply->nanswers; i++) {
    wire_put_u32(out, reply->answers[i].status);
    wire_put_string(out, reply->answers[i].reason);
  }
}

bool evidence_get_reply(const void *bytes, size_t size, HpArena *arena, EvidenceReply *reply) {
  WireReader r = {bytes, size, false};
  *reply = (EvidenceReply){.witness = get_text(&r, arena)};
  reply->nanswers = wire_get_count(&r, 2 * 4);
  reply->answers = HP_NEW(arena, EvidenceAnswer, reply->nanswers);
  for (uint32_t i = 0; i < reply->nanswers; i++) {
    uint32_t status = wire_get_u32(&r);
    r.bad |= status > EVIDENCE_AWAY;
    reply->answers[i].status = r.bad ? EVIDENCE_UNKNOWN : (EvidenceStatus)status;
    reply->answers[i].reason = get_text(&r, arena);
  }
  return !r.bad && !r.left;
}
