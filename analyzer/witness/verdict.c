/* What the optimiser left of a case: every instruction that comes from one of its places is looked
 * for, in inlined copies too. Absence from the loop is the evidence: what is hoisted often loses
 * its place. Where absence may have another reason, the verdict is that it remains: an equal access
 * may have taken over its value (told by LLVM's own alias tags), equal calls of two branches merge
 * into one without a place, and a loop that is unrolled completely leaves copies and no loop. */
#include "analyzer/witness/witness.h"

#include <stdlib.h>
#include <string.h>

/* Instances of an anchor. */
typedef struct Tally {
  uint32_t inside;  /* in a copy of the loop; anywhere, when no loop matters */
  uint32_t outside; /* outside, where there is a copy */
  uint32_t copied;  /* where there is none: the loop was dissolved */
  uint32_t inlined; /* calls and loops of its inlined callee that count as `inside` */
  uint32_t alike;   /* in a copy of the loop: its like, from another place or from none */
  uint32_t hoisted; /* equal calls without a place, outside: what is hoisted loses it */
  bool memory;      /* memset or memcpy stands at its place */
  bool other;       /* other instructions do */
} Tally;

typedef struct Scan {
  const Case *c;
  Module *m;
  Tally *tallies;
  bool exists;     /* code of the functions asked about */
  uint32_t copies; /* of the loop */
  uint32_t body;   /* calls and accesses of the loop's own lines, in copies or not */
  bool memory;     /* memset or memcpy among them */
  uint32_t width;  /* of vectors in copies */
  bool wide;       /* memory is accessed by vectors there */
  /* of the function that is looked at */
  const Body *b;
  bool *is_copy; /* by loop */
  bool any_copy;
} Scan;

/* ---- instructions ---------------------------------------------------------------------------- */

static const char *callee_of(LLVMValueRef i, size_t *length) {
  LLVMValueRef callee = LLVMIsACallInst(i) ? LLVMGetCalledValue(i) : NULL;
  *length = 0;
  return callee && LLVMIsAFunction(callee) ? LLVMGetValueName2(callee, length) : "";
}

static bool callee_starts(LLVMValueRef i, const char *start) {
  size_t length;
  return !strncmp(callee_of(i, &length), start, strlen(start));
}

static bool is_memory(LLVMValueRef i) {
  return LLVMIsACallInst(i) && (LLVMIsAMemIntrinsic(i) || callee_starts(i, "llvm.mem"));
}

/* A call that is made; intrinsics are instructions, but for those that become library calls. */
static bool is_call(LLVMValueRef i) {
  return LLVMIsACallInst(i) && !LLVMIsAInlineAsm(LLVMGetCalledValue(i)) &&
         (!callee_starts(i, "llvm.") || is_memory(i));
}

static bool is_load(LLVMValueRef i) {
  return LLVMIsALoadInst(i) || callee_starts(i, "llvm.masked.load") ||
         callee_starts(i, "llvm.masked.gather");
}

static bool is_store(LLVMValueRef i) {
  return LLVMIsAStoreInst(i) || callee_starts(i, "llvm.masked.store") ||
         callee_starts(i, "llvm.masked.scatter");
}

static LLVMTypeRef accessed_type(LLVMValueRef i) {
  return is_store(i) ? LLVMTypeOf(LLVMGetOperand(i, 0)) : LLVMTypeOf(i);
}

static unsigned vector_width(LLVMTypeRef type) {
  return LLVMGetTypeKind(type) == LLVMVectorTypeKind ? LLVMGetVectorSize(type) : 0;
}

static bool is_anchored(const Case *c, const Anchor *a, LLVMValueRef i) {
  if (c->ask->kind == EVIDENCE_CALL)
    return is_call(i);
  if (c->ask->kind == EVIDENCE_ROUND)
    return LLVMIsAFPTruncInst(i) != NULL;
  return a->store ? is_store(i) : *a->callee ? is_call(i) : is_load(i);
}

static bool is_inside_place(const Case *c, Place p) {
  for (uint32_t i = 0; i < c->ninside; i++)
    if (place_same(c->inside[i].place, p))
      return true;
  return false;
}

/* Was there an access with this tag at its place before? If not, it is what became of others. */
static bool is_original(const Case *c, Place p, LLVMMetadataRef tag) {
  for (uint32_t i = 0; i < c->ninside; i++)
    if (c->inside[i].access && c->inside[i].tbaa == tag && place_same(c->inside[i].place, p))
      return true;
  return false;
}

/* Equal calls of two branches are merged into one of neither's place. */
static bool is_equal_call(const Case *c, const Anchor *a, LLVMValueRef i, Place p) {
  size_t length;
  const char *name = callee_of(i, &length);
  bool elsewhere = !p.line || !p.column ||
                   (c->has_loop && p.function == c->loop.function && !is_inside_place(c, p));
  return *a->callee && is_call(i) && strlen(a->callee) == length &&
         !strncmp(name, a->callee, length) && elsewhere;
}

/* Its like: an access of the same kind of object by LLVM's alias tags, or one of the same type that
 * two may have been merged into (then it has neither's tag or neither's place). */
static bool is_alike(const Case *c, Module *m, const Anchor *a, LLVMValueRef i) {
  if (c->ask->kind == EVIDENCE_ROUND)
    return false;
  bool calls = c->ask->kind == EVIDENCE_CALL || *a->callee;
  if (!(calls ? is_call(i) : a->store ? is_store(i) : is_load(i)))
    return false;
  Place place = scopes_place(&m->scopes, LLVMInstructionGetDebugLoc(i));
  if (calls)
    return is_equal_call(c, a, i, place);
  LLVMMetadataRef tag = access_tag(m->context, i);
  bool same_type = accessed_type(i) == a->type;
  return (tag && tag == a->tbaa) || (same_type && (tag == a->tbaa || !is_original(c, place, tag)));
}

/* It has to be in the loop to count. */
static bool matters(const Case *c, const Anchor *a) {
  return c->has_loop && a->in_loop;
}

/* ---- one function ---------------------------------------------------------------------------- */

static void find_copies(Scan *s) {
  const Body *b = s->b;
  s->any_copy = false;
  for (uint32_t i = 0; i < b->nloops; i++) {
    const BodyLoop *start = &b->starts[i];
    s->is_copy[i] = s->c->has_loop && (place_same(start->start, s->c->loop) ||
                                       (!start->exact && is_inside_place(s->c, start->start)));
    s->any_copy |= s->is_copy[i];
    s->copies += s->is_copy[i];
  }
}

static bool in_copy(const Scan *s, uint32_t block) {
  for (uint32_t l = s->b->loop_of[block]; l != IR_NONE; l = s->b->loops[l].parent)
    if (s->is_copy[l])
      return true;
  return false;
}

static bool of_interest(const Case *c, Place p) {
  if (c->has_loop && p.function == c->loop.function)
    return true;
  for (uint32_t i = 0; i < c->nanchors; i++)
    if (c->anchors[i].place.function == p.function)
      return true;
  return false;
}

/* `call`: the anchor's call was inlined, and the instruction comes from its callee. */
static void count_at_anchor(Scan *s, uint32_t index, LLVMValueRef i, bool copy, bool call) {
  const Anchor *a = &s->c->anchors[index];
  Tally *t = &s->tallies[index];
  bool counts = call ? is_call(i) : is_anchored(s->c, a, i);
  if (!call && is_memory(i) && !*a->callee)
    t->memory = true;
  if (!counts)
    t->other |= !call;
  else if (matters(s->c, a) && !copy)
    *(s->any_copy ? &t->outside : &t->copied) += 1;
  else if (call)
    t->inlined++;
  else
    t->inside++;
}

static void note_vectors(Scan *s, LLVMValueRef i) {
  unsigned width = vector_width(LLVMTypeOf(i));
  bool access = is_load(i) || is_store(i);
  if (access && vector_width(accessed_type(i)))
    s->wide = true;
  if (width > s->width)
    s->width = width;
}

/* One instruction: its own place, and those of the calls that it was inlined by. */
static void look_at(Scan *s, LLVMValueRef i, bool copy) {
  const Case *c = s->c;
  LLVMMetadataRef location = LLVMInstructionGetDebugLoc(i);
  if (copy)
    note_vectors(s, i);
  for (uint32_t k = 0; k < c->nanchors; k++)
    if (is_alike(c, s->m, &c->anchors[k], i))
      *(copy || !matters(c, &c->anchors[k]) ? &s->tallies[k].alike : &s->tallies[k].hoisted) += 1;
  bool own = true;
  for (; location; location = LLVMDILocationGetInlinedAt(location), own = false) {
    Place p = scopes_place(&s->m->scopes, location);
    if (!of_interest(c, p))
      continue;
    s->exists = true;
    bool acts = is_call(i) || is_load(i) || is_store(i);
    if (acts && c->has_loop && is_inside_place(c, p)) {
      s->body++;
      s->memory |= is_memory(i);
    }
    for (uint32_t k = 0; k < c->nanchors; k++)
      if (place_same(c->anchors[k].place, p))
        count_at_anchor(s, k, i, copy, !own);
  }
}

static void scan_function(Scan *s, const Body *b) {
  s->b = b;
  s->is_copy = hp_calloc(b->nloops + 1, sizeof *s->is_copy);
  find_copies(s);
  for (uint32_t k = 0; k < b->nblocks; k++) {
    bool copy = s->any_copy && in_copy(s, k);
    for (LLVMValueRef i = LLVMGetFirstInstruction(b->blocks[k]); i; i = LLVMGetNextInstruction(i))
      look_at(s, i, copy);
  }
  free(s->is_copy);
}

/* ---- words ----------------------------------------------------------------------------------- */

static bool ends_with(const char *text, const char *end) {
  size_t n = strlen(text), k = strlen(end);
  return n >= k && !strcmp(text + n - k, end);
}

/* Is it about the loop, or about an instruction in it? */
static bool is_about(const Case *c, const Remark *r) {
  if (r->line == c->loop.line && r->column == c->loop.column)
    return true;
  return is_inside_place(c, (Place){c->loop.function, r->line, r->column});
}

/* What the vectoriser says of the loop after `start`; NULL: nothing. */
static const char *remark_after(const Scan *s, const char *start) {
  const char *slash = strrchr(s->c->ask->file, '/'), *name = slash ? slash + 1 : s->c->ask->file;
  size_t length = strlen(start);
  for (uint32_t i = 0; i < s->m->nremarks; i++) {
    const Remark *r = &s->m->remarks[i];
    if (!strncmp(r->text, start, length) && ends_with(r->file, name) && is_about(s->c, r))
      return r->text + length;
  }
  return NULL;
}

/* Elements of a vector: as the vectoriser says, since what it loads at once may be wider. */
static unsigned width_of(const Scan *s) {
  const char *told = remark_after(s, "vectorized loop (vectorization width: ");
  unsigned long width = told ? strtoul(told, NULL, 10) : 0;
  return width ? (unsigned)width : s->width;
}

/* A remark of several lines as sentences of one. */
static void add_lines(HpBuf *text, const char *lines) {
  for (const char *end; (end = strchr(lines, '\n')); lines = end + 1)
    hp_buf_addf(text, "%.*s. ", (int)(end - lines), lines);
  hp_buf_add(text, lines);
}

static void add_vector_note(HpBuf *text, const Scan *s) {
  if (!s->c->has_loop || !s->copies || s->c->ask->kind == EVIDENCE_CALL)
    return;
  const char *why = remark_after(s, "loop not vectorized: ");
  if (why) {
    hp_buf_add(text, "; not vectorised: ");
    add_lines(text, why);
    if (s->width)
      hp_buf_addf(text, "; of one iteration %u elements are worked on at once", s->width);
  } else if (s->width) {
    hp_buf_addf(text, "; vectorised, width %u%s", width_of(s),
                s->wide ? "" : ", but memory is accessed piece by piece");
  }
}

/* "malloc and free"; a name once. */
static void add_callees(HpBuf *text, const Case *c, const bool *which) {
  const char *names[3] = {0};
  uint32_t count = 0;
  for (uint32_t i = 0; i < c->nanchors && count < 3; i++) {
    const char *name = *c->anchors[i].callee ? c->anchors[i].callee : "a function by pointer";
    bool known = !which[i];
    for (uint32_t k = 0; k < count && !known; k++)
      known = !strcmp(names[k], name);
    if (!known)
      names[count++] = name;
  }
  for (uint32_t i = 0; i < count; i++)
    hp_buf_addf(text, "%s%s", !i ? "" : i + 1 < count ? ", " : " and ", names[i]);
}

typedef enum Fate { STAYS, MOVED, REPLACED, FILLED, GONE, NFATES } Fate;

static Fate fate_of(const Tally *t, bool calls) {
  if (t->inside || t->inlined || t->copied)
    return STAYS;
  if (t->memory)
    return FILLED;
  if (t->alike)
    return STAYS;
  if (t->outside || (calls && t->hoisted))
    return MOVED;
  return t->other ? REPLACED : GONE;
}

static void add_calls_away(HpBuf *text, const Case *c, const Fate *fates, const uint32_t *counts) {
  static const char *const how[] = {"", "moved out of the loop", "replaced by instructions",
                                    "replaced by a block operation", "removed"};
  const char *separator = "";
  bool *which = hp_calloc(c->nanchors, sizeof *which);
  for (int fate = MOVED; fate < NFATES; fate++) {
    if (!counts[fate])
      continue;
    for (uint32_t i = 0; i < c->nanchors; i++)
      which[i] = (int)fates[i] == fate;
    hp_buf_addf(text, "%sthe call of ", separator);
    add_callees(text, c, which);
    hp_buf_addf(text, " was %s", how[fate]);
    separator = ", ";
  }
  free(which);
}

/* "the access is", "both accesses are", "2 of 5 accesses are" */
static void add_accesses(HpBuf *text, const Case *c, uint32_t count) {
  bool round = c->ask->kind == EVIDENCE_ROUND;
  const char *one = round ? "conversion" : "access", *many = round ? "conversions" : "accesses";
  if (count < c->nanchors)
    hp_buf_addf(text, "%u of %u %s %s", count, c->nanchors, many, count == 1 ? "is" : "are");
  else if (count == 1)
    hp_buf_addf(text, "the %s is", one);
  else
    hp_buf_addf(text, "%s %s are", count == 2 ? "both" : "all", many);
}

static const char *where(const Case *c) {
  return c->has_loop ? " in the loop" : "";
}

static void add_away(HpBuf *text, const Case *c, const Fate *fates, const uint32_t *counts) {
  if (c->ask->kind == EVIDENCE_CALL) {
    add_calls_away(text, c, fates, counts);
    return;
  }
  uint32_t gone = counts[MOVED] + counts[REPLACED] + counts[GONE];
  if (gone) {
    add_accesses(text, c, gone);
    hp_buf_addf(text, " no longer made%s", where(c));
  }
  if (counts[FILLED]) {
    hp_buf_add(text, gone ? ", " : "");
    add_accesses(text, c, counts[FILLED]);
    hp_buf_add(text, " replaced by memset or memcpy");
  }
}

static void add_stays(HpBuf *text, const Case *c, const Fate *fates, uint32_t stays) {
  if (c->ask->kind != EVIDENCE_CALL) {
    add_accesses(text, c, stays);
    hp_buf_addf(text, " still made%s", where(c));
    return;
  }
  bool *which = hp_calloc(c->nanchors, sizeof *which);
  uint32_t count = 0;
  for (uint32_t i = 0; i < c->nanchors; i++)
    count += which[i] = fates[i] == STAYS;
  add_callees(text, c, which);
  hp_buf_addf(text, " %s still called%s", count == 1 ? "is" : "are", where(c));
  free(which);
}

/* ---- verdicts -------------------------------------------------------------------------------- */

static EvidenceStatus judge_anchors(const Scan *s, HpBuf *text) {
  const Case *c = s->c;
  uint32_t counts[NFATES] = {0};
  Fate *fates = hp_calloc(c->nanchors, sizeof *fates);
  for (uint32_t i = 0; i < c->nanchors; i++)
    counts[fates[i] = fate_of(&s->tallies[i], c->ask->kind == EVIDENCE_CALL)]++;
  uint32_t stays = counts[STAYS];
  if (stays)
    add_stays(text, c, fates, stays);
  if (stays && stays < c->nanchors)
    hp_buf_add(text, "; ");
  if (stays < c->nanchors)
    add_away(text, c, fates, counts);
  if (stays)
    add_vector_note(text, s);
  free(fates);
  return stays == c->nanchors ? EVIDENCE_REMAINS : stays ? EVIDENCE_PARTLY : EVIDENCE_AWAY;
}

static EvidenceStatus judge_loop(const Scan *s, HpBuf *text) {
  if (s->copies) {
    hp_buf_add(text, "the loop is still there");
    add_vector_note(text, s);
    return EVIDENCE_REMAINS;
  }
  if (s->memory || !s->body) {
    hp_buf_add(text,
               s->memory ? "the loop was replaced by memset or memcpy" : "the loop was removed");
    return EVIDENCE_AWAY;
  }
  hp_buf_add(text, "the loop was unrolled completely");
  return EVIDENCE_REMAINS;
}

static EvidenceStatus judge(const Scan *s, HpBuf *text) {
  const Case *c = s->c;
  bool loop = c->ask->kind == EVIDENCE_LOOP;
  const char *why = !c->seen               ? "clang makes no code of the function in this unit"
                    : !s->exists           ? "nothing of the function is left in this unit"
                    : loop && !c->has_loop ? "clang has no loop at this place"
                    : !loop && !c->nanchors
                        ? "clang's own code has nothing of the kind at this place"
                        : NULL;
  if (why) {
    hp_buf_add(text, why);
    return EVIDENCE_UNKNOWN;
  }
  return loop ? judge_loop(s, text) : judge_anchors(s, text);
}

EvidenceAnswer case_judge(const Case *c, Module *m, HpArena *arena) {
  Scan s = {.c = c, .m = m, .tallies = hp_calloc(c->nanchors + 1, sizeof(Tally))};
  for (LLVMValueRef f = LLVMGetFirstFunction(m->module); f && c->seen; f = LLVMGetNextFunction(f)) {
    if (!LLVMGetFirstBasicBlock(f))
      continue;
    Body b;
    body_build(&b, f, &m->scopes);
    scan_function(&s, &b);
    body_free(&b);
  }
  HpBuf text = {0};
  EvidenceStatus status = judge(&s, &text);
  EvidenceAnswer answer = {status, hp_arena_strdup(arena, hp_buf_text(&text))};
  hp_buf_free(&text);
  free(s.tallies);
  return answer;
}
