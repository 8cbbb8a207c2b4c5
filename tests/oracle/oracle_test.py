#!/usr/bin/env python3
"""The oracle on our own programs and on lua5.4 and zlib, and that it sees what is broken.

Needs ./dev corpus (which ./dev test runs first).
"""
import concurrent.futures
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

import oracle

PROGRAMS = sorted((Path(__file__).parent / "programs").glob("*.c"))


class Agreement(unittest.TestCase):
    def test_programs_agree_in_everything(self):
        self.assertGreaterEqual(len(PROGRAMS), 3)
        for program in PROGRAMS:
            for level in ("-O0", "-O2"):
                with self.subTest(program=program.name, level=level):
                    result = oracle.check(program.parent, ["cc", level, program.name])
                    self.assertEqual(result.get("differences"), [], result.get("error"))
                    self.assertGreater(result["functions"], 2)

    def test_projects(self):
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for project, functions in (("zlib", 150), ("lua5.4", 1000)):
                with self.subTest(project=project):
                    tally = oracle.run_project(project, pool)
                    self.assertEqual(tally.errors, [])
                    self.assertEqual(tally.differences, [])
                    self.assertGreater(tally.functions, functions)


class Breakage(unittest.TestCase):
    """The IR of our programs, changed by hand: the comparer must say what and where."""

    def setUp(self):
        self._temporary = tempfile.TemporaryDirectory(prefix="hplint-oracle-test-")
        self.dir = Path(self._temporary.name)

    def tearDown(self):
        self._temporary.cleanup()

    def run_in(self, *command, **kwargs):
        return subprocess.run([str(c) for c in command], cwd=self.dir, capture_output=True, text=True, **kwargs)

    def make(self, text):
        """Bitcode and IR text of a program; the two agree as they are."""
        (self.dir / "a.c").write_text(text)
        flags = self.run_in(oracle.COMPARE, "--flags", "--", "cc", "a.c", check=True).stdout.split("\0")[:-1]
        self.run_in(oracle.CLANG, *flags, "-o", "a.bc", check=True)
        self.run_in(oracle.UNIT, "--ir", "a.hpu", "--", "cc", "a.c", check=True)
        ir = self.run_in(oracle.COMPARE, "--ir", "a.hpu", check=True).stdout
        self.assertEqual(self.compare(ir), (0, ""))
        return ir

    def compare(self, ir):
        """Exit status and the differences, without the last line that counts."""
        (self.dir / "b.ir").write_text(ir)
        done = self.run_in(oracle.COMPARE, "a.bc", "b.ir")
        self.assertIn(done.returncode, (0, 1), done.stderr)
        return done.returncode, "".join(done.stdout.splitlines(keepends=True)[:-1])

    def broken(self, ir, pattern, replacement):
        changed, count = re.subn(pattern, replacement, ir, count=1, flags=re.M)
        self.assertEqual(count, 1, ir)
        status, text = self.compare(changed)
        self.assertEqual(status, 1, text)
        return text

    def test_a_removed_call(self):
        ir = self.make("void g(int);\nvoid f(int n) { g(n); g(n + 1); }\n")
        text = self.broken(ir, r"^ *CALL @g.*\n", "")
        self.assertRegex(text, r"a\.c:2: f: callees\n  only clang:  g\n\Z")

    def test_a_call_of_another_function(self):
        ir = self.make("void g(int);\nvoid h(int);\nvoid f(int n) { g(n); h(n); }\n")
        text = self.broken(ir, r"CALL @g\b", "CALL @h")
        self.assertIn("only clang:  g\n  only hplint: h\n", text)

    def test_a_removed_loop(self):
        ir = self.make("int g(void);\nvoid f(void) {\n  while (g())\n    g();\n}\n")
        header = re.search(r"^(b\d+): <- .*\(loop\)", ir, re.M).group(1)
        back = re.search(rf"^(b\d+):(?:(?!^b\d+:).)*JUMP {header}\b.*\n(?=b|}})", ir[ir.index(f"\n{header}:") + 1:],
                         re.M | re.S)
        self.assertIsNotNone(back, ir)
        changed = re.sub(rf"^({header}: <- .*?), {back.group(1)}\b", r"\1", ir, flags=re.M)
        changed = re.sub(rf"(^{back.group(1)}:(?:(?!^b\d+:).)*)JUMP {header}\b", r"\1RET ", changed, flags=re.M | re.S)
        status, text = self.compare(changed)
        self.assertEqual(status, 1, changed)
        self.assertRegex(text, r"f: loops\n  only clang:  line 3 depth 1\n\Z")

    def test_a_loop_at_another_line(self):
        ir = self.make("int g(void);\nvoid f(void) {\n  while (g())\n    g();\n}\n")
        text = self.broken(ir, r"(\(loop\) at )3:", r"\g<1>4:")
        self.assertIn("only clang:  line 3 depth 1\n  only hplint: line 4 depth 1\n", text)

    def test_a_changed_field(self):
        ir = self.make("struct s { int a, b; };\nint f(struct s *p) { return p->b; }\n")
        text = self.broken(ir, r"\[(%\d+) \+ 4\] \.b", r"[\1] .a")
        self.assertIn("f: fields\n  only clang:  read s+4\n  only hplint: read s+0\n", text)

    def test_a_read_that_is_a_write(self):
        ir = self.make("struct s { int a, b; };\nvoid f(struct s *p) { p->b = 1; p->a = 2; }\n")
        text = self.broken(ir, r"^ *STORE .*\.b.*\n", "")
        self.assertIn("f: fields\n  only clang:  write s+4\n", text)

    def test_a_missing_function(self):
        ir = self.make("int f(void) { return 1; }\nint g(void) { return 2; }\n")
        text = self.broken(ir, r"^function @g(?:.|\n)*?^}\n", "")
        self.assertIn("g: missing\n  only clang:  the function\n", text)

    def test_the_second_witness(self):
        """Asked where the first differs or has no such function; what neither says is a difference."""
        text = ("typedef __SIZE_TYPE__ size_t;\nextern size_t strlen(const char *);\nextern void use(char *);\n"
                "void f(void) { char t[1 + strlen(\"abc\")]; use(t); }\ninline void g(void) { use(0); }\n"
                "void h(void) { g(); }\n")
        (self.dir / "a.c").write_text(text)
        for form, bitcode in (("--flags", "a.bc"), ("--second-flags", "second.bc")):
            flags = self.run_in(oracle.COMPARE, form, "--", "cc", "a.c", check=True).stdout.split("\0")[:-1]
            self.run_in(oracle.CLANG, *flags, "-o", bitcode, check=True)
        self.run_in(oracle.UNIT, "--ir", "a.hpu", "--", "cc", "a.c", check=True)
        first = self.run_in(oracle.COMPARE, "a.bc", "a.hpu")
        self.assertEqual(first.returncode, 1)
        self.assertIn("f: callees\n  only clang:  strlen\n", first.stdout)
        self.assertIn("g: missing\n  only hplint: the function\n", first.stdout)
        both = self.run_in(oracle.COMPARE, "a.bc", "second.bc", "a.hpu")
        self.assertEqual((both.returncode, both.stdout[:12]), (0, "3 functions;"))
        ir = self.run_in(oracle.COMPARE, "--ir", "a.hpu", check=True).stdout
        (self.dir / "b.ir").write_text(re.sub(r"^ *CALL @use.*\n", "", ir, flags=re.M))
        broken = self.run_in(oracle.COMPARE, "a.bc", "second.bc", "b.ir")
        self.assertEqual(broken.returncode, 1)
        self.assertRegex(broken.stdout, r"f: callees\n  only clang:  .*use\n")
        self.assertRegex(broken.stdout, r"g: callees\n  only clang:  use\n")

    def test_no_bitcode(self):
        self.make("int f(void) { return 1; }\n")
        (self.dir / "bad.bc").write_text("no bitcode")
        done = self.run_in(oracle.COMPARE, "bad.bc", "a.hpu")
        self.assertEqual(done.returncode, 2)
        self.assertIn("bad.bc", done.stderr)


class Bars(unittest.TestCase):
    """The sum over a project fails below the bars."""

    def tally(self, functions, callees, loops, fields, differences=()):
        tally = oracle.Tally()
        tally.add("a unit", {"functions": functions, "facts": dict.fromkeys(oracle.CRITERIA, 1),
                             "agree": {"callees": callees, "loops": loops, "fields": fields},
                             "differences": list(differences)})
        return tally

    def test_bars(self):
        self.assertTrue(self.tally(1000, 999, 999, 990).good())
        self.assertFalse(self.tally(1000, 998, 1000, 1000).good())
        self.assertFalse(self.tally(1000, 1000, 998, 1000).good())
        self.assertFalse(self.tally(1000, 1000, 1000, 989).good())
        self.assertFalse(self.tally(0, 0, 0, 0).good())
        self.assertFalse(self.tally(1000, 1000, 1000, 1000, [{"what": "missing"}]).good())

    def test_a_unit_that_cannot_be_compared(self):
        tally = self.tally(1000, 1000, 1000, 1000)
        tally.add("another", oracle.check(".", ["cc", "/nowhere/at-all.c"]))
        self.assertEqual(len(tally.errors), 1)
        self.assertFalse(tally.good())


if __name__ == "__main__":
    unittest.main()
