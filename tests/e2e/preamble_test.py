"""Headers that many files begin with are parsed once; nothing else may come of it than without."""
import json
import shutil
import sqlite3
import subprocess
import unittest

from common import CORPUS, HPLINT, Case

HEADER = """\
#include <stdlib.h>
#include <string.h>
struct node { int value; char pad[52]; struct node *next; };
extern int limit;
static inline int value_of(const struct node *n) { return n->value * FACTOR; }
static int unused_table[] = {1, 2, 3};
static inline int unused(void) { return unused_table[0]; }
"""
UNIT = """\
/* unit {0} */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "project.h"
#include <stdio.h>
int sum{0}(const struct node *head) {{
  int total = {0};
  for (const struct node *n = head; n; n = n->next)
    total += value_of(n);
  return total + (int)strlen("unit") + limit;
}}
"""
UNITS = 10


class Preambles(Case):
    def setUp(self):
        super().setUp()
        self.write("config.h", "#define FACTOR 2\n")  # no guards: twice would be an error in project.h
        self.write("project.h", HEADER)
        for i in range(UNITS):
            self.write(f"src/{i}.c", UNIT.format(i))
        self.write("compile_commands.json", json.dumps(
            [{"directory": str(self.dir), "file": f"src/{i}.c",
              "arguments": ["cc", "-DHAVE_CONFIG_H", "-I.", "-c", f"src/{i}.c"]} for i in range(UNITS)]))

    def made(self):
        return sorted((self.dir / ".hplint/preambles").glob("*.pch"))

    def stored(self, folder=None):
        """All that is known of units, with the files that they read and the failed look-ups."""
        with sqlite3.connect((folder or self.dir) / ".hplint/hplint.db") as db:
            return [db.execute(query).fetchall() for query in (
                "SELECT path, status, reason, record_size, record_hash FROM unit ORDER BY path",
                "SELECT path, size, mtime_ns, hash FROM file ORDER BY path")]

    def as_without(self):
        """The run before left what a run without preambles leaves; its findings."""
        before = self.stored()
        shutil.rmtree(self.dir / ".hplint")
        without = self.findings("--no-preambles", ".")
        self.assertFalse((self.dir / ".hplint/preambles").exists())
        self.assertEqual(before, self.stored())
        return without["findings"]

    def test_nothing_else_comes_out(self):
        found = self.findings(".")["findings"]
        self.assertEqual(len(self.made()), 1)
        self.assertTrue(all(f["file"].startswith("src/") for f in found), found)
        self.assertEqual(len({f["file"] for f in found if f["rule"] == "HP101"}), UNITS)
        self.assertEqual(found, self.as_without())

    def test_one_file_edited(self):
        self.findings(".")
        before = self.made()[0].stat()
        self.write("src/3.c", UNIT.format(3) + "int more(void) { return value_of(0); }\n")
        found = self.findings(".")["findings"]
        self.assertEqual(self.made()[0].stat().st_ctime_ns, before.st_ctime_ns)
        self.assertEqual(found, self.as_without())

    def test_a_header_edited(self):
        self.findings(".")
        before = self.made()[0].stat()
        self.write("project.h", HEADER.replace("char pad[52]", "char pad[12]"))
        found = self.findings(".")["findings"]
        self.assertNotEqual(self.made()[0].stat().st_ctime_ns, before.st_ctime_ns)
        self.assertIn("24 bytes", found[0]["message"])
        self.assertEqual(found, self.as_without())

    def test_a_header_appears(self):
        self.findings(".")
        self.write("src/config.h", "#define FACTOR 3\nstruct more { int x; };\n")
        found = self.findings(".")["findings"]
        self.assertEqual(found, self.as_without())

    def test_nothing_is_left_with_no_store(self):
        self.findings("--no-store", ".")
        self.assertFalse((self.dir / ".hplint").exists())

    def test_damage_costs_time_only(self):
        expected = self.findings(".")["findings"]
        for damage in (lambda path: path.write_bytes(b"no precompiled header"),
                       lambda path: path.with_name(path.name + ".files").write_bytes(b"\\xff" * 100),
                       lambda path: path.unlink()):
            for i, path in enumerate(self.made()):
                damage(path)
            self.write("src/5.c", UNIT.format(5) + f"// {damage}\n")
            self.assertEqual(self.findings(".")["findings"], expected)
            self.write("project.h", HEADER + f"// {damage}\n")
            self.assertEqual(self.findings(".")["findings"], expected)
            self.assertEqual(len(self.made()), 1)

    def test_many_runs_at_once(self):
        expected = self.findings(".")["findings"]
        shutil.rmtree(self.dir / ".hplint")
        runs = [subprocess.Popen([HPLINT, "--format", "json", "--exit-zero", "--no-evidence", "-j", "2", "."],
                                 cwd=self.dir, env=self.env, stdout=subprocess.PIPE) for _ in range(6)]
        for run in runs:
            self.assertEqual(json.loads(run.communicate(timeout=300)[0])["findings"], expected)
            self.assertEqual(run.returncode, 0)

    def test_room_on_disk(self):
        for i in range(40):  # old ones of another time
            self.write(f".hplint/preambles/{i:016x}.pch", b"x" * (1 << 20))
            self.write(f".hplint/preambles/{i:016x}.pch.files", b"x")
        self.findings(".")
        left = list((self.dir / ".hplint/preambles").iterdir())
        self.assertLess(sum(path.stat().st_size for path in left), 17 << 20)
        self.assertTrue(any(path.stat().st_size not in (1, 1 << 20) for path in left))
        self.assertEqual(len([p for p in left if p.suffix == ".pch"]), len([p for p in left if p.suffix == ".files"]))

    @unittest.skipUnless((CORPUS / "zlib/compile_commands.json").exists(), "run ./dev corpus zlib")
    def test_on_a_real_project(self):
        shutil.copytree(CORPUS / "zlib", self.dir / "zlib", ignore=shutil.ignore_patterns(".hplint"))
        commands = self.dir / "zlib/compile_commands.json"
        commands.write_text(commands.read_text().replace(str(CORPUS / "zlib"), str(self.dir / "zlib")))
        results = []
        for options in ([], ["--no-preambles"]):
            found = self.findings(*options, ".", cwd=self.dir / "zlib")["findings"]
            results.append((found, self.stored(self.dir / "zlib")))
            shutil.rmtree(self.dir / "zlib/.hplint")
        self.assertEqual(results[0], results[1])


if __name__ == "__main__":
    unittest.main()
