#!/usr/bin/env python3
"""Writes a C project of any size, the same for the same numbers: for measuring how costs grow with the number of units.

usage: generate.py FOLDER UNITS [SEED]

What real trees have: headers in layers that most units share, modules of a few units with a public and a private
header, allocators behind wrappers, calls across modules, static functions whose names many units use, tables of
function pointers and callbacks of one type everywhere, recursion, lists, arrays, hash tables, error paths, and
units of very different sizes. A unit does not depend on how many others there are (but for which modules it
calls), so that costs a unit can be compared between sizes. Everything compiles with -Wall -Wextra without a warning and links.
"""
import json
import random
import shutil
import sys
from pathlib import Path

MODULE = 5  # units a module
LAYERS = 4  # a module's header includes one of the layer below
CALLED = 3  # other modules that a module calls
SIZES = (2, 3, 3, 4, 5, 6, 8, 10, 14, 25)  # pieces of code a unit, in turn: every ten units weigh the same

COMMON = {
    "mem.h": """\
#include <stddef.h>
void *mem_get(size_t size);
void *mem_get_zero(size_t size);
void *mem_grow(void *old, size_t size);
void mem_put(void *memory);
char *mem_copy_text(const char *text);
#define NEW(type) ((type *)mem_get_zero(sizeof(type)))
""",
    "list.h": """\
struct link { struct link *next, *prev; };
static inline void link_init(struct link *l) { l->next = l->prev = l; }
static inline void link_add(struct link *at, struct link *l) {
  l->next = at->next;
  l->prev = at;
  at->next->prev = l;
  at->next = l;
}
static inline int link_empty(const struct link *l) { return l->next == l; }
static inline void link_del(struct link *l) {
  l->next->prev = l->prev;
  l->prev->next = l->next;
  link_init(l);
}
#define entry_of(p, type, member) ((type *)((char *)(p) - offsetof(type, member)))
""",
    "log.h": """\
enum { LOG_DEBUG, LOG_INFO, LOG_ERROR };
void log_line(int level, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_die(const char *why) __attribute__((noreturn, cold));
#define CHECK(x) ((x) ? (void)0 : log_die(#x))
""",
    "buf.h": """\
#include "common/mem.h"
struct buf { char *text; size_t length, cap; };
void buf_add(struct buf *b, const char *text, size_t length);
void buf_free(struct buf *b);
static inline void buf_byte(struct buf *b, char c) {
  if (b->length == b->cap) {
    b->cap = b->cap ? b->cap * 2 : 64;
    b->text = mem_grow(b->text, b->cap);
  }
  b->text[b->length++] = c;
}
""",
    "object.h": """\
#include "common/list.h"
struct object;
/* What every module does with its objects, behind pointers. */
typedef int (*visit_fn)(struct object *o, void *context);
struct object_ops {
  const char *name;
  int (*open)(struct object *o, int mode);
  visit_fn visit;
  void (*close)(struct object *o);
};
struct object {
  const struct object_ops *ops;
  struct link siblings;
  int id, references;
  unsigned long flags;
};
int object_each(struct link *all, visit_fn visit, void *context);
""",
}

COMMON_C = {
    "mem.c": """\
#include "common/mem.h"
#include "common/log.h"
#include <stdlib.h>
#include <string.h>
static size_t used;
void *mem_get(size_t size) {
  void *p = malloc(size);
  if (!p)
    log_die("no memory");
  used += size;
  return p;
}
void *mem_get_zero(size_t size) {
  void *p = mem_get(size);
  memset(p, 0, size);
  return p;
}
void *mem_grow(void *old, size_t size) {
  void *p = realloc(old, size);
  if (!p)
    log_die("no memory");
  return p;
}
void mem_put(void *memory) { free(memory); }
char *mem_copy_text(const char *text) {
  size_t size = strlen(text) + 1;
  return memcpy(mem_get(size), text, size);
}
""",
    "log.c": """\
#include "common/log.h"
#include "common/buf.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static int least = LOG_INFO;
void log_line(int level, const char *format, ...) {
  va_list ap;
  if (level < least)
    return;
  va_start(ap, format);
  vfprintf(stderr, format, ap);
  va_end(ap);
}
void log_die(const char *why) {
  fprintf(stderr, "%s\\n", why);
  abort();
}
void buf_add(struct buf *b, const char *text, size_t length) {
  while (b->length + length > b->cap) {
    b->cap = b->cap ? b->cap * 2 : 64;
    b->text = mem_grow(b->text, b->cap);
  }
  memcpy(b->text + b->length, text, length);
  b->length += length;
}
void buf_free(struct buf *b) { mem_put(b->text); }
""",
    "object.c": """\
#include "common/object.h"
#include "common/log.h"
#include <stddef.h>
int object_each(struct link *all, visit_fn visit, void *context) {
  int sum = 0;
  for (struct link *l = all->next; l != all; l = l->next) {
    struct object *o = entry_of(l, struct object, siblings);
    CHECK(o->references > 0);
    sum += o->ops->visit ? o->ops->visit(o, context) : visit(o, context);
  }
  return sum;
}
""",
}

# ---- pieces of code ----------------------------------------------------------------------------------------
# Each makes one or more functions; $M is the module, $U the unit, $N the piece's number in its unit, $A and
# $B numbers that differ, $C another module's entry point, $K the module's next unit. A function that starts with `static` and
# is not used by its own piece is called by the unit's entry point as NAME(m, n).

PIECES = {
    "sum of a table": """\
static int weigh$N(const struct $M_row *rows, int n) {
  int total = 0;
  for (int i = 0; i < n; i++)
    total += rows[i].key * $A + rows[i].weight;
  return total;
}
static int table$N(struct $M_state *m, int n) {
  return m->nrows ? weigh$N(m->rows, m->nrows < n ? m->nrows : n) : $B;
}
""",
    "list walk": """\
static int find$N(struct $M_state *m, int key) {
  int steps = 0;
  for (const struct $M_node *at = m->first; at; at = at->next, steps++)
    if (at->key == key + $A)
      return at->value;
  log_line(LOG_DEBUG, "%d not found after %d\\n", key, steps);
  return -1;
}
""",
    "nodes made one by one": """\
static int fill$N(struct $M_state *m, int n) {
  for (int i = 0; i < n % $A; i++) {
    struct $M_node *made = NEW(struct $M_node);
    made->key = i;
    made->value = i * $B;
    made->next = m->first;
    m->first = made;
  }
  return n;
}
""",
    "copies in a loop": """\
static int words$N(struct $M_state *m, int n) {
  int longest = 0;
  for (int i = 0; i < n && m->names[i % 16]; i++) {
    char *copy = mem_copy_text(m->names[i % 16]);
    copy[0] = (char)('a' + $A % 26);
    int length = (int)strlen(copy);
    longest = length > longest ? length : longest;
    mem_put(copy);
  }
  return longest;
}
""",
    "text scan": """\
static int is_end$N(char c) { return c == ',' || c == ';' || !c; }
static int scan$N(struct $M_state *m, int n) {
  int fields = 0, depth = 0;
  for (const char *at = m->text; *at && n > 0; at++, n--) {
    switch (*at) {
    case '(': depth++; break;
    case ')': depth -= depth > 0; break;
    case '\\\\': at += at[1] != 0; break;
    case '0' ... '9': fields += $A; break;
    default: fields += is_end$N(*at) && !depth; break;
    }
  }
  return fields;
}
""",
    "hash table": """\
static unsigned hash$N(const char *text) {
  unsigned h = $Au;
  while (*text)
    h = h * 33 + (unsigned char)*text++;
  return h;
}
static int look$N(struct $M_state *m, int n) {
  const char *name = m->names[n % 16];
  if (!name)
    return 0;
  for (struct $M_node *e = m->buckets[hash$N(name) % 64]; e; e = e->next)
    if (e->name && !strcmp(e->name, name))
      return e->value;
  return -$B;
}
""",
    "matrix": """\
static int matrix$N(struct $M_state *m, int n) {
  double sum = 0;
  for (int i = 0; i < 16; i++)
    for (int j = 0; j < 16; j++)
      sum += m->grid[i][j] * (double)(i + $A) - n;
  for (int i = 1; i < 16; i++)
    for (int j = 0; j < 16; j++)
      m->grid[i][j] += m->grid[i - 1][j] / $B;
  return sum > 0;
}
""",
    "tree": """\
static int depth$N(const struct $M_node *at, int most) {
  if (!at || most <= 0)
    return 0;
  int left = depth$N(at->left, most - 1), right = depth$N(at->next, most - 1);
  return (left > right ? left : right) + 1;
}
static int tree$N(struct $M_state *m, int n) { return depth$N(m->first, n % $A); }
""",
    "sort": """\
static int compare$N(const void *a, const void *b) {
  const struct $M_row *x = a, *y = b;
  return x->key != y->key ? x->key - y->key : (x->weight > y->weight) - (x->weight < y->weight);
}
static int sort$N(struct $M_state *m, int n) {
  if (m->nrows > n % $A)
    qsort(m->rows, (size_t)m->nrows, sizeof *m->rows, compare$N);
  return m->nrows;
}
""",
    "visit by pointer": """\
static int visit$N(struct object *o, void *context) {
  int *sum = context;
  *sum += o->id * $A;
  return (int)(o->flags & $B);
}
static int each$N(struct $M_state *m, int n) {
  int sum = n;
  return object_each(&m->objects, visit$N, &sum) + sum;
}
""",
    "table of functions": """\
static int open$N(struct object *o, int mode) {
  o->references++;
  return mode + $A;
}
static void close$N(struct object *o) { o->references--; }
static const struct object_ops ops$N = {.name = "$U", .open = open$N, .close = close$N};
static int dispatch$N(struct $M_state *m, int n) {
  struct object *o = &m->self;
  const struct object_ops *ops = o->ops ? o->ops : &ops$N;
  int result = ops->open(o, n);
  if (ops->close)
    ops->close(o);
  return result;
}
""",
    "calls other modules": """\
static int relay$N(struct $M_state *m, int n) {
  int result = 0;
  for (int i = 0; i < n % 8; i++)
    result += $C(n / 2 - i) + m->counts[i];
  return result - $A;
}
""",
    "calls the next unit": """\
static int next$N(struct $M_state *m, int n) {
  if (n <= $A)
    return n;
  m->counts[n % 8]++;
  return $K(m, n / 2) + $B;
}
""",
    "output": """\
static int print$N(struct $M_state *m, int n) {
  struct buf out = {0};
  for (int i = 0; i < m->nrows && i < n; i++) {
    char line[64];
    int length = snprintf(line, sizeof line, "%d: %d\\n", m->rows[i].key, m->rows[i].weight);
    buf_add(&out, line, (size_t)length);
    buf_byte(&out, (char)$A);
  }
  int length = (int)out.length;
  buf_free(&out);
  return length;
}
""",
    "file with an error path": """\
static int load$N(struct $M_state *m, int n) {
  int result = -1;
  char *path = mem_get(256), *line = NULL;
  snprintf(path, 256, "%s/%d", m->text ? m->text : ".", n);
  FILE *file = fopen(path, "r");
  if (!file)
    goto out;
  line = mem_get($A + 80);
  while (fgets(line, $A + 80, file)) {
    if (line[0] == '#')
      continue;
    if (sscanf(line, "%d", &result) != 1) {
      log_line(LOG_ERROR, "%s: line is wrong\\n", path);
      goto out;
    }
    m->counts[result & 7] += $B;
  }
out:
  if (file)
    fclose(file);
  mem_put(line);
  mem_put(path);
  return result;
}
""",
    "arithmetic": """\
static long long power$N(long long x, int n) {
  long long r = 1;
  for (; n > 0; n >>= 1, x = x * x % $Bll)
    if (n & 1)
      r = r * x % $Bll;
  return r;
}
static int mix$N(struct $M_state *m, int n) {
  unsigned a = $Au, b = (unsigned)n;
  for (int i = 0; i < 8; i++) {
    a ^= b << 7 | b >> 25;
    b += a * 5 + (unsigned)m->counts[i];
  }
  return (int)(power$N(a, n & 15) ^ b) & 0xffff;
}
""",
    "growing array": """\
static int push$N(struct $M_state *m, int n) {
  if (m->nrows == m->cap) {
    m->cap = m->cap ? m->cap * 2 : $A;
    m->rows = mem_grow(m->rows, (size_t)m->cap * sizeof *m->rows);
  }
  m->rows[m->nrows++] = (struct $M_row){.key = n, .weight = n * $B};
  return m->nrows;
}
""",
}

# Findings are as rare as in real code: what rules look for comes less often than the rest.
SELDOM = {"list walk", "nodes made one by one", "copies in a loop", "hash table", "tree"}
KINDS = [kind for kind in PIECES for _ in range(1 if kind in SELDOM else 4)]

# A record of this unit alone, and a loop over an array of it that uses little of each element.
LOCAL = """\
struct item$N { char tag; double weight; char mark; int key; char name[$L]; };
static struct item$N items$N[$A];
static int items_all$N(struct $M_state *m, int n) {
  int total = n;
  for (int i = 0; i < $A; i++)
    total += items$N[i].key;
  items$N[n & 1].tag = (char)m->nrows;
  return total + items$N[0].tag;
}
"""


def fill(text, values):
    """Long names first: no name is the beginning of another here, but for $N in $NAME."""
    for name, value in values.items():
        text = text.replace("$" + name, str(value))
    return text


def module_name(index):
    return f"m{index:04d}"


def unit_name(unit):
    return f"{module_name(unit // MODULE)}_{unit % MODULE}"


def called_modules(rng, module):
    return [rng.randrange(module) for _ in range(min(CALLED, module))]


def module_headers(module, seed):
    rng = random.Random(f"{seed}/module/{module}")
    name = module_name(module)
    below = ""
    if module % LAYERS:
        below = f'#include "{module_name(module - 1)}/{module_name(module - 1)}.h"\n'
    extra = "".join(f"  {rng.choice(['int', 'char', 'double', 'short', 'void *', 'unsigned long'])} extra{i};\n"
                    for i in range(rng.randrange(6)))
    public = (f'#ifndef {name.upper()}_H\n#define {name.upper()}_H\n#include "common/object.h"\n{below}'
              f"struct {name}_row {{ int key; char kind; int weight; short level; }};\n"
              f"int {name}_run(int n);\n"
              f"static inline int {name}_heavy(const struct {name}_row *r) {{ return r->weight > {rng.randrange(9, 99)}; }}\n"
              f"#endif\n")
    units = "".join(f"int {name}_{i}_run(struct {name}_state *m, int n);\n" for i in range(MODULE))
    private = (f'#include "common/buf.h"\n#include "common/log.h"\n#include "{name}/{name}.h"\n'
               "#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n"
               f"struct {name}_node {{\n  struct {name}_node *next, *left;\n  const char *name;\n  int key, value;\n{extra}}};\n"
               f"struct {name}_state {{\n  struct object self;\n  struct link objects;\n  struct {name}_node *first, *buckets[64];\n"
               f"  struct {name}_row *rows;\n  int nrows, cap;\n  const char *text, *names[16];\n  int counts[8];\n"
               f"  double grid[16][16];\n}};\n{units}")
    return public, private


def unit_text(unit, units, seed):
    rng = random.Random(f"{seed}/unit/{unit}")
    module, place = divmod(unit, MODULE)
    name = module_name(module)
    called = called_modules(rng, module)
    last = min(units - module * MODULE, MODULE)  # the last module may be smaller
    parts, calls = [], []
    for number in range(SIZES[unit % len(SIZES)]):
        kind = rng.choice(KINDS)
        text = PIECES[kind]
        if kind == "calls other modules" and not called or kind == "calls the next unit" and place + 1 >= last:
            text = PIECES["arithmetic"]
        values = {"N": number, "M": name, "U": unit_name(unit), "A": rng.randrange(2, 60), "B": rng.randrange(2, 900),
                  "C": (module_name(rng.choice(called)) + "_run") if called else "",
                  "K": f"{name}_{place + 1}_run"}
        parts.append(fill(text, values))
        calls.append(text.rsplit("static int ", 1)[1].split("(")[0].replace("$N", str(number)))
    if rng.random() < 0.15:
        parts.append(fill(LOCAL, {"N": 99, "M": name, "A": rng.randrange(9, 5000), "L": rng.randrange(2, 90)}))
        calls.append("items_all99")
    entry = "".join(f"  total += {call}(m, n);\n" for call in calls)
    headers = "".join(f'#include "{module_name(m)}/{module_name(m)}.h"\n' for m in sorted(set(called)))
    text = (f'#include "{name}/{name}_private.h"\n{headers}\n' + "\n".join(parts) +
            f"\nint {name}_{place}_run(struct {name}_state *m, int n) {{\n  int total = 0;\n{entry}  return total;\n}}\n")
    if place == 0:  # the module's own entry point
        runs = "".join(f"  total += {name}_{i}_run(&state, n);\n" for i in range(last))
        text += (f"\nint {name}_run(int n) {{\n  static struct {name}_state state;\n  int total = 0;\n"
                 f'  if (n <= 0)\n    return 0;\n  if (!state.text) {{\n    state.text = "{name}";\n    link_init(&state.objects);\n  }}\n'
                 f"{runs}  return total;\n}}\n")
    return text


def main_text(modules, seed):
    """Calls as many modules as a main would, not all."""
    rng = random.Random(f"{seed}/main")
    used = sorted({rng.randrange(modules) for _ in range(20)})
    return ('#include "common/log.h"\n' + "".join(f"int {module_name(m)}_run(int n);\n" for m in used) +
            "int main(int argc, char **argv) {\n  int total = argc;\n  (void)argv;\n" +
            "".join(f"  total += {module_name(m)}_run(argc);\n" for m in used) +
            '  log_line(LOG_INFO, "%d\\n", total);\n  return 0;\n}\n')


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def generate(folder, count, seed=1):
    """Writes the project; `count` units with main and the common ones."""
    folder = Path(folder).resolve()
    own = count - len(COMMON_C) - 1
    if own < MODULE:
        raise ValueError(f"at least {len(COMMON_C) + 1 + MODULE} units")
    if folder.exists():
        shutil.rmtree(folder)
    guarded = lambda name, text: f"#ifndef {name.upper()[:-2]}_H\n#define {name.upper()[:-2]}_H\n{text}#endif\n"
    for name, text in COMMON.items():
        write(folder / "common" / name, guarded(name, text))
    files = {f"common/{name}": text for name, text in COMMON_C.items()}
    modules = -(-own // MODULE)
    for module in range(modules):
        public, private = module_headers(module, seed)
        name = module_name(module)
        write(folder / name / f"{name}.h", public)
        write(folder / name / f"{name}_private.h", private)
    for unit in range(own):
        files[f"{module_name(unit // MODULE)}/{unit_name(unit)}.c"] = unit_text(unit, own, seed)
    files["main.c"] = main_text(modules, seed)
    for path, text in files.items():
        write(folder / path, text)
    database = [{"directory": str(folder), "file": path,
                 "arguments": ["cc", "-O2", "-std=gnu17", "-I.", "-c", path, "-o", path[:-2] + ".o"]} for path in sorted(files)]
    write(folder / "compile_commands.json", json.dumps(database, indent=0))
    write(folder / ".hplint.yaml", "limit: 20\n")  # marks the root
    return len(files)


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    print(generate(sys.argv[1], int(sys.argv[2]), *sys.argv[3:]), "units")
