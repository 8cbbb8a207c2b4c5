"""Judgements that are kept: exactly what a change can affect is judged again, and the result is that of a first run."""
import json
import random
import sqlite3
import unittest

from common import Case

LOOP = """\
void *get(unsigned size);
void put(void *block);
void fill(void *block, int value);
void all(int n) {
  for (int i = 0; i < n; i++) {
    void *block = get(64);
    fill(block, i);
    put(block);
  }
}
"""
ALONE = """\
int alone(const int *a, int n) {
  int sum = 0;
  for (int i = 0; i < n; i++)
    sum += a[i];
  return sum;
}
"""
FILL = """\
void fill(void *block, int value) {
  *(int *)block = value;
}
"""
HARMLESS = """\
static char room[64];
void *get(unsigned size) {
  return size > 64 ? (void *)0 : room;
}
void put(void *block) {
  (void)block;
}
"""
ALLOCATES = """\
#include <stdlib.h>
void *get(unsigned size) {
  return malloc(size);
}
void put(void *block) {
  free(block);
}
"""


class Judged(Case):
    def database(self, names):
        self.write("compile_commands.json", json.dumps(
            [{"directory": str(self.dir), "file": f"{name}.c", "arguments": ["cc", "-c", f"{name}.c"]}
             for name in sorted(names)]))

    def expect_as_from_scratch(self, result):
        fresh = self.findings("--no-store")
        for key in ("findings", "summary"):
            self.assertEqual(json.dumps(result[key], indent=1), json.dumps(fresh[key], indent=1))


class Reach(Judged):
    """What a change in one unit judges again in others."""

    def setUp(self):
        super().setUp()
        for name, text in (("loop", LOOP), ("alone", ALONE), ("fill", FILL), ("heap", HARMLESS)):
            self.write(f"{name}.c", text)
        self.database(["loop", "alone", "fill", "heap"])

    def expect(self, judged, rules, parsed=None):
        result = self.findings()
        self.assertEqual(result["run"]["judged"], judged)
        self.assertEqual([f["rule"] for f in result["findings"]], rules)
        if parsed is not None:
            self.assertEqual(result["run"]["units"]["parsed"], parsed)
        self.expect_as_from_scratch(result)
        return result

    def test_a_table_grows_in_a_unit_without_functions(self):
        self.write("sum.c", """\
extern const unsigned *const tables[2];
unsigned sum(const int *values, int n, int which) {
  const unsigned *table = tables[which];
  unsigned sum = 0;
  for (int i = 0; i < n; i++)
    sum += table[values[i]];
  return sum;
}
""")
        tables = """\
static const unsigned first[%d], second[128];
extern const unsigned *const tables[2];
const unsigned *const tables[2] = {first, second};
"""
        self.database(["sum", "tables"])
        for size, rules in ((64, []), (4000000, ["HP303"]), (64, [])):
            self.write("tables.c", tables % size)
            result = self.findings("--all")
            self.assertEqual([f["rule"] for f in result["findings"]], rules)
            self.assertEqual(result["run"]["units"]["parsed"][-1], "tables.c")

    def test_a_callee_elsewhere_begins_to_allocate(self):
        self.expect(5, [])
        self.write("heap.c", ALLOCATES)
        result = self.expect(3, ["HP201"], ["heap.c"])  # all, get, put
        self.assertEqual(result["findings"][0]["file"], "loop.c")
        self.expect(0, ["HP201"], [])
        self.write("heap.c", HARMLESS)
        self.expect(3, [], ["heap.c"])

    def test_a_body_that_nobody_looks_into(self):
        self.expect(5, [])
        self.write("alone.c", ALONE.replace("sum +=", "sum -="))
        self.expect(1, [], ["alone.c"])

    def test_who_looked_into_what_moved(self):
        self.write("heap.c", ALLOCATES)
        self.expect(5, ["HP201"])
        self.write("heap.c", "\n" + ALLOCATES)
        self.expect(3, ["HP201"], ["heap.c"])

    def test_a_comment_judges_nothing(self):
        self.expect(5, [])
        self.write("heap.c", HARMLESS + "/* the end */\n")
        self.expect(0, [], ["heap.c"])

    def test_the_answer_is_given_again_after_a_comment(self):
        self.write("heap.c", ALLOCATES)
        first = self.expect(5, ["HP201"])
        for number in range(3):
            self.write("heap.c", ALLOCATES + f"/* {number} */\n")
            self.write("fill.c", FILL + f"/* {number} */\n")
            result = self.expect(0, ["HP201"], ["fill.c", "heap.c"])
            self.assertEqual(result["findings"], first["findings"])
            self.assertEqual(result["run"]["units"]["total"], 4)
            self.expect(0, ["HP201"], [])  # and rests on the files as they are now
        self.write("heap.c", HARMLESS)
        self.expect(3, [], ["heap.c"])

    def test_comments_that_mean_something(self):
        self.write("heap.c", ALLOCATES)
        self.expect(5, ["HP201"])
        self.write("loop.c", LOOP + "// hplint: ignore-file[HP201] known\n")
        result = self.expect(0, ["HP201"], ["loop.c"])
        self.assertEqual(result["findings"][0]["suppressed"], "known")
        self.write("loop.c", LOOP)
        result = self.expect(0, ["HP201"], ["loop.c"])
        self.assertIsNone(result["findings"][0]["suppressed"])
        head, rest = LOOP.split("\n", 1)
        self.write("loop.c", f"/* @generated */ {head}\n{rest}")
        self.expect(2, [], ["loop.c"])  # all, and who looked at it
        self.write("loop.c", f"/* by hand now */ {head}\n{rest}")
        self.expect(2, ["HP201"], ["loop.c"])

    def test_a_new_caller_makes_a_function_hot(self):
        self.write("alone.c", "void all(int n);\nint more(int n) {\n  int i = 0;\n"
                   "  for (; i < n; i++)\n    all(n);\n  return i;\n}\n")
        self.write("heap.c", ALLOCATES)
        self.expect(5, ["HP201"])
        self.write("alone.c", "int nothing;\n")
        self.expect(4, ["HP201"], ["alone.c"])  # and what it calls

    def test_other_rules_are_another_question(self):
        self.write("heap.c", ALLOCATES)
        self.expect(5, ["HP201"])
        result = self.findings("--ignore", "HP201")
        self.assertEqual((result["run"]["judged"], result["findings"]), (5, []))

    def test_damage_judges_all_again(self):
        self.write("heap.c", ALLOCATES)
        self.expect(5, ["HP201"])
        for lines, content in enumerate((b"", b"nonsense", bytes(64)), 1):
            with sqlite3.connect(self.dir / ".hplint/hplint.db") as db:
                db.execute("UPDATE judgement SET content = ?", (content,))
            self.write("alone.c", "\n" * lines + ALONE)
            self.expect(5, ["HP201"], ["alone.c"])


HEADERS = [
    "struct node { int value; struct node *next; };\nstruct wide { char a; long b; char c; long d; };\n",
    "struct node { int value; char pad[52]; struct node *next; };\nstruct wide { char a; long b; char c; long d; };\n",
    "struct node { struct node *next; int value; };\nstruct wide { long b, d; char a, c; };\n",
]
TEXTS = {
    "list": [
        '#include "h.h"\nint sum(const struct node *n) {{ int s = 0; for (; n; n = n->next) s += n->value; return s; }}\n',
        '#include "h.h"\nint sum(const struct node *n) {{\n  int s = {k};\n  while (n) {{ s ^= n->value; n = n->next; }}\n  return s;\n}}\n',
        '#include "h.h"\nint sum(const struct node *n) {{ return n ? n->value : {k}; }}\n',
    ],
    "walk": [
        '#include "h.h"\nint sum(const struct node *);\nint each(struct node **all, int n) {{ int t = {k};'
        " for (int i = 0; i < n; i++) t += sum(all[i]); return t; }}\n",
        '#include "h.h"\n\nint sum(const struct node *);\nint each(struct node **all, int n) {{ return n ? sum(*all) : {k}; }}\n',
        '#include "h.h"\nint each(struct node **all, int n) {{ int t = 0; while (n-- > {k}) t += all[n]->value; return t; }}\n',
    ],
    "make": [
        '#include <stdlib.h>\n#include "h.h"\nstruct node *make(int v) {{ struct node *n = malloc(sizeof *n);'
        " if (n) {{ n->value = v; n->next = 0; }} return n; }}\nvoid drop(struct node *n) {{ free(n); }}\n",
        '#include "h.h"\nstatic struct node one;\nstruct node *make(int v) {{ one.value = v + {k}; return &one; }}\n'
        "void drop(struct node *n) {{ n->value = 0; }}\n",
    ],
    "push": [
        '#include "h.h"\nstruct node *make(int);\nvoid drop(struct node *);\nint each(struct node **, int);\n'
        "struct node *push(int n) {{ struct node *head = 0; for (int i = 0; i < n; i++) {{ struct node *m = make(i);"
        " m->next = head; head = m; }} return head; }}\n"
        "int try(int n) {{ int t = {k}; for (int i = 0; i < n; i++) {{ struct node *m = make(i);"
        " t += m->value; drop(m); }} return t; }}\n",
        '#include "h.h"\nstruct node *make(int);\nvoid drop(struct node *);\n'
        "int try(int n) {{ struct node *m = make(n); drop(m); return {k}; }}\n",
    ],
    "wide": [
        '#include <stdlib.h>\n#include "h.h"\nlong wides(struct wide *w, int n) {{ long t = {k};'
        " for (int i = 0; i < n; i++) t += w[i].b; return t; }}\n"
        "struct wide *make_wides(int n) {{ return calloc(n, sizeof(struct wide)); }}\n",
        '#include "h.h"\nlong wides(struct wide *w, int n) {{ long t = {k}; for (int i = 0; i < n; i++)'
        " t += w[i].b + w[i].d + w[i].a; return t; }}\n",
    ],
}


COMMENTS = ["/* more */\n", "\n\n", "// hplint: ignore-file[HP101, HP201] known\n", "// hplint: ignore[HP204]\n"]


class Random(Judged):
    def edit(self, rng):
        if rng.random() < 0.15:
            self.write("h.h", rng.choice(HEADERS))
            return
        name = rng.choice(sorted(TEXTS))
        if rng.random() < 0.3:
            text = (self.dir / f"{name}.c").read_text()
            self.write(f"{name}.c", text + rng.choice(COMMENTS))
            return
        text = rng.choice(TEXTS[name]).format(k=rng.randrange(3))
        self.write(f"{name}.c", "\n" * rng.randrange(3) + text)

    def test_random_edits_give_what_a_first_run_gives(self):
        seen, kept = set(), 0
        for seed in range(2):
            rng = random.Random(seed)
            self.write("h.h", HEADERS[0])
            for name in TEXTS:
                self.write(f"{name}.c", TEXTS[name][0].format(k=0))
            self.database(TEXTS)
            for _ in range(12):
                for _ in range(rng.choice((1, 1, 2))):
                    self.edit(rng)
                result = self.findings()
                self.expect_as_from_scratch(result)
                seen.update(f["rule"] for f in result["findings"])
                kept += result["run"]["judged"] < 8
        self.assertGreaterEqual(seen, {"HP101", "HP104", "HP105", "HP201", "HP204"})
        self.assertGreater(kept, 12)


if __name__ == "__main__":
    unittest.main()
