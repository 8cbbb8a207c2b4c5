/* Reads callgrind's output (also written by other tools in that format).
 *
 * Names are compressed by number, positions are relative, costs are self costs of the current
 * function's lines. The line after calls= holds what the call cost with everything below it: it
 * belongs to the call, not to the line.
 *
 * Recursion: callgrind names the inner copies of a function f'2. What f'2 costs is already in what
 * the outermost f costs, and edges among inner copies count the same instructions again and again.
 * So cumulative cost comes from the outermost copies alone.
 *
 * With --dump-instr=yes each instruction's own count is known, so that a line's executions are
 * exact: the largest count among its instructions (others are hoisted, or run once). Valgrind adds
 * what the stubs of the procedure linkage table cost to the call instruction; there the number of
 * calls is the better count. */
#include "db/readers.h"
#include "db/symbols.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Names by number: files, functions and objects each have their own numbers. */
typedef struct Names {
  const char **items;
  uint32_t count, cap;
} Names;
enum { NAME_ID_MAX = 1 << 22 };

/* What one cost line says of one instruction: how often it ran, or how often it called. */
typedef struct Instr {
  const char *object, *file, *function;
  uint64_t address;
  uint32_t line;
  double count, calls;
} Instr;

typedef struct Reader {
  const ReadInput *in;
  HpError *err;
  Model *model;
  uint64_t line_number;
  Names files, functions, objects;
  const char *object, *file, *fn_file, *function; /* the current position */
  bool inner;                                     /* function is an inner copy */
  uint32_t model_function;
  bool has_function;
  const char *call_object, *call_file, *call_function; /* of the coming calls= */
  bool instr, line;                                    /* positions in the file */
  uint64_t address, at_line;                           /* of the last cost line */
  uint32_t event;                                      /* column that counts */
  bool has_events;
  enum { PLAIN, AFTER_CALLS, AFTER_JUMP } state;
  double calls;
  uint32_t entry_line; /* where the coming calls= lead */
  Instr *instrs;
  uint32_t ninstrs, instrs_cap;
  Names absolute, binaries;     /* seen anywhere in the file */
  Names relative, relative_for; /* names looked up so far, and what they stand for */
  Symbols **symbols;            /* of binaries */
} Reader;

static bool broken(Reader *r, const char *what) {
  return hp_fail(r->err, "%s:%llu: broken callgrind file: %s", r->in->path,
                 (unsigned long long)r->line_number, what);
}

/* ---- names ---------------------------------------------------------------------------------- */

/* "(3) name" defines, "(3)" refers, "name" is itself. NULL: a reference to nothing. */
static const char *read_name(Reader *r, Names *names, const char *text, size_t n) {
  unsigned long id = 0;
  size_t i = 1;
  if (n < 3 || text[0] != '(' || !isdigit((unsigned char)text[1])) {
    char *plain = hp_strndup(text, n);
    const char *kept = model_intern(r->model, plain);
    free(plain);
    return kept;
  }
  while (i < n && isdigit((unsigned char)text[i]) && id < NAME_ID_MAX)
    id = id * 10 + (unsigned long)(text[i++] - '0');
  if (i >= n || text[i] != ')' || id >= NAME_ID_MAX)
    return NULL;
  while (names->count <= id) {
    HP_GROW(names->items, names->count, names->cap);
    names->items[names->count++] = NULL;
  }
  i++;
  while (i < n && text[i] == ' ')
    i++;
  if (i < n) {
    char *name = hp_strndup(text + i, n - i);
    names->items[id] = model_intern(r->model, name);
    free(name);
  }
  return names->items[id];
}

static const char *known_name(const char *name) {
  return name && *name && strcmp(name, "???") ? name : NULL;
}

static void add_name(Names *names, const char *name) {
  for (uint32_t i = 0; i < names->count; i++)
    if (names->items[i] == name)
      return;
  HP_GROW(names->items, names->count, names->cap);
  names->items[names->count++] = name;
}

/* Valgrind writes one file now as "a.c", now as "/src/a.c": absolute names and binaries are listed
 * beforehand, to give the former its full name. */
static void list_names(Reader *r) {
  LineCursor c = {(const char *)r->in->data, (const char *)r->in->data + r->in->size};
  const char *line;
  size_t n;
  while (next_line(&c, &line, &n)) {
    const char *mark = n && (line[0] == 'f' || line[0] == 'c' || line[0] == 'o')
                           ? memchr(line, '=', n < 5 ? n : 5)
                           : NULL;
    if (!mark)
      continue;
    const char *end = line + n, *slash = mark + 1;
    if (slash < end && *slash == '(')
      while (slash < end && slash[-1] != ' ')
        slash++;
    if (slash >= end || *slash != '/' || mark[-1] == 'n')
      continue;
    char *name = hp_strndup(slash, (size_t)(end - slash));
    bool object = mark[-1] == 'b', system = !strncmp(name, "/usr/", 5) || !strncmp(name, "/lib", 4);
    if (!object || (!system && !r->in->no_binaries))
      add_name(object ? &r->binaries : &r->absolute,
               object ? model_intern(r->model, name) : model_path(r->model, NULL, name));
    free(name);
  }
  r->symbols = hp_calloc(r->binaries.count, sizeof *r->symbols);
  for (uint32_t i = 0; i < r->binaries.count; i++)
    r->symbols[i] = symbols_open(r->binaries.items[i], NULL);
}

static const char *full_name(Reader *r, const char *name) {
  const char *found = NULL;
  size_t n = strlen(name);
  for (uint32_t i = 0; i < r->absolute.count; i++) {
    const char *other = r->absolute.items[i];
    size_t m = strlen(other);
    if (m <= n || other[m - n - 1] != '/' || strcmp(other + m - n, name))
      continue;
    if (found)
      return name;
    found = other;
  }
  for (uint32_t i = 0; i < r->binaries.count && !found; i++)
    if (r->symbols[i])
      found = model_path(r->model, NULL, symbols_source(r->symbols[i], name));
  return found ? found : name;
}

/* The path of a source file; NULL when callgrind does not know it. */
static const char *source_path(Reader *r, const char *name) {
  const char *path = model_path(r->model, NULL, known_name(name));
  if (!path || path[0] == '/')
    return path;
  for (uint32_t i = 0; i < r->relative.count; i++)
    if (r->relative.items[i] == path)
      return r->relative_for.items[i];
  HP_GROW(r->relative.items, r->relative.count, r->relative.cap);
  HP_GROW(r->relative_for.items, r->relative_for.count, r->relative_for.cap);
  r->relative.items[r->relative.count++] = path;
  return r->relative_for.items[r->relative_for.count++] = full_name(r, path);
}

/* "f'2" is an inner copy of f: the name without it, interned. */
static const char *outer_name(Reader *r, const char *name, bool *inner) {
  const char *tick = name ? strrchr(name, '\'') : NULL;
  *inner = false;
  if (!tick || tick == name || !tick[1] || tick[1 + strspn(tick + 1, "0123456789")])
    return name;
  *inner = true;
  char *plain = hp_strndup(name, (size_t)(tick - name));
  const char *kept = model_intern(r->model, plain);
  free(plain);
  return kept;
}

static uint32_t function_of(Reader *r, const char *name, const char *file, const char *object) {
  return model_function(r->model, name, source_path(r, file), 0, known_name(object));
}

/* ---- specification lines -------------------------------------------------------------------- */

/* Files share one number space, whichever of fl, fi, fe, cfi, cfl, jfi defines a number first. */
static bool name_line(Reader *r, const char *key, size_t key_size, const char *text, size_t n) {
  struct {
    const char *key;
    Names *names;
    const char **to;
  } const known[] = {
      {"fl", &r->files, &r->file},           {"fi", &r->files, &r->file},
      {"fe", &r->files, &r->file},           {"fn", &r->functions, &r->function},
      {"ob", &r->objects, &r->object},       {"cfi", &r->files, &r->call_file},
      {"cfl", &r->files, &r->call_file},     {"cfn", &r->functions, &r->call_function},
      {"cob", &r->objects, &r->call_object}, {"jfi", &r->files, NULL},
      {"jfn", &r->functions, NULL},
  };
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    if (strlen(known[i].key) != key_size || memcmp(known[i].key, key, key_size))
      continue;
    const char *name = read_name(r, known[i].names, text, n);
    if (!name)
      return broken(r, "a name is used that was not defined");
    if (known[i].to)
      *known[i].to = name;
    if (!strcmp(known[i].key, "fl"))
      r->fn_file = name;
    if (!strcmp(known[i].key, "fn")) {
      r->fn_file = r->file;
      r->function = outer_name(r, name, &r->inner);
      r->model_function = function_of(r, r->function, r->fn_file, r->object);
      r->has_function = true;
    }
    return true;
  }
  return true; /* frfn= and what other tools write */
}

static bool word_at(const char *s, size_t n, size_t *i, const char **word, size_t *size) {
  while (*i < n && (s[*i] == ' ' || s[*i] == '\t'))
    ++*i;
  *word = s + *i;
  while (*i < n && s[*i] != ' ' && s[*i] != '\t')
    ++*i;
  *size = (size_t)(s + *i - *word);
  return *size > 0;
}

static void read_events(Reader *r, const char *s, size_t n) {
  size_t i = 0, size;
  const char *word;
  r->event = 0;
  r->has_events = true;
  for (uint32_t column = 0; word_at(s, n, &i, &word, &size); column++)
    if (size == 2 && !memcmp(word, "Ir", 2)) {
      r->event = column;
      model_metric(r->model, "instructions", "instructions");
      return;
    }
  model_metric(r->model, "events", "events");
}

static void read_positions(Reader *r, const char *s, size_t n) {
  size_t i = 0, size;
  const char *word;
  r->instr = r->line = false;
  while (word_at(s, n, &i, &word, &size)) {
    r->instr |= size == 5 && !memcmp(word, "instr", 5);
    r->line |= size == 4 && !memcmp(word, "line", 4);
  }
}

static bool header_line(Reader *r, const char *s, size_t n) {
  static const char events[] = "events:", positions[] = "positions:", cmd[] = "cmd:";
  if (n > sizeof events - 1 && !memcmp(s, events, sizeof events - 1)) {
    read_events(r, s + sizeof events - 1, n - sizeof events + 1);
  } else if (n > sizeof positions - 1 && !memcmp(s, positions, sizeof positions - 1)) {
    read_positions(r, s + sizeof positions - 1, n - sizeof positions + 1);
  } else if (n > sizeof cmd - 1 && !memcmp(s, cmd, sizeof cmd - 1)) {
    size_t at = sizeof cmd - 1;
    while (at < n && s[at] == ' ')
      at++;
    char *command = hp_strndup(s + at, n - at);
    model_command(r->model, command);
    free(command);
  }
  return true; /* version, creator, part, desc, summary, totals ... */
}

/* ---- costs ---------------------------------------------------------------------------------- */

static bool number(const char *word, size_t size, uint64_t *value) {
  uint64_t v = 0;
  size_t i = 0;
  if (size > 2 && word[0] == '0' && word[1] == 'x') {
    for (i = 2; i < size && i < 18; i++) {
      int c = tolower((unsigned char)word[i]);
      if (!isxdigit(c))
        return false;
      v = v << 4 | (uint64_t)(isdigit(c) ? c - '0' : c - 'a' + 10);
    }
  } else {
    for (i = 0; i < size && i < 20; i++) {
      if (!isdigit((unsigned char)word[i]))
        return false;
      v = v * 10 + (uint64_t)(word[i] - '0');
    }
  }
  *value = v;
  return size > 0 && i == size;
}

/* Absolute, "+n", "-n" or "*", against `base`. */
static bool position(const char *word, size_t size, uint64_t base, uint64_t *value) {
  if (size == 1 && word[0] == '*') {
    *value = base;
    return true;
  }
  if (word[0] != '+' && word[0] != '-')
    return number(word, size, value);
  if (!number(word + 1, size - 1, value))
    return false;
  *value = word[0] == '+' ? base + *value : base - *value;
  return true;
}

static bool positions(Reader *r, const char *s, size_t n, size_t *i, uint64_t *address,
                      uint64_t *line) {
  const char *word;
  size_t size;
  *address = r->address;
  *line = r->at_line;
  if (r->instr && (!word_at(s, n, i, &word, &size) || !position(word, size, r->address, address)))
    return broken(r, "a position is missing or no number");
  if (r->line && (!word_at(s, n, i, &word, &size) || !position(word, size, r->at_line, line)))
    return broken(r, "a position is missing or no number");
  return true;
}

/* The counted event's column; columns that are left off at the end are 0. */
static bool cost(Reader *r, const char *s, size_t n, size_t i, double *value) {
  const char *word;
  size_t size;
  uint64_t v;
  *value = 0;
  for (uint32_t column = 0; word_at(s, n, &i, &word, &size); column++) {
    if (!number(word, size, &v))
      return broken(r, "a cost is no number");
    if (column == r->event)
      *value = (double)v;
  }
  return true;
}

static void add_instr(Reader *r, const char *file, uint32_t line, uint64_t address, double count,
                      double calls) {
  if (!r->instr || !file || !line)
    return;
  HP_GROW(r->instrs, r->ninstrs, r->instrs_cap);
  r->instrs[r->ninstrs++] = (Instr){r->object, file, r->function, address, line, count, calls};
}

static void self_cost(Reader *r, double value) {
  const char *file = source_path(r, r->file);
  ProfFunction *f = model_function_at(r->model, r->model_function);
  f->self += value;
  if (!r->inner)
    f->total += value;
  uint32_t line = r->at_line <= UINT32_MAX ? (uint32_t)r->at_line : 0;
  if (file && line)
    model_line(r->model, file, line, r->function, value, -1);
  else
    model_lost(r->model, value);
  add_instr(r, file, line, r->address, value, 0);
}

/* The costs of what a call ran. Of an inner copy's call to an inner copy only the count is new. */
static void call_cost(Reader *r, uint64_t address, uint64_t at_line, double value) {
  bool inner;
  const char *callee = outer_name(r, r->call_function, &inner);
  uint32_t to = function_of(r, callee, r->call_file ? r->call_file : r->file,
                            r->call_object ? r->call_object : r->object);
  bool self_call = to == r->model_function && !inner && !r->inner; /* --separate-recs=1 */
  ProfFunction *f = model_function_at(r->model, to);
  f->calls = (f->calls < 0 ? 0 : f->calls) + r->calls;
  if (!f->line)
    f->line = r->entry_line;
  if (!r->inner && !self_call)
    model_function_at(r->model, r->model_function)->total += value;
  const char *file = source_path(r, r->file);
  uint32_t line = at_line <= UINT32_MAX ? (uint32_t)at_line : 0;
  if (!file || !line)
    return;
  model_call(r->model, r->model_function, file, line, to, r->calls,
             (r->inner && inner) || self_call ? 0 : value);
  if (strncmp(callee, "_dl_runtime_resolve", 19)) /* the stub's first call, not the line's */
    add_instr(r, file, line, address, 0, r->calls);
}

static bool cost_line(Reader *r, const char *s, size_t n) {
  size_t i = 0;
  uint64_t address, line;
  double value;
  if (!r->has_events)
    return broken(r, "a cost comes before the events are named");
  if (!positions(r, s, n, &i, &address, &line))
    return false;
  int state = r->state;
  r->state = PLAIN;
  if (state == AFTER_JUMP)
    return true;
  if (!r->has_function)
    return broken(r, "a cost comes before its function");
  if (!cost(r, s, n, i, &value))
    return false;
  if (state == AFTER_CALLS) {
    call_cost(r, address, line, value);
    r->call_object = r->call_file = r->call_function = NULL;
    return true;
  }
  r->address = address;
  r->at_line = line;
  self_cost(r, value);
  return true;
}

static bool calls_line(Reader *r, const char *s, size_t n) {
  const char *word;
  size_t i = 0, size;
  uint64_t count;
  if (!word_at(s, n, &i, &word, &size) || !number(word, size, &count) || !r->call_function)
    return broken(r, "calls= without a count or a function");
  uint64_t address, line;
  if (!positions(r, s, n, &i, &address, &line))
    return false;
  r->calls = (double)count;
  r->entry_line = line <= UINT32_MAX ? (uint32_t)line : 0;
  r->state = AFTER_CALLS;
  return true;
}

static bool read_line(Reader *r, const char *s, size_t n) {
  if (!n || s[0] == '#')
    return true;
  if (isdigit((unsigned char)s[0]) || s[0] == '+' || s[0] == '-' || s[0] == '*')
    return cost_line(r, s, n);
  const char *mark = memchr(s, '=', n), *colon = memchr(s, ':', n);
  if (!mark || (colon && colon < mark))
    return colon ? header_line(r, s, n) : broken(r, "a line is neither name, header nor cost");
  size_t key = (size_t)(mark - s);
  if (key == 5 && !memcmp(s, "calls", 5))
    return calls_line(r, mark + 1, n - key - 1);
  if (key == 4 && (!memcmp(s, "jump", 4) || !memcmp(s, "jcnd", 4))) {
    r->state = AFTER_JUMP;
    return true;
  }
  return name_line(r, s, key, mark + 1, n - key - 1);
}

/* ---- executions of lines -------------------------------------------------------------------- */

static int compare(const void *a, const void *b) {
  return a < b ? -1 : a > b; /* interned: any order will do */
}

static int instr_order(const void *pa, const void *pb) {
  const Instr *a = pa, *b = pb;
  int order = compare(a->file, b->file);
  if (!order)
    order = a->line < b->line ? -1 : a->line > b->line;
  if (!order)
    order = compare(a->function, b->function);
  if (!order)
    order = compare(a->object, b->object);
  return order ? order : a->address < b->address ? -1 : a->address > b->address;
}

static bool same_line(const Instr *a, const Instr *b) {
  return a->file == b->file && a->line == b->line && a->function == b->function;
}

static void count_hits(Reader *r) {
  if (r->ninstrs)
    qsort(r->instrs, r->ninstrs, sizeof *r->instrs, instr_order);
  for (uint32_t i = 0; i < r->ninstrs;) {
    const Instr *first = &r->instrs[i];
    double most = 0;
    while (i < r->ninstrs && same_line(first, &r->instrs[i])) {
      const Instr *one = &r->instrs[i];
      double count = 0, calls = 0;
      for (; i < r->ninstrs && same_line(first, &r->instrs[i]) &&
             r->instrs[i].address == one->address && r->instrs[i].object == one->object;
           i++) {
        count += r->instrs[i].count;
        calls += r->instrs[i].calls;
      }
      if (calls > 0 && calls < count)
        count = calls;
      most = count > most ? count : most;
    }
    model_line(r->model, first->file, first->line, first->function, 0, most);
  }
}

/* Without inner copies (--separate-recs=1) a recursive function's calls count again and again: it
 * cannot cost more than everything. */
static void cap_totals(Profile *p) {
  for (uint32_t i = 0; i < p->nfunctions; i++)
    if (p->functions[i].total > p->total)
      p->functions[i].total = p->total;
  for (uint32_t i = 0; i < p->ncalls; i++)
    if (p->calls[i].total > p->total)
      p->calls[i].total = p->total;
}

/* ---- the whole ------------------------------------------------------------------------------ */

static bool starts(const char *line, size_t n, const char *with) {
  size_t size = strlen(with);
  return n >= size && !memcmp(line, with, size);
}

bool callgrind_detect(const ReadInput *in) {
  LineCursor c = {(const char *)in->data, (const char *)in->data + in->size};
  const char *line;
  size_t n;
  bool events = false;
  for (int i = 0; i < 200 && next_line(&c, &line, &n); i++) {
    if (starts(line, n, "# callgrind format"))
      return true;
    events |= starts(line, n, "events:");
    if (events && starts(line, n, "fn=") && n > 4 && line[3] == '(')
      return true;
  }
  return false;
}

Profile *callgrind_read(const ReadInput *in, HpError *err) {
  Reader *r = hp_calloc(1, sizeof *r);
  r->in = in;
  r->err = err;
  r->model = model_new("callgrind", "instructions", "instructions", in->path);
  r->line = true;
  LineCursor c = {(const char *)in->data, (const char *)in->data + in->size};
  const char *line;
  size_t n;
  bool good = true;
  list_names(r);
  while (good && next_line(&c, &line, &n)) {
    r->line_number++;
    good = read_line(r, line, n);
  }
  if (good && r->state == AFTER_CALLS)
    model_warn(r->model, "the file is cut off: what could be read is counted");
  Profile *p = NULL;
  if (good) {
    count_hits(r);
    p = model_finish(r->model, err);
    if (p)
      cap_totals(p);
  } else {
    model_free(r->model);
  }
  free(r->files.items);
  free(r->functions.items);
  free(r->objects.items);
  free(r->instrs);
  for (uint32_t i = 0; i < r->binaries.count; i++)
    symbols_close(r->symbols[i]);
  free(r->symbols);
  free(r->absolute.items);
  free(r->binaries.items);
  free(r->relative.items);
  free(r->relative_for.items);
  free(r);
  return p;
}
