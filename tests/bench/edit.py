#!/usr/bin/env python3
"""What one edited file costs: hplint's run over the whole project against clang's syntax check of that file alone.

usage: edit.py [--rounds N] [--file src/t_hash.c] FOLDER
FOLDER is a copy of a project with its compile_commands.json: the file is edited in it. The bar: wall time at most 1.3 times
the syntax check's plus 50 ms. Fails when a run parses anything but the edited file, or anything when nothing was edited.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HPLINT = ROOT / "build" / "bin" / "hplint"


def timed(command, folder):
    """Wall and CPU seconds of a command, its children included, and what it printed."""
    before, start = os.times(), time.monotonic()
    done = subprocess.run(command, cwd=folder, capture_output=True, check=True)
    wall, after = time.monotonic() - start, os.times()
    cpu = (after.children_user + after.children_system
           - before.children_user - before.children_system)
    return wall, cpu, done.stdout


def lint(folder, expected):
    wall, cpu, out = timed([HPLINT, "--exit-zero", "--format", "json"], folder)
    parsed = json.loads(out)["run"]["units"]["parsed"]
    if parsed != expected:
        sys.exit(f"edit: parsed {parsed}, expected {expected}")
    return wall, cpu


def syntax_command(folder, file):
    entries = json.loads((folder / "compile_commands.json").read_text())
    entry = next(e for e in entries
                 if Path(e["directory"], e["file"]).resolve() == (folder / file).resolve())
    words = entry.get("arguments") or entry["command"].split()
    kept, skip = [], False
    for word in words[1:]:
        if not skip and word not in ("-c", "-o") and not word.startswith("-M"):
            kept.append(word)
        skip = word == "-o"
    return ["clang-19", "-fsyntax-only", "-w", *kept], entry["directory"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--file", default="src/t_hash.c")
    args = parser.parse_args()
    folder = args.folder.resolve()
    source = folder / args.file
    original = source.read_bytes()
    syntax, directory = syntax_command(folder, args.file)
    subprocess.run([HPLINT, "--exit-zero", "-q"], cwd=folder, capture_output=True, check=True)
    rows = {"clang-19 -fsyntax-only, one file": [], "hplint, nothing edited": [],
            "hplint, one file edited": []}
    try:
        for i in range(args.rounds):
            rows["clang-19 -fsyntax-only, one file"].append(timed(syntax, directory)[:2])
            rows["hplint, nothing edited"].append(lint(folder, []))
            source.write_bytes(original + b"/* edit %d */\n" % i)
            rows["hplint, one file edited"].append(lint(folder, [args.file]))
    finally:
        source.write_bytes(original)
    print(f"{'':34}{'wall ms':>9}{'CPU ms':>9}   median of {args.rounds}")
    for name, runs in rows.items():
        wall, cpu = (1000 * statistics.median(r[k] for r in runs) for k in (0, 1))
        print(f"{name:34}{wall:9.0f}{cpu:9.0f}")


if __name__ == "__main__":
    main()
