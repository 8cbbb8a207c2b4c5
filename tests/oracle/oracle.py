#!/usr/bin/env python3
"""The oracle test over whole projects, or over one command.

usage: oracle.py [-j N] [--json FILE] [-v] [PROJECT...]      projects of corpus/; default: all there
       oracle.py -- [COMPILER] [FLAGS...] FILE.c             one unit

Makes each unit's unoptimised bitcode with clang and its record with hplint-unit, compares both
(docs/oracle.md), and prints a table and the functions that differ. Exit status 1 below the bars.
"""
import argparse
import concurrent.futures
import json
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("HPLINT_BUILD", SOURCE / "build"))
CORPUS = Path(os.environ.get("HPLINT_CORPUS", SOURCE / "corpus"))
CLANG = os.environ.get("HPLINT_CLANG", "clang-19")
COMPARE = BUILD / "bin" / "oracle-compare"
UNIT = BUILD / "bin" / "hplint-unit"

CRITERIA = ("callees", "loops", "fields")
BARS = {"callees": 99.9, "loops": 99.9, "fields": 99.0}  # per cent of functions


def plain_run(command, cwd):
    done = subprocess.run(command, cwd=cwd, capture_output=True)
    return done.returncode, done.stdout.decode(errors="surrogateescape"), done.stderr.decode(errors="replace")


def compare(directory, command, record, run=plain_run):
    """The comparison of a unit's record with clang as a dict; {"error": text} when there is none, with "rejected"
    when clang makes no code of the unit. Where functions differ the second witness is asked, too (docs/oracle.md);
    it is the only one of a program that is none without builtins (gnu89: an undeclared memset returns int)."""
    result, bitcodes, rejected = None, [], ""
    with tempfile.TemporaryDirectory(prefix="hplint-oracle-") as work:
        for form in ("--flags", "--second-flags"):
            status, flags, err = run([str(COMPARE), form, "--", *command], directory)
            if status:
                return {"error": err.strip()}
            bitcode = f"{work}/unit{form}.bc"
            status, _, err = run([CLANG, *flags.split("\0")[:-1], "-o", bitcode], directory)
            if status:
                rejected = err.strip()[:2000]
                continue
            bitcodes.append(bitcode)
            status, out, err = run([str(COMPARE), "--json", *bitcodes, str(record)], directory)
            if status not in (0, 1):
                return {"error": f"oracle-compare, status {status}: {err.strip()[:300]}"}
            result = json.loads(out)
            if not result["differences"]:
                break
    return result or {"error": rejected, "rejected": True}


def check(directory, command):
    """The comparison of one unit, which is lowered first."""
    with tempfile.TemporaryDirectory(prefix="hplint-oracle-") as work:
        record = f"{work}/unit.hpu"
        status, _, err = plain_run([str(UNIT), "--ir", record, "--", *command], directory)
        return {"error": err.strip()[:2000]} if status else compare(directory, command, record)


def units(project):
    """(directory, command) of each entry of the project's compile database."""
    with open(CORPUS / project / "compile_commands.json") as database:
        for entry in json.load(database):
            yield entry["directory"], entry.get("arguments") or shlex.split(entry["command"])


class Tally:
    """What came of the units of one project."""

    def __init__(self):
        self.units = self.functions = self.missing = 0
        self.agree = dict.fromkeys(CRITERIA, 0)
        self.facts = dict.fromkeys(CRITERIA, 0)
        self.errors = []
        self.differences = []

    def add(self, name, result):
        self.units += 1
        if "error" in result:
            self.errors.append(f"{name}: {result['error']}")
            return
        self.functions += result["functions"]
        for criterion in CRITERIA:
            self.agree[criterion] += result["agree"][criterion]
            self.facts[criterion] += result["facts"][criterion]
        self.missing += sum(d["what"] == "missing" for d in result["differences"])
        self.differences += result["differences"]

    def share(self, criterion):
        return 100 * self.agree[criterion] / self.functions if self.functions else 0

    def good(self):
        """A unit that cannot be compared, or a function that one side lacks, is never good."""
        return not self.errors and not self.missing and self.functions > 0 and all(
            self.share(c) >= BARS[c] for c in CRITERIA)


def run_project(project, pool):
    tally = Tally()
    work = [(pool.submit(check, *unit), unit) for unit in units(project)]
    for future, (_, command) in work:
        tally.add(" ".join(command[-3:]), future.result())
    return tally


def print_differences(project, tally):
    kinds = sorted(tally.differences, key=lambda d: (d["what"], d["file"], d["line"]))
    for d in kinds:
        print(f"{project}: {d['what']}: {os.path.basename(d['file'])}:{d['line']}: {d['function']}")
        for side in ("clang", "hplint"):
            if d[side]:
                print(f"    only {side}: {d[side]}")
    for error in tally.errors:
        print(f"{project}: not compared: {error}")


def print_table(tallies):
    print(f"\n{'project':12} {'units':>5} {'functions':>9} " +
          " ".join(f"{c:>8} {'%':>7} {'facts':>7}" for c in CRITERIA) + "  missing")
    for project, t in tallies.items():
        print(f"{project:12} {t.units:5} {t.functions:9} " +
              " ".join(f"{t.agree[c]:8} {t.share(c):7.3f} {t.facts[c]:7}" for c in CRITERIA) +
              f"  {t.missing:7}" + (f"  {len(t.errors)} units not compared" if t.errors else ""))


def run_command(command):
    if not command:
        sys.exit(__doc__)
    if command[0].startswith("-") or command[0].endswith((".c", ".i")):
        command = ["cc", *command]
    tally = Tally()
    tally.add(" ".join(command), check(os.getcwd(), command))
    print_differences("unit", tally)
    print_table({"unit": tally})
    return 2 if tally.errors else 1 if tally.differences else 0


def main():
    if "--" in sys.argv[1:]:
        return run_command(sys.argv[sys.argv.index("--") + 1:])
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-j", type=int, default=os.cpu_count() or 2, help="units at a time")
    parser.add_argument("-q", action="store_true", help="the table only")
    parser.add_argument("--json", help="write everything found into this file")
    parser.add_argument("project", nargs="*")
    args = parser.parse_args()
    projects = args.project or sorted(p.parent.name for p in CORPUS.glob("*/compile_commands.json"))
    tallies = {}
    with concurrent.futures.ThreadPoolExecutor(args.j) as pool:
        for project in projects:
            tallies[project] = run_project(project, pool)
            if not args.q:
                print_differences(project, tallies[project])
    print_table(tallies)
    if args.json:
        with open(args.json, "w") as out:
            json.dump({p: vars(t) for p, t in tallies.items()}, out, indent=1)
    bad = [p for p, t in tallies.items() if not t.good()]
    if bad or not tallies:
        print(f"\nbelow the bars: {', '.join(bad) or 'no project'}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
