#!/usr/bin/env python3
"""Every unit of real projects, by their compile databases: lowered, verified, back from its text the same.

usage: corpus.py [NAME...]     default: every project in corpus/ that has a compile database
"""
import json
import os
import shlex
import sys
from pathlib import Path

from prove import SOURCE, Job, prove, report

CORPUS = Path(os.environ.get("HPLINT_CORPUS", SOURCE / "corpus"))


def jobs_of(name):
    database = CORPUS / name / "compile_commands.json"
    jobs = []
    for entry in json.loads(database.read_text()):
        words = entry.get("arguments") or shlex.split(entry["command"])
        flags = [w for w in words[1:] if w != "-c" and w != entry["file"]]
        flags = [w for i, w in enumerate(flags) if w != "-o" and (i == 0 or flags[i - 1] != "-o")]
        flags = [w for w in flags if Path(entry["directory"], w).resolve() != Path(entry["directory"], entry["file"]).resolve()]
        jobs.append(Job(str(Path(entry["directory"], entry["file"])), flags, entry["directory"]))
    return jobs


def main(names):
    names = names or sorted(p.parent.name for p in CORPUS.glob("*/compile_commands.json"))
    return all([report(prove(jobs_of(name)), name) for name in names])


if __name__ == "__main__":
    sys.exit(0 if main(sys.argv[1:]) else 1)
