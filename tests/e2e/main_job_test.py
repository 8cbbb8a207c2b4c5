#!/usr/bin/env python3
"""The default command: options, exit status, formats, suppression, the same result for any number of jobs."""
import json
import re
import unittest

from common import LIST_C, SOURCE, Case

ALLOC_C = """\
#include <stdlib.h>
#include <string.h>
void use(char *);
void each(int n, const int *sizes) {
  for (int i = 0; i < n; i++) {
    char *b = malloc(sizes[i]);
    use(b);
    free(b);
  }
}
"""


class MainJob(Case):
    def test_finding_has_place_excerpt_and_help(self):
        self.write("list.c", LIST_C)
        out = self.run_hplint("list.c").out
        self.assertRegex(out, r"(?m)^list\.c:5:3: (high|medium|low): .*\[HP101 linked-traversal\]$")
        self.assertIn("for (const struct node *n = head; n; n = n->next)", out)
        self.assertRegex(out, r"(?m)^ +\| +\^")
        self.assertRegex(out, r"(?m)^ +help: ")
        self.assertRegex(out, "static estimate.*hplint record")

    def test_json_has_the_contract(self):
        self.write("list.c", LIST_C)
        result = self.findings("list.c")
        self.assertEqual(result["schema_version"], 1)
        self.assertEqual(result["tool"]["name"], "hplint")
        self.assertEqual(result["run"]["units"]["total"], 1)
        self.assertEqual(result["run"]["units"]["failed"], 0)
        found = next(f for f in result["findings"] if f["rule"] == "HP101")
        self.assertEqual((found["file"], found["line"], found["function"]), ("list.c", 5, "sum"))
        self.assertEqual(found["loop"], {"line": 5, "depth": 1})
        self.assertRegex(found["fingerprint"], "^[0-9a-f]{16}$")
        self.assertEqual(found["rank"]["basis"], "static")
        self.assertIsNone(found["evidence"]["profile"])
        self.assertEqual(found["evidence"]["compiler"]["status"], "unchecked")
        for key in ("name", "column", "end_line", "end_column", "severity", "confidence", "listed",
                    "group", "cost_sites", "message", "help", "facts", "related", "suppressed"):
            self.assertIn(key, found)
        self.assertTrue(found["cost_sites"])
        self.assertTrue(all("value" in fact for fact in found["facts"].values()))

    def test_exit_status(self):
        self.write("alloc.c", ALLOC_C)
        self.write("clean.c", "int add(int a, int b) { return a + b; }\n")
        result = self.findings("alloc.c")
        self.assertEqual([f["rule"] for f in result["findings"]], ["HP201"])
        self.assertEqual(result["findings"][0]["severity"], "high")
        self.run_hplint("alloc.c", status=1)
        self.run_hplint("alloc.c", "--exit-zero", status=0)
        self.run_hplint("alloc.c", "--ignore", "HP201", status=0)
        self.run_hplint("alloc.c", "--ignore", "alloc-in-loop", status=0)
        self.run_hplint("alloc.c", "--select", "HP1", status=0)
        self.run_hplint("alloc.c", "--select", "HP2", status=1)
        self.run_hplint("clean.c", status=0)

    def test_suppression_in_the_source(self):
        self.write("a.c", ALLOC_C.replace("malloc(sizes[i]);",
                                          "malloc(sizes[i]); // hplint: ignore[HP201] sizes vary"))
        self.run_hplint("a.c", status=0)
        found = self.findings("a.c")["findings"]
        self.assertEqual([f["suppressed"] for f in found], ["sizes vary"])
        self.write("b.c", "/* hplint: ignore-file[alloc-in-loop] test bench */\n" + ALLOC_C)
        self.run_hplint("b.c", status=0)
        self.write("c.c", ALLOC_C.replace("free(b);", "free(b); // hplint: ignore[HP101]"))
        self.run_hplint("c.c", status=1)

    def test_flags_after_the_dashes(self):
        self.write("inc/depth.h", "#define DEPTH 5\n")
        self.write("a.c", '#include <depth.h>\n#ifndef EXTRA\n#error no\n#endif\n' + LIST_C)
        result = self.findings("a.c", "--", "-I", "inc", "-DEXTRA=1")
        self.assertEqual(result["run"]["failures"], [])

    def test_same_result_for_any_number_of_jobs_and_twice(self):
        for i in range(6):
            self.write(f"u{i}.c", LIST_C.replace("sum", f"sum{i}") + ALLOC_C.replace("each", f"each{i}"))
        runs = []
        for jobs in (1, 2, 5, 2):
            result = self.findings(".", "-j", jobs)
            runs.append(json.dumps(result["findings"]))
        self.assertEqual(len(json.loads(runs[0])), 12)
        self.assertEqual(runs.count(runs[0]), 4)

    def test_warm_run_analyses_nothing(self):
        self.write("a.c", LIST_C)
        first = self.run_hplint("a.c").out
        second = self.run_hplint("a.c").out
        self.assertIn("(1 unchanged)", second)
        strip = lambda text: re.sub(r"\n.*analysed.*", "", text)
        self.assertEqual(strip(first), strip(second))
        self.write("a.c", LIST_C.replace("52", "20"))
        self.assertNotIn("unchanged", self.run_hplint("a.c").out)

    def test_no_store_leaves_nothing(self):
        self.write("a.c", LIST_C)
        self.run_hplint("--no-store", "a.c")
        self.assertEqual(sorted(p.name for p in self.dir.iterdir()), ["a.c"])

    def test_store_ignores_itself_and_db_shows_it(self):
        self.write("a.c", LIST_C)
        self.run_hplint("a.c")
        self.assertEqual((self.dir / ".hplint" / ".gitignore").read_text().strip(), "*")
        overview = self.run_hplint("db", status=0).out
        self.assertRegex(overview, "finding")
        rows = self.run_hplint("db", "SELECT rule, line FROM finding ORDER BY rule", status=0).out
        self.assertIn("HP101\t5", rows)

    def test_fingerprint_survives_moved_lines_and_folders(self):
        self.write("a/list.c", LIST_C)
        one = self.findings("a")["findings"][0]["fingerprint"]
        self.write("b/list.c", "\n\n/* moved */\n" + LIST_C)
        (self.dir / "a" / "list.c").unlink()
        self.assertEqual(self.findings("b")["findings"][0]["fingerprint"], one)

    def test_limit_and_all(self):
        text = "".join(LIST_C.replace("sum", f"sum{i}").replace("#include <stddef.h>\n", "")
                       .replace("struct node", f"struct node{i}") for i in range(25))
        self.write("many.c", text)
        out = self.run_hplint("many.c").out
        self.assertEqual(out.count("[HP101 "), 20)
        self.assertRegex(out, r"5 more findings not shown \(HP101 linked-traversal 5\)")
        self.assertEqual(self.run_hplint("many.c", "--limit", 3).out.count("[HP101 "), 3)
        self.assertEqual(self.run_hplint("many.c", "--all").out.count("[HP101 "), 25)

    def test_no_colour_and_no_progress_in_a_pipe(self):
        self.write("a.c", LIST_C)
        done = self.run_hplint("a.c")
        self.assertNotIn("\033", done.out + done.err)
        self.assertEqual(done.err, "")
        self.env.pop("NO_COLOR")
        self.assertIn("\033[", self.run_hplint("a.c", "--color", "always").out)

    def test_explain(self):
        page = self.run_hplint("--explain", "hp201", status=0).out
        self.assertIn("alloc-in-loop", page)
        self.assertEqual(page, self.run_hplint("explain", "alloc-in-loop", status=0).out)
        everything = self.run_hplint("explain", status=0).out
        for folder in sorted((SOURCE / "rules").glob("HP*")):
            self.assertIn(folder.name, everything)

    def test_dis_reads_like_dis(self):
        self.write("list.c", LIST_C)
        out = self.run_hplint("dis", "list.c:sum", status=0).out
        self.assertRegex(out, r"Disassembly of sum \(.*list\.c:3\): \d+ instructions, 4 blocks, 1 loop")
        self.assertRegex(out, r">> b\d+ +\d+ +PHI")
        self.assertRegex(out, r"LOAD .*n->next.*chased")
        self.assertRegex(out, r"LOAD .*n->value")
        ir = self.run_hplint("dis", "--ir", "list.c", status=0).out
        self.assertIn("sum", ir)


if __name__ == "__main__":
    unittest.main()
