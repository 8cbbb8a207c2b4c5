#!/usr/bin/env python3
"""Profiles end to end: recorded with the real tools, imported, shown, and used to rank."""
import json
import re
import shutil
import subprocess
import unittest

from common import SOURCE, Case

JULIA = SOURCE / "examples" / "julia"

# Two lists: `cold` comes first in the file and without a profile ranks like `hot`, which takes the time.
TWO_LISTS_C = """\
#include <stdio.h>
#include <stdlib.h>
struct node { long value; char pad[48]; struct node *next; };
static long cold(const struct node *n) {
  long t = 0;
  for (; n; n = n->next)
    t += n->value;
  return t;
}
static long hot(const struct node *n) {
  long t = 0;
  for (; n; n = n->next)
    t ^= n->value;
  return t;
}
int main(int argc, char **argv) {
  struct node *head = NULL;
  (void)argv;
  for (int i = 0; i < 200000; i++) {
    struct node *n = malloc(sizeof *n);
    n->value = i + argc;
    n->next = head;
    head = n;
  }
  long t = cold(head);
  for (int i = 0; i < 300; i++)
    t += hot(head);
  printf("%ld\\n", t);
  return 0;
}
"""


class Record(Case):
    def build(self, name, text=None, *flags):
        if text:
            self.write(name + ".c", text)
        else:
            shutil.copy(JULIA / (name + ".c"), self.dir)
        subprocess.run(["gcc", "-O2", "-g", *flags, name + ".c", "-o", name, "-lm"], cwd=self.dir,
                       check=True)

    def test_record_ranks_by_time(self):
        self.build("two", TWO_LISTS_C)
        before = [f["function"] for f in self.findings("two.c")["findings"] if f["rule"] == "HP101"]
        self.assertEqual(sorted(before), ["cold", "hot"])
        done = self.run_hplint("record", "--", "./two")
        self.assertEqual(done.returncode, 0, done.err)
        self.assertRegex(done.out + done.err, r"[\d,]+ samples")
        result = self.findings("two.c")
        first = next(f for f in result["findings"] if f["rule"] == "HP101")
        self.assertEqual(first["function"], "hot")
        self.assertEqual(first["rank"]["position"], 1)
        self.assertEqual(first["rank"]["basis"], "profile")
        profile = first["evidence"]["profile"]
        self.assertGreater(profile["share"], 0.5)
        self.assertGreater(profile["bound"], profile["estimate"])
        self.assertGreaterEqual(profile["estimate"], 1)
        self.assertAlmostEqual(profile["bound"], 1 / (1 - profile["share"]), places=2)
        cold = next(f for f in result["findings"] if f["function"] == "cold")
        self.assertLess(cold["evidence"]["profile"]["share"], profile["share"])
        table = self.run_hplint("profile", "show", status=0).out
        self.assertRegex(table, r"(?m)^.*\bhot\b.*two\.c:\d+")
        lines = self.run_hplint("profile", "show", "--lines", "--filter", "hot", status=0).out
        self.assertIn("n = n->next", lines)
        none = self.findings("--profile", "none", "two.c")
        self.assertEqual({f["rank"]["basis"] for f in none["findings"]}, {"static"})

    def test_time_without_a_finding_is_named(self):
        self.build("two", TWO_LISTS_C.replace("int main(", """\
static unsigned long spin(unsigned long n) {
  unsigned long t = n;
  for (unsigned long i = 0; i < n; i++)
    t = (t ^ (t >> 29)) * 2654435761u + i;
  return t;
}
int main(""").replace("long t = cold(head);", "long t = cold(head) + (long)spin(200000000ul + (unsigned)argc);"))
        result = self.findings("two.c")
        self.assertIsNone(result["run"]["hot"])
        self.run_hplint("record", "--", "./two", status=0)
        result = self.findings("two.c")
        hot = result["run"]["hot"]
        self.assertGreater(hot["share"], 0.5)
        self.assertAlmostEqual(hot["share"], sum(f["share"] for f in hot["functions"]), places=6)
        by_name = {f["function"]: f for f in hot["functions"]}
        self.assertEqual(by_name["spin"]["findings"], [])
        self.assertEqual(by_name["spin"]["file"], "two.c")
        walk = next(f for f in result["findings"] if f["rule"] == "HP101" and f["function"] == "hot")
        self.assertEqual(by_name["hot"]["findings"], [walk["fingerprint"]])
        shares = [f["share"] for f in hot["functions"]]
        self.assertEqual(shares, sorted(shares, reverse=True))
        text = self.run_hplint("two.c").out
        self.assertRegex(text, r"(?m)^\d+% of the profile is in this project's functions: \d+% in those of findings "
                               r"shown, \d+% where no finding is shown \(.*\bspin \d+\.\d%")
        self.assertNotIn("of the profile is in this project's functions", self.run_hplint("--profile", "none", "two.c").out)

    def test_exit_status_is_passed_on(self):
        self.write("x.c", "int main(void) { return 7; }\n")
        self.build("x", "int main(void) { return 7; }\n")
        self.assertEqual(self.run_hplint("record", "--", "./x").returncode, 7)
        self.fails("record", "--", "./nosuch", says="nosuch")
        self.fails("record", says="(?i)command")

    def test_callgrind_counts_are_exact(self):
        self.build("two", TWO_LISTS_C.replace("i < 300", "i < 3"))
        subprocess.run(["valgrind", "-q", "--tool=callgrind", "--callgrind-out-file=cg.out", "--dump-instr=yes",
                        "./two"], cwd=self.dir, check=True, capture_output=True)
        self.run_hplint("profile", "import", "cg.out", status=0)
        shown = json.loads(self.run_hplint("profile", "show", "--format", "json", status=0).out)
        self.assertIn("main", json.dumps(shown))

    def test_gcov_of_the_example_is_exact(self):
        self.build("julia", None, "-O1", "--coverage", "-fno-inline")
        out = subprocess.run(["./julia"], cwd=self.dir, check=True, capture_output=True, text=True).stdout
        self.assertIn("33219980", out)
        self.run_hplint("profile", "import", "julia.gcda" if (self.dir / "julia.gcda").exists() else
                        "julia-julia.gcda", status=0)
        rows = self.run_hplint("db", "SELECT line, hits FROM profile_line ORDER BY hits DESC LIMIT 2",
                               status=0).out
        hits = [float(row.split("\t")[1]) for row in rows.splitlines()[1:]]
        self.assertEqual(hits, [34219980.0, 33219980.0])


class Example(Case):
    def setUp(self):
        super().setUp()
        for path in JULIA.iterdir():
            if path.is_file():
                shutil.copy(path, self.dir)

    def test_recorded_gcov_data(self):
        self.run_hplint("profile", "import", "julia.gcov.json", status=0)
        out = self.run_hplint("profile", "show", "--lines", "--filter", "calculate", status=0).out
        source = (self.dir / "julia.c").read_text().splitlines()
        line = 1 + next(i for i, s in enumerate(source) if "while (sqrt" in s)
        self.assertRegex(out, rf"(?m)\b{line}\b.*34,?219,?980")
        self.assertEqual(len(re.findall(r"(?m)^ *\d+ +33,?219,?980", out)), 4)

    def test_report_names_what_is_wrong(self):
        self.run_hplint("profile", "import", "julia.perf.txt", status=0)
        result = self.findings("julia.c", "--", "-O2")
        found = {(f["rule"], f["function"]): f for f in result["findings"]}
        first = result["findings"][0]
        self.assertEqual((first["rule"], first["function"]), ("HP204", "make_points"))
        boxes = found["HP204", "calculate"]
        shares = [f["evidence"]["profile"]["share"] for f in (first, boxes)]
        self.assertAlmostEqual(sum(shares), 0.47, delta=0.02)  # malloc's, by the recorded stacks
        self.assertAlmostEqual(first["evidence"]["profile"]["bound"], 1 / (1 - shares[0]), places=2)
        self.assertIn(("HP102", "calculate"), found)
        self.assertIn(("HP101", "sum"), found)
        for finding in found.values():
            self.assertEqual(finding["rank"]["basis"], "profile")
        self.assertEqual(self.findings("julia_fixed.c", "--", "-O2")["findings"], [])

    def test_both_versions_agree(self):
        for name in ("julia", "julia_fixed"):
            subprocess.run(["gcc", "-O2", name + ".c", "-o", name, "-lm"], cwd=self.dir, check=True)
            out = subprocess.run(["./" + name], cwd=self.dir, check=True, capture_output=True, text=True)
            self.assertIn("sum(output) = 33219980", out.stdout)


if __name__ == "__main__":
    unittest.main()
