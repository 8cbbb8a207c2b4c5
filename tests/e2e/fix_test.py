"""hplint fix: each fix compiles, means the same and ends its finding; what is not safe gets none."""
import json
import os
import re
import shutil
import subprocess
import unittest

from common import Case

COMPILERS = (["gcc", "-Wall", "-Wextra", "-Werror"], ["clang-19", "-Wall", "-Wextra", "-Werror"])

# ---- allocations -------------------------------------------------------------------------------

# A loop LOOP in `each`, which is given sizes that go up and down, and a consumer that looks at all
# bytes that were written.
REUSE = """\
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static unsigned long sum;
__attribute__((noinline)) void use(char *p, size_t n) {
  memset(p, (int)n, n);
  for (size_t i = 0; i < n; i++)
    sum = sum * 31 + (unsigned char)p[i];
}
{TOP}
__attribute__((noinline)) int each(int n, const int *sizes) {
{LOOP}
  return 0;
}
int main(int argc, char **argv) { /* as many as nobody knows: loops of a few iterations are not worth a fix */
  (void)argv;
  static const int some[] = {5, 100, 7, 0, 3000, 2999, 3001, 1, 64};
  int *sizes = malloc((8 + (size_t)argc) * sizeof *sizes);
  for (int i = 0; i < 8 + argc; i++)
    sizes[i] = some[i % 9];
  int status = each(8 + argc, sizes);
  status += each(0, sizes);
  printf("%d %lu\\n", status, sum);
  free(sizes);
  return 0;
}
"""


def reuse(loop, top=""):
    return REUSE.replace("{LOOP}", loop).replace("{TOP}", top)


REUSED = {
    "plain": """\
  for (int i = 0; i < n; i++) {
    char *b = malloc((size_t)sizes[i] + 1);
    use(b, (size_t)sizes[i]);
    free(b);
  }""",
    "null check that returns": """\
  for (int i = 0; i < n; i++) {
    char *b = malloc((size_t)sizes[i] + 1);
    if (b == NULL)
      return -1;
    use(b, (size_t)sizes[i]);
    free(b);
  }""",
    "null check with a jump": """\
  int failed = 0;
  for (int i = 0; i < n; i++) {
    char *b = malloc((size_t)sizes[i] + 1);
    if (!b) {
      failed = 1;
      goto out;
    }
    use(b, (size_t)sizes[i]);
    free(b);
  }
out:
  if (failed)
    return -1;""",
    "null check that goes on": """\
  for (int i = 0; i < n; i++) {
    char *b = malloc((size_t)sizes[i] + 1);
    if (!b)
      continue;
    use(b, (size_t)sizes[i]);
    free(b);
  }""",
    "fixed size": """\
  for (int i = 0; i < n; i++) {
    char *b = malloc(4096);
    use(b, (size_t)sizes[i]);
    free(b);
  }""",
    "size of a parameter": """\
  for (int i = 0; i < n; i++) {
    char *b = malloc((size_t)n * 4000);
    use(b, (size_t)sizes[i]);
    free(b);
  }""",
    "cast, while, tabs": """\
\tint i = 0;
\twhile (i < n) {
\t\tunsigned char *b = (unsigned char *)malloc((size_t)sizes[i] + 1);
\t\tuse((char *)b, (size_t)sizes[i]);
\t\ti++;
\t\tfree(b);
\t}""",
    "do": """\
  int i = 0;
  if (n == 0)
    return 0;
  do {
    char *b = malloc((size_t)sizes[i] + 1);
    use(b, (size_t)sizes[i]);
    free(b);
  } while (++i < n);""",
    "declared before": """\
  char *b;
  int i;
  /* every size
     in turn */
  // is used
  for (i = 0; i < n; i++) {
    b = malloc((size_t)sizes[i] + 1); /* its own */
    use(b, (size_t)sizes[i]);
    free(b);
  } // done""",
    "break": """\
  for (int i = 0; i < n; i++) {
    char *b = malloc((size_t)sizes[i] + 1);
    use(b, (size_t)sizes[i]);
    free(b);
    if (sizes[i] == 1)
      break;
  }""",
    "struct": """\
  for (int i = 0; i < n; i++) {
    struct pair *b = malloc(sizeof(struct pair) * ((size_t)sizes[i] + 1));
    use((char *)b, sizeof *b);
    free(b);
  }""",
    "size from a macro": """\
  for (int i = 0; i < n; i++) {
    char *b = malloc(ROOM(sizes[i]));
    use(b, (size_t)sizes[i]);
    free(b);
  }""",
    "inner loop": """\
  for (int k = 0; k < 2; k++) {
    for (int i = 0; i < n; i++) {
      char *b = malloc((size_t)sizes[i] + 1);
      use(b, (size_t)sizes[i]);
      free(b);
    }
  }""",
}
REUSE_TOP = "struct pair { long a, b; };\n#define ROOM(n) ((size_t)(n) + 16)\n"

NOT_REUSED = {
    "calloc": ("""\
  for (int i = 0; i < n; i++) {
    char *b = calloc(1, (size_t)sizes[i] + 1);
    use(b, (size_t)sizes[i]);
    free(b);
  }""", "zero in each iteration"),
    "return with a free": ("""\
  for (int i = 0; i < n; i++) {
    char *b = malloc((size_t)sizes[i] + 1);
    use(b, (size_t)sizes[i]);
    if (sizes[i] == 2999) {
      free(b);
      return 1;
    }
    free(b);
  }""", "several places"),
    "return before": ("""\
  for (int i = 0; i < n; i++) {
    if (sizes[i] == 4)
      return 1;
    char *b = malloc((size_t)sizes[i] + 1);
    use(b, (size_t)sizes[i]);
    free(b);
  }""", "left in its middle"),
    "return in a macro": ("""\
  for (int i = 0; i < n; i++) {
    CHECK(sizes[i]);
    char *b = malloc((size_t)sizes[i] + 1);
    use(b, (size_t)sizes[i]);
    free(b);
  }""", "left in its middle"),
    "wrapper": ("""\
  for (int i = 0; i < n; i++) {
    char *b = take((size_t)sizes[i] + 1);
    use(b, (size_t)sizes[i]);
    free(b);
  }""", "malloc itself"),
    "macro allocates": ("""\
  for (int i = 0; i < n; i++) {
    char *b = NEW((size_t)sizes[i] + 1);
    use(b, (size_t)sizes[i]);
    free(b);
  }""", "macro"),
    "pointer moves": ("""\
  for (int i = 0; i < n; i++) {
    char *b = malloc((size_t)sizes[i] + 1), *c = b;
    use(c, (size_t)sizes[i]);
    free(b);
  }""", "no statement"),
    "conditional": ("""\
  for (int i = 0; i < n; i++) {
    if (sizes[i] > 2) {
      char *b = malloc((size_t)sizes[i] + 1);
      use(b, (size_t)sizes[i]);
      free(b);
    }
  }""", "statement"),
    "name used behind": ("""\
  char *b = "x";
  for (int i = 0; i < n; i++) {
    char *c = b;
    {
      char *b = malloc((size_t)sizes[i] + 1);
      use(b, (size_t)sizes[i]);
      free(b);
    }
    sum += (unsigned char)c[0];
  }
  sum += (unsigned char)b[0];""", "statement"),
    "same name behind the loop": ("""\
  char *b = "x";
  {
    for (int i = 0; i < n; i++) {
      char *b = malloc((size_t)sizes[i] + 1);
      use(b, (size_t)sizes[i]);
      free(b);
    }
    sum += (unsigned char)b[0];
  }""", "outside of the loop"),
    "no braces around": ("""\
  if (n > 1)
    for (int i = 0; i < n; i++) {
      char *b = malloc((size_t)sizes[i] + 1);
      use(b, (size_t)sizes[i]);
      free(b);
    }""", "line of its own"),
    "preprocessor inside": ("""\
  for (int i = 0; i < n; i++) {
    char *b = malloc((size_t)sizes[i] + 1);
#ifndef NO_USE
    use(b, (size_t)sizes[i]);
#endif
    free(b);
  }""", "preprocessor"),
    "pragma before": ("""\
  #pragma GCC ivdep
  for (int i = 0; i < n; i++) {
    char *b = malloc((size_t)sizes[i] + 1);
    use(b, (size_t)sizes[i]);
    free(b);
  }""", "preprocessor"),
    "names taken": ("""\
  int b_size = 3;
  for (int i = 0; i < n; i++) {
    char *b = malloc((size_t)sizes[i] + (size_t)b_size);
    use(b, (size_t)sizes[i]);
    free(b);
  }""", "names"),
    "free in a macro": ("""\
  for (int i = 0; i < n; i++) {
    char *b = malloc((size_t)sizes[i] + 1);
    use(b, (size_t)sizes[i]);
    DROP(b);
  }""", "macro"),
    "const pointer": ("""\
  for (int i = 0; i < n; i++) {
    char *const b = malloc((size_t)sizes[i] + 1);
    use(b, (size_t)sizes[i]);
    free(b);
  }""", "more than a type"),
}
NOT_REUSED_TOP = """\
void *take(size_t n) { void *p = malloc(n); if (p) memset(p, 0, n); return p; }
#define NEW(n) malloc(n)
#define DROP(p) free(p)
#define CHECK(n) if ((n) == 4) return 1
"""

# ---- loops -------------------------------------------------------------------------------------

NEST = """\
#include <stdio.h>
enum { ROWS = 700, COLUMNS = 900 };
#define WIDTH 900
static double g[ROWS][COLUMNS], h[ROWS][COLUMNS];
static int flat[ROWS * COLUMNS];
int columns = COLUMNS;
__attribute__((noinline)) long nest(int n, int m) {
  long total = 0;
{LOOP}
  return total;
}
int main(void) {
  double all = 0;
  for (int i = 0; i < ROWS; i++)
    for (int j = 0; j < COLUMNS; j++)
      h[i][j] = i * 7 % 13 + j, flat[i * COLUMNS + j] = i ^ j;
  long total = nest(ROWS, COLUMNS) + nest(0, 3) + nest(3, 0);
  for (int i = 0; i < ROWS; i++)
    for (int j = 0; j < COLUMNS; j++)
      all = all * 0.5 + g[i][j] + flat[i * COLUMNS + j];
  printf("%ld %f\\n", total, all);
  return 0;
}
"""

EXCHANGED = {
    "array": """\
  for (int j = 0; j < m; j++)
    for (int i = 0; i < n; i++)
      g[i][j] = h[i][j] + i;""",
    "braces, other steps": """\
  for (int j = m - 1; j >= 0; j--) {
    for (int i = 0; i < n; i += 2) {
      g[i][j] += h[i][j]; // twice
    }
  }""",
    "counters declared before": """\
  int i, j;
  for (j = 0; j < WIDTH; ++j) {
    for (i = 0; i < n; ++i)
      g[i][j] = (double)j;
  }
  (void)m;""",
    "integer sum": """\
  for (int j = 0; j < m; j++)
    for (int i = 0; i < n; i++)
      total += flat[i * COLUMNS + j];
  (void)m;""",
    "flat store": """\
  for (int j = 0; j < m; j++)
    for (int i = 0; i < n; i++) {
      if (i == j)
        continue;
      flat[i * m + j] = 2 * i;
    }""",
    "a bound in memory": """\
  for (int j = 0; j < columns; j++)
    for (int i = 0; i < n; i++)
      g[i][j] = i + m;""",
}

NOT_EXCHANGED = {
    "floating-point sum": ("""\
  double sum = 0;
  for (int j = 0; j < m; j++)
    for (int i = 0; i < n; i++)
      sum += h[i][j];
  total = (long)sum;""", "on a condition"),
    "triangle": ("""\
  for (int j = 0; j < m; j++)
    for (int i = j; i < n; i++)
      g[i][j] = 1;""", "."),
    "statement between": ("""\
  for (int j = 0; j < m; j++) {
    g[0][j] = 3;
    for (int i = 1; i < n; i++)
      g[i][j] = 1;
  }""", "."),
    "counter used behind": ("""\
  int i = 0, j = 0;
  for (j = 0; j < m; j++)
    for (i = 0; i < n; i++)
      g[i][j] = 1;
  total = i * 1000 + j;""", "used after"),
    "bound behind a pointer": ("""\
  struct limits { int rows; } limits = {n}, *p = m ? &limits : 0;
  __asm__("" : "+r"(p));
  for (int j = 0; j < m; j++)
    for (int i = 0; i < p->rows; i++)
      g[i][j] = 1;""", "bounds"),
    "bound with a division": ("""\
  for (int j = 0; j < m; j++)
    for (int i = 0; i < 90000 / m; i++)
      if (i < n)
        g[i][j] = 1;""", "."),
    "comment between": ("""\
  for (int j = 0; j < m; j++) // columns
    for (int i = 0; i < n; i++)
      g[i][j] = 1;""", "comment"),
    "two counters": ("""\
  for (int j = 0, k = 0; j < m; j++, k += 2)
    for (int i = 0; i < n; i++)
      g[i][j] = k;""", "."),
    "pragma": ("""\
  #pragma GCC ivdep
  for (int j = 0; j < m; j++)
    for (int i = 0; i < n; i++)
      g[i][j] = 1;""", "preprocessor"),
    "rows that may overlap": ("""\
  for (int j = 0; j < m; j++)
    for (int i = 0; i < n; i++)
      flat[i * n + j] = j;""", "rows"),
    "while": ("""\
  int j = 0;
  while (j < m) {
    for (int i = 0; i < n; i++)
      g[i][j] = 1;
    j++;
  }""", "`for`"),
}

# ---- records -----------------------------------------------------------------------------------

RECORD = """\
#include <stdio.h>
#include <stdlib.h>
{RECORD}
__attribute__((noinline)) long walk(struct item *all, int n) {
  long sum = 0;
  for (int i = 0; i < n; i++)
    sum += all[i].on + all[i].id * 3;
  return sum;
}
int main(void) {
  enum { COUNT = 5000 };
  struct item *all = calloc(COUNT, sizeof *all);
  for (int i = 0; all && i < COUNT; i++) {
    all[i].on = i % 3 == 0;
    all[i].id = i;
    all[i].last = 'x';
  }
  printf("%ld\\n", all ? walk(all, COUNT) : 0);
  free(all);
  return 0;
}
"""

REORDERED = {
    "plain": "struct item {\n  char on;\n  long id;\n  char last;\n};",
    "comments": """\
struct item { /* one of many */
  // is it on?
  char on; /* or off */

  long id; // its number,
  /* and
     the last */
  char last;
};""",
    "one line": "struct item { char on; long id; char last; };",
    "arrays, functions, records inside": """\
struct item {
  char on;
  long id;
  int (*call)(int, char);
  char name[3], last;
  struct { int x, y; } at[2];
  unsigned short flags;
  double *const *rows;
};""",
    "tabs and several fields": "struct item {\n\tchar on;\n\tlong id, more;\n\tchar last;\n};",
    "comments of several lines": """\
struct item {
  char on;      /* is it on,
                   or off? */
  long id;      // its number
                // in the list
  char *name;
  char last;    /* the last
                   one */
  int (*call)(struct item *);
};""",
    "long names": """\
struct item {
  int maxfd;   /* highest */
  int setsize; /* max number */
  long long next_id;
  struct item *events; /* Registered events */
  struct item *fired; /* Fired events */
  int stop;
  char on;
  void *data; /* specific data */
  struct item *beforesleep;
  int last;
  long id;
  int flags;
};""",
    "typedef": "typedef struct item {\n  char on;\n  long id;\n  char last;\n} Item;",
}

NOT_REORDERED = {
    "preprocessor": ("struct item {\n  char on;\n#if 1\n  long id;\n#endif\n  char last;\n};",
                     "preprocessor"),
    "macro member": ("#define IDS long id;\nstruct item {\n  char on;\n  IDS\n  char last;\n};",
                     "not understood|macro"),
    "macro declares": ("#define FIELD(t, n) t n\nstruct item {\n  char on;\n  FIELD(long, id);\n"
                       "  char last;\n};", "not understood"),
    "bit-fields": ("struct item {\n  char on;\n  long id;\n  unsigned a : 3, b : 2;\n  char last;\n};",
                   "bit-fields"),
    "a comment above several": ("struct item {\n  /* flags */\n  char on;\n  char last;\n"
                                "  /* numbers */\n  short kind;\n  long id;\n  char more;\n};",
                                "comment"),
    "no name": ("struct item {\n  char on;\n  union { long id; double d; };\n  char last;\n};",
                "without a name"),
    "offsetof": ("#include <stddef.h>\nstruct item {\n  char on;\n  long id;\n  char last;\n};\n"
                 "size_t where(void) { return offsetof(struct item, id); }", "offsetof"),
    "its size is asserted": ("struct item {\n  char on;\n  long id;\n  char last;\n};\n"
                             "_Static_assert(sizeof(struct item) == 24, \"as on disk\");",
                             "not compile"),
}


# ---- growth ------------------------------------------------------------------------------------

GROWTH = """\
#include <stdio.h>
#include <stdlib.h>
struct vector { int *items; size_t count; {TYPE} room; int more; };
static int *global;
static size_t global_count, global_room;
__attribute__((noinline)) int push(struct vector *v, int x) {
{GROW}
  v->items[v->count++] = x;
  return 0;
}
__attribute__((noinline)) int fill(struct vector *v, int n) {
  for (int i = 0; i < n; i++)
    if (push(v, i * i))
      return -1;
  return 0;
}
int main(void) {
  struct vector v = {.count = 0};
  int status = fill(&v, 1000);
  long sum = 0;
  for (size_t i = 0; i < v.count; i++)
    sum += v.items[i];
  printf("%d %ld %zu\\n", status, sum, v.count + global_count + global_room);
  free(v.items);
  free(global);
  return 0;
}
"""


def growth(grow, kind="size_t"):
    return GROWTH.replace("{GROW}", grow).replace("{TYPE}", kind)


REALLOC = """
    int *more = realloc(v->items, v->room * sizeof *more);
    if (!more)
      return -1;
    v->items = more;
  }"""
GROWN = {
    "added": "  if (v->count == v->room) {\n    v->room += 16;" + REALLOC,
    "written out": "  if (v->count >= v->room) {\n    v->room = v->room + 8;" + REALLOC,
    "int": ("  if ((int)v->count >= v->room) {\n    v->room += 16;" +
            REALLOC.replace("v->room *", "(size_t)v->room *"), "int"),
}
NOT_GROWN = {
    "the count itself": ("""\
  int *more = realloc(v->items, (v->count + 1) * sizeof *more);
  if (!more)
    return -1;
  v->items = more;""", "size_t", "count|capacity"),
    "small type": ("  if (v->count == v->room) {\n    v->room += 16;" + REALLOC, "unsigned short",
                   "small type"),
    "room is an index": ("  if (v->count == v->room) {\n    v->room += 16;" + REALLOC +
                         "\n  v->items[v->room - 1] = 0;", "size_t", "more than a capacity"),
    "another expression": ("  if (v->count == v->room) {\n    v->more = (v->room += 16) > 32;" +
                           REALLOC, "size_t", "of its own|capacity"),
}


class Fixes(Case):
    def fix(self, *args, status=None):
        return self.run_hplint("fix", "--why", *args, status=status)

    def build_and_run(self, name):
        outputs = set()
        for compiler in COMPILERS:
            flags = ["-Wno-unknown-pragmas"]
            done = subprocess.run([*compiler, *flags, "-fsanitize=address", "-g", "-o", "program",
                                   name], cwd=self.dir, capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr + (self.dir / name).read_text())
            run = subprocess.run(["./program"], cwd=self.dir, capture_output=True, text=True)
            self.assertEqual(run.returncode, 0, run.stderr)
            outputs.add(run.stdout)
        self.assertEqual(len(outputs), 1, outputs)
        return outputs.pop()

    def of_rule(self, rule):
        return [f for f in self.findings("--all", "a.c")["findings"] if f["rule"] == rule]

    def gets_fixed(self, text, rule, *options):
        path = self.write("a.c", text)
        before = self.build_and_run("a.c")
        self.assertEqual(len(self.of_rule(rule)), 1)
        shown = self.fix("--select", rule, *options, "a.c", status=1)
        self.assertEqual(path.read_text(), text, "only --write changes a file")
        self.apply_diff(shown.stdout, path)
        written = self.fix("--select", rule, *options, "--write", "a.c", status=0)
        self.assertEqual(written.out, "")
        self.assertRegex(written.err, r"(?m)^1 fix written, 0 findings without$")
        self.assertNotEqual(path.read_text(), text)
        self.assertEqual(path.read_text(), (self.dir / "patched" / "a.c").read_text())
        self.assertEqual(self.of_rule(rule), [], path.read_text())
        self.assertEqual(self.build_and_run("a.c"), before, path.read_text())
        self.fix("--select", rule, *options, "a.c", status=0)

    def apply_diff(self, diff, path):
        patched = self.dir / "patched"
        for tool in (["patch", "-p1", "-s"], ["git", "apply"]):
            shutil.rmtree(patched, ignore_errors=True)
            patched.mkdir()
            shutil.copy(path, patched)
            if shutil.which(tool[0]):
                done = subprocess.run(tool, cwd=patched, input=diff, capture_output=True,
                                      env=dict(os.environ, GIT_CEILING_DIRECTORIES=str(self.dir)))
                self.assertEqual(done.returncode, 0, done.stderr + done.stdout + diff)

    def gets_none(self, text, rule, says, *options):
        path = self.write("a.c", text)
        if not self.of_rule(rule):
            return False
        done = self.fix("--select", rule, "--all", "--write", *options, "a.c", status=0)
        self.assertEqual(path.read_text(), text, done.err)
        self.assertEqual(done.out, "")
        self.assertRegex(done.err, says)
        return True

    def test_allocations_that_are_reused(self):
        for name, loop in REUSED.items():
            with self.subTest(name):
                self.gets_fixed(reuse(loop, REUSE_TOP), "HP201")

    def test_allocations_that_stay(self):
        for name, (loop, says) in NOT_REUSED.items():
            with self.subTest(name):
                self.assertTrue(self.gets_none(reuse(loop, NOT_REUSED_TOP), "HP201", says), name)

    def test_loops_that_change_places(self):
        for name, loop in EXCHANGED.items():
            with self.subTest(name):
                self.gets_fixed(NEST.replace("{LOOP}", loop), "HP301")

    def test_loops_that_stay(self):
        met = 0
        for name, (loop, says) in NOT_EXCHANGED.items():
            with self.subTest(name):
                met += self.gets_none(NEST.replace("{LOOP}", loop), "HP301", says)
        self.assertGreater(met, len(NOT_EXCHANGED) * 0.7)

    def test_records_in_another_order(self):
        for name, record in REORDERED.items():
            with self.subTest(name):
                self.gets_fixed(RECORD.replace("{RECORD}", record), "HP104")

    def test_records_that_stay(self):
        for name, (record, says) in NOT_REORDERED.items():
            with self.subTest(name):
                text = RECORD.replace("{RECORD}", record)
                self.assertTrue(self.gets_none(text, "HP104", says), name)

    def test_capacities_that_grow(self):
        for name, grow in GROWN.items():
            with self.subTest(name):
                text = growth(*grow) if isinstance(grow, tuple) else growth(grow)
                self.gets_fixed(text, "HP203", "--all")

    def test_capacities_that_stay(self):
        for name, (grow, kind, says) in NOT_GROWN.items():
            with self.subTest(name):
                self.assertTrue(self.gets_none(growth(grow, kind), "HP203", says), name)

    def test_the_order_that_is_written(self):
        self.write("a.c", RECORD.replace("{RECORD}", REORDERED["comments"]))
        self.fix("--select", "HP104", "--write", "a.c", status=0)
        record = re.search(r"struct item \{.*?\};", (self.dir / "a.c").read_text(), re.S)[0]
        self.assertEqual(record, """\
struct item { /* one of many */
  long id; // its number,
  // is it on?
  char on; /* or off */
  /* and
     the last */
  char last;
};""")

    def test_comments_stay_with_their_members(self):
        self.write("a.c", RECORD.replace("{RECORD}", REORDERED["comments of several lines"]))
        self.fix("--select", "HP104", "--write", "a.c", status=0)
        record = re.search(r"struct item \{.*?\};", (self.dir / "a.c").read_text(), re.S)[0]
        self.assertEqual(record, """\
struct item {
  char *name;
  int (*call)(struct item *);
  long id;      // its number
                // in the list
  char on;      /* is it on,
                   or off? */
  char last;    /* the last
                   one */
};""")

    def test_what_is_written_around_a_loop(self):
        self.write("a.c", reuse(REUSED["declared before"]))
        self.fix("--select", "HP201", "--write", "a.c", status=0)
        self.assertIn("""\
  char *b;
  int i;
  /* every size
     in turn */
  b = NULL;
  size_t b_size = 0;
  // is used
  for (i = 0; i < n; i++) {
    size_t b_need = (size_t)sizes[i] + 1;
    if (!b || b_size < b_need) {
      free(b);
      b = malloc(b_need);
      b_size = b_need;
    } /* its own */
    use(b, (size_t)sizes[i]);
  } // done
  free(b);
""", (self.dir / "a.c").read_text())

    # ---- headers, several fixes, selection -------------------------------------------------------

    def header_project(self):
        self.write("item.h", "struct item {\n  char on;\n  long id;\n  char last;\n};\n")
        self.write("a.c", RECORD.replace("{RECORD}", '#include "item.h"'))
        self.write("b.c", '#include "item.h"\nlong id(const struct item *i) { return i->id; }\n')

    def test_records_of_headers_have_to_be_asked_for(self):
        self.header_project()
        done = self.fix(".", status=0)
        self.assertIn("--headers", done.err)
        self.fix("--headers", "--write", ".", status=0)
        self.assertIn("long id;\n  char on;", (self.dir / "item.h").read_text())
        self.build_and_run("a.c")

    def test_a_unit_that_fails_keeps_headers_as_they_are(self):
        self.header_project()
        self.write("c.c", '#include "item.h"\n#include "missing.h"\nint f(struct item *i);\n')
        done = self.fix("--headers", ".", status=0)
        self.assertIn("could not be analysed", done.err)

    def test_a_fix_that_breaks_another_unit(self):
        self.header_project()
        self.write("c.c", '#include "item.h"\n'
                          '_Static_assert(sizeof(struct item) == 24, "sent");\n')
        done = self.fix("--headers", "--write", ".", status=0)
        self.assertIn("would not compile", done.err)
        self.assertIn("char on;\n  long id;", (self.dir / "item.h").read_text())

    def test_the_good_fixes_of_many(self):
        text = reuse(REUSED["plain"] + "\n" + REUSED["plain"].replace("*b", "*c").replace("(b", "(c"))
        text += "_Static_assert(sizeof(struct a { char c; long l; char d; }), \"\");\n"
        self.write("a.c", text)
        self.write("b.c", RECORD.replace("{RECORD}", NOT_REORDERED["its size is asserted"][0]))
        done = self.fix("--write", ".", status=0)
        self.assertRegex(done.err, "(?m)^2 fixes written, .*would not compile")
        self.build_and_run("a.c")

    def test_by_fingerprint(self):
        text = reuse(REUSED["plain"])
        self.write("a.c", text)
        self.write("b.c", text)
        found = [f for f in self.findings(".")["findings"] if f["rule"] == "HP201"]
        one = next(f for f in found if f["file"] == "b.c")
        self.fix("--write", one["fingerprint"], status=0)
        changed = [(self.dir / name).read_text() != text for name in ("a.c", "b.c")]
        self.assertIn(True, changed)
        self.fails("fix", "0123456789abcdef", says="no finding has the fingerprint")

    def test_suppressed_findings_are_left_alone(self):
        text = reuse(REUSED["plain"].replace("+ 1);", "+ 1); // hplint: ignore[HP201] wanted"))
        self.write("a.c", text)
        self.fix("--write", "a.c", status=0)
        self.assertEqual((self.dir / "a.c").read_text(), text)

    def test_a_warm_run_has_the_same_fixes(self):
        self.write("a.c", reuse(REUSED["plain"]))
        cold = self.fix("a.c", status=1)
        warm = self.fix("a.c", status=1)
        self.assertEqual(cold.out, warm.out)

    def test_advice_survives_the_thread_that_gave_it(self):
        self.write("a.c", RECORD.replace("{RECORD}", REORDERED["long names"]))
        for i in range(40):  # work for several threads
            self.write(f"unit{i}.c", f"int f{i}(int x) {{ return x + {i}; }}\n")
        shown = [self.fix("--no-store", "--jobs", jobs, ".", status=1).out for jobs in "1234"]
        self.assertIn("struct item *beforesleep;", shown[0])
        self.assertEqual(len(set(shown)), 1)

    def test_json_names_the_kind_or_the_reason(self):
        self.write("a.c", reuse(REUSED["plain"]))
        self.write("b.c", reuse(NOT_REUSED["calloc"][0]))
        kinds = {f["file"]: f["fix"] for f in self.findings(".")["findings"]
                 if f["rule"] == "HP201"}
        self.assertEqual(kinds["a.c"], {"kind": "reuse-grow", "reason": None, "edits": None})
        self.assertIsNone(kinds["b.c"]["kind"])
        self.assertIn("zero", kinds["b.c"]["reason"])

    def with_edits(self, *args, status):
        found = json.loads(self.fix("--format", "json", *args, status=status).out)["findings"]
        return [f for f in found if f["fix"]]

    def apply_edits(self, found):
        """As the reader of the JSON would: from the last to the first."""
        edits = [e for f in found for e in f["fix"]["edits"] or ()]
        for e in sorted(edits, key=lambda e: (e["line"], e["column"]), reverse=True):
            path = self.dir / e["file"]
            lines = path.read_bytes().splitlines(keepends=True) + [b""]
            place = [sum(map(len, lines[:line - 1])) + column - 1 for line, column in
                     ((e["line"], e["column"]), (e["end_line"], e["end_column"]))]
            text = b"".join(lines)
            path.write_bytes(text[:place[0]] + e["text"].encode() + text[place[1]:])

    def test_json_carries_the_edits(self):
        text = "/* \u00fc\U0001f600 */ " + reuse(REUSED["plain"])
        record = RECORD.replace("{RECORD}", "/* \u00e4\U0001f600 */ " + REORDERED["one line"])
        self.write("a.c", text)
        self.write("b.c", record)
        self.write("c.c", RECORD.replace("{RECORD}", NOT_REORDERED["its size is asserted"][0])
                   .replace("struct item", "struct thing"))
        self.write("d.c", reuse(NOT_REUSED["calloc"][0], NOT_REUSED_TOP))
        found = self.with_edits(".", status=1)
        self.assertEqual({f["file"]: f["fix"]["kind"] for f in found},
                         {"a.c": "reuse-grow", "b.c": "reorder", "c.c": "reorder", "d.c": None})
        for f in found:
            self.assertEqual(f["fix"]["edits"] is None, f["file"] in ("c.c", "d.c"))
            self.assertEqual(f["fix"]["reason"] is None, f["file"] in ("a.c", "b.c"))
        self.assertIn("not compile", next(f for f in found if f["file"] == "c.c")["fix"]["reason"])
        self.assertEqual((self.dir / "a.c").read_text(), text)
        self.apply_edits(found)
        edited = {name: (self.dir / name).read_text() for name in ("a.c", "b.c", "c.c", "d.c")}
        self.write("a.c", text)
        self.write("b.c", record)
        self.with_edits("--write", ".", status=0)
        self.assertEqual(edited, {name: (self.dir / name).read_text() for name in edited})
        self.assertNotEqual(edited["a.c"], text)
        self.assertEqual(self.with_edits("--select", "HP201", "a.c", "b.c", status=0), [])

    def test_json_has_no_edits_that_it_would_spoil(self):
        path = self.write("a.c", "")
        record = REORDERED["comments"].replace("is it on?", "gr\u00f6\u00dfer?")
        path.write_bytes(RECORD.replace("{RECORD}", record).encode("latin-1"))
        (found,) = self.with_edits("a.c", status=1)
        self.assertIsNone(found["fix"]["edits"])
        self.assertIn("UTF-8", found["fix"]["reason"])
        self.assertIn("struct item", self.fix("a.c", status=1).out)
        self.fails("fix", "--format", "xml", says="--format wants diff or json")

    # ---- writing ---------------------------------------------------------------------------------

    def test_mode_and_line_ends_stay(self):
        path = self.write("a.c", reuse(REUSED["plain"]).replace("\n", "\r\n"))
        path.chmod(0o640)
        self.fix("--write", "a.c", status=0)
        self.assertEqual(path.stat().st_mode & 0o777, 0o640)
        self.assertIn("b_size", path.read_text())
        self.assertNotRegex(path.read_bytes().decode(), "[^\r]\n")

    def test_links_are_not_followed_out_of_the_project(self):
        outside = self.dir.parent / "outside.c"
        outside.write_text(reuse(REUSED["plain"]))
        self.write(".hplint.yaml", "")
        (self.dir / "a.c").symlink_to(outside)
        done = self.run_hplint("fix", "--write", "a.c", status=2)
        self.assertRegex(done.err, "outside")
        self.assertEqual(outside.read_text(), reuse(REUSED["plain"]))

    def test_a_link_inside_stays_a_link(self):
        self.write(".hplint.yaml", "")
        real = self.write("real/a.c", reuse(REUSED["plain"]))
        (self.dir / "a.c").symlink_to("real/a.c")
        self.fix("--write", "a.c", status=0)
        self.assertTrue((self.dir / "a.c").is_symlink())
        self.assertIn("b_size", real.read_text())

    def test_wrong_use(self):
        self.fails("fix", "--wirte", says="did you mean --write")
        self.fails("fix", "missing.c", says="missing.c")
        self.assertIn("usage: hplint fix", self.run_hplint("fix", "--help", status=0).out)

    def test_no_newline_at_the_end(self):
        self.gets_fixed(REUSE.replace("{TOP}", "").replace("{LOOP}", REUSED["plain"]).rstrip("\n"),
                        "HP201")


if __name__ == "__main__":
    unittest.main()
