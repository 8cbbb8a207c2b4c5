#!/usr/bin/env python3
"""gcc's torture tests (gcc.c-torture): every C file that clang accepts is lowered, proven good and
compared with clang's bitcode.

usage: torture.py [--every N] [PATTERN...]
  --every N   a fixed part: each N-th file
  PATTERN     only files whose path below gcc.c-torture contains it

Each file is read with the flags its dg-options ask for; one that is no modern C is tried as gnu89. The functions on
which IR and bitcode may differ are those of differences.txt, each with its reason, and no others.
"""
import argparse
import dataclasses
import os
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "roundtrip"))
from prove import SOURCE, Job, prove, report, report_differences

TORTURE = Path(os.environ.get("HPLINT_CORPUS", SOURCE / "corpus")) / "gcc-torture"
FOLDERS = ("compile", "execute")
OPTIONS = re.compile(r'dg-(?:additional-)?options\s+"([^"]*)"(.*)')
# What changes the meaning of a file. The rest steers gcc's optimiser, which clang does not know.
MEANING = re.compile(r"-(std=\S+|D\S+|fgnu89-inline|fwrapv|fpack-struct|f(no-)?common|f(no-)?short-enums|fopenmp"
                     r"|f(un)?signed-char|fno-builtin\S*|ffast-math|fexceptions|finput-charset=\S+|msse\S*|mavx\S*)$")


def flags_of(path):
    flags = ["-w"]
    for options, condition in OPTIONS.findall(path.read_text(errors="replace")):
        if "target" not in condition or "86" in condition or "fpic" in condition:
            flags += [f for f in options.split() if MEANING.match(f)]
    return flags


def files(patterns):
    found = sorted(p for folder in FOLDERS for p in (TORTURE / folder).rglob("*.c"))
    return [p for p in found if not patterns or any(x in str(p.relative_to(TORTURE)) for x in patterns)]


def expected_differences():
    """(file, function, criterion) of each line; the last two are `*` for a file that is not compared."""
    lines = (Path(__file__).parent / "differences.txt").read_text().splitlines()
    rows = [line.split() for line in lines if line and not line.startswith("#")]
    return {(str(TORTURE / file), function, what) for file, function, what, _ in rows}


def torture(paths, expected):
    results = prove([Job(str(p), flags_of(p), str(p.parent), (str(p), "*", "*") not in expected) for p in paths],
                    oracle=True)
    old = [i for i, r in enumerate(results) if r.status == "rejected" and not any("-std" in f for f in r.job.flags)]
    again = prove([dataclasses.replace(results[i].job, flags=["-std=gnu89", *results[i].job.flags]) for i in old],
                  oracle=True)
    for i, result in zip(old, again):
        results[i] = result
    return results


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1].removeprefix("usage: "))
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("patterns", nargs="*")
    args = parser.parse_args()
    if not TORTURE.is_dir():
        print("torture: run ./dev corpus gcc-torture first", file=sys.stderr)
        return 77
    expected = expected_differences()
    results = torture(files(args.patterns)[:: args.every], expected)
    good = report_differences(results, {e for e in expected if e[1] != "*"})
    good = report(results, "torture") and good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
