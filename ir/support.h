/* Memory, growing arrays, text buffers and error values: what every module needs and libc lacks.
 *
 * Three kinds of failure are kept apart: bad input and environment failures are HpError values that
 * the caller must look at; a bug of ours is hp_die (abort), so that a fuzzer can tell the two
 * apart; running out of memory is hp_die too, since no caller could do better. */
#ifndef HPLINT_IR_SUPPORT_H
#define HPLINT_IR_SUPPORT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define HP_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))
#define HP_NORETURN __attribute__((noreturn))
#define HP_NONNULL __attribute__((returns_nonnull)) /* the result is never NULL */
#else
#define HP_PRINTF(fmt, first)
#define HP_NORETURN
#define HP_NONNULL
#endif

/* ---- failure -------------------------------------------------------------------------------- */

/* One clear line: what, where, how to mend it. `set` is false while nothing went wrong. */
typedef struct HpError {
  bool set;
  char text[1024];
} HpError;

/* Fills `err` (may be NULL) unless it already holds an earlier error; always returns false, so that
 * a function can `return hp_fail(err, ...)`. */
bool hp_fail(HpError *err, const char *fmt, ...) HP_PRINTF(2, 3);
#ifdef __clang_analyzer__ /* which cannot see what it returns */
#define hp_fail(...) (hp_fail(__VA_ARGS__), false)
#endif

/* Our own bug, or no memory: says so on stderr and aborts. */
HP_NORETURN void hp_die(const char *fmt, ...) HP_PRINTF(1, 2);

#define HP_ASSERT(cond)                                                                            \
  ((cond) ? (void)0 : hp_die("%s:%d: internal error: %s", __FILE__, __LINE__, #cond))

/* ---- heap ------------------------------------------------------------------------------------ */

/* hp_realloc(NULL, n) allocates. Free with free(). */
HP_NONNULL void *hp_malloc(size_t size);
HP_NONNULL void *hp_calloc(size_t count, size_t size);
HP_NONNULL void *hp_realloc(void *old, size_t size);
HP_NONNULL char *hp_strdup(const char *text);
HP_NONNULL char *hp_strndup(const char *text, size_t length);
/* Formatted text on the heap; the caller frees it. */
HP_NONNULL char *hp_format(const char *fmt, ...) HP_PRINTF(1, 2);
HP_NONNULL char *hp_vformat(const char *fmt, va_list ap);

/* Growing arrays with geometric growth: makes room for one more element of `array` (a pointer
 * lvalue), whose element count is `count` and capacity `cap` (both uint32_t lvalues).
 *   HP_GROW(v->items, v->count, v->cap); v->items[v->count++] = x; */
#define HP_GROW(array, count, cap)                                                                 \
  ((count) < (cap) ? (void)0                                                                       \
                   : (void)((array) = hp_grow((array), &(cap), (count) + 1, sizeof *(array))))
HP_NONNULL void *hp_grow(void *array, uint32_t *cap, uint32_t need, size_t element_size);

/* ---- near words ------------------------------------------------------------------------------ */

/* Edits (insert, delete, replace) from one word to the other, whatever their case. Words of more
 * than 63 characters are as far apart as the longer one is long. */
unsigned hp_word_distance(const char *a, const char *b);
/* The nearest of `count` words, for "did you mean"; "" when there are none. */
const char *hp_nearest(const char *word, const char *const *words, uint32_t count);

/* ---- arena ----------------------------------------------------------------------------------- */

/* A bump allocator: everything goes at once. Memory is zeroed and aligned to 8 bytes. */
typedef struct HpArena HpArena;
HP_NONNULL HpArena *hp_arena_new(void);
HpArena *hp_arena_new_large(void);  /* for what takes many megabytes */
void hp_arena_free(HpArena *arena); /* NULL is fine */
HP_NONNULL void *hp_arena_alloc(HpArena *arena, size_t size);
/* Copy of `size` bytes; NULL when size is 0. */
void *hp_arena_copy(HpArena *arena, const void *bytes, size_t size);
HP_NONNULL char *hp_arena_strdup(HpArena *arena, const char *text);
HP_NONNULL char *hp_arena_format(HpArena *arena, const char *fmt, ...) HP_PRINTF(2, 3);
HP_NONNULL char *hp_arena_vformat(HpArena *arena, const char *fmt, va_list ap) HP_PRINTF(2, 0);
/* Bytes handed out so far, for measurements. */
size_t hp_arena_bytes(const HpArena *arena);
#define HP_NEW(arena, type, count) ((type *)hp_arena_alloc((arena), sizeof(type) * (size_t)(count)))

/* ---- text buffer ------------------------------------------------------------------------------
 */

/* Zero-initialise, append, free with hp_buf_free. `text` is always NUL-terminated once anything was
 * appended; hp_buf_text gives "" for an empty one. */
typedef struct HpBuf {
  char *text;
  size_t length, cap;
} HpBuf;
void hp_buf_reserve(HpBuf *buf, size_t more); /* room for so many bytes to come */
void hp_buf_add(HpBuf *buf, const char *text);
void hp_buf_addn(HpBuf *buf, const void *bytes, size_t length);
void hp_buf_addc(HpBuf *buf, char c);
void hp_buf_addf(HpBuf *buf, const char *fmt, ...) HP_PRINTF(2, 3);
/* Appends `text` with control characters, escapes and invalid UTF-8 shown as \xNN, so that nothing
 * from an analysed tree reaches the terminal raw. Newlines are escaped too. */
void hp_buf_add_escaped(HpBuf *buf, const char *text);
HP_NONNULL const char *hp_buf_text(const HpBuf *buf);
void hp_buf_clear(HpBuf *buf); /* keeps the memory */
void hp_buf_free(HpBuf *buf);
/* The text as a heap string that the caller owns; the buffer is empty afterwards. */
HP_NONNULL char *hp_buf_take(HpBuf *buf);

/* ---- threads --------------------------------------------------------------------------------- */

/* Parts 0 to count - 1 of a work, each on a thread of its own but for the last, which is the
 * caller's; those of threads that cannot be started too. */
typedef void HpPart(void *context, unsigned part);
void hp_parallel(unsigned count, HpPart *work, void *context);

#endif
