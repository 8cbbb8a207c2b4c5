/* Reads the text of `perf script`.
 *
 * A sample is a header line ("comm pid/tid time: period event:") and one line a frame, innermost
 * first, up to a blank line; without call chains the frame is on the header line itself. What `ip`
 * means depends on the chains: without them it is the runtime address, with them the file offset.
 * So places are taken from symbol and offset, and `ip` only tells symbols of one name apart and
 * whether the binary is still the one that was recorded: both meanings agree in the offset within a
 * page. */
#include "db/perf.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = 4096, FIELD_MAX = 4096, SAME_NAME_MAX = 1000 };

typedef struct ScriptFrame {
  uint64_t ip, offset;
  char symbol[FIELD_MAX], object[FIELD_MAX];
  bool known, has_offset, inlined;
} ScriptFrame;

typedef struct Reader {
  const ReadInput *in;
  Model *model;
  PerfObjects *objects;
  PerfChain chain;
  ScriptFrame frame;
  bool open, callers;                      /* inside a sample; it has lines of frames */
  uint32_t addressed;                      /* its frames so far, without inlined ones */
  const char *pending[SYMBOLS_MAX_FRAMES]; /* inlined frames wait for the function they are in */
  uint32_t npending;
  uint64_t pending_ip;
  double weight, total;
  char event[64]; /* the one that counts */
  uint64_t others, rebuilt, frames;
  const char *rebuilt_name;
} Reader;

bool next_line(LineCursor *c, const char **line, size_t *length) {
  if (c->at >= c->end)
    return false;
  const char *nl = memchr(c->at, '\n', (size_t)(c->end - c->at));
  *line = c->at;
  *length = (size_t)((nl ? nl : c->end) - c->at);
  if (*length && c->at[*length - 1] == '\r')
    --*length;
  c->at = nl ? nl + 1 : c->end;
  return true;
}

/* ---- one line ------------------------------------------------------------------------------- */

typedef struct Header {
  double period; /* 1 when not printed */
  char event[64];
  const char *rest; /* after the event */
  size_t rest_size;
  bool has_period;
} Header;

static size_t skip_blanks(const char *s, size_t n, size_t i) {
  while (i < n && (s[i] == ' ' || s[i] == '\t'))
    i++;
  return i;
}

static size_t skip_digits(const char *s, size_t n, size_t i) {
  while (i < n && isdigit((unsigned char)s[i]))
    i++;
  return i;
}

/* "  1932.069915:" at `i`: the end of it, else 0. */
static size_t match_time(const char *s, size_t n, size_t i) {
  size_t a = skip_digits(s, n, i);
  if (a == i || a >= n || s[a] != '.')
    return 0;
  size_t b = skip_digits(s, n, a + 1);
  return b > a + 4 && b < n && s[b] == ':' ? b + 1 : 0;
}

/* A header has a time, then an event that ends in a colon; the command's name before them may hold
 * anything. */
static bool parse_header(const char *s, size_t n, Header *h) {
  *h = (Header){.period = 1};
  if (!n || s[0] == '#' || s[0] == '\t')
    return false;
  size_t end = 0;
  for (size_t i = 1; i < n && !end; i++)
    if (s[i - 1] == ' ')
      end = match_time(s, n, i);
  if (!end)
    return false;
  size_t i = skip_blanks(s, n, end), digits = skip_digits(s, n, i);
  if (digits > i && digits < n && s[digits] == ' ') {
    h->period = strtod(s + i, NULL);
    h->has_period = true;
    i = skip_blanks(s, n, digits);
  }
  size_t stop = i;
  while (stop < n && s[stop] != ' ' && s[stop] != '\t')
    stop++;
  if (stop - i < 2 || s[stop - 1] != ':' || stop - i >= sizeof h->event)
    return false;
  memcpy(h->event, s + i, stop - i - 1);
  if (!strncmp(h->event, "PERF_RECORD_", 12))
    return false;
  h->rest = s + stop;
  h->rest_size = n - stop;
  return true;
}

static uint64_t parse_hex(const char *s, size_t n, size_t *at) {
  uint64_t value = 0;
  for (; *at < n && isxdigit((unsigned char)s[*at]); ++*at) {
    int c = tolower((unsigned char)s[*at]);
    value = value << 4 | (uint64_t)(isdigit(c) ? c - '0' : c - 'a' + 10);
  }
  return value;
}

static void copy_field(char *to, const char *from, size_t n) {
  if (n >= FIELD_MAX)
    n = FIELD_MAX - 1;
  memcpy(to, from, n);
  to[n] = 0;
}

/* "ip symbol+0xoff (object)", "ip [unknown] (object)", "ip symbol (inlined)". */
static bool parse_frame(const char *s, size_t n, ScriptFrame *f) {
  size_t i = skip_blanks(s, n, 0), start = i;
  f->ip = parse_hex(s, n, &i);
  if (i == start || i - start > 16 || (i < n && s[i] != ' '))
    return false;
  i = skip_blanks(s, n, i);
  size_t end = n;
  while (end > i && (s[end - 1] == ' ' || s[end - 1] == '\t'))
    end--;
  f->object[0] = 0;
  if (end > i && s[end - 1] == ')') {
    size_t open = end - 1;
    while (open > i && !(s[open] == '(' && s[open - 1] == ' '))
      open--;
    if (s[open] == '(') {
      copy_field(f->object, s + open + 1, end - open - 2);
      end = open;
      while (end > i && s[end - 1] == ' ')
        end--;
    }
  }
  size_t plus = end;
  while (plus > i && s[plus - 1] != '+')
    plus--;
  f->has_offset = plus > i && end - plus > 2 && s[plus] == '0' && s[plus + 1] == 'x';
  size_t digits = plus + 2;
  f->offset = f->has_offset ? parse_hex(s, end, &digits) : 0;
  copy_field(f->symbol, s + i, (f->has_offset ? plus - 1 : end) - i);
  f->known = f->symbol[0] && strcmp(f->symbol, "[unknown]");
  f->inlined = !strcmp(f->object, "inlined");
  return true;
}

/* ---- samples -------------------------------------------------------------------------------- */

static bool is_kernel(const ScriptFrame *f) {
  return f->ip >> 63 || !strncmp(f->object, "[kernel", 7) ||
         !strncmp(f->object, "[guest.kernel", 13);
}

/* Without an offset `ip` must do: as file offset or as address, whichever lies in the symbol. */
static bool locate_by_ip(Symbols *s, const ScriptFrame *f, bool caller, uint64_t *vaddr) {
  uint64_t by_offset = 0, start, size;
  bool has_offset = symbols_vaddr(s, f->ip - caller, &by_offset);
  for (uint32_t nth = 0; nth < SAME_NAME_MAX && symbols_find(s, f->symbol, nth, &start, &size);
       nth++) {
    if (has_offset && by_offset - start < size)
      *vaddr = by_offset;
    else if (f->ip - caller - start < size)
      *vaddr = f->ip - caller;
    else
      continue;
    return true;
  }
  return false;
}

/* The link-time address of a frame; false when the binary does not know the symbol, or no longer
 * where it was. */
static bool locate(Symbols *s, const ScriptFrame *f, bool caller, uint64_t *vaddr) {
  uint64_t start, size, candidate = 0, offset;
  bool fits = false;
  if (!f->has_offset)
    return locate_by_ip(s, f, caller, vaddr);
  for (uint32_t nth = 0; nth < SAME_NAME_MAX && symbols_find(s, f->symbol, nth, &start, &size);
       nth++) {
    uint64_t at = start + f->offset;
    if (f->offset > size || !symbols_offset(s, at, &offset) || (f->ip - offset) % PAGE)
      continue;
    candidate = at;
    fits = true;
    if (f->ip == offset || f->ip == at)
      break;
  }
  *vaddr = candidate - caller;
  return fits;
}

/* A function whose symbol has another name than its debug information ("f.constprop.0") is printed
 * as inlined too, so that no line names the binary. */
static void flush_pending(Reader *r) {
  if (!r->npending)
    return;
  bool caller = r->addressed++ && !r->chain.kernel;
  uint64_t at = r->pending_ip - caller, vaddr;
  PerfObject *object = perf_object_of_inlined(r->objects, at, r->pending, r->npending);
  if (object && symbols_vaddr(perf_object_symbols(r->objects, object), at, &vaddr)) {
    chain_add_address(r->objects, &r->chain, object, vaddr);
  } else {
    object = perf_object(r->objects, "[unknown]", NULL, 0);
    for (uint32_t i = 0; i < r->npending; i++)
      chain_add_function(r->objects, &r->chain, object, r->pending[i]);
  }
  r->npending = 0;
}

static void add_located(Reader *r, const ScriptFrame *f) {
  r->frames++;
  bool caller = r->addressed++ && !r->chain.kernel;
  PerfObject *object = perf_object(r->objects, f->object[0] ? f->object : "[unknown]", NULL, 0);
  Symbols *s = f->known ? perf_object_symbols(r->objects, object) : NULL;
  uint64_t vaddr;
  if (s && locate(s, f, caller, &vaddr)) { /* inlined functions come out of the symbols */
    chain_add_address(r->objects, &r->chain, object, vaddr);
  } else {
    for (uint32_t i = 0; i < r->npending; i++)
      chain_add_function(r->objects, &r->chain, object, r->pending[i]);
    chain_add_function(r->objects, &r->chain, object, f->known ? f->symbol : NULL);
    if (s && !strstr(f->symbol, "@plt")) { /* perf makes those names up */
      r->rebuilt++;
      r->rebuilt_name = perf_object_path(object);
    }
  }
  r->npending = 0;
}

static void add_frame(Reader *r) {
  const ScriptFrame *f = &r->frame;
  if (f->ip >= (uint64_t)-4095) /* how perf prints the end of a stack that was cut off */
    return;
  if (r->npending && r->pending_ip != f->ip)
    flush_pending(r);
  if (is_kernel(f)) {
    chain_add_kernel(r->objects, &r->chain);
    r->addressed++;
  } else if (!f->inlined) {
    add_located(r, f);
  } else if (f->known && r->npending < SYMBOLS_MAX_FRAMES) {
    r->pending_ip = f->ip;
    r->pending[r->npending++] = model_intern(r->model, f->symbol);
  }
}

/* "  file:line" under a frame, from `-F srcline`: the place of a frame whose binary is not here (a
 * recording from another machine). perf gives the line of the innermost inlined code. */
static void add_srcline(Reader *r, const char *line, size_t n) {
  const ScriptFrame *f = &r->frame;
  PerfChain *c = &r->chain;
  size_t start = skip_blanks(line, n, 0), colon = n;
  while (colon > start && line[colon - 1] != ':')
    colon--;
  if (colon <= start + 1 || colon == n || skip_digits(line, n, colon) != n || !c->count ||
      !f->known || f->inlined || is_kernel(f) ||
      model_frame_line(r->model, c->frames[c->count - 1]))
    return;
  char file[FIELD_MAX];
  copy_field(file, line + start, colon - 1 - start);
  uint64_t number = 0;
  for (; colon < n && number <= UINT32_MAX; colon++)
    number = number * 10 + (uint64_t)(line[colon] - '0');
  if (!strcmp(file, "??") || !number || number > UINT32_MAX)
    return;
  uint32_t function = model_function(r->model, f->symbol, NULL, 0, f->object);
  c->frames[c->count - 1] =
      model_frame(r->model, function, model_path(r->model, NULL, file), (uint32_t)number);
}

static void end_sample(Reader *r) {
  if (r->open && r->weight > 0) {
    flush_pending(r);
    r->total += r->weight;
    chain_end(r->objects, &r->chain, r->weight, r->callers, false);
  }
  r->open = false;
}

static bool counts(Reader *r, const Header *h) {
  const char *metric, *unit;
  if (!r->event[0]) {
    memcpy(r->event, h->event, sizeof r->event);
    perf_event_metric(h->event, &metric, &unit);
    if (h->has_period)
      model_metric(r->model, metric, unit);
    else
      model_metric(r->model, "samples", "samples");
  }
  if (!strcmp(r->event, h->event))
    return true;
  r->others++;
  return false;
}

static void read_line(Reader *r, const char *line, size_t n) {
  Header h;
  if (skip_blanks(line, n, 0) == n) {
    end_sample(r);
    return;
  }
  if (r->open && (line[0] == '\t' || line[0] == ' ') && parse_frame(line, n, &r->frame)) {
    add_frame(r);
    r->callers = true;
    return;
  }
  if (!parse_header(line, n, &h)) {
    if (r->open && r->callers)
      add_srcline(r, line, n);
    return;
  }
  end_sample(r);
  if (!counts(r, &h))
    return;
  chain_clear(&r->chain);
  r->open = true;
  r->callers = false;
  r->addressed = r->npending = 0;
  r->weight = h.period;
  if (parse_frame(h.rest, h.rest_size, &r->frame)) {
    add_frame(r);
    end_sample(r);
  }
}

/* Binaries are made known first: a sample may need one that only later lines name. */
static void list_objects(Reader *r) {
  LineCursor c = {(const char *)r->in->data, (const char *)r->in->data + r->in->size};
  const char *line;
  size_t n;
  ScriptFrame *f = &r->frame;
  while (next_line(&c, &line, &n))
    if (n && line[0] == '\t' && parse_frame(line, n, f) && f->object[0] && !f->inlined &&
        !is_kernel(f))
      perf_object(r->objects, f->object, NULL, 0);
}

/* ---- the whole ------------------------------------------------------------------------------ */

bool perfscript_detect(const ReadInput *in) {
  LineCursor c = {(const char *)in->data, (const char *)in->data + in->size};
  const char *line;
  size_t n;
  Header h;
  for (int i = 0; i < 2000 && next_line(&c, &line, &n); i++)
    if (n < FIELD_MAX && !memchr(line, 0, n) && parse_header(line, n, &h))
      return true;
  return false;
}

Profile *perfscript_read(const ReadInput *in, HpError *err) {
  Reader *r = hp_calloc(1, sizeof *r);
  r->in = in;
  r->model = model_new("perf-script", "time", "ns", in->path);
  r->objects = perf_objects_new(r->model, in);
  LineCursor c = {(const char *)in->data, (const char *)in->data + in->size};
  const char *line;
  size_t n;
  list_objects(r);
  while (next_line(&c, &line, &n))
    read_line(r, line, n);
  end_sample(r);
  perf_objects_warn(r->objects, r->total);
  if (r->rebuilt)
    model_warn(r->model,
               "%s is another build than the one recorded: %llu of %llu frames have no lines",
               r->rebuilt_name, (unsigned long long)r->rebuilt, (unsigned long long)r->frames);
  if (r->others)
    model_warn(r->model, "%llu samples of other events are left out: only %s is counted",
               (unsigned long long)r->others, r->event);
  Profile *p = model_finish(r->model, err);
  perf_objects_free(r->objects);
  free(r);
  return p;
}
