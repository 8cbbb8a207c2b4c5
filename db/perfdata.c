/* Reads perf.data as perf record writes it, to a file or through a pipe, compressed or not.
 *
 * The header gives the layout of samples; MMAP, COMM and FORK records give each process's address
 * space. Records of several CPUs are interleaved out of order, so all are sorted by time first. */
#include "db/perf.h"
#include "db/perfspace.h"
#include "db/perfunwind.h"

#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <zstd.h>

/* Records that perf adds to the kernel's. */
enum {
  RECORD_HEADER_ATTR = 64,
  RECORD_HEADER_BUILD_ID = 67,
  RECORD_HEADER_FEATURE = 80,
  RECORD_COMPRESSED = 81,
};
enum { FEATURE_BUILD_ID = 2, FEATURE_CMDLINE = 11, FEATURE_BITS = 256 };
enum { MISC_BUILD_ID_SIZE = 1 << 15, MISC_MMAP_BUILD_ID = 1 << 14, MISC_COMM_EXEC = 1 << 13 };
#define UNPACKED_MAX (UINT64_C(2) << 30)

/* ---- bytes ---------------------------------------------------------------------------------- */

typedef struct Bytes {
  const uint8_t *at, *end;
  bool bad; /* asked for more than there is; everything read since is 0 */
} Bytes;

static const uint8_t *take(Bytes *b, uint64_t n) {
  if (b->bad || n > (uint64_t)(b->end - b->at)) {
    b->bad = true;
    return NULL;
  }
  const uint8_t *at = b->at;
  b->at += n;
  return at;
}

static uint64_t u64(Bytes *b) {
  uint64_t value = 0;
  const uint8_t *at = take(b, sizeof value);
  if (at)
    memcpy(&value, at, sizeof value);
  return value;
}

static uint32_t u32(Bytes *b) {
  uint32_t value = 0;
  const uint8_t *at = take(b, sizeof value);
  if (at)
    memcpy(&value, at, sizeof value);
  return value;
}

/* A NUL-terminated text in the rest; NULL when it does not end there. */
static const char *text(const Bytes *b) {
  return !b->bad && b->at < b->end && memchr(b->at, 0, (size_t)(b->end - b->at))
             ? (const char *)b->at
             : NULL;
}

/* ---- the reader's state --------------------------------------------------------------------- */

typedef struct Attr {
  struct perf_event_attr a;
  uint64_t samples;
} Attr;
typedef struct EventId {
  uint64_t id;
  uint32_t attr;
} EventId;
typedef struct BuildId {
  const char *path;
  const uint8_t *bytes;
  uint32_t size;
} BuildId;
typedef struct Entry { /* a record, to be sorted */
  uint64_t time, order;
  const uint8_t *at; /* its header */
} Entry;
enum { UNWINDERS = 8 };

typedef struct Reader {
  const ReadInput *in;
  HpError *err;
  Model *model;
  PerfObjects *objects;
  Attr *attrs;
  uint32_t nattrs, attrs_cap;
  EventId *ids;
  uint32_t nids, ids_cap;
  BuildId *build_ids;
  uint32_t nbuild_ids, build_ids_cap;
  Entry *entries;
  uint32_t nentries, entries_cap;
  uint8_t *unpacked; /* the compressed records */
  size_t unpacked_size, unpacked_cap;
  ZSTD_DStream *zstd;
  PerfSpaces spaces;
  struct {
    Unwinder *u;
    int32_t pid;
  } unwinders[UNWINDERS];
  uint32_t next_unwinder;
  uint32_t main_attr;
  uint64_t lost;
  double weight;
  bool damaged;
  PerfChain chain;
} Reader;

static bool broken(Reader *r, const char *what) {
  return hp_fail(r->err, "%s: broken perf.data: %s", r->in->path, what);
}

/* ---- header --------------------------------------------------------------------------------- */

static Attr *add_attr(Reader *r, Bytes b) {
  HP_GROW(r->attrs, r->nattrs, r->attrs_cap);
  Attr *a = &r->attrs[r->nattrs++];
  *a = (Attr){0};
  size_t n = (size_t)(b.end - b.at);
  memcpy(&a->a, b.at, n < sizeof a->a ? n : sizeof a->a);
  return a;
}

static void add_ids(Reader *r, Bytes ids) {
  while (ids.end - ids.at >= 8) {
    HP_GROW(r->ids, r->nids, r->ids_cap);
    r->ids[r->nids++] = (EventId){u64(&ids), r->nattrs - 1};
  }
}

static int id_order(const void *pa, const void *pb) {
  const EventId *a = pa, *b = pb;
  return a->id < b->id ? -1 : a->id > b->id;
}

static void sort_ids(Reader *r) {
  if (r->nids)
    qsort(r->ids, r->nids, sizeof *r->ids, id_order);
}

/* The part of the file at (offset, size), cut to what there is. */
static Bytes section(const Reader *r, uint64_t offset, uint64_t size) {
  uint64_t all = r->in->size;
  if (offset > all)
    offset = all;
  if (size > all - offset)
    size = all - offset;
  return (Bytes){r->in->data + offset, r->in->data + offset + size, false};
}

static void add_build_id(Reader *r, uint16_t misc, Bytes b) {
  u32(&b); /* pid */
  const uint8_t *id = take(&b, 24);
  const char *path = text(&b);
  if (!id || !path)
    return;
  uint32_t size = misc & MISC_BUILD_ID_SIZE ? id[20] : 20;
  if (!size || size > 20)
    return;
  HP_GROW(r->build_ids, r->nbuild_ids, r->build_ids_cap);
  r->build_ids[r->nbuild_ids++] = (BuildId){model_intern(r->model, path), id, size};
}

static void read_build_ids(Reader *r, Bytes b) {
  while (b.end - b.at >= 8) {
    struct perf_event_header h;
    memcpy(&h, b.at, sizeof h);
    if (h.size < sizeof h || h.size > b.end - b.at)
      return;
    add_build_id(r, h.misc, (Bytes){b.at + sizeof h, b.at + h.size, false});
    b.at += h.size;
  }
}

static void read_cmdline(Reader *r, Bytes b) {
  uint32_t n = u32(&b);
  HpBuf line = {0};
  for (uint32_t i = 0; i < n && !b.bad; i++) {
    uint32_t size = u32(&b);
    Bytes word = b;
    if (!take(&b, size))
      break;
    word.end = b.at;
    const char *w = text(&word);
    if (w && !strcmp(w, "--")) { /* before it is perf itself */
      hp_buf_clear(&line);
      continue;
    }
    if (line.length)
      hp_buf_addc(&line, ' ');
    hp_buf_add(&line, w ? w : "");
  }
  if (line.length)
    model_command(r->model, line.text);
  hp_buf_free(&line);
}

static void read_feature(Reader *r, uint32_t feature, Bytes b) {
  if (feature == FEATURE_BUILD_ID)
    read_build_ids(r, b);
  else if (feature == FEATURE_CMDLINE)
    read_cmdline(r, b);
}

/* The file's header; *data is where the records are. */
static bool read_header(Reader *r, Bytes *data) {
  Bytes b = section(r, 8, UINT64_MAX);
  uint64_t header_size = u64(&b);
  if (header_size == 16) { /* written to a pipe: everything is in records */
    *data = section(r, 16, UINT64_MAX);
    return true;
  }
  uint64_t attr_size = u64(&b), attrs_at = u64(&b), attrs_size = u64(&b);
  uint64_t data_at = u64(&b), data_size = u64(&b);
  u64(&b);
  u64(&b); /* event types, long unused */
  const uint8_t *features = take(&b, FEATURE_BITS / 8);
  if (b.bad || header_size < 104)
    return broken(r, "the header is cut off");
  if (attr_size < PERF_ATTR_SIZE_VER0 + 16 || attr_size > 4096)
    return broken(r, "its event descriptions have an impossible size");
  if (!data_size)
    return broken(r, "it holds no data: the recording was not ended properly");
  Bytes attrs = section(r, attrs_at, attrs_size);
  while (attrs.end - attrs.at >= (ptrdiff_t)attr_size) {
    Bytes one = {take(&attrs, attr_size), attrs.at, false};
    Bytes tail = {one.end - 16, one.end, false};
    one.end -= 16;
    add_attr(r, one);
    uint64_t at = u64(&tail), size = u64(&tail);
    add_ids(r, section(r, at, size));
  }
  *data = section(r, data_at, data_size);
  if ((uint64_t)(data->end - data->at) < data_size)
    r->damaged = true;
  if (data_at + data_size < data_at)
    return broken(r, "its data has an impossible size");
  Bytes table = section(r, data_at + data_size, UINT64_MAX);
  for (uint32_t f = 0; f < FEATURE_BITS; f++) {
    if (!(features[f / 8] >> f % 8 & 1))
      continue;
    uint64_t at = u64(&table), size = u64(&table);
    if (!table.bad)
      read_feature(r, f, section(r, at, size));
  }
  return true;
}

/* ---- records -------------------------------------------------------------------------------- */

static const Attr *attr_of_id(const Reader *r, uint64_t id) {
  EventId key = {id, 0};
  const EventId *e = r->nids ? bsearch(&key, r->ids, r->nids, sizeof key, id_order) : NULL;
  return e ? &r->attrs[e->attr] : &r->attrs[0];
}

typedef struct Sample {
  uint32_t attr;
  uint64_t ip, time, period;
  int32_t pid;
  Bytes chain; /* of addresses */
  bool has_chain, has_stack;
  UnwindSample user;
} Sample;

static void skip_read_values(Bytes *b, uint64_t format) {
  uint64_t n = 1;
  if (format & PERF_FORMAT_GROUP)
    n = u64(b);
  uint64_t each = 1 + !!(format & PERF_FORMAT_ID) + !!(format & (UINT64_C(1) << 4));
  uint64_t times =
      !!(format & PERF_FORMAT_TOTAL_TIME_ENABLED) + !!(format & PERF_FORMAT_TOTAL_TIME_RUNNING);
  if (n > 4096)
    b->bad = true;
  else
    take(b, 8 * (times + n * each));
}

/* What lies between the chain and the stack. */
static void skip_raw_and_branches(Bytes *b, const struct perf_event_attr *a) {
  if (a->sample_type & PERF_SAMPLE_RAW) {
    uint32_t size = u32(b);
    take(b, size);
  }
  if (a->sample_type & PERF_SAMPLE_BRANCH_STACK) {
    uint64_t n = u64(b);
    if (a->branch_sample_type & PERF_SAMPLE_BRANCH_HW_INDEX)
      u64(b);
    if (n > 4096)
      b->bad = true;
    else
      take(b, n * 24);
  }
}

static void read_user_state(Bytes *b, const struct perf_event_attr *a, Sample *s) {
  uint64_t abi = 0;
  if (a->sample_type & PERF_SAMPLE_REGS_USER) {
    abi = u64(b);
    s->user.mask = a->sample_regs_user;
    if (abi)
      s->user.regs = take(b, 8 * (uint64_t)__builtin_popcountll(a->sample_regs_user));
  }
  if (a->sample_type & PERF_SAMPLE_STACK_USER) {
    uint64_t room = u64(b);
    if (room) {
      s->user.stack = take(b, room);
      uint64_t used = u64(b);
      s->user.stack_size = used < room ? used : room;
    }
  }
  s->has_stack = abi == PERF_SAMPLE_REGS_ABI_64 && s->user.regs && s->user.stack && !b->bad;
}

static bool read_sample(const Reader *r, Bytes b, Sample *s) {
  *s = (Sample){.pid = -1};
  const Attr *attr = &r->attrs[0];
  if (attr->a.sample_type & PERF_SAMPLE_IDENTIFIER)
    attr = attr_of_id(r, u64(&b));
  uint64_t type = attr->a.sample_type;
  if (type & PERF_SAMPLE_IP)
    s->ip = u64(&b);
  if (type & PERF_SAMPLE_TID) {
    s->pid = (int32_t)u32(&b);
    u32(&b);
  }
  if (type & PERF_SAMPLE_TIME)
    s->time = u64(&b);
  if (type & PERF_SAMPLE_ADDR)
    u64(&b);
  if (type & PERF_SAMPLE_ID)
    attr = attr_of_id(r, u64(&b));
  if (type & PERF_SAMPLE_STREAM_ID)
    u64(&b);
  if (type & PERF_SAMPLE_CPU)
    u64(&b);
  s->period = attr->a.freq ? 1 : attr->a.sample_period;
  if (type & PERF_SAMPLE_PERIOD)
    s->period = u64(&b);
  if (type & PERF_SAMPLE_READ)
    skip_read_values(&b, attr->a.read_format);
  if (type & PERF_SAMPLE_CALLCHAIN) {
    uint64_t n = u64(&b);
    s->chain = b;
    s->has_chain = n <= (uint64_t)(b.end - b.at) / 8 && take(&b, 8 * n);
    s->chain.end = b.at;
  }
  if (type & (PERF_SAMPLE_REGS_USER | PERF_SAMPLE_STACK_USER)) {
    skip_raw_and_branches(&b, &attr->a);
    read_user_state(&b, &attr->a, s);
  }
  s->attr = (uint32_t)(attr - r->attrs);
  return !b.bad;
}

/* Of records other than samples the time is in a trailer, whose layout is that of samples. */
static uint64_t trailer_time(const Reader *r, Bytes b) {
  const struct perf_event_attr *a = &r->attrs[0].a;
  if (!a->sample_id_all || b.end - b.at < 8)
    return 0;
  if (a->sample_type & PERF_SAMPLE_IDENTIFIER) {
    Bytes last = {b.end - 8, b.end, false};
    a = &attr_of_id(r, u64(&last))->a;
  }
  static const uint64_t parts[] = {PERF_SAMPLE_TID,       PERF_SAMPLE_TIME, PERF_SAMPLE_ID,
                                   PERF_SAMPLE_STREAM_ID, PERF_SAMPLE_CPU,  PERF_SAMPLE_IDENTIFIER};
  ptrdiff_t size = 0;
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
    size += a->sample_type & parts[i] ? 8 : 0;
  if (!(a->sample_type & PERF_SAMPLE_TIME) || b.end - b.at < size)
    return 0;
  Bytes at = {b.end - size + (a->sample_type & PERF_SAMPLE_TID ? 8 : 0), b.end, false};
  return u64(&at);
}

static void add_entry(Reader *r, const uint8_t *at, const struct perf_event_header *h) {
  Bytes body = {at + sizeof *h, at + h->size, false};
  uint64_t time = 0;
  if (h->type == PERF_RECORD_SAMPLE) {
    Sample s;
    if (!read_sample(r, body, &s)) {
      r->damaged = true;
      return;
    }
    time = s.time;
    r->attrs[s.attr].samples++;
  } else {
    time = trailer_time(r, body);
  }
  HP_GROW(r->entries, r->nentries, r->entries_cap);
  r->entries[r->nentries] = (Entry){time, r->nentries, at};
  r->nentries++;
}

static bool unpack(Reader *r, Bytes b) {
  if (!r->zstd && !(r->zstd = ZSTD_createDStream()))
    hp_die("out of memory (zstd)");
  ZSTD_inBuffer in = {b.at, (size_t)(b.end - b.at), 0};
  while (in.pos < in.size) {
    if (r->unpacked_cap - r->unpacked_size < ZSTD_DStreamOutSize()) {
      size_t cap = r->unpacked_cap ? r->unpacked_cap * 2 : 1 << 20;
      if (cap > UNPACKED_MAX)
        return hp_fail(r->err, "%s: more than 2 GB uncompressed: record with a lower -F",
                       r->in->path);
      r->unpacked = hp_realloc(r->unpacked, cap);
      r->unpacked_cap = cap;
    }
    ZSTD_outBuffer out = {r->unpacked + r->unpacked_size, r->unpacked_cap - r->unpacked_size, 0};
    size_t before = in.pos, rc = ZSTD_decompressStream(r->zstd, &out, &in);
    if (ZSTD_isError(rc) || (in.pos == before && !out.pos))
      return broken(r, "its compressed data does not unpack");
    r->unpacked_size += out.pos;
  }
  return true;
}

static void pipe_attr(Reader *r, Bytes body) {
  Bytes one = body;
  uint32_t size = 0;
  if (body.end - body.at >= 8)
    memcpy(&size, body.at + 4, sizeof size);
  if (size < PERF_ATTR_SIZE_VER0 || !take(&body, size))
    return;
  one.end = body.at;
  add_attr(r, one);
  add_ids(r, body);
}

static bool scan(Reader *r, Bytes b, bool inner) {
  while (b.end - b.at >= (ptrdiff_t)sizeof(struct perf_event_header)) {
    struct perf_event_header h;
    memcpy(&h, b.at, sizeof h);
    if (h.size < sizeof h || h.size > b.end - b.at) {
      r->damaged = true;
      break;
    }
    Bytes body = {b.at + sizeof h, b.at + h.size, false};
    switch (h.type) {
    case RECORD_HEADER_ATTR:
      pipe_attr(r, body);
      sort_ids(r);
      break;
    case RECORD_HEADER_FEATURE: {
      uint64_t feature = u64(&body);
      read_feature(r, (uint32_t)feature, body);
      break;
    }
    case RECORD_HEADER_BUILD_ID:
      add_build_id(r, h.misc, body);
      break;
    case RECORD_COMPRESSED:
      if (!inner && !unpack(r, body))
        return false;
      break;
    case PERF_RECORD_MMAP:
    case PERF_RECORD_MMAP2:
    case PERF_RECORD_COMM:
    case PERF_RECORD_FORK:
    case PERF_RECORD_LOST:
    case PERF_RECORD_LOST_SAMPLES:
    case PERF_RECORD_SAMPLE:
      if (r->nattrs)
        add_entry(r, b.at, &h);
      break;
    default: /* of no interest */
      break;
    }
    b.at += h.size;
  }
  return true;
}

/* ---- address spaces ------------------------------------------------------------------------- */

/* The process's mappings are about to change. */
static PerfProcess *changing_process(Reader *r, int32_t pid) {
  PerfProcess *p = perf_process(&r->spaces, pid);
  if (p->unwinder && r->unwinders[p->unwinder - 1].pid == pid) {
    unwinder_free(r->unwinders[p->unwinder - 1].u);
    r->unwinders[p->unwinder - 1].u = NULL;
    r->unwinders[p->unwinder - 1].pid = -1;
  }
  p->unwinder = 0;
  return p;
}

static const BuildId *build_id_of(const Reader *r, const char *path) {
  const char *name = model_intern(r->model, path);
  for (uint32_t i = 0; i < r->nbuild_ids; i++)
    if (r->build_ids[i].path == name)
      return &r->build_ids[i];
  return NULL;
}

static void on_mmap(Reader *r, const struct perf_event_header *h, Bytes b) {
  int32_t pid = (int32_t)u32(&b);
  u32(&b);
  uint64_t start = u64(&b), size = u64(&b), offset = u64(&b);
  const uint8_t *id = NULL;
  uint32_t id_size = 0;
  if (h->type == PERF_RECORD_MMAP2) {
    const uint8_t *file = take(&b, 24); /* device and inode, or a build-id */
    uint32_t protection = u32(&b);
    u32(&b);
    if (file && h->misc & MISC_MMAP_BUILD_ID && file[0] <= 20) {
      id_size = file[0];
      id = file + 4;
    }
    if (!(protection & PROT_EXEC))
      return;
  }
  const char *path = text(&b);
  /* Kernel text is mapped for process -1. */
  if (!path || pid < 0 || !size || start + size < start ||
      (h->misc & PERF_RECORD_MISC_CPUMODE_MASK) == PERF_RECORD_MISC_KERNEL)
    return;
  const BuildId *known = id ? NULL : build_id_of(r, path);
  if (known) {
    id = known->bytes;
    id_size = known->size;
  }
  size_t length = strlen(path), tail = strlen(" (deleted)");
  char *name = hp_strdup(path);
  if (length > tail && !strcmp(path + length - tail, " (deleted)"))
    name[length - tail] = 0;
  PerfObject *object = perf_object(r->objects, name, id, id_size);
  free(name);
  perf_map_add(changing_process(r, pid), (PerfMap){start, start + size, offset, object});
}

static void on_comm(Reader *r, const struct perf_event_header *h, Bytes b) {
  int32_t pid = (int32_t)u32(&b);
  if (b.bad || !(h->misc & MISC_COMM_EXEC))
    return;
  changing_process(r, pid)->nmaps = 0;
}

static void on_fork(Reader *r, Bytes b) {
  int32_t pid = (int32_t)u32(&b), parent = (int32_t)u32(&b);
  if (b.bad || pid == parent)
    return; /* a thread */
  changing_process(r, pid);
  perf_process_fork(&r->spaces, pid, parent);
}

/* ---- samples -------------------------------------------------------------------------------- */

static void add_user(Reader *r, const PerfProcess *p, uint64_t ip) {
  const PerfMap *m = perf_map_find(p, ip);
  if (!m) {
    chain_add_function(r->objects, &r->chain, perf_object(r->objects, "[unknown]", NULL, 0), NULL);
    return;
  }
  Symbols *s = perf_object_symbols(r->objects, m->object);
  uint64_t vaddr;
  if (s && symbols_vaddr(s, ip - m->start + m->offset, &vaddr))
    chain_add_address(r->objects, &r->chain, m->object, vaddr);
  else
    chain_add_function(r->objects, &r->chain, m->object, NULL);
}

static Unwinder *unwinder_of(Reader *r, PerfProcess *p) {
  if (p->unwinder && r->unwinders[p->unwinder - 1].pid == p->pid)
    return r->unwinders[p->unwinder - 1].u;
  UnwindMap *maps = hp_malloc((p->nmaps + 1) * sizeof *maps);
  for (uint32_t i = 0; i < p->nmaps; i++)
    maps[i] = (UnwindMap){p->maps[i].start, p->maps[i].offset,
                          perf_object_symbols(r->objects, p->maps[i].object)};
  uint32_t at = r->next_unwinder++ % UNWINDERS;
  unwinder_free(r->unwinders[at].u);
  r->unwinders[at].u = unwinder_new(maps, p->nmaps);
  r->unwinders[at].pid = p->pid;
  p->unwinder = (uint8_t)(at + 1);
  free(maps);
  return r->unwinders[at].u;
}

static void add_unwound(Reader *r, PerfProcess *p, const Sample *s) {
  uint64_t addresses[CHAIN_MAX / 4];
  uint32_t n = unwinder_run(unwinder_of(r, p), &s->user, addresses, CHAIN_MAX / 4);
  for (uint32_t i = 0; i < n; i++) {
    if (i && !perf_map_find(p, addresses[i]))
      break;
    add_user(r, p, addresses[i]);
  }
}

/* Context marks say whose the addresses after them are; the first address is exact, those after it
 * are return addresses. */
static void add_chain(Reader *r, const PerfProcess *p, const Sample *s, bool kernel) {
  Bytes c = s->chain;
  bool first = true, skip = false;
  while (c.at < c.end) {
    uint64_t ip = u64(&c);
    if (ip >= (uint64_t)-4095) {
      kernel = ip == (uint64_t)PERF_CONTEXT_KERNEL || ip == (uint64_t)PERF_CONTEXT_HV;
      skip = !kernel && ip != (uint64_t)PERF_CONTEXT_USER; /* guests: not ours */
      first = true;
      continue;
    }
    if (skip)
      continue;
    if (kernel || ip >> 63) {
      chain_add_kernel(r->objects, &r->chain);
    } else if (!s->has_stack) {
      uint64_t at = first ? ip : ip - 1;
      if (!first && !perf_map_find(p, at))
        break;
      add_user(r, p, at);
    }
    first = false;
  }
}

static void on_sample(Reader *r, const struct perf_event_header *h, Bytes b) {
  Sample s;
  if (!read_sample(r, b, &s) || s.pid == 0 || !s.period) /* pid 0 is the idle task */
    return;
  const struct perf_event_attr *a = &r->attrs[s.attr].a, *main = &r->attrs[r->main_attr].a;
  if (a->type != main->type || (uint32_t)a->config != (uint32_t)main->config)
    return;
  unsigned mode = h->misc & PERF_RECORD_MISC_CPUMODE_MASK;
  bool kernel =
      mode == PERF_RECORD_MISC_KERNEL || mode == PERF_RECORD_MISC_HYPERVISOR || s.ip >> 63;
  PerfProcess *p = perf_process(&r->spaces, s.pid);
  chain_clear(&r->chain);
  if (s.has_chain)
    add_chain(r, p, &s, kernel);
  else if (kernel)
    chain_add_kernel(r->objects, &r->chain);
  if (s.has_stack)
    add_unwound(r, p, &s);
  if (!r->chain.count) {
    if (kernel)
      chain_add_kernel(r->objects, &r->chain);
    else
      add_user(r, p, s.ip);
  }
  r->weight += (double)s.period;
  chain_end(r->objects, &r->chain, (double)s.period, s.has_chain || s.has_stack, s.has_stack);
}

static void on_lost(Reader *r, uint32_t type, Bytes b) {
  if (type == PERF_RECORD_LOST)
    u64(&b); /* the event's id */
  r->lost += u64(&b);
}

static int entry_order(const void *pa, const void *pb) {
  const Entry *a = pa, *b = pb;
  if (a->time != b->time)
    return a->time < b->time ? -1 : 1;
  return a->order < b->order ? -1 : 1;
}

static void process_entries(Reader *r) {
  if (r->nentries)
    qsort(r->entries, r->nentries, sizeof *r->entries, entry_order);
  for (uint32_t i = 0; i < r->nentries; i++) {
    struct perf_event_header h;
    memcpy(&h, r->entries[i].at, sizeof h);
    Bytes body = {r->entries[i].at + sizeof h, r->entries[i].at + h.size, false};
    switch (h.type) {
    case PERF_RECORD_MMAP:
    case PERF_RECORD_MMAP2:
      on_mmap(r, &h, body);
      break;
    case PERF_RECORD_COMM:
      on_comm(r, &h, body);
      break;
    case PERF_RECORD_FORK:
      on_fork(r, body);
      break;
    case PERF_RECORD_LOST:
    case PERF_RECORD_LOST_SAMPLES:
      on_lost(r, h.type, body);
      break;
    case PERF_RECORD_SAMPLE:
      on_sample(r, &h, body);
      break;
    default:
      break;
    }
  }
}

/* ---- which event counts --------------------------------------------------------------------- */

static const char *event_name(const struct perf_event_attr *a) {
  static const char *const software[] = {"cpu-clock", "task-clock", "page-faults"};
  static const char *const hardware[] = {
      "cycles",        "instructions", "cache-references", "cache-misses", "branches",
      "branch-misses", "bus-cycles",   "stalled",          "stalled",      "ref-cycles"};
  uint32_t config = (uint32_t)a->config; /* above it: the PMU on hybrid processors */
  if (a->type == PERF_TYPE_SOFTWARE && config < sizeof software / sizeof *software)
    return software[config];
  if (a->type == PERF_TYPE_HARDWARE && config < sizeof hardware / sizeof *hardware)
    return hardware[config];
  return "events";
}

/* Time if it was sampled, else what has most samples: one profile has one metric. */
static void choose_event(Reader *r) {
  const char *metric = "events", *unit = "events", *m, *u;
  bool time = false;
  uint64_t others = 0, most = 0;
  for (uint32_t i = 0; i < r->nattrs; i++) {
    const Attr *a = &r->attrs[i];
    bool is_time = perf_event_metric(event_name(&a->a), &m, &u);
    if (!a->samples || is_time < time || (is_time == time && a->samples <= most))
      continue;
    time = is_time;
    most = a->samples;
    r->main_attr = i;
    metric = m;
    unit = u;
  }
  model_metric(r->model, metric, unit);
  const struct perf_event_attr *main = &r->attrs[r->main_attr].a;
  for (uint32_t i = 0; i < r->nattrs; i++)
    if (r->attrs[i].a.type != main->type ||
        (uint32_t)r->attrs[i].a.config != (uint32_t)main->config)
      others += r->attrs[i].samples;
  if (others)
    model_warn(r->model, "%llu samples of other events are left out: only %s is counted",
               (unsigned long long)others, metric);
}

/* ---- the whole ------------------------------------------------------------------------------ */

static bool read_all(Reader *r) {
  Bytes data = {0};
  if (!read_header(r, &data))
    return false;
  sort_ids(r);
  if (!scan(r, data, false))
    return false;
  if (!r->nattrs)
    return broken(r, "it describes no event");
  if (r->unpacked && !scan(r, (Bytes){r->unpacked, r->unpacked + r->unpacked_size, false}, true))
    return false;
  choose_event(r);
  process_entries(r);
  return true;
}

static void free_reader(Reader *r) {
  for (uint32_t i = 0; i < UNWINDERS; i++)
    unwinder_free(r->unwinders[i].u);
  perf_spaces_free(&r->spaces);
  perf_objects_free(r->objects);
  ZSTD_freeDStream(r->zstd);
  free(r->unpacked);
  free(r->attrs);
  free(r->ids);
  free(r->build_ids);
  free(r->entries);
  free(r);
}

bool perfdata_detect(const ReadInput *in) {
  return in->size >= 8 && (!memcmp(in->data, "PERFILE2", 8) || !memcmp(in->data, "2ELIFREP", 8) ||
                           !memcmp(in->data, "PERFFILE", 8));
}

Profile *perfdata_read(const ReadInput *in, HpError *err) {
  if (memcmp(in->data, "PERFILE2", 8)) {
    hp_fail(err,
            "%s: perf.data of another byte order or of a perf before 2.6.34: convert it there with "
            "`perf script`",
            in->path);
    return NULL;
  }
  Reader *r = hp_calloc(1, sizeof *r);
  r->in = in;
  r->err = err;
  r->model = model_new("perf.data", "time", "ns", in->path);
  r->objects = perf_objects_new(r->model, in);
  for (uint32_t i = 0; i < UNWINDERS; i++)
    r->unwinders[i].pid = -1;
  bool good = read_all(r);
  if (good) {
    perf_objects_warn(r->objects, r->weight);
    if (r->lost)
      model_warn(r->model, "%llu samples were lost while recording", (unsigned long long)r->lost);
    if (r->damaged)
      model_warn(r->model, "the recording is cut off or damaged: what could be read is counted");
  }
  Profile *p = NULL;
  if (good)
    p = model_finish(r->model, err);
  else
    model_free(r->model);
  free_reader(r);
  return p;
}
