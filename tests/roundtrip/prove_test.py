#!/usr/bin/env python3
"""The proof can fail: units that are cut off or not there, files with errors, programs that die."""
import contextlib
import io
import tempfile
import unittest
from pathlib import Path

import prove
from prove import Job, Result, lower, prove_batch, report

GOOD = "struct s { int a; double b; };\nint f(struct s *p, int n) { return n ? p->a : n; }\n"


class Prove(unittest.TestCase):
    def setUp(self):
        self._temporary = tempfile.TemporaryDirectory(prefix="hplint-test-")
        self.dir = Path(self._temporary.name)

    def tearDown(self):
        self._temporary.cleanup()

    def job(self, text, *flags):
        path = self.dir / "a.c"
        path.write_text(text)
        return Job(str(path), list(flags))

    def unit(self):
        out = self.dir / "a.hpu"
        self.assertIsNone(lower(self.job(GOOD), out))
        return out

    def one(self, job):
        results = prove_batch([job])
        self.assertEqual(len(results), 1)
        return results[0]

    def test_good(self):
        result = self.one(self.job(GOOD))
        self.assertEqual((result.status, result.functions, result.opaque), ("ok", 1, 0))
        self.assertGreater(result.instructions, 5)

    def test_what_clang_rejects_is_not_ours(self):
        self.assertEqual(self.one(self.job("int f(void) { return x; }\n")).status, "rejected")
        self.assertEqual(self.one(self.job("")).status, "ok")

    def test_what_clang_accepts_is_ours(self):
        """The front end does not get the flag without which the file is wrong."""
        job = self.job(GOOD + "#ifndef SEEN\n#error not seen\n#endif\n")
        accepts, prove.clang_accepts = prove.clang_accepts, lambda job: True
        try:
            result = self.one(job)
        finally:
            prove.clang_accepts = accepts
        self.assertEqual(result.status, "bad")
        self.assertIn("not seen", result.detail)

    def test_missing_and_cut_off_units(self):
        cut = self.dir / "cut.hpu"
        cut.write_bytes(self.unit().read_bytes()[:-7])
        results = prove.check([(Job("1"), self.dir / "none.hpu"), (Job("2"), cut), (Job("3"), self.unit())])
        self.assertEqual([r.status for r in results], ["bad", "bad", "ok"])

    def test_who_dies_is_found(self):
        """The file at which prove_units dies is the one reported, and those behind it are still proven."""
        shell = self.dir / "build/tests/prove_units"
        shell.parent.mkdir(parents=True)
        shell.write_text('#!/bin/sh\nfor f; do case $f in *bad*) echo "boom" >&2; kill -SEGV $$;; esac\n'
                         'echo "ok $f functions 1 instructions 2 opaque 3"; done\n')
        shell.chmod(0o755)
        build, prove.BUILD = prove.BUILD, self.dir / "build"
        try:
            results = prove.check([(Job(n), Path(n)) for n in ("a", "bad", "c")])
        finally:
            prove.BUILD = build
        self.assertEqual([r.status for r in results], ["ok", "bad", "ok"])
        self.assertIn("-11", results[1].detail)

    def differences(self, found, expected, bars=None):
        """What report_differences says of two files, one of them with the differences found."""
        results = [Result(Job("a.c"), "ok", compared=3, differences=found), Result(Job("b.c"), "ok", compared=2)]
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            good = prove.report_differences(results, expected, bars)
        return good, out.getvalue()

    @unittest.skipIf(prove.SANITIZED, "sanitized programs are not compared")
    def test_differences_are_those_expected(self):
        found = [{"function": "f", "what": "loops", "line": 7, "clang": "x", "hplint": ""}]
        self.assertTrue(self.differences([], set())[0])
        good, text = self.differences(found, set())
        self.assertFalse(good)
        self.assertIn("a.c:7: f: loops: only clang: x", text)
        good, text = self.differences(found, {("a.c", "f", "loops")})
        self.assertTrue(good, text)
        self.assertIn("2 files, 5 functions compared, 1 differ, 1 of the differences expected", text)
        self.assertFalse(self.differences(found, {("a.c", "f", "fields")})[0])
        good, text = self.differences(found, {("a.c", "f", "loops"), ("b.c", "g", "fields")})
        self.assertFalse(good)
        self.assertIn("b.c: g: fields: expected to differ, but agrees", text)
        self.assertTrue(self.differences(found, {("a.c", "f", "loops"), ("not run.c", "g", "fields")})[0])

    @unittest.skipIf(prove.SANITIZED, "sanitized programs are not compared")
    def test_differences_below_the_bars(self):
        found = [{"function": "f", "what": "loops", "line": 7, "clang": "x", "hplint": ""}]  # one of five
        self.assertTrue(self.differences(found, set(), {"loops": 80})[0])
        self.assertFalse(self.differences(found, set(), {"loops": 81})[0])

    def test_report(self):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            self.assertTrue(report([Result(Job("a.c"), "ok", functions=2), Result(Job("b.c"), "rejected")], "x"))
            self.assertFalse(report([Result(Job("a.c", ["-DA"]), "bad", "it dies")], "x"))
        self.assertIn("x: 1 good, 0 bad, 1 that clang rejects; 2 functions", out.getvalue())
        self.assertIn("a.c: it dies\n    hplint-unit --ir x.hpu -- cc -c -DA a.c", out.getvalue())


if __name__ == "__main__":
    unittest.main()
