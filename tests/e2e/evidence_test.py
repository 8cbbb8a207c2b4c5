"""Evidence from the compiler: which findings are checked against clang's optimiser, what is hidden, what is kept."""
import json
import os
import shutil
import subprocess
import unittest

from common import Case, HPLINT

# HP201 twice: the memory of `lost` goes nowhere, so that clang makes neither malloc nor free of it.
PAIRS_C = """\
#include <stdlib.h>
#include <string.h>
int use(int *p);
int kept(int n) {
  int sum = 0;
  for (int i = 0; i < n; i++) {
    int *p = malloc(16);
    sum += use(p);
    free(p);
  }
  return sum;
}
static int same(const int *p) { return p != 0; }
int lost(int n) {
  int sum = 0;
  for (int i = 0; i < n; i++) {
    int *p = malloc(16);
    sum += same(p);
    free(p);
  }
  return sum;
}
"""


class Evidence(Case):
    def setUp(self):
        super().setUp()
        self.write("pairs.c", PAIRS_C)

    def run_all(self, *args, evidence=True):
        return self.findings("--all", "pairs.c", *args, evidence=evidence)

    def statuses(self, result):
        return {f["function"]: f["evidence"]["compiler"]["status"] for f in result["findings"]}

    def test_what_the_optimiser_removes_is_hidden_and_counted(self):
        result = self.run_all()
        self.assertEqual(self.statuses(result), {"kept": "remains", "lost": "optimised-away"})
        by_function = {f["function"]: f for f in result["findings"]}
        self.assertTrue(by_function["kept"]["listed"])
        self.assertFalse(by_function["lost"]["listed"])
        compiler = by_function["lost"]["evidence"]["compiler"]
        self.assertRegex(compiler["witness"], r"^clang \d+ -O2$")
        self.assertEqual(compiler["reason"], "the call of malloc and free was removed")
        self.assertEqual(result["summary"]["optimised_away"], 1)
        text = self.run_hplint("pairs.c", status=1).out
        self.assertIn("clang: remains (clang 19 -O2): malloc and free are still called in the loop", text)
        self.assertIn("1 finding hidden, since clang's optimiser removes what it is about", text)
        self.assertNotIn("pairs.c:17", text)
        self.assertIn("pairs.c:17", self.run_hplint("--all", "pairs.c", status=1).out)

    def test_only_what_is_shown_is_checked_and_the_next_moves_up(self):
        self.write("many.c", "".join(
            PAIRS_C.replace("lost", f"lost{i}").replace("kept", f"kept{i}").replace("same", f"same{i}")
            .replace("int use(int *p);", "" if i else "int use(int *p);") for i in range(4)))
        text = self.run_hplint("--limit", "2", "many.c", status=1).out
        self.assertEqual(text.count("clang: remains"), 2, text)
        self.assertNotIn("clang: optimised-away", text)
        counted = self.run_hplint("db", "SELECT compiler_status, count(*) FROM finding GROUP BY 1", status=0).out
        self.assertRegex(counted, r"unchecked\s+[1-9]")

    def test_no_evidence(self):
        self.assertEqual(set(self.statuses(self.run_all("--no-evidence")).values()), {"unchecked"})
        self.run_all()
        again = self.run_all("--no-evidence")
        self.assertEqual(set(self.statuses(again).values()), {"unchecked"})
        self.assertTrue(all(f["listed"] for f in again["findings"]))
        self.assertEqual(self.statuses(self.run_all())["lost"], "optimised-away")
        self.write(".hplint.yaml", "evidence: false\n")
        self.assertEqual(set(self.statuses(self.run_all()).values()), {"unchecked"})
        self.write(".hplint.yaml", "evidence: sometimes\n")
        self.assertIn("true or false", self.run_hplint("pairs.c", status=2).err)

    def test_answers_are_kept(self):
        first = self.run_all()
        trace = self.dir / "trace"

        def programs():
            subprocess.run(["strace", "-f", "-qq", "-e", "trace=execve", "-o", trace, HPLINT, "--all", "--exit-zero",
                            "pairs.c"], cwd=self.dir, env=self.env, capture_output=True, check=True)
            return trace.read_text()
        self.assertNotIn("hplint-witness", programs())
        self.write("pairs.c", "/* moved */\n" + PAIRS_C)
        self.assertIn("hplint-witness", programs())
        self.write("pairs.c", PAIRS_C)  # as it was: its answers are still known
        self.assertNotIn("hplint-witness", programs())
        self.assertEqual(self.statuses(self.run_all()), self.statuses(first))

    def test_a_comment_changes_nothing(self):
        first = self.run_all()
        self.write("pairs.c", PAIRS_C + "/* the end */\n")
        again = self.run_all()
        self.assertEqual(again["run"]["units"]["parsed"], ["pairs.c"])
        self.assertEqual(again["findings"], first["findings"])
        self.write("pairs.c", PAIRS_C + "/* the very end */\n")
        self.assertEqual(set(self.statuses(self.run_all(evidence=False)).values()), {"unchecked"})

    def test_without_the_witness_it_is_unknown_and_said_once(self):
        programs = self.dir / "bin"
        programs.mkdir()
        for program in ("hplint", "hplint-unit"):
            shutil.copy2(HPLINT.parent / program, programs / program)
        done = subprocess.run([programs / "hplint", "--format", "json", "--exit-zero", "--all", "pairs.c"],
                              cwd=self.dir, env=self.env, capture_output=True, check=True)
        result = json.loads(done.stdout)
        self.assertEqual(set(self.statuses(result).values()), {"unknown"})
        notes = [note for note in result["run"]["notes"] if "optimiser" in note]
        self.assertEqual(len(notes), 1, notes)
        self.assertIn("hplint-witness", notes[0])
        self.assertEqual(self.statuses(self.run_all())["lost"], "optimised-away")

    def test_a_unit_that_clang_cannot_compile_is_unknown(self):
        self.write("pairs.c", PAIRS_C + "int broken = ;\n")
        result = self.run_all()
        self.assertEqual(set(self.statuses(result).values()), {"unknown"})
        self.assertIn("clang cannot compile it", result["findings"][0]["evidence"]["compiler"]["reason"])

    def test_flags_below_are_judged_at_O2_and_that_is_said(self):
        for flags in (["-O0"], ["-O2", "-fsanitize=address"]):
            shutil.rmtree(self.dir / ".hplint", ignore_errors=True)
            result = self.findings("--all", "pairs.c", "--", *flags, evidence=True)
            self.assertEqual(self.statuses(result)["lost"], "optimised-away", flags)
            notes = [note for note in result["run"]["notes"] if "-O2" in note]
            self.assertEqual(len(notes), 1, result["run"]["notes"])

    def test_explain_shows_a_finding(self):
        lost = next(f for f in self.run_all()["findings"] if f["function"] == "lost")
        text = self.run_hplint("explain", lost["fingerprint"], status=0).out
        self.assertIn("optimised-away, says clang 19 -O2: the call of malloc and free was removed", text)
        self.assertIn("paid at      pairs.c:17 in lost", text)
        self.assertEqual(text, self.run_hplint("explain", lost["fingerprint"][:10], status=0).out)
        self.assertIn("no finding", self.run_hplint("explain", "0000000000000000", status=2).err)

    def test_the_flags_of_the_unit_decide(self):
        result = self.findings("--all", "pairs.c", "--", "-O3", "-fno-builtin", evidence=True)
        self.assertEqual(self.statuses(result)["lost"], "remains")
        self.assertEqual(result["findings"][0]["evidence"]["compiler"]["witness"], "clang 19 -O3")

    def test_the_named_compiler_is_not_run_and_no_file_is_left(self):
        marker = self.dir / "ran"
        compiler = self.write("cc", f"#!/bin/sh\ntouch {marker}\n")
        os.chmod(compiler, 0o755)
        os.chmod(self.write("clang-19", f"#!/bin/sh\ntouch {marker}\n"), 0o755)
        self.env["PATH"] = ".:" + self.env["PATH"]
        self.write("compile_commands.json", json.dumps([
            {"directory": str(self.dir), "file": "pairs.c",
             "arguments": [str(compiler), "-O2", "-c", "pairs.c", "-o", "pairs.o"]}]))
        before = set(os.listdir(self.dir))
        self.assertEqual(self.statuses(self.run_all())["lost"], "optimised-away")
        self.assertFalse(marker.exists())
        self.assertEqual(set(os.listdir(self.dir)) - before, {".hplint"})


if __name__ == "__main__":
    unittest.main()
