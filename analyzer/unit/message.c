/* Messages between the main program and its workers (worker.h has the format), and the text of a
 * unit's result. A reader trusts nothing: what a worker sends may be cut off or garbage. */
#include "analyzer/unit/worker.h"

#include "ir/wire.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FRAME_HEAD = 4 };                        /* bytes of the length */
static const uint32_t reply_magic = 0x32525048; /* "HPR2" */

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

/* All but the record itself, which comes last. */
static void encode_head(HpBuf *out, const UnitResult *r) {
  wire_put_u32(out, reply_magic);
  wire_put_u32(out, r->index);
  wire_put_u32(out, (uint32_t)r->status);
  wire_put_string(out, r->reason);
  wire_put_u32(out, r->nmissing);
  for (uint32_t i = 0; i < r->nmissing; i++)
    wire_put_string(out, r->missing[i]);
  wire_put_u32(out, r->nfiles);
  for (uint32_t i = 0; i < r->nfiles; i++) {
    wire_put_string(out, r->files[i].path);
    wire_put_u64(out, (uint64_t)r->files[i].size);
    wire_put_u64(out, (uint64_t)r->files[i].mtime_ns);
    wire_put_u64(out, r->files[i].hash);
  }
  wire_put_u32(out, r->nabsent);
  for (uint32_t i = 0; i < r->nabsent; i++)
    wire_put_string(out, r->absent[i]);
  wire_put_u32(out, r->opaque);
  wire_put_double(out, r->parse_seconds);
  wire_put_double(out, r->lower_seconds);
  wire_put_u64(out, r->record ? r->record_size : 0);
}

void worker_encode(HpBuf *out, const UnitResult *r) {
  encode_head(out, r);
  if (r->record)
    hp_buf_addn(out, r->record, r->record_size);
}

static void get_lists(WireReader *r, UnitResult *out) {
  uint32_t nmissing = wire_get_count(r, 4);
  out->missing = hp_calloc(nmissing, sizeof *out->missing);
  for (uint32_t i = 0; i < nmissing && !r->bad; i++)
    out->missing[out->nmissing++] = wire_get_text(r);
  uint32_t nfiles = wire_get_count(r, 4 + 3 * 8);
  out->files = hp_calloc(nfiles, sizeof *out->files);
  for (uint32_t i = 0; i < nfiles && !r->bad; i++) {
    DbFileStamp *stamp = &out->files[out->nfiles++];
    stamp->path = wire_get_text(r);
    stamp->size = (int64_t)wire_get_bytes(r, 8);
    stamp->mtime_ns = (int64_t)wire_get_bytes(r, 8);
    stamp->hash = wire_get_bytes(r, 8);
  }
  uint32_t nabsent = wire_get_count(r, 4);
  out->absent = hp_calloc(nabsent, sizeof *out->absent);
  for (uint32_t i = 0; i < nabsent && !r->bad; i++)
    out->absent[out->nabsent++] = wire_get_text(r);
}

/* The record stays where it is. */
static bool decode_head(const void *bytes, size_t size, UnitResult *out, const void **record,
                        HpError *err) {
  *out = (UnitResult){0};
  WireReader r = {bytes, size, false};
  if (wire_get_u32(&r) != reply_magic)
    r.bad = true;
  out->index = wire_get_u32(&r);
  out->status = (int)wire_get_u32(&r);
  out->reason = wire_get_string(&r);
  get_lists(&r, out);
  out->opaque = wire_get_u32(&r);
  out->parse_seconds = wire_get_double(&r);
  out->lower_seconds = wire_get_double(&r);
  uint64_t length = wire_get_bytes(&r, 8);
  if (r.bad || length != r.left || (unsigned)out->status > 2) {
    unit_result_free(out);
    return hp_fail(err, "the worker's answer is cut off or damaged");
  }
  *record = r.at;
  out->record_size = length;
  return true;
}

bool worker_decode(const void *bytes, size_t size, UnitResult *out, HpError *err) {
  const void *record;
  if (!decode_head(bytes, size, out, &record, err))
    return false;
  if (out->record_size) {
    out->record = hp_malloc(out->record_size);
    memcpy(out->record, record, out->record_size);
  }
  return true;
}

bool worker_decode_frame(HpBuf *frame, UnitResult *out, HpError *err) {
  const void *record;
  if (!decode_head(frame->text + FRAME_HEAD, frame->length - FRAME_HEAD, out, &record, err))
    return false;
  if (out->record_size) {
    out->record = memmove(frame->text, record, out->record_size);
    *frame = (HpBuf){0};
  }
  return true;
}

/* ---- requests ------------------------------------------------------------------------------- */

void worker_request_encode(HpBuf *out, const ProjectUnit *unit, const WorkerRequest *more) {
  wire_put_string(out, unit->file);
  wire_put_string(out, unit->directory);
  wire_put_u32(out, (uint32_t)(more->unsaved ? more->unsaved_size + 1 : 0));
  if (more->unsaved) {
    hp_buf_addc(out, '1');
    hp_buf_addn(out, more->unsaved, more->unsaved_size);
  }
  wire_put_u32(out, more->ntexts);
  for (uint32_t i = 0; i < more->ntexts; i++) {
    wire_put_string(out, more->texts[i].path);
    wire_put_u32(out, (uint32_t)more->texts[i].size);
    hp_buf_addn(out, more->texts[i].text, more->texts[i].size);
  }
  wire_put_string(out, more->preamble);
  wire_put_u32(out, more->make_preamble);
  for (uint32_t i = 0; i < unit->nargs; i++)
    wire_put_string(out, unit->args[i]);
}

/* The unsaved content may hold any byte, NUL too. */
static void get_unsaved(WireReader *r, WorkerRequest *out) {
  uint32_t length = wire_get_u32(r);
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

static void get_texts(WireReader *r, WorkerRequest *out) {
  uint32_t count = wire_get_count(r, 8);
  out->texts = hp_calloc(count, sizeof *out->texts);
  for (uint32_t i = 0; i < count && !r->bad; i++) {
    WorkerText *t = &out->texts[out->ntexts++];
    t->path = wire_get_text(r);
    uint32_t size = wire_get_count(r, 1);
    t->text = hp_strndup((const char *)r->at, size);
    t->size = size;
    r->at += size;
    r->left -= size;
  }
}

bool worker_request_decode(const void *bytes, size_t size, WorkerRequest *out, HpError *err) {
  *out = (WorkerRequest){0};
  WireReader r = {bytes, size, false};
  out->file = wire_get_text(&r);
  out->directory = wire_get_text(&r);
  get_unsaved(&r, out);
  get_texts(&r, out);
  out->preamble = wire_get_string(&r);
  out->make_preamble = wire_get_u32(&r) != 0;
  uint32_t cap = 0;
  while (!r.bad && r.left) {
    HP_GROW(out->args, out->nargs, cap);
    out->args[out->nargs++] = wire_get_text(&r);
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
  free(r->preamble);
  for (uint32_t i = 0; i < r->nargs; i++)
    free(r->args[i]);
  free(r->args);
  *r = (WorkerRequest){0};
}

/* ---- framing -------------------------------------------------------------------------------- */

void message_frame(HpBuf *out, const void *bytes, size_t size) {
  HP_ASSERT(size <= MESSAGE_LIMIT);
  wire_put_u32(out, (uint32_t)size);
  hp_buf_addn(out, bytes, size);
}

static bool write_full(int fd, const char *bytes, size_t size) {
  size_t done = 0;
  while (done < size) {
    ssize_t n = write(fd, bytes + done, size - done);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return false;
    done += (size_t)n;
  }
  return true;
}

bool message_write(int fd, const void *bytes, size_t size) {
  if (size > MESSAGE_LIMIT)
    return false;
  HpBuf frame = {0};
  message_frame(&frame, bytes, size);
  bool ok = write_full(fd, frame.text, frame.length);
  hp_buf_free(&frame);
  return ok;
}

bool worker_send(int fd, const UnitResult *r) {
  HpBuf head = {0}, frame = {0};
  encode_head(&head, r);
  size_t record = r->record ? r->record_size : 0, size = head.length + record;
  wire_put_u32(&frame, (uint32_t)size);
  hp_buf_addn(&frame, head.text, head.length);
  bool ok = size <= MESSAGE_LIMIT && write_full(fd, frame.text, frame.length) &&
            write_full(fd, r->record, record);
  hp_buf_free(&head);
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
  WireReader r = {head, sizeof head, got != sizeof head};
  uint32_t size = wire_get_u32(&r);
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
