"""What a change costs: exactly the units that read what changed are parsed again."""
import json
import os
import shutil
import sqlite3
import subprocess
import time
import unittest

from common import HPLINT, LIST_C, Case

WALK = """\
#include "node.h"
int {name}(const struct node *head) {{
  int total = 0;
  for (const struct node *n = head; n; n = n->next)
    total += n->value;
  return total;
}}
"""
NODE_H = "struct node { int value; char pad[52]; struct node *next; };\n"


class Incremental(Case):
    """Three units: a.c and b.c read inc/node.h, c.c stands alone."""

    def setUp(self):
        super().setUp()
        self.env["TMPDIR"] = str(self.dir / "no-such-folder")
        self.write("inc/node.h", NODE_H)
        self.write("src/a.c", WALK.format(name="a"))
        self.write("src/b.c", WALK.format(name="b"))
        self.write("src/c.c", LIST_C)
        self.flags = {name: [] for name in "abc"}
        self.write_database()

    def write_database(self):
        entries = [{"directory": str(self.dir / "src"), "file": f"{name}.c",
                    "arguments": ["cc", "-Iown", "-I../inc", *flags, "-c", f"{name}.c"]}
                   for name, flags in sorted(self.flags.items())]
        self.write("compile_commands.json", json.dumps(entries))

    def age(self):
        """As if all this had been written yesterday: content is not looked at."""
        then = time.time() - 86400
        for folder, _, files in os.walk(self.dir):
            for name in files:
                if ".hplint" not in folder:
                    os.utime(os.path.join(folder, name), (then, then))

    def parsed(self, *args):
        """Names of the units that one run parsed, and its JSON."""
        result = self.findings(*args)
        return [os.path.basename(p)[0] for p in result["run"]["units"]["parsed"]], result

    def expect(self, units, *args):
        parsed, result = self.parsed(*args)
        self.assertEqual("".join(parsed), units)
        return result


class Changes(Incremental):
    def test_nothing_changed(self):
        first = self.expect("abc")
        again = self.expect("")
        self.assertEqual(first["findings"], again["findings"])
        self.assertEqual(len(again["findings"]), 3)
        self.assertEqual(again["run"]["units"]["total"], 3)

    def test_one_source(self):
        self.expect("abc")
        self.write("src/a.c", "\n" + WALK.format(name="a"))
        result = self.expect("a")
        self.assertEqual([f["line"] for f in result["findings"] if f["file"] == "src/a.c"], [5])
        self.expect("")

    def test_a_header_costs_its_readers(self):
        self.expect("abc")
        self.write("inc/node.h", NODE_H.replace("52", "116"))
        result = self.expect("ab")
        facts = [f["facts"]["node size"]["value"] for f in result["findings"]]
        self.assertEqual(sorted(facts), [64, 128, 128])

    def test_flags_of_one_unit(self):
        self.expect("abc")
        self.flags["b"] = ["-DX=1"]
        self.write_database()
        self.expect("b")
        self.flags["b"] = []  # the unit with these flags is still known
        self.write_database()
        self.expect("")

    def test_a_damaged_list_of_files_answers_nothing(self):
        self.expect("abc")
        for pads, damaged in enumerate(("[1,x", "[1", "1]", "[999999]", "nonsense", ""), 40):
            with sqlite3.connect(self.dir / ".hplint/hplint.db") as db:
                self.assertEqual(db.execute("UPDATE answer SET files = ?", (damaged,)).rowcount, 1)
            self.write("inc/node.h", NODE_H.replace("52", str(pads)))
            self.expect("ab")
            self.expect("")

    def test_touch_is_no_change(self):
        self.age()
        self.expect("abc")
        for name in ("src/a.c", "inc/node.h", "compile_commands.json"):
            os.utime(self.dir / name)
        self.expect("")

    def test_same_size_and_same_second(self):
        self.expect("abc")
        self.write("src/a.c", WALK.format(name="z"))
        result = self.expect("a")
        self.assertIn("z", [f["function"] for f in result["findings"]])

    def test_same_size_and_old_time_but_another_mtime(self):
        self.age()
        self.expect("abc")
        self.write("src/a.c", WALK.format(name="z"))
        then = time.time() - 90000
        os.utime(self.dir / "src/a.c", (then, then))
        self.expect("a")

    def test_deleted_file_disappears(self):
        self.expect("abc")
        (self.dir / "src/a.c").unlink()
        result = self.expect("")
        self.assertEqual([f["file"] for f in result["findings"]], ["src/b.c", "src/c.c"])
        rows = self.run_hplint("db", "SELECT path FROM unit ORDER BY path", status=0).out
        self.assertNotIn("a.c", rows)
        self.write("src/a.c", WALK.format(name="a"))
        self.expect("a")
        self.assertEqual(len(self.expect("")["findings"]), 3)

    def test_unit_taken_out_of_the_database(self):
        self.expect("abc")
        del self.flags["c"]
        self.write_database()
        self.assertEqual(len(self.expect("")["findings"]), 2)

    def test_rules_and_configuration_parse_nothing(self):
        self.expect("abc")
        self.assertEqual(self.expect("", "--ignore", "HP101")["findings"], [])
        self.write(".hplint.yaml", "ignore: [HP101]\n")
        self.assertEqual(self.expect("")["findings"], [])
        self.write(".hplint.yaml", "exclude: [src/b.c]\n")
        result = self.expect("")
        self.assertEqual([f["file"] for f in result["findings"]], ["src/a.c", "src/c.c"])
        (self.dir / ".hplint.yaml").unlink()
        self.assertEqual(len(self.expect("")["findings"]), 3)

    def test_limit_of_the_configuration_holds_for_stored_findings(self):
        for name in "bc":  # lists of their own: those of one record share an entry
            walk = NODE_H + WALK.format(name=name).replace('#include "node.h"\n', "")
            self.write(f"src/{name}.c", walk.replace("struct node", f"struct node_{name}"))
        self.assertIn("3 findings shown", self.run_hplint().out)
        self.write(".hplint.yaml", "limit: 1\n")
        self.assertIn("1 finding shown", self.run_hplint().out)

    def test_suppression_is_seen(self):
        self.expect("abc")
        self.write("src/c.c", LIST_C.replace("  for", "  // hplint: ignore[HP101] few\n  for"))
        result = self.expect("c")
        self.assertEqual([f["suppressed"] for f in result["findings"]].count("few"), 1)
        result = self.expect("")
        self.assertEqual([f["suppressed"] for f in result["findings"]].count("few"), 1)

    def test_another_part_of_the_tree(self):
        self.expect("abc")
        self.assertEqual(len(self.expect("", "src/a.c")["findings"]), 1)
        self.assertEqual(len(self.expect("")["findings"]), 3)

    def test_another_program_judges_again(self):
        self.expect("abc")
        other = self.dir / "other"
        other.mkdir()
        for name in ("hplint", "hplint-unit"):
            shutil.copyfile(HPLINT.parent / name, other / name)
            (other / name).chmod(0o755)
        runs = "SELECT max(id) FROM run"
        before = self.run_hplint("db", runs).out
        self.expect("")
        self.assertEqual(self.run_hplint("db", runs).out, before)
        subprocess.run([other / "hplint", "--exit-zero"], cwd=self.dir, env=self.env, check=True,
                       capture_output=True)
        self.assertNotEqual(self.run_hplint("db", runs).out, before)


class Lookups(Incremental):
    def test_a_new_header_shadows(self):
        self.expect("abc")
        self.write("src/own/node.h", NODE_H.replace("52", "116"))  # -Iown comes first
        result = self.expect("ab")
        sizes = {f["file"]: f["facts"]["node size"]["value"] for f in result["findings"]}
        self.assertEqual(sizes, {"src/a.c": 128, "src/b.c": 128, "src/c.c": 64})
        self.expect("")
        shutil.rmtree(self.dir / "src/own")
        self.expect("ab")

    def test_a_header_beside_the_source_shadows(self):
        self.expect("abc")
        self.write("src/node.h", NODE_H.replace("52", "116"))
        self.expect("ab")

    def test_a_header_appears_that_was_asked_for(self):
        asks = '#if __has_include("extra.h") || __has_include(<inc/other.h>)\n#include "extra.h"\n#endif\n'
        self.write("src/a.c", asks + WALK.format(name="a"))
        self.expect("abc")
        self.expect("")
        self.write("src/extra.h", "int extra;\n")
        self.expect("a")
        self.expect("")
        (self.dir / "src/extra.h").unlink()
        self.expect("a")

    def test_a_system_header_is_shadowed(self):
        self.expect("abc")
        self.write("inc/stddef.h", "typedef unsigned long size_t;\n#define NULL ((void *)0)\n")
        self.expect("c")

    def test_a_new_header_shadows_among_many_look_ups(self):
        """So many that the store keeps them against a dictionary."""
        many = [f"-Ifolder-with-a-rather-long-name-{i:04}" for i in range(800)]
        self.flags = {name: many for name in "ab"} | {"c": []}
        self.write("compile_commands.json", json.dumps([
            {"directory": str(self.dir / "src"), "file": f"{name}.c",
             "arguments": ["cc", *flags, "-I../inc", "-c", f"{name}.c"]} for name, flags in sorted(self.flags.items())]))
        self.expect("abc")
        stored = self.run_hplint("db", "SELECT count(*) AS n FROM unit_lookup WHERE dictionary > 0").out
        self.assertEqual(stored.split()[-1], "3")
        self.expect("")
        shadow = self.write("src/folder-with-a-rather-long-name-0400/node.h", NODE_H.replace("52", "116"))
        self.expect("ab")
        self.expect("")
        self.write("src/c.c", LIST_C + "int more;\n")  # look-ups of stored units and of one that is parsed
        self.expect("c")
        self.expect("")
        shadow.unlink()
        self.expect("ab")

    def test_an_unrelated_file_costs_nothing(self):
        self.expect("abc")
        self.write("inc/other.h", "int x;\n")
        self.write("src/own/unrelated.h", "int x;\n")
        self.expect("")

    def test_incomplete_units_are_kept_until_the_header_is_there(self):
        self.write("src/b.c", '#include "gen/late.h"\n' + WALK.format(name="b"))
        first = self.expect("abc")
        self.assertEqual(first["run"]["units"]["incomplete"], 1)
        self.assertIn("gen/late.h", first["run"]["failures"][0]["reason"])
        again = self.expect("")
        self.assertEqual(first["run"]["failures"], again["run"]["failures"])
        self.assertEqual(first["findings"], again["findings"])
        self.write("src/c.c", "\n" + LIST_C)  # not from the answer, but from the units
        again = self.expect("c")
        self.assertEqual(first["run"]["failures"], again["run"]["failures"])
        self.write("inc/gen/late.h", "int late;\n")
        again = self.expect("b")
        self.assertEqual(again["run"]["failures"], [])

    def test_guessed_flags(self):
        (self.dir / "compile_commands.json").unlink()
        self.write("src/b.c", '#include "late.h"\n' + WALK.format(name="b"))
        self.expect("abc")
        self.expect("")
        self.write("somewhere/late.h", "int late;\n")
        result = self.expect("b")
        self.assertEqual(result["run"]["failures"], [])
        self.expect("")
        self.write("src/d.c", WALK.format(name="d"))
        self.expect("d")
        (self.dir / "src/a.c").unlink()
        self.assertEqual(len(self.expect("")["findings"]), 3)


class Programs(Incremental):
    def test_a_warm_run_starts_no_worker(self):
        self.expect("abc")
        self.run_hplint("--exit-zero", "-q")  # asks the compiler what remains
        self.env["ASAN_OPTIONS"] = "detect_leaks=0"  # which strace would disturb
        done = subprocess.run(["strace", "-f", "-e", "trace=execve", "-o", "/dev/stdout", HPLINT,
                               "--exit-zero", "-q"], cwd=self.dir, env=self.env,
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.count("execve("), 1)


if __name__ == "__main__":
    unittest.main()
