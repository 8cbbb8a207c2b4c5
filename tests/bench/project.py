"""The projects that are measured: their units and how clang would check them."""
import copy
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CORPUS = Path(os.environ.get("HPLINT_CORPUS", ROOT / "corpus"))
EXPECTED = {"redis": 140, "sqlite3": 4, "lua5.4": 34, "zlib": 17}
OPTIONAL = {"gsl": 500}  # at least so many; `./dev corpus gsl` fetches it


class Project:
    def __init__(self, name, jobs, folder=None):
        self.name, self.jobs, self.folder = name, jobs, folder or CORPUS / name
        self.paths = [self.folder]  # what hplint is asked to analyse
        self.units = {}  # path -> entry of the compile database; the first one counts
        for entry in json.loads((self.folder / "compile_commands.json").read_text()):
            path = os.path.normpath(os.path.join(entry["directory"], entry["file"]))
            if path.endswith(".c"):
                self.units.setdefault(path, entry)
        if len(self.units) < OPTIONAL.get(name, 0) or len(self.units) != EXPECTED.get(name, len(self.units)):
            sys.exit(f"bench: {name} has {len(self.units)} units; expected {EXPECTED.get(name) or OPTIONAL[name]}")

    @staticmethod
    def fetched(name):
        return (CORPUS / name / "compile_commands.json").exists()

    @staticmethod
    def copied(name, jobs, folder):
        """A copy of the project in a folder of its own, whose compile database names the copy."""
        original = (CORPUS / name).resolve()
        subprocess.run(["cp", "-r", "--reflink=auto", original, folder / name], check=True)
        database = folder / name / "compile_commands.json"
        text = database.read_text()
        database.write_text(text.replace(json.loads(text)[0]["directory"].split(f"/{name}")[0] + f"/{name}",
                                         str(folder / name)))
        subprocess.run(["rm", "-rf", folder / name / ".hplint"], check=True)
        return Project(name, jobs, folder / name)

    def only(self, file):
        """The same with one unit, by its name."""
        one = copy.copy(self)
        one.units = {path: entry for path, entry in self.units.items() if os.path.basename(path) == file}
        if len(one.units) != 1:
            sys.exit(f"bench: {self.name} has {len(one.units)} units named {file}; expected 1")
        one.paths = list(one.units)
        return one

    def commands(self, command_of):
        """(folder, command) of every unit."""
        return [(entry["directory"], command_of(path, entry)) for path, entry in self.units.items()]


def syntax_command(path, entry):
    """The recorded command as a syntax check: clang for the compiler, no output."""
    words, keep, skip = entry["arguments"][1:], [], False
    for word in words:
        if skip:
            skip = False
        elif word in ("-o", "-MF", "-MT", "-MQ"):
            skip = True
        elif word == "-c" or word.startswith("-M"):
            pass
        elif os.path.normpath(os.path.join(entry["directory"], word)) != path:
            keep.append(word)
    return ["clang-19", "-fsyntax-only", "-w", *keep, path]
