/* Messages between the main program and its workers (worker.h has the format), and the text of a
 * unit's result. A reader trusts nothing: what a worker sends may be cut off or garbage. */
#include "analyzer/unit/worker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NO_STRING = 0xFFFFFFFF };                /* length of a NULL string */
static const uint32_t reply_magic = 0x32525048; /* "HPR2" */

/* ---- writing -------------------------------------------------------------------------------- */

static void put_bytes(HpBuf *out, uint64_t value, int bytes) {
  for (int i = 0; i < bytes; i++)
    hp_buf_addc(out, (char)(value >> (8 * i) & 0xFF));
}

static void put_u32(HpBuf *out, uint32_t value) {
  put_bytes(out, value, 4);
}

static void put_u64(HpBuf *out, uint64_t value) {
  put_bytes(out, value, 8);
}

static void put_double(HpBuf *out, double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  put_u64(out, bits);
}

static void put_string(HpBuf *out, const char *text) {
  if (!text) {
    put_u32(out, (uint32_t)NO_STRING);
    return;
  }
  size_t length = strlen(text);
  HP_ASSERT(length < (uint32_t)NO_STRING);
  put_u32(out, (uint32_t)length);
  hp_buf_addn(out, text, length);
}

/* ---- reading -------------------------------------------------------------------------------- */

typedef struct Reader {
  const unsigned char *at;
  size_t left;
  bool bad;
} Reader;

static uint64_t get_bytes(Reader *r, unsigned bytes) {
  if (r->bad || r->left < bytes) {
    r->bad = true;
    return 0;
  }
  uint64_t value = 0;
  for (unsigned i = 0; i < bytes; i++)
    value |= (uint64_t)r->at[i] << (8 * i);
  r->at += bytes;
  r->left -= bytes;
  return value;
}

static uint32_t get_u32(Reader *r) {
  return (uint32_t)get_bytes(r, 4);
}

static double get_double(Reader *r) {
  uint64_t bits = get_bytes(r, 8);
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

/* A heap string, or NULL for a NULL string and for bad input. */
static char *get_string(Reader *r) {
  uint32_t length = get_u32(r);
  if (r->bad || length == (uint32_t)NO_STRING)
    return NULL;
  if (length > r->left || memchr(r->at, 0, length)) {
    r->bad = true;
    return NULL;
  }
  char *text = hp_strndup((const char *)r->at, length);
  r->at += length;
  r->left -= length;
  return text;
}

/* A string that must be there: "" when the input is bad. */
static char *get_text(Reader *r) {
  char *text = get_string(r);
  if (!text) {
    r->bad = true;
    return hp_strdup("");
  }
  return text;
}

/* Number of elements that follow, each of at least `least` bytes: an absurd count is bad input, not
 * an allocation. */
static uint32_t get_count(Reader *r, size_t least) {
  uint32_t count = get_u32(r);
  if (count > r->left / least)
    r->bad = true;
  return r->bad ? 0 : count;
}

/* ---- replies -------------------------------------------------------------------------------- */

void unit_result_free(UnitResult *r) {
  free(r->reason);
  for (uint32_t i = 0; i < r->nmissing; i++)
    free(r->missing[i]);
  free(r->missing);
  for (uint32_t i = 0; i < r->nfiles; i++)
    free(r->files[i].path);
  free(r->files);
  for (uint32_t i = 0; i < r->nabsent; i++)
    free(r->absent[i]);
  free(r->absent);
  free(r->record);
  *r = (UnitResult){0};
}

void worker_encode(HpBuf *out, const UnitResult *r) {
  put_u32(out, reply_magic);
  put_u32(out, r->index);
  put_u32(out, (uint32_t)r->status);
  put_string(out, r->reason);
  put_u32(out, r->nmissing);
  for (uint32_t i = 0; i < r->nmissing; i++)
    put_string(out, r->missing[i]);
  put_u32(out, r->nfiles);
  for (uint32_t i = 0; i < r->nfiles; i++) {
    put_string(out, r->files[i].path);
    put_u64(out, (uint64_t)r->files[i].size);
    put_u64(out, (uint64_t)r->files[i].mtime_ns);
    put_u64(out, r->files[i].hash);
  }
  put_u32(out, r->nabsent);
  for (uint32_t i = 0; i < r->nabsent; i++)
    put_string(out, r->absent[i]);
  put_u32(out, r->opaque);
  put_double(out, r->parse_seconds);
  put_double(out, r->lower_seconds);
  put_u64(out, r->record ? r->record_size : 0);
  if (r->record)
    hp_buf_addn(out, r->record, r->record_size);
}

static void get_lists(Reader *r, UnitResult *out) {
  uint32_t nmissing = get_count(r, 4);
  out->missing = hp_calloc(nmissing, sizeof *out->missing);
  for (uint32_t i = 0; i < nmissing && !r->bad; i++)
    out->missing[out->nmissing++] = get_text(r);
  uint32_t nfiles = get_count(r, 4 + 3 * 8);
  out->files = hp_calloc(nfiles, sizeof *out->files);
  for (uint32_t i = 0; i < nfiles && !r->bad; i++) {
    DbFileStamp *stamp = &out->files[out->nfiles++];
    stamp->path = get_text(r);
    stamp->size = (int64_t)get_bytes(r, 8);
    stamp->mtime_ns = (int64_t)get_bytes(r, 8);
    stamp->hash = get_bytes(r, 8);
  }
  uint32_t nabsent = get_count(r, 4);
  out->absent = hp_calloc(nabsent, sizeof *out->absent);
  for (uint32_t i = 0; i < nabsent && !r->bad; i++)
    out->absent[out->nabsent++] = get_text(r);
}

bool worker_decode(const void *bytes, size_t size, UnitResult *out, HpError *err) {
  *out = (UnitResult){0};
  Reader r = {bytes, size, false};
  if (get_u32(&r) != reply_magic)
    r.bad = true;
  out->index = get_u32(&r);
  out->status = (int)get_u32(&r);
  out->reason = get_string(&r);
  get_lists(&r, out);
  out->opaque = get_u32(&r);
  out->parse_seconds = get_double(&r);
  out->lower_seconds = get_double(&r);
  uint64_t record = get_bytes(&r, 8);
  if (r.bad || record != r.left || (unsigned)out->status > 2) {
    unit_result_free(out);
    return hp_fail(err, "the worker's answer is cut off or damaged");
  }
  if (record) {
    out->record = hp_malloc(record);
    memcpy(out->record, r.at, record);
    out->record_size = record;
  }
  return true;
}

/* ---- requests ------------------------------------------------------------------------------- */

void worker_request_encode(HpBuf *out, const ProjectUnit *unit, const char *unsaved,
                           size_t unsaved_size, const WorkerText *texts, uint32_t ntexts) {
  put_string(out, unit->file);
  put_string(out, unit->directory);
  put_u32(out, (uint32_t)(unsaved ? unsaved_size + 1 : 0));
  if (unsaved) {
    hp_buf_addc(out, '1');
    hp_buf_addn(out, unsaved, unsaved_size);
  }
  put_u32(out, ntexts);
  for (uint32_t i = 0; i < ntexts; i++) {
    put_string(out, texts[i].path);
    put_u32(out, (uint32_t)texts[i].size);
    hp_buf_addn(out, texts[i].text, texts[i].size);
  }
  for (uint32_t i = 0; i < unit->nargs; i++)
    put_string(out, unit->args[i]);
}

/* The unsaved content may hold any byte, NUL too. */
static void get_unsaved(Reader *r, WorkerRequest *out) {
  uint32_t length = get_u32(r);
  if (r->bad || length > r->left || (length && *r->at != '1')) {
    r->bad = true;
    return;
  }
  if (length) {
    out->unsaved = hp_strndup((const char *)r->at + 1, length - 1);
    out->unsaved_size = length - 1;
  }
  r->at += length;
  r->left -= length;
}

static void get_texts(Reader *r, WorkerRequest *out) {
  uint32_t count = get_count(r, 8);
  out->texts = hp_calloc(count, sizeof *out->texts);
  for (uint32_t i = 0; i < count && !r->bad; i++) {
    WorkerText *t = &out->texts[out->ntexts++];
    t->path = get_text(r);
    uint32_t size = get_count(r, 1);
    t->text = hp_strndup((const char *)r->at, size);
    t->size = size;
    r->at += size;
    r->left -= size;
  }
}

bool worker_request_decode(const void *bytes, size_t size, WorkerRequest *out, HpError *err) {
  *out = (WorkerRequest){0};
  Reader r = {bytes, size, false};
  out->file = get_text(&r);
  out->directory = get_text(&r);
  get_unsaved(&r, out);
  get_texts(&r, out);
  uint32_t cap = 0;
  while (!r.bad && r.left) {
    HP_GROW(out->args, out->nargs, cap);
    out->args[out->nargs++] = get_text(&r);
  }
  HP_GROW(out->args, out->nargs, cap);
  out->args[out->nargs] = NULL;
  if (!r.bad)
    return true;
  worker_request_free(out);
  return hp_fail(err, "the request is cut off or damaged");
}

void worker_request_free(WorkerRequest *r) {
  free(r->file);
  free(r->directory);
  free(r->unsaved);
  for (uint32_t i = 0; i < r->ntexts; i++) {
    free(r->texts[i].path);
    free(r->texts[i].text);
  }
  free(r->texts);
  for (uint32_t i = 0; i < r->nargs; i++)
    free(r->args[i]);
  free(r->args);
  *r = (WorkerRequest){0};
}

/* ---- framing -------------------------------------------------------------------------------- */

void message_frame(HpBuf *out, const void *bytes, size_t size) {
  HP_ASSERT(size <= MESSAGE_LIMIT);
  put_u32(out, (uint32_t)size);
  hp_buf_addn(out, bytes, size);
}

bool message_write(int fd, const void *bytes, size_t size) {
  if (size > MESSAGE_LIMIT)
    return false;
  HpBuf frame = {0};
  message_frame(&frame, bytes, size);
  size_t done = 0;
  while (done < frame.length) {
    ssize_t n = write(fd, frame.text + done, frame.length - done);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      break;
    done += (size_t)n;
  }
  bool ok = done == frame.length;
  hp_buf_free(&frame);
  return ok;
}

/* Reads exactly `size` bytes; the count read before the stream ended, or -1. */
static ssize_t read_full(int fd, unsigned char *to, size_t size) {
  size_t got = 0;
  while (got < size) {
    ssize_t n = read(fd, to + got, size - got);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return -1;
    if (!n)
      break;
    got += (size_t)n;
  }
  return (ssize_t)got;
}

int message_read(int fd, HpBuf *out, HpError *err) {
  hp_buf_clear(out);
  unsigned char head[4];
  ssize_t got = read_full(fd, head, sizeof head);
  if (!got)
    return 0;
  Reader r = {head, sizeof head, got != sizeof head};
  uint32_t size = get_u32(&r);
  if (r.bad || size > MESSAGE_LIMIT)
    return hp_fail(err, "the message is cut off or damaged"), -1;
  unsigned char chunk[16384];
  while (out->length < size) {
    size_t want = size - out->length < sizeof chunk ? size - out->length : sizeof chunk;
    got = read_full(fd, chunk, want);
    if (got != (ssize_t)want)
      return hp_fail(err, "the message is cut off"), -1;
    hp_buf_addn(out, chunk, want);
  }
  return 1;
}
