#!/usr/bin/env python3
"""The main program's threads under ThreadSanitizer (./dev races): a first run, one after an edit, one after an edit
that changes nothing, and with the optimiser as witness. The workers are programs of one thread, and as released."""
import json
import shutil
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
from common import CORPUS, Case


class Races(Case):
    def setUp(self):
        super().setUp()
        self.env["TSAN_OPTIONS"] = "halt_on_error=1 exitcode=66"

    def copy(self, name, units=None):
        """A project with its compile database as if it lay in the test's folder; `units`: only these files."""
        source, copy = (CORPUS / name).resolve(), self.dir / name
        shutil.copytree(source, copy, ignore=shutil.ignore_patterns(".hplint"))
        database = copy / "compile_commands.json"
        entries = json.loads(database.read_text().replace(str(source), str(copy)))
        database.write_text(json.dumps([e for e in entries if not units or Path(e["file"]).name in units]))
        return copy

    def lint(self, project, parsed, **options):
        units = self.findings("-j", "4", "-p", project, cwd=project, **options)["run"]["units"]
        self.assertEqual((units["failed"], len(units["parsed"])), (0, parsed))

    def test_runs_and_edits(self):
        project = self.copy("redis")
        total = len(json.loads((project / "compile_commands.json").read_text()))
        self.lint(project, total)
        self.lint(project, 0, evidence=True)
        file = project / "src" / "t_hash.c"
        text = file.read_text()
        for number in range(3):
            file.write_text(text + f"int hplint_test_{number}(int n) {{ return n * {number} + 1; }}\n")
            self.lint(project, 1)
            file.write_text(file.read_text() + "/* the same to the compiler */\n")
            self.lint(project, 1)
            self.lint(project, 0, evidence=True)

    def test_a_unit_that_several_threads_share(self):
        self.lint(self.copy("sqlite3", units={"sqlite3.c"}), 1)


if __name__ == "__main__":
    unittest.main()
