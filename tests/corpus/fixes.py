#!/usr/bin/env python3
"""Applies all fixes to copies of the corpora and compiles the units that read a changed file with their own flags.

usage: fixes.py HPLINT CORPUS NAME...
"""
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path


def moved(text, old, new):
    return text.replace(old, new)


def compiles(entry, flags):
    args = [a for a in entry["arguments"]]
    if "-o" in args:
        at = args.index("-o")
        del args[at:at + 2]
    return subprocess.run([*args, *flags, "-fsyntax-only"], cwd=entry["directory"],
                          capture_output=True, text=True)


def main():
    hplint, corpus = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
    failed = False
    for name in sys.argv[3:]:
        with tempfile.TemporaryDirectory(prefix="hplint-fixes-") as folder:
            tree = Path(folder) / name
            shutil.copytree((corpus / name).resolve(), tree, symlinks=True,
                            ignore=shutil.ignore_patterns(".hplint", "*.o", "*.a"))
            database = tree / "compile_commands.json"
            text = database.read_text()
            root = re.search(r'"directory": "(.*?/corpus/%s)[/"]' % re.escape(name), text)[1]
            database.write_text(moved(text, root, str(tree)))
            subprocess.run(["git", "init", "-q"], cwd=tree, check=True)
            done = subprocess.run([hplint, "fix", "--all", "--headers", "--why"], cwd=tree,
                                  capture_output=True, text=True, errors="replace")
            (Path(tempfile.gettempdir()) / f"fixes-{name}.diff").write_text(done.stdout)
            (Path(tempfile.gettempdir()) / f"fixes-{name}.why").write_text(done.stderr)
            print(f"{name}: {done.stderr.strip().splitlines()[-1]}")
            if done.returncode > 1:
                failed = True
                continue
            check = subprocess.run(["git", "apply", "--check"], cwd=tree, input=done.stdout,
                                   capture_output=True, text=True)
            entries = json.loads(database.read_text())
            changed = re.findall(r"^\+\+\+ b/(.*)$", done.stdout, re.M)
            before = {e["file"]: compiles(e, ["-Wall"]) for e in entries if changed}
            written = subprocess.run([hplint, "fix", "--all", "--headers", "--write"], cwd=tree,
                                     capture_output=True, text=True, errors="replace")
            print(f"  written: {written.stderr.strip().splitlines()[-1][:60]}")
            after = {e["file"]: compiles(e, ["-Wall"]) for e in entries if changed}
            worse = [f for f in after if after[f].returncode and not before[f].returncode]
            louder = [f for f in after if after[f].stderr.count("warning:") >
                      before[f].stderr.count("warning:")]
            failed |= bool(worse or louder or check.returncode or written.returncode)
            print(f"  {len(changed)} files changed, git apply: {check.returncode}, "
                  f"{len(after)} units compiled, {len(worse)} fail, {len(louder)} with new warnings")
            for f in (worse + louder)[:3]:
                print(after[f].stderr[:2000])
    sys.exit(failed)


main()
