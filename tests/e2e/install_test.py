#!/usr/bin/env python3
"""What cmake --install puts in place works from there: the worker is found, rule pages are installed."""
import json
import subprocess
import unittest

import common
from common import BUILD, SOURCE, Case


class Install(Case):
    def setUp(self):
        super().setUp()
        self.prefix = self.dir.parent / "prefix"
        subprocess.run(["cmake", "--install", BUILD, "--prefix", self.prefix], check=True, capture_output=True)
        hplint = common.HPLINT
        self.addCleanup(setattr, common, "HPLINT", hplint)
        common.HPLINT = self.prefix / "bin" / "hplint"

    def test_the_installed_program_finds_its_worker(self):
        julia = self.write("julia.c", (SOURCE / "examples" / "julia" / "julia.c").read_bytes())
        elsewhere = self.dir / "elsewhere"
        elsewhere.mkdir()
        result = self.findings("--no-store", julia, cwd=elsewhere)
        self.assertEqual(result["run"]["units"]["failed"], 0, json.dumps(result["run"]))
        self.assertIn("HP101", {f["rule"] for f in result["findings"]})

    def test_without_its_worker_it_says_so(self):
        (self.prefix / "bin" / "hplint-unit").unlink()
        self.write("a.c", common.LIST_C)
        self.fails("--no-store", "a.c", says="hplint-unit.*install it beside")

    def test_every_rule_has_its_page(self):
        installed = {page.name: page.read_text() for page in (self.prefix / "share/hplint/rules").iterdir()}
        sources = {page.name: page.read_text() for page in (SOURCE / "rules").glob("HP*/HP*.md")}
        self.assertEqual(installed, sources)
        self.assertGreater(len(installed), 4)


if __name__ == "__main__":
    unittest.main()
