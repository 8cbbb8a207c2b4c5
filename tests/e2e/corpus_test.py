#!/usr/bin/env python3
"""Real projects: every unit is analysed or reported with its reason, twice the same, whatever the number of jobs.

Needs ./dev corpus (which ./dev test runs first).
"""
import json
import os
import shutil
import unittest

from common import CORPUS, Case

UNITS = {"redis": 140, "lua5.4": 34, "zlib": 17, "sqlite3": 4}


class Corpus(Case):
    def lint(self, name, *args):
        """The JSON of a run whose store is dropped before, so that the corpus folder stays as it was."""
        folder = CORPUS / name
        self.assertTrue((folder / "compile_commands.json").exists(), "run ./dev corpus first")
        return self.findings("-p", folder, folder, "--no-store", *args, cwd=folder)

    def check(self, name):
        result = self.lint(name)
        units = result["run"]["units"]
        self.assertEqual(units["total"], UNITS[name])
        reported = sum(f["units"] for f in result["run"]["failures"])
        self.assertEqual(reported, units["failed"] + units["incomplete"])
        self.assertEqual(units["failed"], 0, result["run"]["failures"])
        self.assertEqual(units["incomplete"], 0, result["run"]["failures"])
        for found in result["findings"]:
            path = os.path.join(result["run"]["root"], found["file"])
            self.assertTrue(os.path.exists(path), found)
            with open(path, errors="replace") as source:
                self.assertLessEqual(found["line"], sum(1 for _ in source), found)
        again = self.lint(name, "-j", 1)
        self.assertEqual(json.dumps(result["findings"]), json.dumps(again["findings"]))
        return result

    def test_zlib(self):
        self.check("zlib")

    def test_lua(self):
        result = self.check("lua5.4")
        rules = {f["rule"] for f in result["findings"]}
        self.assertIn("HP101", rules)  # the collector's lists of objects

    def test_sqlite(self):
        self.assertTrue(self.check("sqlite3")["findings"])

    def test_redis(self):
        result = self.check("redis")
        self.assertTrue([f for f in result["findings"] if f["listed"]])

    def test_redis_without_a_compile_database(self):
        """As unpacked: nothing built, no database; all 97 files of src/ by name."""
        copy = self.dir / "redis"
        shutil.copytree(CORPUS / "redis", copy, ignore=shutil.ignore_patterns(
            "*.o", "*.a", "*.d", "compile_commands.json", ".hplint", "release.h", "redis-server", "redis-cli",
            "redis-benchmark", "redis-sentinel", "redis-check-aof", "redis-check-rdb"))
        files = sorted(str(p.relative_to(copy)) for p in (copy / "src").glob("*.c"))
        self.assertEqual(len(files), 97)
        result = self.findings(*files, cwd=copy)
        units = result["run"]["units"]
        self.assertEqual((units["total"], units["failed"]), (97, 0))
        self.assertGreaterEqual(units["total"] - units["incomplete"], 90, result["run"]["failures"])
        self.assertEqual(sum(f["units"] for f in result["run"]["failures"]), units["incomplete"])
        self.assertIn("guess", json.dumps(result["run"]["notes"]))


class Allocators(Case):
    """The link step finds redis's allocators and constructors with no configuration."""

    def test_wrappers_are_found(self):
        folder = self.dir / "redis"  # a copy: nobody else's store
        shutil.copytree(CORPUS / "redis", folder, ignore=shutil.ignore_patterns("*.o", "*.a", "*.so", "tests", ".hplint"))
        database = folder / "compile_commands.json"
        database.write_text(database.read_text().replace(str((CORPUS / "redis").resolve()), str(folder)))
        self.run_hplint("--exit-zero", "-q", cwd=folder, status=0)
        rows = self.run_hplint("db", "SELECT name, (summary & 4) > 0 AS fresh, (summary & 2) > 0 AS frees FROM function",
                               cwd=folder, status=0).out.splitlines()[1:]
        flags = {name: (fresh, frees) for name, fresh, frees in (row.split("\t") for row in rows)}
        for name in ("zmalloc", "zcalloc", "ztrymalloc", "sdsnew", "sdsnewlen", "sdsempty", "createObject",
                     "createStringObject", "dictCreate", "listCreate", "raxNew"):
            self.assertEqual(flags[name][0], "1", name)
        for name in ("zfree", "sdsfree", "listRelease", "decrRefCount"):
            self.assertEqual(flags[name][1], "1", name)
        for name in ("sdscmp", "dictFind", "listSearchKey", "zfree"):
            self.assertEqual(flags[name][0], "0", name)


if __name__ == "__main__":
    unittest.main()
