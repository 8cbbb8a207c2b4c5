#!/usr/bin/env python3
"""We practise what we lint: no finding of high severity in our own source, unless a comment beside it says why."""
import unittest

from common import BUILD, SOURCE, Case

FOLDERS = ("ir", "rules", "db", "analyzer")


class Self(Case):
    def test_nothing_is_listed_in_our_own_source(self):
        result = self.findings("--no-store", "-p", BUILD, *FOLDERS, cwd=SOURCE)
        self.assertGreater(result["run"]["units"]["total"], 100)
        self.assertEqual(result["run"]["failures"], [])
        listed = [f"{f['file']}:{f['line']}: {f['message']} [{f['rule']}]" for f in result["findings"]
                  if f["listed"] and not f["suppressed"]]
        self.assertEqual(listed, [])
        reasons = [f["suppressed"] for f in result["findings"] if f["suppressed"]]
        self.assertTrue(reasons, "the comments that accept findings are not seen")
        self.assertNotIn("no reason given", reasons)


if __name__ == "__main__":
    unittest.main()
