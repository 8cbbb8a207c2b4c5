"""Units analysed by a build engine, linked at the end: the same report as the plain run's, byte for byte."""
import json
import os
import re
import shlex
import shutil
import subprocess
import unittest

from common import CORPUS, HPLINT, LIST_C, SOURCE, Case

UNIT = HPLINT.parent / "hplint-unit"

WRAP_H = "void *grab(unsigned long n);\nvoid drop(void *p);\n"
WRAP_C = ('#include <stdlib.h>\n#include "wrap.h"\nvoid *grab(unsigned long n) { return malloc(n); }\n'
          "void drop(void *p) { free(p); }\n")
# HP201 is only to be seen by those who know what grab and drop in the other unit do.
USE_C = """\
#include "wrap.h"
long work(const char *text, int n) {
  long total = 0;
  for (int i = 0; i < n; i++) {
    char *copy = grab(64);
    copy[0] = text[i];
    total += copy[0];
    drop(copy);
  }
  return total;
}
"""
NINJA = """\
rule unit
  command = {unit} -o $out --deps $out.d -- cc -Iinc -c $in
  depfile = $out.d
  deps = gcc
rule link
  command = {hplint} link --exit-zero --no-store --format json $in > $out
build list.hpu: unit src/list.c
build use.hpu: unit src/use.c
build wrap.hpu: unit src/wrap.c
build findings.json: link use.hpu wrap.hpu list.hpu
"""

BROKEN_C = '#include "generated.h"\nint broken(struct made *m) { return m->size; }\n'


class EngineCase(Case):
    def ninja(self, *args):
        return subprocess.run(["ninja", *args], cwd=self.dir, env=self.env, check=True,
                              capture_output=True, text=True).stdout

    def unit(self, output, command, *options, cwd=None, status=0):
        done = subprocess.run([UNIT, *options, "-o", output, "--", *shlex.split(command)],
                              cwd=cwd or self.dir, env=self.env, capture_output=True, text=True)
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stderr

    @staticmethod
    def comparable(report):
        """Without what tells how the units were come by: the time it took, and which units this very run parsed."""
        report = re.sub(r"\"parsed\": \[[^]]*\]", "\"parsed\": []", report)
        return re.sub(r" analysed in [0-9.]+ s\.", " analysed.", report)

    def report(self, *args, cwd=None):
        words = [*args, "--exit-zero", "--no-store", "--no-evidence"]  # of which a link has none
        return self.comparable(self.run_hplint(*words, status=0, cwd=cwd).out)

    def check_same(self, records, cwd=None):
        """Text and JSON of the plain run, which the link's are equal to."""
        reports = []
        for words in (["--all"], ["--format", "json"]):
            reports.append(self.report(*words, cwd=cwd))
            self.assertEqual(self.report("link", *words, *records, cwd=cwd), reports[-1])
        return reports


class Engines(EngineCase):
    def setUp(self):
        super().setUp()
        self.write(".hplint.yaml", "limit: 20\n")  # marks the root
        self.write("inc/wrap.h", WRAP_H)
        self.write("src/wrap.c", WRAP_C)
        self.write("src/use.c", USE_C)
        self.write("src/list.c", LIST_C)
        entries = [{"directory": str(self.dir), "file": f"src/{name}.c",
                    "command": f"cc -Iinc -c src/{name}.c"} for name in ("list", "use", "wrap")]
        self.write("compile_commands.json", json.dumps(entries))
        self.write("build.ninja", NINJA.format(unit=UNIT, hplint=HPLINT))

    def linked(self):
        return (self.dir / "findings.json").read_text()

    def test_ninja(self):
        plain = self.findings("--no-store")
        self.ninja("-j2")
        text = lambda result: json.dumps(result["findings"], indent=2)
        self.assertEqual(text(json.loads(self.linked())), text(plain))
        self.assertEqual({f["rule"] for f in plain["findings"]}, {"HP101", "HP201"})
        self.assertIn("no work to do", self.ninja())
        # One change: one unit, and the link.
        self.write("src/use.c", "\n" + USE_C)
        self.assertIn("[2/2]", self.ninja())
        self.assertEqual(text(json.loads(self.linked())), text(self.findings("--no-store")))
        # A header: its readers.
        self.write("inc/wrap.h", WRAP_H + "\n")
        self.assertIn("[3/3]", self.ninja())

    def test_text_output_is_the_same(self):
        self.ninja()
        records = sorted(p.name for p in self.dir.glob("*.hpu"))
        runs = [self.run_hplint(*args, "-q", "--exit-zero", "--no-store", status=0).out
                for args in (["--no-evidence"], ["link", *records], ["link", *reversed(records)])]
        self.assertIn("[HP201 ", runs[0])
        self.assertEqual(runs[1:], runs[:1] * 2)

    def database(self, **commands):
        """A compile database, and a record for each of its entries."""
        entries, records = [], []
        for name, command in commands.items():
            file = next(w for w in command.split() if w.endswith((".c", ".cc")))
            entries.append({"directory": str(self.dir), "file": file, "command": command})
            self.unit(f"{name}.hpu", command)
            records.append(f"{name}.hpu")
        self.write("compile_commands.json", json.dumps(entries))
        return records

    def test_what_is_amiss_is_said_as_well(self):
        self.write("src/broken.c", BROKEN_C)
        self.write("src/other.cc", "int other() { return 1; }\n")
        self.write("drafts/draft.c", LIST_C)
        self.write(".hplint.yaml", "exclude: [drafts]\n")
        records = self.database(
            use="cc -Iinc -fplugin=x.so -c src/use.c", wrap="ccache cc -O2 -Iinc -zunknown -c src/wrap.c",
            broken="cc -c src/broken.c", other="c++ -c src/other.cc", draft="cc -c drafts/draft.c",
            list1="cc -O2 -c src/list.c", list2="cc -O2 -DBIG -c src/list.c", list3="cc -DA -DB -DC -c src/list.c")
        text, _ = self.check_same(records[::-1])
        for said in ("1 unit analysed in part: header generated.h not found (src/broken.c)", "-fplugin=x.so", "-zunknown",
                     "skipped 1 unit that are not C: 1 C++", "1 file is recorded more than once", "4 units analysed"):
            self.assertIn(said, text)
        self.assertIn("BIG", (self.dir / "compile_commands.json").read_text())

    def test_a_lost_unit_is_a_record_too(self):
        limit = ["--unit-memory", "150"]  # too little for any file
        for name in ("use", "wrap", "list"):
            said = self.unit(f"{name}.hpu", f"cc -Iinc -c src/{name}.c", *(limit if name == "use" else []))
            self.assertEqual(bool(said), name == "use", said)
        result = json.loads(self.run_hplint("link", "--format", "json", "--no-store", "use.hpu", "wrap.hpu", "list.hpu").out)
        self.assertEqual([result["run"]["units"][k] for k in ("total", "failed")], [3, 1])
        self.assertEqual(result["run"]["failures"][0]["example"], "src/use.c")
        self.assertEqual([f["rule"] for f in result["findings"]], ["HP101"])

    def test_the_same_bytes_for_the_same_input(self):
        """What engines that cache by content rely on; with --map wherever the tree lies."""
        command = "cc -Iinc -c src/use.c"
        self.unit("a.hpu", command)
        os.utime(self.dir / "inc/wrap.h", (1, 1))
        self.unit("b.hpu", command)
        for sandbox in ("one", "another"):
            copy = self.dir.parent / "sandbox" / sandbox / "tree"
            shutil.copytree(self.dir, copy)
            self.unit(self.dir / f"{sandbox}.hpu", command, "--map", f"{copy}={self.dir}", cwd=copy)
        read = lambda name: (self.dir / f"{name}.hpu").read_bytes()
        self.assertEqual(read("a"), read("b"))
        self.assertEqual(read("one"), read("another"))
        shutil.rmtree(self.dir.parent / "sandbox")
        self.unit("wrap.hpu", "cc -Iinc -c src/wrap.c")
        self.unit("list.hpu", "cc -Iinc -c src/list.c")
        self.assertNotIn(b"sandbox", read("one"))
        text, _ = self.check_same(["one.hpu", "wrap.hpu", "list.hpu"])
        self.assertIn("src/use.c:5:18: ", text)

    def test_store_and_status(self):
        self.ninja()
        self.assertEqual(self.run_hplint("link", "--fail-on", "low", "use.hpu", "wrap.hpu").returncode, 1)
        self.assertIn("HP201", self.run_hplint("db", "SELECT rule FROM finding", status=0).out)

    def test_wrong_use(self):
        self.fails("link", says="link wants the unit records")
        self.fails("link", "none.hpu", says="none.hpu: .*No such file")
        self.write("bad.hpu", "nothing of the kind")
        self.fails("link", "bad.hpu", says="bad.hpu: not a unit record")
        self.unit("cut.hpu", "cc -Iinc -c src/use.c")
        whole = (self.dir / "cut.hpu").read_bytes()
        for size in (9, 20, len(whole) // 2, len(whole) - 1):
            self.write("cut.hpu", whole[:size])
            self.fails("link", "cut.hpu", says="cut.hpu: .*(damaged|cut off)")
        self.write("old.hpu", whole[:8] + b"12345678" + whole[16:])
        self.fails("link", "old.hpu", says="old.hpu: a unit record of another version")
        self.fails("link", "--limt", "3", "bad.hpu", says="did you mean --limit")
        for options in (["--map", "x"], ["--map", "=x"], ["--unit-timeout", "0"], ["--unknown", "1"]):
            self.assertIn(options[0], self.unit("no.hpu", "cc -c src/list.c", *options, status=2))
        self.assertFalse((self.dir / "no.hpu").exists())


class Manual(EngineCase):
    """What docs/build-engines.md tells users to write."""

    def setUp(self):
        super().setUp()
        self.write(".hplint.yaml", "limit: 20\n")
        self.write("inc/wrap.h", WRAP_H + "#define STEP 1\n")
        self.write("src/wrap.c", WRAP_C)
        self.write("src/use.c", USE_C.replace("i++", "i += STEP + OFF"))
        self.env["PATH"] = f"{HPLINT.parent}:{self.env['PATH']}"
        manual = (SOURCE / "docs/build-engines.md").read_text()
        self.blocks = dict(re.findall(r"```(make|cmake|ninja)\n(.*?)```", manual, re.S))

    def run_here(self, *command):
        done = subprocess.run(command, cwd=self.dir, env=self.env, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, f"{done.stdout}\n{done.stderr}")
        return done.stdout

    def test_make(self):
        self.write("Makefile", "SRC := src/use.c src/wrap.c\nCPPFLAGS := -Iinc -DOFF=0\n" + self.blocks["make"])
        self.run_here("make", "findings.txt")
        self.assertIn("[HP201 ", (self.dir / "findings.txt").read_text())
        self.assertIn("up to date", self.run_here("make", "findings.txt"))
        self.write("src/wrap.c", WRAP_C + "\n")
        self.assertEqual(self.run_here("make", "findings.txt").count("hplint-unit"), 1)
        self.write("inc/wrap.h", WRAP_H + "#define STEP 2\n")
        self.assertEqual(self.run_here("make", "findings.txt").count("hplint-unit"), 2)

    def test_cmake(self):
        self.write("CMakeLists.txt", "cmake_minimum_required(VERSION 3.25)\nproject(app C)\n"
                   "add_library(app src/use.c src/wrap.c)\ntarget_include_directories(app PRIVATE inc)\n"
                   "target_compile_definitions(app PRIVATE OFF=0 MORE)\n" + self.blocks["cmake"] + "hplint_target(app)\n")
        for generator in ("Ninja", "Unix Makefiles"):
            folder = generator.split()[0]
            self.run_here("cmake", "-G", generator, "-B", folder, ".")
            build = lambda: self.run_here("cmake", "--build", folder, "--target", "app-hplint")
            self.assertIn("[HP201 ", build())
            self.write("inc/wrap.h", WRAP_H + f"#define STEP 3 // {generator}\n")
            again = build()
            self.assertEqual(len(set(re.findall(r"\w+\.hpu", again.split("hplint link")[0]))), 2, again)

    def test_ninja(self):
        self.write("src/list.c", LIST_C)
        self.write("build.ninja", "cc = cc\ncflags = -Iinc -DOFF=0\n" + self.blocks["ninja"])
        self.ninja()
        self.assertEqual([f["rule"] for f in json.loads((self.dir / "findings.json").read_text())["findings"]], ["HP101"])


RULES = """\
rule unit
  command = cd $dir && {unit} -o $out --deps $out.d -- $cc
  depfile = $out.d
  deps = gcc
rule link
  command = cd {root} && {hplint} link --exit-zero --no-store --format json @$out.rsp > $out
  rspfile = $out.rsp
  rspfile_content = $in_newline
"""


class RealProjects(EngineCase):
    """ninja with a rule for each unit, in a folder beside the project."""

    def prepare(self, root):
        self.root = root
        self.entries = json.loads((root / "compile_commands.json").read_text())
        ninja, self.records = RULES.format(unit=UNIT, root=root, hplint=HPLINT), {}
        for number, entry in enumerate(self.entries):
            record = self.dir / f"{number}.hpu"
            self.records[str(record)] = entry
            ninja += (f"build {record}: unit {entry['file']}\n  dir = {entry['directory']}\n"
                      f"  cc = {shlex.join(entry['arguments']).replace('$', '$$')}\n")
        ninja += f"build {self.dir}/all.json: link {' '.join(self.records)}\n"
        self.write("build.ninja", ninja)

    def check_project(self, name):
        self.prepare(CORPUS / name)
        self.ninja()
        plain = self.report("--format", "json", cwd=self.root)
        self.assertEqual(self.comparable((self.dir / "all.json").read_text()), plain)
        self.assertGreater(len(json.loads(plain)["findings"]), 100)

    def test_redis(self):
        self.check_project("redis")

    def test_sqlite(self):
        self.check_project("sqlite3")

    def readers(self, header):
        """Records of the units that include a header, as the compiler says."""
        found = set()
        for record, entry in self.records.items():
            words = [w for i, w in enumerate(entry["arguments"]) if w not in ("-c", "-o") and entry["arguments"][i - 1] != "-o"]
            rule = subprocess.run([*words, "-MM"], cwd=entry["directory"], check=True, capture_output=True, text=True).stdout
            if header in {os.path.basename(w) for w in rule.split()}:
                found.add(record)
        return found

    def test_edits_of_zlib(self):
        root = self.dir / "zlib"
        shutil.copytree(CORPUS / "zlib", root, ignore=shutil.ignore_patterns(".hplint", "*.o", "*.a"))
        database = root / "compile_commands.json"
        database.write_text(database.read_text().replace(str((CORPUS / "zlib").resolve()), str(root)))
        self.prepare(root)
        self.ninja()
        self.check_same(list(self.records), cwd=self.root)
        times = lambda: {record: os.stat(record).st_mtime_ns for record in self.records}
        for header, least in (("inffixed.h", 1), ("gzguts.h", 4), ("zutil.h", 8)):
            expected, before = self.readers(header), times()
            self.assertTrue(least <= len(expected) < len(self.records), expected)
            (root / header).write_text((root / header).read_text() + "struct fresh { char a; double b; char c; };\n")
            self.ninja()
            self.assertEqual({r for r, t in times().items() if t != before[r]}, expected, header)
        self.check_same(list(self.records), cwd=self.root)
        self.assertIn("no work to do", self.ninja())


if __name__ == "__main__":
    unittest.main()
