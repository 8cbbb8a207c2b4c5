"""Units analysed by a build engine, linked at the end: the same findings as the plain run."""
import json
import subprocess
import unittest

from common import HPLINT, LIST_C, Case

UNIT = HPLINT.parent / "hplint-unit"

WRAP_H = "void *grab(unsigned long n);\nvoid drop(void *p);\n"
WRAP_C = ('#include <stdlib.h>\n#include "wrap.h"\nvoid *grab(unsigned long n) { return malloc(n); }\n'
          "void drop(void *p) { free(p); }\n")
# HP201 is only to be seen by those who know what grab and drop in the other unit do.
USE_C = """\
#include "wrap.h"
long work(const char *text, int n) {
  long total = 0;
  for (int i = 0; i < n; i++) {
    char *copy = grab(64);
    copy[0] = text[i];
    total += copy[0];
    drop(copy);
  }
  return total;
}
"""
NINJA = """\
rule unit
  command = {unit} -o $out --deps $out.d -- cc -Iinc -c $in
  depfile = $out.d
  deps = gcc
rule link
  command = {hplint} link --exit-zero --no-store --format json $in > $out
build list.hpu: unit src/list.c
build use.hpu: unit src/use.c
build wrap.hpu: unit src/wrap.c
build findings.json: link use.hpu wrap.hpu list.hpu
"""


class Engines(Case):
    def setUp(self):
        super().setUp()
        self.write(".hplint.yaml", "limit: 20\n")  # marks the root
        self.write("inc/wrap.h", WRAP_H)
        self.write("src/wrap.c", WRAP_C)
        self.write("src/use.c", USE_C)
        self.write("src/list.c", LIST_C)
        entries = [{"directory": str(self.dir), "file": f"src/{name}.c",
                    "command": f"cc -Iinc -c src/{name}.c"} for name in ("list", "use", "wrap")]
        self.write("compile_commands.json", json.dumps(entries))
        self.write("build.ninja", NINJA.format(unit=UNIT, hplint=HPLINT))

    def ninja(self, *args):
        return subprocess.run(["ninja", *args], cwd=self.dir, env=self.env, check=True,
                              capture_output=True, text=True).stdout

    def linked(self):
        return (self.dir / "findings.json").read_text()

    def test_ninja(self):
        plain = self.findings("--no-store")
        self.ninja("-j2")
        text = lambda result: json.dumps(result["findings"], indent=2)
        self.assertEqual(text(json.loads(self.linked())), text(plain))
        self.assertEqual({f["rule"] for f in plain["findings"]}, {"HP101", "HP201"})
        self.assertIn("no work to do", self.ninja())
        # One change: one unit, and the link.
        self.write("src/use.c", "\n" + USE_C)
        self.assertIn("[2/2]", self.ninja())
        self.assertEqual(text(json.loads(self.linked())), text(self.findings("--no-store")))
        # A header: its readers.
        self.write("inc/wrap.h", WRAP_H + "\n")
        self.assertIn("[3/3]", self.ninja())

    def test_text_output_is_the_same(self):
        self.ninja()
        records = sorted(p.name for p in self.dir.glob("*.hpu"))
        runs = [self.run_hplint(*args, "-q", "--exit-zero", "--no-store", status=0).out
                for args in ([], ["link", *records], ["link", *reversed(records)])]
        self.assertIn("[HP201 ", runs[0])
        self.assertEqual(runs[1:], runs[:1] * 2)

    def test_store_and_status(self):
        self.ninja()
        self.assertEqual(self.run_hplint("link", "--fail-on", "low", "use.hpu", "wrap.hpu").returncode, 1)
        self.assertIn("HP201", self.run_hplint("db", "SELECT rule FROM finding", status=0).out)

    def test_wrong_use(self):
        self.fails("link", says="link wants the unit records")
        self.fails("link", "none.hpu", says="none.hpu: .*No such file")
        self.write("bad.hpu", "nothing of the kind")
        self.fails("link", "bad.hpu", says="bad.hpu: ")
        self.fails("link", "--limt", "3", "bad.hpu", says="did you mean --limit")


if __name__ == "__main__":
    unittest.main()
