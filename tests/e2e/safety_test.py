#!/usr/bin/env python3
"""The analysed tree is untrusted: nothing in it runs, writes outside of .hplint, or reaches the terminal raw."""
import json
import os
import sqlite3
import subprocess
import unittest

from common import HPLINT, LIST_C, Case

EVIL_PLUGIN = """\
#include <stdio.h>
__attribute__((constructor)) static void run(void) {
  FILE *f = fopen("%s", "w");
  if (f) fclose(f);
}
"""


class HostileFlags(Case):
    def database(self, *arguments):
        self.write("compile_commands.json", json.dumps(
            [{"file": "a.c", "directory": str(self.dir), "arguments": list(arguments)}]))

    def setUp(self):
        super().setUp()
        self.write("a.c", LIST_C)
        self.marker = self.dir / "owned"
        self.write("evil.c", EVIL_PLUGIN % self.marker)
        self.plugin = self.dir / "evil.so"
        subprocess.run(["cc", "-shared", "-fPIC", "-o", self.plugin, self.dir / "evil.c"], check=True)
        (self.dir / "evil.c").unlink()

    def check(self, *flags):
        self.database("cc", *flags, "-c", "a.c")
        before = {p.name for p in self.dir.iterdir()}
        found = self.findings("a.c")
        self.assertFalse(self.marker.exists(), flags)
        after = {p.name for p in self.dir.iterdir()}
        self.assertEqual(after - before - {".hplint"}, set(), flags)
        self.assertIn("HP101", [f["rule"] for f in found["findings"]], flags)
        return found

    def test_plugins(self):
        found = self.check(f"-fplugin={self.plugin}")
        self.assertIn("-fplugin", json.dumps(found["run"]["notes"]))
        self.check(f"-fpass-plugin={self.plugin}")
        self.check("-Xclang", "-load", "-Xclang", str(self.plugin))
        self.check("-Xclang", "-plugin", "-Xclang", "evil")

    def test_the_plugin_would_have_worked(self):
        """The check above can fail: loading the library makes the marker."""
        subprocess.run(["python3", "-c", f"import ctypes; ctypes.CDLL({str(self.plugin)!r})"], check=True)
        self.assertTrue(self.marker.exists())

    def test_flags_that_write(self):
        self.check("-MD", "-MF", str(self.dir / "deps.d"))
        self.check("-Wp,-MD," + str(self.dir / "deps2.d"))
        self.check("-MMD")
        self.check("-o", str(self.dir / "out.o"))
        self.check("-save-temps")
        self.check("-ftime-trace")
        self.check("-fprofile-generate", "--coverage")
        self.check("-serialize-diagnostics", str(self.dir / "diag.bin"))
        self.check("-gsplit-dwarf", "-fdump-tree-all")

    def test_flags_that_run_programs(self):
        evil = self.write("cc1", f"#!/bin/sh\ntouch {self.marker}\n")
        evil.chmod(0o755)
        self.write("as", f"#!/bin/sh\ntouch {self.marker}\n").chmod(0o755)
        self.check("-B", str(self.dir))
        self.check("-B" + str(self.dir))
        self.check("-wrapper", str(evil))
        self.check("-specs=" + str(evil))

    def test_the_named_compiler_is_never_run(self):
        evil = self.write("evilcc", f"#!/bin/sh\ntouch {self.marker}\n")
        evil.chmod(0o755)
        self.database(str(evil), "-c", "a.c")
        self.findings("a.c")
        self.assertFalse(self.marker.exists())

    def test_response_file(self):
        self.write("flags.rsp", f"-fplugin={self.plugin} -DX=1 -MF {self.dir}/deps.d -MD\n")
        self.check("@flags.rsp")
        self.write("self.rsp", "@self.rsp\n")
        self.check("@self.rsp")
        self.check("@/dev/zero")
        self.check("@nosuch.rsp")


class HostileStore(Case):
    def test_planted_database(self):
        self.write("a.c", LIST_C)
        (self.dir / ".hplint").mkdir()
        path = self.dir / ".hplint" / "hplint.db"
        db = sqlite3.connect(path)
        db.executescript("CREATE TABLE finding (x); CREATE TRIGGER t AFTER INSERT ON finding BEGIN "
                         "SELECT writefile('owned', 'x'); END; PRAGMA user_version = 1;")
        db.close()
        self.fails("a.c", says="hplint.db")

    def test_trigger_added_to_a_real_database(self):
        self.write("a.c", LIST_C)
        self.run_hplint("a.c", "--exit-zero", status=0)
        db = sqlite3.connect(self.dir / ".hplint" / "hplint.db")
        db.executescript("CREATE TRIGGER t AFTER INSERT ON run BEGIN DELETE FROM finding; END;")
        db.close()
        self.fails("a.c", says="hplint.db")

    def test_newer_database_is_refused(self):
        self.write("a.c", LIST_C)
        self.run_hplint("a.c", "--exit-zero", status=0)
        db = sqlite3.connect(self.dir / ".hplint" / "hplint.db")
        db.execute("PRAGMA user_version = 999")
        db.commit()
        db.close()
        self.fails("a.c", says="newer")

    def test_corrupt_unit_record_is_analysed_again(self):
        self.write("a.c", LIST_C)
        first = self.findings("a.c")["findings"]
        db = sqlite3.connect(self.dir / ".hplint" / "hplint.db")
        db.execute("UPDATE unit SET record = substr(record, 1, length(record) / 2)")
        db.commit()
        db.close()
        self.assertEqual(self.findings("a.c")["findings"], first)

    def test_linked_folder_and_file_are_not_followed(self):
        self.write("a.c", LIST_C)
        outside = self.dir.parent / "outside"
        outside.mkdir()
        (self.dir / ".hplint").symlink_to(outside)
        self.fails("a.c", says=r"\.hplint")
        self.assertEqual(list(outside.iterdir()), [])
        (self.dir / ".hplint").unlink()
        (self.dir / ".hplint").mkdir()
        (self.dir / ".hplint" / "hplint.db").symlink_to(outside / "x.db")
        self.fails("a.c", says="hplint.db")
        self.assertEqual(list(outside.iterdir()), [])


class HostileText(Case):
    def assert_clean(self, done):
        for name, data in (("stdout", done.stdout), ("stderr", done.stderr)):
            bad = [b for b in data if b < 32 and b not in (9, 10)] + [b for b in data if b == 127]
            self.assertEqual(bad, [], f"{name}: {data!r}")
            self.assertNotIn(b"\xc2\x9b", data)

    def test_terminal_escapes_in_file_names(self):
        name = "a\033]0;owned\007\033[31m.c"
        self.write(name, LIST_C)
        done = self.run_hplint(".")
        self.assert_clean(done)
        self.assertIn("\\x1b", done.out)
        json.loads(self.run_hplint("--format", "json", "--exit-zero", ".", status=0).out)

    def test_progress_line_is_escaped(self):
        """On a terminal (a pseudo-terminal here) only the progress line's own controls come out."""
        self.write("a\033[31m\007.c", LIST_C)
        out = subprocess.run(["script", "-qec", f"{HPLINT} --color never --exit-zero . >/dev/null", "/dev/null"],
                             cwd=self.dir, env=self.env, capture_output=True, timeout=300).stdout
        self.assertIn(b"1/1 units", out)
        self.assertEqual(out.replace(b"\r\033[K", b"").count(b"\033"), 0, out)
        self.assertNotIn(b"\007", out)

    def test_terminal_escapes_in_source_lines_and_literals(self):
        self.write("a.c", LIST_C.replace("n = n->next)", 'n = n->next) /* \033[2J \u202e \x9b31m */'))
        done = self.run_hplint("a.c")
        self.assert_clean(done)
        self.assertIn("HP101", done.out)
        self.write("b.c", 'const char *f(void) { return "\\033[2Jx\033[31m"; }\n')
        self.assert_clean(self.run_hplint("dis", "--source", "b.c"))
        self.assert_clean(self.run_hplint("dis", "--ir", "b.c"))

    def test_terminal_escapes_in_errors(self):
        self.assert_clean(self.run_hplint("no\033[31msuch.c"))
        self.assert_clean(self.run_hplint("--sel\033[31mect", "x"))
        self.write("a.c", '#include "x\033[31my.h"\n' + LIST_C)
        self.assert_clean(self.run_hplint("a.c"))

    def test_identifiers_with_unicode(self):
        self.write("a.c", LIST_C.replace("sum", "größe").replace("total", "\u03bb"))
        found = self.findings("a.c")["findings"]
        self.assertEqual(found[0]["function"], "größe")
        self.assert_clean(self.run_hplint("a.c"))


if __name__ == "__main__":
    unittest.main()
