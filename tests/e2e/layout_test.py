#!/usr/bin/env python3
"""`hplint layout`: what may be named, what is shown, what it advises, where it comes from."""
import json
import re
import unittest

from common import SOURCE, Case

SHAPES = """\
#include <stdlib.h>
struct point { int x, y; };
struct holes { char a; double b; char c; struct point p; int *q; char d; };
struct bits { unsigned a : 3; unsigned : 5; unsigned b : 10; char c; unsigned d : 7; };
union number { int i; double d; char text[10]; };
struct __attribute__((packed)) wire { char kind; int length; unsigned low : 3, high : 9; };
struct aligned { char a; _Alignas(32) char b; };
struct text { int length; char data[]; };
struct nested {
  int kind;
  union {
    struct { short x, y; };
    long z;
  };
  struct { char c; } named;
  struct point corners[2];
  int (*compare)(const void *, const void *);
  const char *names[3];
};
typedef struct { char used; long value; } slot_t, *slot_ref;
struct holes one = {1, 2.0, 3, {4, 5}, 0, 6};
struct particle {
  double mass;
  char name[40];
  int cell;
  double position[3];
  struct particle *next;
  int alive;
};
struct wide { int key; char rest[60]; };

struct particle *make(int n) {
  struct particle *all = calloc(n, sizeof *all);
  for (int i = 0; i < n; i++)
    all[i].cell = i;
  return all;
}

double alive(const struct particle *first) {
  double sum = 0;
  for (const struct particle *p = first; p; p = p->next)
    if (p->alive)
      sum += p->mass;
  return sum;
}

long total(const slot_t *slots, int n) {
  long sum = 0;
  for (int i = 0; i < n; i++)
    if (slots[i].used)
      sum += slots[i].value;
  return sum;
}

struct wide *wides(int n) { return malloc(n * sizeof(struct wide)); }
long keys(const struct wide *w, int n) {
  long sum = 0;
  for (int i = 0; i < n; i++)
    sum += w[i].key;
  return sum;
}
slot_t *first_used(slot_ref slots) { return slots->used ? slots : NULL; }
"""

LINES = SHAPES.splitlines()
CALLGRIND = f"""\
# callgrind format
version: 1
creator: test
events: Ir

fl=shapes.c
fn=alive
{LINES.index("    if (p->alive)") + 1} 500
{LINES.index("      sum += p->mass;") + 1} 300
fn=total
{LINES.index("    if (slots[i].used)") + 1} 200
"""


class Shapes(Case):
    def setUp(self):
        super().setUp()
        self.write("shapes.c", SHAPES)

    def layout(self, *args, status=0):
        return self.run_hplint("layout", *args, status=status).out

    def rows(self, name, *args):
        """The part of the text between the titles and the blank line behind the fields."""
        return self.layout(name, *args).split("size", 1)[1].split("\n", 1)[1].split("\n\n")[0]

    def record(self, name, *args):
        return json.loads(self.layout("--json", *args, name))["record"]


class Rows(Shapes):
    def test_holes_and_the_end(self):
        self.assertEqual(self.layout("holes"), """\
struct holes (shapes.c:3): 48 bytes, aligned to 8, 1 cache line
3 holes of 14 bytes in all, 7 bytes free at the end; objects: few
 offset    size
      0       1    char a;
      1       7    /* hole */
      8       8    double b;
     16       1    char c;
     17       3    /* hole */
     20       8    struct point p;
     28       4    /* hole */
     32       8    int *q;
     40       1    char d;
     41       7    /* free at the end */

advice   keep the order of the fields:
fixed    it is initialised by position, as in { 1, "a" } (shapes.c)
         otherwise its fields would fit in 32 bytes
""")

    def test_bit_fields(self):
        self.assertEqual(self.layout("bits").split("\n\n")[0], """\
struct bits (shapes.c:4): 8 bytes, aligned to 4, 1 cache line
1 bit hole of 6 bits, 3 bytes free at the end, 1 bit free at the end; objects: few
 offset    size
      0  3 bits    unsigned int a:3;
    0:3  5 bits    unsigned int :5;
      1 10 bits    unsigned int b:10;
    2:2  6 bits    /* hole */
      3       1    char c;
      4  7 bits    unsigned int d:7;
    4:7   1 bit    /* free at the end */
      5       3    /* free at the end */""")

    def test_a_union(self):
        self.assertEqual(self.rows("union number"), """\
      0       4    int i;
      0       8    double d;
      0      10    char text[10];
     10       6    /* free at the end */""")
        self.assertIn("none: it is a union", self.layout("number"))

    def test_packed_aligned_and_flexible_records(self):
        self.assertEqual(self.rows("wire"), """\
      0       1    char kind;
      1       4    int length;
      5  3 bits    unsigned int low:3;
    5:3  9 bits    unsigned int high:9;
    6:4  4 bits    /* free at the end */""")
        self.assertIn("it is packed", self.layout("wire"))
        self.assertIn("     32       1    char b;\n     33      31    /* free at the end */", self.rows("aligned"))
        self.assertIn("aligned by an attribute", self.layout("aligned"))
        self.assertEqual(self.rows("text"), "      0       4    int length;\n      4       0    char data[];")
        self.assertIn("ends in a flexible array", self.layout("text"))

    def test_records_inside(self):
        plain = """\
      0       4    int kind;
      4       4    /* hole */
      8       8    union {
      8       4      struct {
      8       2        short x;
     10       2        short y;
                      };
      8       8      long z;
                    };
     16       1    struct {
     16       1      char c;
                    } named;
     17       3    /* hole */
     20      16    struct point corners[2];
     36       4    /* hole */
     40       8    int (*compare)(const void *, const void *);
     48      24    const char *names[3];"""
        self.assertEqual(self.rows("nested"), plain)
        self.assertEqual(self.rows("nested", "--expand"), plain.replace("struct point corners[2];", """\
struct point {
     20       4      int x;
     24       4      int y;
                    } corners[2];"""))

    def test_cache_lines_begin_between_and_inside_of_fields(self):
        self.assertIn("""\
     56      24    double position[3];
                    /* -- cache line 1 began 16 bytes before -- */
     80       8    struct particle *next;""", re.sub(r"   +\d+ +\d+$", "", self.rows("particle"), flags=re.M))

    def test_fields_holes_and_the_end_are_the_size(self):
        for name in ("holes", "bits", "wire", "aligned", "nested", "slot_t", "particle"):
            record = self.record(name)
            bits = sum(row["bits"] for row in record["rows"]
                       if row["depth"] == 0 and row["kind"] in ("field", "open", "hole", "tail"))
            self.assertEqual(bits, record["size"] * 8, name)

    def test_no_line_is_wider_than_asked_for(self):
        for name in ("particle", "nested", "holes"):
            for width in (80, 100):
                out = self.layout("--width", width, name)
                self.assertLessEqual(max(map(len, out.splitlines())), width, out)
        out = self.layout("--width", 90, "--all")
        self.assertLessEqual(max(map(len, out.splitlines())), 90, out)

    def test_colours_when_asked_for(self):
        self.assertIn("\033[31m/* hole */\033[0m", self.layout("--color", "always", "holes"))
        self.assertNotIn("\033", self.layout("holes"))


class Uses(Shapes):
    def uses(self, record):
        return {row["name"]: tuple(row["uses"][k] for k in ("loops", "reads", "writes", "others"))
                for row in record["rows"] if "uses" in row}

    def test_reads_and_writes_in_loops(self):
        record = self.record("particle")
        self.assertEqual(self.uses(record), {
            "mass": (1, 1, 0, 0), "name": (0, 0, 0, 0), "cell": (1, 0, 1, 0), "position": (0, 0, 0, 0),
            "next": (1, 1, 0, 0), "alive": (1, 1, 0, 0)})
        self.assertEqual(self.uses(self.record("slot_t")), {"used": (1, 1, 0, 1), "value": (1, 1, 0, 0)})

    def test_a_profile_gives_its_shares(self):
        self.write("callgrind.out", CALLGRIND)
        self.run_hplint("--exit-zero", status=0)
        self.run_hplint("profile", "import", "callgrind.out", status=0)
        shares = {row["name"]: row["uses"]["share"] for row in self.record("particle")["rows"] if "uses" in row}
        self.assertEqual(shares["alive"], 0.5)
        self.assertEqual(shares["mass"], 0.3)
        self.assertEqual(shares["name"], 0)
        out = self.layout("particle")
        self.assertIn("80.0% of the instructions in lines that use it", out)
        self.assertRegex(out, r"int alive; .* 50\.0% █+")
        self.assertNotIn("%", self.layout("--no-profile", "slot_t"))
        self.assertIsNone(self.record("particle", "--profile", "none")["whole"]["share"])
        self.fails("layout", "--profile", "7", "particle", says="7")


class Advice(Shapes):
    def test_a_smaller_order_with_what_loops_use_together(self):
        advice = self.record("particle")["advice"]
        self.assertEqual((advice["kind"], advice["rule"], advice["size"]), ("smaller", "HP104", 88))
        self.assertEqual(advice["order"], ["mass", "position", "next", "cell", "alive", "name"])
        loops = {l["function"]: (l["lines"], l["lines_then"]) for l in self.record("particle")["loops"]}
        self.assertEqual(loops, {"make": (1, 1), "alive": (2, 1)})

    def test_the_advised_order_is_as_small_as_it_says(self):
        text = SHAPES
        fields = {"mass": "double mass;", "position": "double position[3];", "next": "struct particle *next;",
                  "cell": "int cell;", "alive": "int alive;", "name": "char name[40];"}
        advice = self.record("particle")["advice"]
        body = "".join(f"  {fields[name]}\n" for name in advice["order"])
        text = re.sub(r"(struct particle \{\n).*?(\};)", lambda m: m[1] + body + m[2], text, flags=re.S)
        self.write("shapes.c", text)
        record = self.record("particle")
        self.assertEqual(record["size"], advice["size"])
        self.assertEqual(record["advice"]["kind"], "none")
        self.assertEqual({l["function"]: l["lines"] for l in record["loops"]}, {"make": 1, "alive": 1})

    def test_it_says_what_the_rules_say(self):
        found = {(f["rule"], f["record"]): f for f in self.findings("--all")["findings"]}
        smaller = found["HP104", "struct particle"]
        self.assertIn(", ".join(self.record("particle")["advice"]["order"]), smaller["help"])
        split = self.record("wide")["advice"]
        self.assertEqual((split["kind"], split["rule"]), ("split", "HP105"))
        self.assertEqual(split["split"]["help"], found["HP105", "struct wide"]["help"])
        for name in ("holes", "wire", "aligned", "text", "number"):
            self.assertFalse([key for key in found if key[0] == "HP104" and key[1].endswith(name)], name)
            self.assertEqual(self.record(name)["advice"]["kind"], "fixed")

    def test_fields_that_could_be_narrower(self):
        self.write("narrow.c", "#include <stdlib.h>\nstruct dot { double x; int kind, on; };\n"
                   "struct dot *dots(int n) {\n  struct dot *d = calloc(n, sizeof *d);\n"
                   "  for (int i = 0; d && i < n; i++) {\n    d[i].x = i;\n    d[i].kind = 2;\n"
                   "    d[i].on = i > 3;\n  }\n  return d;\n}\n"
                   "struct pin { long level; int kind; };\n"
                   "struct pin *pins(int n) {\n  struct pin *d = calloc(n, sizeof *d);\n"
                   "  for (int i = 0; d && i < n; i++) {\n    d[i].level = i % 10;\n    d[i].kind = 1;\n  }\n"
                   "  return d;\n}\n")
        self.assertIsNone(self.record("dot")["advice"]["narrow"])  # a double aligns it to 8 bytes
        self.assertEqual(self.record("pin")["advice"]["narrow"], {
            "size": 2, "order": ["level", "kind"], "fields": "level as uint8_t, kind as uint8_t"})
        found = {f["record"]: f for f in self.findings("--all")["findings"] if f["rule"] == "HP107"}
        self.assertIn("it could take 2", found["struct pin"]["message"])
        self.assertNotIn("struct dot", found)
        self.assertIn("2 bytes, in the order level, kind", self.layout("pin"))

    def test_a_cast_to_another_record_says_where(self):
        self.write("cast.c", "struct base { char k; long v; char e; };\nstruct derived { char k; long v; char e, f; };\n"
                             "long get(struct derived *d) {\n  return ((struct base *)d)->v;\n}\n")
        self.assertIn("(struct derived, cast.c:4)", self.layout("cast.c:base").replace("\n         ", " "))


class Naming(Shapes):
    def title(self, *args):
        return self.layout(*args).split(":")[0]

    def test_tags_typedefs_and_places(self):
        for words in (["point"], ["struct point"], ["struct", "point"], ["shapes.c:point"], ["shapes.c:struct point"],
                      ["shapes.c:2"], ["point", "shapes.c"]):
            self.assertEqual(self.title(*words), "struct point (shapes.c", words)
        self.assertEqual(self.title("slot_t"), "slot_t (shapes.c")
        self.assertEqual(self.title("slot_ref"), "slot_t (shapes.c")
        self.assertEqual(self.title("struct slot_t"), "slot_t (shapes.c")

    def test_two_of_a_name_are_told_apart_by_file(self):
        self.write("other.c", "struct point { double x; };\nstruct point origin;\n")
        self.fails("layout", "point", says=r"2 records are called point; say which: .*'other.c:struct point' \(line 1\)")
        self.assertIn("8 bytes", self.layout("other.c:point"))
        self.assertIn("int y", self.layout("shapes.c:point"))

    def test_the_projects_own_record_comes_before_a_vendored_one(self):
        self.write("deps/lib.c", "struct point { double x; };\nstruct point far_away;\n")
        out = self.layout("point")
        self.assertIn("int y", out)
        self.assertIn("another of this name: 'deps/lib.c:struct point'", out)

    def test_wrong_words_say_what_may_be_meant(self):
        self.fails("layout", "pointt", says="no record 'pointt'; did you mean point?")
        self.fails("layout", "slott", says="did you mean slot_t?")
        self.write("empty.c", "int nothing;\n")
        self.fails("layout", "empty.c:point", says="no record 'point' in empty.c; did you mean 'shapes.c:struct point'")
        self.fails("layout", "shapes.c:1", says="shapes.c:1 is in no record")
        self.fails("layout", says="of what")
        self.fails("layout", "point", "missing.c", says="missing.c")
        self.fails("layout", "--limit", "3", "point", says="--limit goes with --all")
        self.fails("layout", "--all", "--expand", says="--expand is for one record")
        self.fails("layout", "--color", "blue", "point", says="always, never or auto")
        self.fails("layout", "--expnd", "point", says="did you mean --expand")

    def test_a_record_that_is_only_declared(self):
        self.write("opaque.c", "struct hidden;\nint use(struct hidden *h) { return h != 0; }\n")
        out = self.layout("hidden")
        self.assertIn("struct hidden", out)
        self.assertIn("only declared", out)


class All(Shapes):
    def test_the_dearest_first_with_what_makes_them_dear(self):
        ranks = json.loads(self.layout("--all", "--json"))["records"]
        self.assertEqual(ranks[0]["record"]["record"], "struct particle")
        for rank in ranks:
            self.assertEqual(rank["cost"], rank["record"]["size"] * rank["objects"] * rank["loops_weight"])
        self.assertEqual([r["cost"] for r in ranks], sorted((r["cost"] for r in ranks), reverse=True))
        out = self.layout("--all", "--limit", "2")
        self.assertRegex(out, r"(?m)^struct particle +96 +8 +1000 +2 +192000  HP104: 88 bytes$")
        self.assertIn("2 of 11 records; --limit N shows more", " ".join(out.split()))


class Stored(Shapes):
    def test_an_unchanged_tree_is_not_parsed_again(self):
        done = self.run_hplint("layout", "-v", "point", status=0)
        self.assertIn("1 units: 0 from the store, 1 parsed", done.err)
        again = self.run_hplint("layout", "-v", "point", status=0)
        self.assertIn("1 units: 1 from the store, 0 parsed", again.err)
        self.assertEqual(again.out, done.out)
        self.write("shapes.c", SHAPES.replace("int x, y;", "int x, y, z;"))
        changed = self.run_hplint("layout", "-v", "point", status=0)
        self.assertIn("0 from the store, 1 parsed", changed.err)
        self.assertIn("12 bytes", changed.out)

    def test_what_lint_stored_serves(self):
        self.run_hplint("--exit-zero", status=0)
        self.assertIn("0 parsed", self.run_hplint("layout", "-v", "point", status=0).err)


class Readme(Case):
    def test_its_example_is_what_is_printed(self):
        part = re.search(r"<!-- layout -->(.*?)<!-- /layout -->", (SOURCE / "README.md").read_text(), re.S).group(1)
        source, shown = re.findall(r"```c?\n(.*?)```", part, re.S)
        self.write("particles.c", source)
        command, wanted = shown.split("\n", 1)
        self.assertTrue(command.startswith("$ hplint "), command)
        self.assertEqual(self.run_hplint(*command.split()[2:], status=0).out, wanted)


if __name__ == "__main__":
    unittest.main()
