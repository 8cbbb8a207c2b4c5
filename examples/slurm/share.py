#!/usr/bin/env python3
"""Analyses one share of a compile database's units: every n-th entry, from the k-th on.

usage: share.py COMPILE_COMMANDS RECORDS K N
Writes RECORDS/NUMBER.hpu for each entry of the share. hplint-unit is the one of $HPLINT_UNIT, else of the PATH.
Fails when an entry leaves no record.
"""
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path


def main():
    database, records, task, tasks = Path(sys.argv[1]), Path(sys.argv[2]).resolve(), int(sys.argv[3]), int(sys.argv[4])
    entries, failed = json.loads(database.read_text()), 0
    for number in range(task, len(entries), tasks):
        entry = entries[number]
        command = entry.get("arguments") or shlex.split(entry["command"])
        done = subprocess.run([os.environ.get("HPLINT_UNIT", "hplint-unit"), "-o", records / f"{number:06}.hpu", "--", *command],
                              cwd=database.parent / entry["directory"])
        failed += done.returncode != 0
    print(f"share {task} of {tasks}: {len(range(task, len(entries), tasks))} units, {failed} without a record")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
