#include "ir/support.h"

#include <ctype.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#undef hp_fail
bool hp_fail(HpError *err, const char *fmt, ...) {
  if (!err || err->set)
    return false;
  va_list ap;
  va_start(ap, fmt);
  vsnprintf(err->text, sizeof err->text, fmt, ap);
  va_end(ap);
  err->set = true;
  return false;
}

void hp_die(const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  fputs("hplint: ", stderr);
  vfprintf(stderr, fmt, ap);
  fputc('\n', stderr);
  va_end(ap);
  abort();
}

/* ---- heap ---------------------------------------------------------------------------------- */

static void *checked(void *memory, size_t size) {
  if (!memory && size)
    hp_die("out of memory (%zu bytes)", size);
  return memory;
}

void *hp_malloc(size_t size) {
  return checked(malloc(size ? size : 1), size);
}

void *hp_calloc(size_t count, size_t size) {
  return checked(calloc(count ? count : 1, size ? size : 1), size);
}

void *hp_realloc(void *old, size_t size) {
  return checked(realloc(old, size ? size : 1), size);
}

char *hp_strndup(const char *text, size_t length) {
  char *copy = hp_malloc(length + 1);
  memcpy(copy, text, length);
  copy[length] = 0;
  return copy;
}

char *hp_strdup(const char *text) {
  return hp_strndup(text, strlen(text));
}

char *hp_vformat(const char *fmt, va_list ap) {
  va_list again;
  va_copy(again, ap);
  int length = vsnprintf(NULL, 0, fmt, ap);
  HP_ASSERT(length >= 0);
  char *text = hp_malloc((size_t)length + 1);
  vsnprintf(text, (size_t)length + 1, fmt, again);
  va_end(again);
  return text;
}

char *hp_format(const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  char *text = hp_vformat(fmt, ap);
  va_end(ap);
  return text;
}

void *hp_grow(void *array, uint32_t *cap, uint32_t need, size_t element_size) {
  uint32_t want = *cap ? *cap : 8;
  while (want < need) {
    HP_ASSERT(want <= UINT32_MAX / 2);
    want *= 2;
  }
  *cap = want;
  return hp_realloc(array, want * element_size);
}

/* ---- near words ------------------------------------------------------------------------------ */

static unsigned least(unsigned a, unsigned b) {
  return a < b ? a : b;
}

/* Levenshtein's distance with one row. */
unsigned hp_word_distance(const char *a, const char *b) {
  enum { LONGEST = 63 };
  size_t na = strlen(a), nb = strlen(b);
  if (na > LONGEST || nb > LONGEST)
    return (unsigned)(na > nb ? na : nb);
  unsigned row[LONGEST + 1];
  for (size_t j = 0; j <= nb; j++)
    row[j] = (unsigned)j;
  for (size_t i = 1; i <= na; i++) {
    unsigned diagonal = row[0];
    row[0] = (unsigned)i;
    for (size_t j = 1; j <= nb; j++) {
      bool same = tolower((unsigned char)a[i - 1]) == tolower((unsigned char)b[j - 1]);
      unsigned swap = diagonal + !same;
      diagonal = row[j];
      row[j] = least(swap, least(row[j], row[j - 1]) + 1);
    }
  }
  return row[nb];
}

const char *hp_nearest(const char *word, const char *const *words, uint32_t count) {
  const char *best = "";
  unsigned best_distance = UINT_MAX;
  for (uint32_t i = 0; i < count; i++) {
    unsigned distance = hp_word_distance(word, words[i]);
    if (distance < best_distance) {
      best_distance = distance;
      best = words[i];
    }
  }
  return best;
}

/* ---- arena --------------------------------------------------------------------------------- */

/* Chunks of a large arena are pages of the size that spares most faults and translations of
 * addresses. */
enum { ARENA_CHUNK = 64 * 1024, ARENA_ALIGN = 8, HUGE_PAGE = 2 << 20 };

/* The leak checker looks for pointers in memory that malloc gave. */
#define HUGE_PAGES true
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#undef HUGE_PAGES
#define HUGE_PAGES false
#endif
#elif defined(__SANITIZE_ADDRESS__)
#undef HUGE_PAGES
#define HUGE_PAGES false
#endif

typedef struct Chunk {
  struct Chunk *next;
  size_t size, used;
  bool mapped; /* a huge page; the system has cleared it */
  _Alignas(ARENA_ALIGN) unsigned char bytes[];
} Chunk;

struct HpArena {
  Chunk *chunks; /* the first one is filled next */
  size_t total;
  bool large;
};

HpArena *hp_arena_new(void) {
  return hp_calloc(1, sizeof(HpArena));
}

HpArena *hp_arena_new_large(void) {
  HpArena *arena = hp_arena_new();
  arena->large = true;
  return arena;
}

static void free_chunk(Chunk *c) {
  if (c->mapped)
    munmap(c, HUGE_PAGE);
  else
    free(c);
}

void hp_arena_free(HpArena *arena) {
  if (!arena)
    return;
  for (Chunk *c = arena->chunks, *next; c; c = next) {
    next = c->next;
    free_chunk(c);
  }
  free(arena);
}

/* Room for two always has a whole one in it. NULL: not to be had. */
static Chunk *huge_chunk(void) {
  char *room = mmap(NULL, (size_t)2 * HUGE_PAGE, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (room == MAP_FAILED)
    return NULL;
  size_t before = -(uintptr_t)room & (HUGE_PAGE - 1);
  if (before)
    munmap(room, before);
  munmap(room + before + HUGE_PAGE, HUGE_PAGE - before);
  void *page = room + before;
  madvise(page, HUGE_PAGE, MADV_HUGEPAGE); /* else it is slower, and nothing else */
  return page;
}

static Chunk *arena_chunk(HpArena *arena, size_t size) {
  bool large = arena->large && size <= HUGE_PAGE / 4;
  Chunk *c = large && HUGE_PAGES ? huge_chunk() : NULL;
  const bool mapped = c != NULL;
  size_t room = mapped ? HUGE_PAGE - sizeof *c : size > ARENA_CHUNK / 4 ? size : ARENA_CHUNK;
  if (!c)
    c = hp_malloc(sizeof *c + room);
  *c = (Chunk){.size = room, .mapped = mapped};
  if (room == size &&
      arena->chunks) { /* a large block of its own: keep filling the current chunk */
    c->next = arena->chunks->next;
    arena->chunks->next = c;
  } else {
    c->next = arena->chunks;
    arena->chunks = c;
  }
  return c;
}

/* Room that is not cleared, unless its chunk is. */
static void *arena_take(HpArena *arena, size_t size, bool *cleared) {
  HP_ASSERT(size <= SIZE_MAX / 2);
  size_t need = (size + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
  if (!need)
    need = ARENA_ALIGN;
  Chunk *c = arena->chunks;
  if (!c || c->size - c->used < need)
    c = arena_chunk(arena, need);
  void *memory = c->bytes + c->used;
  c->used += need;
  arena->total += need;
  *cleared = c->mapped;
  return memory;
}

void *hp_arena_alloc(HpArena *arena, size_t size) {
  bool cleared;
  void *memory = arena_take(arena, size, &cleared);
  return cleared ? memory : memset(memory, 0, size ? size : 1);
}

void *hp_arena_copy(HpArena *arena, const void *bytes, size_t size) {
  if (!size)
    return NULL;
  bool cleared;
  return memcpy(arena_take(arena, size, &cleared), bytes, size);
}

char *hp_arena_strdup(HpArena *arena, const char *text) {
  return hp_arena_copy(arena, text, strlen(text) + 1);
}

char *hp_arena_vformat(HpArena *arena, const char *fmt, va_list ap) {
  va_list again;
  va_copy(again, ap);
  int length = vsnprintf(NULL, 0, fmt, ap);
  HP_ASSERT(length >= 0);
  char *text = hp_arena_alloc(arena, (size_t)length + 1);
  vsnprintf(text, (size_t)length + 1, fmt, again);
  va_end(again);
  return text;
}

char *hp_arena_format(HpArena *arena, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  char *text = hp_arena_vformat(arena, fmt, ap);
  va_end(ap);
  return text;
}

size_t hp_arena_bytes(const HpArena *arena) {
  return arena->total;
}

/* ---- text buffer --------------------------------------------------------------------------- */

static void buf_room(HpBuf *buf, size_t more) {
  size_t need = buf->length + more + 1;
  if (need <= buf->cap)
    return;
  size_t cap = buf->cap ? buf->cap : 64;
  while (cap < need)
    cap *= 2;
  buf->text = hp_realloc(buf->text, cap);
  buf->cap = cap;
}

void hp_buf_reserve(HpBuf *buf, size_t more) {
  size_t need = buf->length + more + 1;
  if (need <= buf->cap)
    return;
  buf->text = hp_realloc(buf->text, need);
  buf->cap = need;
}

void hp_buf_addn(HpBuf *buf, const void *bytes, size_t length) {
  buf_room(buf, length);
  if (length)
    memcpy(buf->text + buf->length, bytes, length);
  buf->length += length;
  buf->text[buf->length] = 0;
}

void hp_buf_add(HpBuf *buf, const char *text) {
  hp_buf_addn(buf, text, strlen(text));
}

void hp_buf_addc(HpBuf *buf, char c) {
  hp_buf_addn(buf, &c, 1);
}

void hp_buf_addf(HpBuf *buf, const char *fmt, ...) {
  va_list ap, again;
  va_start(ap, fmt);
  va_copy(again, ap);
  int length = vsnprintf(NULL, 0, fmt, ap);
  va_end(ap);
  HP_ASSERT(length >= 0);
  buf_room(buf, (size_t)length);
  vsnprintf(buf->text + buf->length, (size_t)length + 1, fmt, again);
  va_end(again);
  buf->length += (size_t)length;
}

/* Length of a well-formed UTF-8 sequence of a printable character at `s`, else 0. C1 controls
 * (U+0080..9F), bidirectional overrides and line separators count as not printable. */
static int utf8_printable(const unsigned char *s) {
  uint32_t code;
  int length;
  if (s[0] >= 0xC2 && s[0] <= 0xDF)
    length = 2, code = s[0] & 0x1F;
  else if (s[0] >= 0xE0 && s[0] <= 0xEF)
    length = 3, code = s[0] & 0x0F;
  else if (s[0] >= 0xF0 && s[0] <= 0xF4)
    length = 4, code = s[0] & 0x07;
  else
    return 0;
  for (int i = 1; i < length; i++) {
    if ((s[i] & 0xC0) != 0x80)
      return 0;
    code = code << 6 | (s[i] & 0x3F);
  }
  if ((length == 3 && code < 0x800) || (length == 4 && code < 0x10000) || code > 0x10FFFF ||
      (code >= 0xD800 && code <= 0xDFFF))
    return 0;
  if (code < 0xA0 || (code >= 0x200B && code <= 0x200F) || (code >= 0x2028 && code <= 0x202E) ||
      (code >= 0x2066 && code <= 0x2069) || code == 0xFEFF)
    return 0;
  return length;
}

void hp_buf_add_escaped(HpBuf *buf, const char *text) {
  const unsigned char *s = (const unsigned char *)text;
  while (*s) {
    int length = *s >= 0x20 && *s < 0x7F ? 1 : utf8_printable(s);
    if (length) {
      hp_buf_addn(buf, s, (size_t)length);
      s += length;
    } else {
      hp_buf_addf(buf, "\\x%02x", *s++);
    }
  }
}

const char *hp_buf_text(const HpBuf *buf) {
  return buf->text ? buf->text : "";
}

void hp_buf_clear(HpBuf *buf) {
  buf->length = 0;
  if (buf->text)
    buf->text[0] = 0;
}

void hp_buf_free(HpBuf *buf) {
  free(buf->text);
  *buf = (HpBuf){0};
}

char *hp_buf_take(HpBuf *buf) {
  char *text = buf->text ? buf->text : hp_strdup("");
  *buf = (HpBuf){0};
  return text;
}

/* ---- threads --------------------------------------------------------------------------------- */

typedef struct PartArgs {
  HpPart *work;
  void *context;
  unsigned part;
  pthread_t thread;
  bool started;
} PartArgs;

static void *run_part(void *args) {
  PartArgs *a = args;
  a->work(a->context, a->part);
  return NULL;
}

void hp_parallel(unsigned count, HpPart *work, void *context) {
  PartArgs *parts = hp_calloc(count, sizeof *parts);
  for (unsigned i = 0; i < count; i++) {
    parts[i] = (PartArgs){.work = work, .context = context, .part = i};
    parts[i].started =
        i + 1 < count && pthread_create(&parts[i].thread, NULL, run_part, &parts[i]) == 0;
  }
  for (unsigned i = 0; i < count; i++)
    if (!parts[i].started)
      run_part(&parts[i]);
  for (unsigned i = 0; i < count; i++)
    if (parts[i].started)
      pthread_join(parts[i].thread, NULL);
  free(parts);
}
