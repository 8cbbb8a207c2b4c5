"""The projects that are measured: their units and how clang would check them."""
import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CORPUS = Path(os.environ.get("HPLINT_CORPUS", ROOT / "corpus"))
EXPECTED = {"redis": 140, "sqlite3": 4, "lua5.4": 34, "zlib": 17}


class Project:
    def __init__(self, name, jobs):
        self.name, self.jobs, self.folder = name, jobs, CORPUS / name
        self.units = {}  # path -> entry of the compile database; the first one counts
        for entry in json.loads((self.folder / "compile_commands.json").read_text()):
            path = os.path.normpath(os.path.join(entry["directory"], entry["file"]))
            if path.endswith(".c"):
                self.units.setdefault(path, entry)
        if len(self.units) != EXPECTED[name]:
            sys.exit(f"bench: {name} has {len(self.units)} units; expected {EXPECTED[name]}")

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
