"""The rows of the table. A new one is a function from a project to what is run (see measured), with its name and, if it
needs one, a preparation that is not measured."""
import json
import os
import shutil
import subprocess

from measure import run_all
from project import ROOT, syntax_command

HPLINT = ROOT / "build" / "bin" / "hplint"


class Row:
    def __init__(self, name, run, prepare=None, once=False):
        self.name, self.run, self.prepare = name, run, prepare
        self.once = once  # many times slower than the others: one round is enough


def hplint(project, environment=None, parsed=None, evidence=False, options=()):
    """`parsed`: how many units have to be parsed, None for any number; `evidence`: clang's optimiser is asked, too.
    Returns the check of what came out."""
    command = [HPLINT, "--format", "json", "--exit-zero", "-j", str(project.jobs), "-p", project.folder,
               *([] if evidence else ["--no-evidence"]), *options, *project.paths]
    done = subprocess.run(command, cwd=project.folder, capture_output=True,
                          env={**os.environ, **(environment or {})})

    def check():
        if done.returncode:
            return done.stderr.decode()
        units = json.loads(done.stdout)["run"]["units"]
        if units["total"] != len(project.units) or units["failed"]:
            return f"{units['total']} units, {units['failed']} failed; expected {len(project.units)} and 0"
        if parsed is not None and len(units["parsed"]) != parsed:
            return f"parsed {units['parsed']}; expected {parsed}"
        return True
    return check


def warm(project):
    return hplint(project, parsed=0)


def forget(project):
    shutil.rmtree(project.folder / ".hplint", ignore_errors=True)


def syntax(project):
    return run_all(project.commands(syntax_command), project.jobs)


def tidy(project):
    return run_all(project.commands(lambda path, entry: [
        "clang-tidy-19", "--quiet", "-checks=-*,performance-*", "-p", str(project.folder), path]), project.jobs)


BASE = "clang-19 -fsyntax-only"  # what the ratios are to
TIDY = "clang-tidy-19 performance-*"
ROWS = [
    Row("hplint, cold", hplint, prepare=forget),
    Row("hplint, warm", warm),
    Row(BASE, syntax),
    Row(TIDY, tidy, once=True),
]
