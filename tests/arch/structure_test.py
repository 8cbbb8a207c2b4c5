#!/usr/bin/env python3
"""The arrows between folders point one way, headers form no cycle, ir/ and rules/ link neither libclang nor SQLite, and
what ./dev runs is executable.

usage: structure_test.py SOURCE_DIR BUILD_DIR
"""
import os
import re
import subprocess
import sys
import unittest
from pathlib import Path

SOURCE, BUILD = (Path(p) for p in sys.argv[1:3])

# Who may include whom; a folder may always include itself.
ALLOWED = {
    "ir": set(),
    "rules": {"ir"},
    "db": {"ir"},
    "analyzer/project": {"ir"},
    "analyzer/frontend": {"ir", "analyzer/project"},
    "analyzer/unit": {"ir", "db", "analyzer/project", "analyzer/frontend"},
    "analyzer/engine": {"ir", "rules", "db", "analyzer/project", "analyzer/unit"},
    "analyzer/fix": {"ir", "rules", "db", "analyzer/project", "analyzer/unit", "analyzer/engine"},
    "analyzer/output": {"ir", "rules", "db", "analyzer/project", "analyzer/unit", "analyzer/engine", "analyzer/fix"},
    "analyzer/evidence": {"ir", "rules", "db", "analyzer/project", "analyzer/unit", "analyzer/engine",
                          "analyzer/output"},
    "analyzer/witness": {"ir", "analyzer/project", "analyzer/unit", "analyzer/evidence"},
    "analyzer/lsp": {"ir", "rules", "db", "analyzer/project", "analyzer/unit", "analyzer/engine",
                     "analyzer/output", "analyzer/evidence", "analyzer/fix"},
    "analyzer/cli": {"ir", "rules", "db", "analyzer/project", "analyzer/unit", "analyzer/engine",
                     "analyzer/output", "analyzer/evidence", "analyzer/lsp", "analyzer/fix"},
}
OWN = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)
SYSTEM = re.compile(r"^\s*#\s*include\s+<([^>]+)>", re.M)


def folder_of(path):
    parts = Path(path).parts
    return "/".join(parts[:2]) if parts[0] == "analyzer" else parts[0]


def sources(pattern):
    for folder in ("ir", "rules", "db", "analyzer"):
        for path in sorted((SOURCE / folder).rglob(pattern)):
            relative = path.relative_to(SOURCE)
            in_rule = relative.parts[0] == "rules" and relative.parts[1].startswith("HP")
            if in_rule and not path.name.startswith("rule"):
                continue  # examples and tests of rules: C code to be analysed
            if "tests" not in relative.parts:
                yield relative, path.read_text()


class Structure(unittest.TestCase):
    def test_includes_follow_the_arrows(self):
        seen = 0
        for pattern in ("*.c", "*.h"):
            for path, text in sources(pattern):
                here = folder_of(path)
                for included in OWN.findall(text):
                    if "/" not in included:
                        continue
                    seen += 1
                    there = folder_of(included)
                    self.assertTrue(there == here or there in ALLOWED[here],
                                    f"{path} includes {included}")
        self.assertGreater(seen, 100)

    def test_only_the_front_end_knows_libclang_and_only_db_knows_sqlite(self):
        for pattern in ("*.c", "*.h"):
            for path, text in sources(pattern):
                for included in SYSTEM.findall(text):
                    if included.startswith("clang-c/"):
                        self.assertEqual(folder_of(path), "analyzer/frontend", path)
                    if included.startswith("llvm-c/"):
                        self.assertEqual(folder_of(path), "analyzer/witness", path)
                    if included.startswith("sqlite3"):
                        self.assertEqual(folder_of(path), "db", path)

    def test_no_header_cycles(self):
        graph = {str(path): [i for i in OWN.findall(text) if i.endswith(".h")]
                 for path, text in sources("*.h")}
        done = set()

        def visit(header, trail):
            self.assertNotIn(header, trail, f"cycle: {' > '.join(trail + [header])}")
            if header not in done:
                for included in graph.get(header, []):
                    visit(included, trail + [header])
                done.add(header)

        for header in graph:
            visit(header, [])
        self.assertGreater(len(done), 10)

    def test_ir_and_rules_link_neither_libclang_nor_sqlite(self):
        for library in ("ir/libhp_ir.a", "rules/libhp_rules.a"):
            undefined = subprocess.run(["nm", "-u", BUILD / library], capture_output=True, text=True,
                                       check=True).stdout
            self.assertRegex(undefined, r"U hp_|U malloc")
            self.assertNotRegex(undefined, r"U (clang_|sqlite3_|json_|LLVM)", library)

    def test_the_main_program_does_not_load_libclang(self):
        needed = subprocess.run(["ldd", BUILD / "bin" / "hplint"], capture_output=True, text=True,
                                check=True).stdout
        self.assertNotIn("libclang", needed)
        self.assertNotIn("libLLVM", needed)
        worker = subprocess.run(["ldd", BUILD / "bin" / "hplint-unit"], capture_output=True, text=True,
                                check=True).stdout
        self.assertIn("libclang", worker)

    def test_what_dev_runs_can_be_run(self):
        scripts = set(re.findall(r"(?:\bexec|\bprove|^ +)\s*(tests/\S+\.(?:py|sh))", (SOURCE / "dev").read_text(), re.M))
        self.assertIn("tests/scale/bench.py", scripts)
        self.assertEqual([s for s in sorted(scripts) if not os.access(SOURCE / s, os.X_OK)], [])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
