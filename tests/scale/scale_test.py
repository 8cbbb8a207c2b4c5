#!/usr/bin/env python3
"""The generated projects are what bench.py takes them for: whole C programs, the same each time, whose units do not depend on
how many there are; and all of their units cost about the same, whatever the size of the project, counted in what is stored."""
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
import generate
from common import Case

UNITS = 100


def contents(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*")
            if p.is_file() and p.name != "compile_commands.json"}


class Scale(Case):
    def make(self, name, units):
        self.assertEqual(generate.generate(self.dir / name, units), units)
        return self.dir / name

    def test_the_same_project_for_the_same_numbers(self):
        once, again, more = (contents(self.make(name, units)) for name, units in (("a", 40), ("b", 40), ("c", 90)))
        self.assertEqual(once, again)
        self.assertEqual(sum(name.endswith(".c") for name in more), 90)
        changed = {name for name in once if once[name] != more[name]}
        self.assertLessEqual(changed, {"main.c", "m0007/m0007_0.c"})  # which call what is more

    def test_it_is_a_program(self):
        folder = self.make("program", UNITS)
        sources = sorted(str(p) for p in folder.rglob("*.c"))
        subprocess.run(["gcc", "-std=gnu17", "-Wall", "-Wextra", "-Werror", "-I.", "-o", "program", *sources], cwd=folder, check=True)
        subprocess.run([folder / "program"], check=True, timeout=120, stderr=subprocess.DEVNULL)

    def test_a_unit_costs_the_same_in_a_larger_project(self):
        stored = {}
        for units in (UNITS, 3 * UNITS):
            folder = self.make(f"project{units}", units)
            result = self.findings(cwd=folder)
            counts = result["run"]["units"]
            self.assertEqual([counts[k] for k in ("total", "failed", "incomplete")], [units, 0, 0])
            self.assertGreaterEqual({f["rule"] for f in result["findings"]}, {"HP101", "HP104", "HP105", "HP201", "HP204"})
            stored[units] = (folder / ".hplint" / "hplint.db").stat().st_size / units
            again = self.findings(cwd=folder)
            self.assertEqual(again["run"]["units"]["parsed"], [])
            self.assertEqual(again["findings"], result["findings"])
        self.assertLess(stored[3 * UNITS], 1.2 * stored[UNITS])


if __name__ == "__main__":
    unittest.main()
