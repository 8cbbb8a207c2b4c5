#!/usr/bin/env python3
"""`hplint dis`: what may be named, what is shown, where it comes from."""
import json
import re
import shutil
import subprocess
import unittest

from common import CORPUS, LIST_C, SOURCE, Case

TWO_C = """\
#include <stdlib.h>
static int helper(int a) { return a * 2; }

int first(int n) {
  int total = 0;
  for (int i = 0; i < n; i++)
    total += helper(i);
  return total;
}

/* between */

char *second(int n) {
  char *text = malloc(16);
  for (int i = 0; i < n; i++) {
    char *more = malloc(8);
    text[i] = more[0];
    free(more);
  }
  return text;
}
"""


def columns(text):
    return max(len(line) for line in text.splitlines())


class Naming(Case):
    def setUp(self):
        super().setUp()
        self.write("two.c", TWO_C)

    def titles(self, out):
        return re.findall(r"^Disassembly of (\w+)", out, re.M)

    def test_a_file_shows_all_of_its_functions(self):
        out = self.run_hplint("dis", "two.c", status=0).out
        self.assertEqual(self.titles(out), ["helper", "first", "second"])

    def test_a_function_of_a_file(self):
        self.assertEqual(self.titles(self.run_hplint("dis", "two.c:first", status=0).out), ["first"])

    def test_a_line_shows_its_function_with_the_line_marked(self):
        out = self.run_hplint("dis", "two.c:7", status=0).out
        self.assertEqual(self.titles(out), ["first"])
        marked = [line for line in out.splitlines() if line.startswith("▶")]
        self.assertIn("total += helper(i);", marked[0])
        self.assertTrue(any("CALL" in line for line in marked))
        self.assertFalse(any("RET" in line for line in marked))
        self.assertIn("return total;", out)
        self.assertNotIn("│", self.run_hplint("dis", "--no-source", "two.c:7", status=0).out)

    def test_only_the_rows_of_a_line(self):
        rows = self.run_hplint("dis", "--only", "two.c:7", status=0).out.splitlines()[2:]
        self.assertTrue(rows and all(row.startswith("▶") for row in rows), rows)

    def test_wrong_names_say_what_may_be_meant(self):
        self.fails("dis", "two.c:frst", says="did you mean first")
        self.fails("dis", "two.c:11", says=r"no function; next to it: first \(lines 4 to 9\) and second")
        self.fails("dis", "two.c:99", says=r"next to it: second \(lines 13 to 21\)")
        self.fails("dis", "--only", "two.c:21", says="no instructions; next to it: lines 20")
        self.fails("dis", "tow.c", says="tow.c: no such file")
        self.fails("dis", "tow.c:first", says="tow.c: no such file")
        self.fails("dis", "first", says="no file 'first'")
        self.fails("dis", "two.c", "two.c", says="one file at a time")
        self.fails("dis", says="of what")
        self.fails("dis", "--loops", "--cfg", "two.c", says="one of")
        self.fails("dis", "--color", "blue", "two.c", says="always, never or auto")
        self.write("three.c", TWO_C)
        self.fails("dis", ".", says="a folder of 2 C files: name one file")

    def test_a_line_without_instructions_is_said(self):
        done = self.run_hplint("dis", "two.c:21", status=0)
        self.assertIn("has no instructions", done.err)
        self.assertEqual(self.titles(done.out), ["second"])

    def test_ir_text_is_told_by_its_content(self):
        text = self.run_hplint("dis", "--ir", "two.c", status=0).out
        self.write("saved", "; kept from a bug report\n" + text)
        again = self.run_hplint("dis", "--ir", "saved", status=0).out
        self.assertEqual(again, text)
        listed = self.run_hplint("dis", "saved:second", status=0).out
        self.assertEqual(listed, self.run_hplint("dis", "two.c:second", status=0).out)
        self.write("bad", "unit \"x.c\"\nfunction @f(0) {\n  NONSENSE\n}\n")
        self.fails("dis", "bad", says=r"bad:3")

    def test_help(self):
        usage = self.run_hplint("dis", "--help", status=0).out
        self.assertEqual(usage, self.run_hplint("help", "dis", status=0).out)
        for option in ("--loops", "--cfg", "--diff", "--classes", "--json", "--profile", "--ir"):
            self.assertIn(option, usage)
        self.fails("help", "dsi", says="did you mean dis")


class Stored(Case):
    def setUp(self):
        super().setUp()
        self.write("src/a.c", TWO_C)
        self.write("src/b.c", LIST_C + TWO_C.replace("first", "third").replace("second", "fourth"))
        self.write("src/h.h", "static inline int twice(int a) { return a + a; }\n")
        self.write("src/c.c", '#include "h.h"\nint use(int a) { return twice(a); }\n')
        self.write(".hplint.yaml", "")
        self.run_hplint("--exit-zero", ".", status=0)

    def dis(self, *args):
        return self.run_hplint("dis", "--verbose", *args, status=0)

    def test_what_is_stored_is_not_parsed(self):
        done = self.dis("src/a.c:first")
        self.assertIn("from the store", done.err)
        self.assertIn("Disassembly of first", done.out)

    def test_what_changed_is_parsed_and_stored(self):
        self.write("src/a.c", TWO_C.replace("a * 2", "a * 3"))
        self.assertIn("parsed, and stored", self.dis("src/a.c:first").err)
        done = self.dis("src/a.c:helper")
        self.assertIn("from the store", done.err)
        self.assertIn("a * 3", done.out)

    def test_a_function_by_name(self):
        done = self.dis("fourth")
        self.assertIn("from the store", done.err)
        self.assertIn("Disassembly of fourth (b.c:", done.out)

    def test_several_of_one_name_are_listed(self):
        self.fails("dis", "helper", says=r"2 functions are called helper; say which: hplint dis "
                                         r"src/a\.c:helper \(line 2\), src/b\.c:helper \(line 10\)")

    def test_a_name_that_is_not_there(self):
        self.fails("dis", "fuorth", says="no stored function 'fuorth'; did you mean fourth")

    def test_a_function_of_a_header(self):
        for name in ("twice", "src/h.h", "src/h.h:twice", "src/h.h:1"):
            done = self.dis(name)
            self.assertIn("Disassembly of twice (h.h:1)", done.out)
            self.assertNotIn("Disassembly of use", done.out)

    def test_nothing_is_stored_where_no_store_was(self):
        self.write("other/x.c", "int f(void) { return 1; }\n")
        self.write("other/.hplint.yaml", "")
        done = self.run_hplint("dis", "-v", "x.c", cwd=self.dir / "other", status=0)
        self.assertIn("parsed", done.err)
        self.assertFalse((self.dir / "other" / ".hplint").exists())


class Forms(Case):
    def setUp(self):
        super().setUp()
        self.write("two.c", TWO_C)
        self.write("list.c", LIST_C)

    def test_loops(self):
        out = self.run_hplint("dis", "--loops", "list.c:sum", status=0).out
        self.assertRegex(out, r"└─ line 5  b\d+, 2 blocks, iterations unknown, estimated ")
        self.assertIn("source    for (const struct node *n = head;", out)
        self.assertRegex(out, r"touches +12 bytes an iteration")
        self.assertRegex(out, r"accesses +2 pointer chase")
        out = self.run_hplint("dis", "--loops", "two.c:second", status=0).out
        self.assertIn("iterations bounded by n", out)
        self.assertRegex(out, r"calls +malloc, free")

    def test_graph_is_drawn_by_graphviz(self):
        dot = shutil.which("dot")
        self.assertTrue(dot, "Graphviz is missing: ./dev setup")
        graph = self.run_hplint("dis", "--cfg", "two.c", status=0).out
        self.assertEqual(graph.count("digraph "), 3)
        graph = self.run_hplint("dis", "--cfg", "two.c:first", status=0).out
        done = subprocess.run([dot, "-Tsvg"], input=graph.encode(), capture_output=True, check=True)
        self.assertEqual(done.stderr, b"")
        svg = done.stdout.decode()
        self.assertIn("cluster_loop0", svg)
        blocks = int(re.search(r"(\d+) blocks", svg).group(1))
        self.assertEqual(len(re.findall(r'class="node"', svg)), blocks)
        self.assertEqual(len(re.findall(r'class="edge back"', svg)), 1)

    def test_graph_of_hostile_names(self):
        self.write("x.c", 'int puts(const char *);\nint f(void) { return puts("a\\\\\\"];\\n}"); }\n')
        graph = self.run_hplint("dis", "--cfg", "x.c", status=0).out
        subprocess.run(["dot", "-Tsvg"], input=graph.encode(), capture_output=True, check=True)

    def test_classes(self):
        out = self.run_hplint("dis", "--classes", "list.c:sum", status=0).out
        self.assertEqual(len(re.findall(r"pointer chase +1$", out, re.M)), 2)
        self.assertNotIn("chased", out)

    def test_all(self):
        self.write("long.c", "long f(const int *a, int n) {\n  long t = 0;\n  for (int i = 0; i < n; i++)\n"
                             "    t += a[i];\n  return t;\n}\n")
        few = self.run_hplint("dis", "long.c", status=0).out
        all_rows = self.run_hplint("dis", "--all", "long.c", status=0).out
        self.assertIn(" CONV ", all_rows)
        self.assertRegex(few, r"ADD .*\(long\)%")
        folded = re.search(r"(\d+) instructions \((\d+) folded\)", few)
        self.assertNotIn("folded", all_rows)
        self.assertEqual(len(all_rows.splitlines()) - 2, int(folded.group(1)))
        self.assertEqual(len(few.splitlines()) - 2, int(folded.group(1)) - int(folded.group(2)))

    def test_widths(self):
        for width in (80, 100, 200):
            for option in ((), ("--source",), ("--loops",), ("--classes",)):
                out = self.run_hplint("dis", "--width", width, *option, "two.c", status=0).out
                self.assertLessEqual(columns(out), width)
        self.assertLessEqual(columns(self.run_hplint("dis", "two.c", status=0).out), 100)

    def test_colours(self):
        self.assertNotIn("\033", self.run_hplint("dis", "two.c", status=0).out)
        for form in ((), ("--loops",), ("--source",)):
            out = self.run_hplint("dis", "--color=always", *form, "two.c", status=0).out
            self.assertIn("\033[", out)
            plain = self.run_hplint("dis", *form, "two.c", status=0).out
            self.assertEqual(re.sub(r"\033\[[\d;]*m", "", out), plain)

    def test_json(self):
        out = json.loads(self.run_hplint("dis", "--json", "two.c:second", status=0).out)
        self.assertEqual((out["schema_version"], out["kind"], out["from"]), (1, "listing", "parsed"))
        function, = out["functions"]
        self.assertEqual((function["function"], function["line"]), ("second", 13))
        rows = function["rows"]
        self.assertEqual([row["number"] for row in rows], list(range(function["instructions"])))
        for block in function["blocks"]:
            inside = [row for row in rows if row["block"] == block["block"]]
            self.assertEqual(len(inside), block["count"])
        shown = [row for row in rows if not row["folded"]]
        text = self.run_hplint("dis", "--width", 300, "two.c:second", status=0).out
        self.assertEqual(len(text.splitlines()) - 2, len(shown))
        loop, = function["loops"]
        self.assertEqual(loop["iterations"]["bound"], "n")
        self.assertEqual({call["callee"] for call in loop["calls"]}, {"malloc", "free"})
        self.assertEqual(sum(loop["accesses"].values()),
                         sum(1 for row in rows if row["access"] and row["block"] in loop["blocks"]))


class Profiled(Case):
    def setUp(self):
        super().setUp()
        shutil.copytree(SOURCE / "examples" / "julia", self.dir / "julia",
                        ignore=shutil.ignore_patterns(".hplint"))
        self.dir = self.dir / "julia"
        for profile in ("julia.perf.txt", "julia.gcov.json"):
            self.run_hplint("profile", "import", profile, status=0)

    def test_time_and_hits(self):
        out = self.run_hplint("dis", "--profile", "perf", "julia.c:calculate", status=0).out
        self.assertIn("profile: perf, 432 samples; ", out)
        hot = re.findall(r"(\d+\.\d)% (█+)$", out, re.M)
        self.assertEqual(len(hot), 1)
        shown = json.loads(self.run_hplint("profile", "show", "--id", 1, "--lines", "--filter", "julia.c",
                                           "--format", "json", status=0).out)
        line71 = next(row for row in shown["lines"] if row["line"] == 71)
        self.assertAlmostEqual(float(hot[0][0]), 100 * line71["self"] / shown["profile"]["total"], delta=0.06)
        out = self.run_hplint("dis", "julia.c:sum", status=0).out  # the newest: gcov
        self.assertRegex(out, r"1 000 001 ████████")
        self.assertNotIn("%  ", out.splitlines()[2])

    def test_which_profile(self):
        plain = self.run_hplint("dis", "--no-profile", "julia.c:sum", status=0).out
        self.assertNotIn("profile", plain)
        self.assertEqual(plain, self.run_hplint("dis", "--profile", "none", "julia.c:sum", status=0).out)
        first = self.run_hplint("dis", "--profile", "1", "julia.c:sum", status=0).out
        self.assertIn("perf, 432 samples", first)
        self.assertEqual(first, self.run_hplint("dis", "--profile", "julia.perf.txt", "julia.c:sum", status=0).out)
        self.fails("dis", "--profile", "gprof", "julia.c:sum", says="no profile 'gprof'")

    def test_costs_fit_any_width(self):
        for width in (80, 100, 200):
            out = self.run_hplint("dis", "--width", width, "--profile", "perf", "julia.c", status=0).out
            self.assertLessEqual(columns(out), width)


class Versions(Case):
    def setUp(self):
        super().setUp()
        self.write("a.c", TWO_C)
        fixed = TWO_C.replace("    char *more = malloc(8);\n", "").replace(
            "  for (int i = 0; i < n; i++) {\n", "  char *more = malloc(8);\n  for (int i = 0; i < n; i++) {\n").replace(
            "    free(more);\n  }\n", "  }\n  free(more);\n")
        self.fixed = self.write("b.c", fixed)

    def test_two_files(self):
        out = self.run_hplint("dis", "--diff", "a.c", "b.c", status=0).out
        self.assertIn("1 function changed, 2 the same", out)
        self.assertRegex(out, r"allocations in loops +1 +0 +-1")
        self.assertRegex(out, r"calls in loops +2 +0 +-2")
        self.assertLessEqual(columns(out), 100)

    def test_what_did_not_change_is_quiet(self):
        out = self.run_hplint("dis", "--diff", "a.c", "b.c:first", status=0).out
        self.assertNotRegex(out, r" [<>~] ")
        self.assertIn("rows the same", out)

    def test_unified(self):
        for width in (80, 100, 200):
            out = self.run_hplint("dis", "--diff", "-u", "--width", width, "a.c:second", "b.c", status=0).out
            self.assertRegex(out, r"(?m)^--- a.c:second")
            self.assertRegex(out, r"(?m)^\+\+\+ b.c: second")
            self.assertRegex(out, r"(?m)^- .*CALL")
            self.assertRegex(out, r"(?m)^\+ .*CALL")
            self.assertLessEqual(columns(out), width)

    def test_json(self):
        out = json.loads(self.run_hplint("dis", "--diff", "--json", "a.c", "b.c", status=0).out)
        self.assertEqual(out["kind"], "diff")
        change, = out["functions"]
        self.assertEqual(change["counts"]["allocations in loops"], {"before": 1, "after": 0})
        for side in ("before", "after"):
            shown = [row["number"] for row in change[side]["rows"] if not row["folded"]]
            self.assertEqual([row[side] for row in change["rows"] if row[side] is not None], shown)

    def test_a_revision_of_git(self):
        def git(*args):
            subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@example.org", *args], cwd=self.dir,
                           env=self.env, check=True, capture_output=True)
        git("init", "-q")
        git("add", "a.c")
        git("commit", "-qm", "first")
        (self.dir / "a.c").write_text(self.fixed.read_text())
        out = self.run_hplint("dis", "--diff", "HEAD:a.c", "a.c", status=0).out
        self.assertIn("1 function changed, 2 the same", out)
        self.assertRegex(out, r"allocations in loops +1 +0 +-1")
        old = self.run_hplint("dis", "--source", "HEAD:a.c:second", status=0).out
        self.assertIn("    char *more = malloc(8);", old)
        self.fails("dis", "HEAD~7:a.c", says="no such file, and no revision")
        self.fails("dis", "HEAD:a.c:scond", says="did you mean second")

    def test_wrong_use(self):
        self.fails("dis", "--diff", "a.c", says="wants two")
        self.fails("dis", "--diff", "a.c", "nosuch.c", says="nosuch.c: no such file")
        self.fails("dis", "--unified", "a.c", says="--diff")
        self.fails("dis", "--diff", "a.c:secnd", "b.c", says="did you mean second")


@unittest.skipUnless((CORPUS / "redis" / "compile_commands.json").exists(), "./dev corpus redis")
class Redis(Case):
    """Real code: zslInsert walks a skip list level by level."""

    def test_insert(self):
        folder = CORPUS / "redis"
        out = self.run_hplint("dis", "--width", 120, "src/t_zset.c:zslInsert", cwd=folder, status=0).out
        self.assertRegex(out, r"Disassembly of zslInsert \(t_zset\.c:\d+\): \d+ instructions")
        self.assertRegex(out, r"LOAD .*\(x->level\[i\]\.forward, chased")
        self.assertRegex(out, r"STORE .*\(rank\[i\] = ")
        loops = self.run_hplint("dis", "--loops", "src/t_zset.c:zslInsert", cwd=folder, status=0).out
        self.assertRegex(loops, r"iterations bounded by zsl->level - 1")
        self.assertRegex(loops, r"calls +sdscmp")
        graph = self.run_hplint("dis", "--cfg", "src/t_zset.c:zslInsert", cwd=folder, status=0).out
        svg = subprocess.run(["dot", "-Tsvg"], input=graph.encode(), capture_output=True, check=True).stdout.decode()
        self.assertEqual(len(re.findall(r'class="node"', svg)), int(re.search(r"(\d+) blocks", out).group(1)))


if __name__ == "__main__":
    unittest.main()
