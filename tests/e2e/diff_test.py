"""--diff REV: what is new since a revision."""
import subprocess
import unittest

from common import LIST_C, Case

WALK_H = "struct node { int value; char pad[52]; struct node *next; };\n"
WALK = """\
#include "walk.h"
int {name}(const struct node *head) {{
  int total = 0;
  for (const struct node *n = head; n; n = n->next)
    total += n->value;
  return total;
}}
"""


class Diff(Case):
    def git(self, *args):
        return subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@t", *args],
                              cwd=self.dir, env=self.env, check=True, capture_output=True,
                              text=True).stdout

    def setUp(self):
        super().setUp()
        self.git("init", "-q")
        self.write("walk.h", WALK_H)
        self.write("a.c", WALK.format(name="a"))
        self.write("b.c", WALK.format(name="b"))
        self.write("c.c", LIST_C)
        self.git("add", ".")
        self.git("commit", "-qm", "one")

    def new(self, revision="HEAD", *args, **kwargs):
        result = self.findings("--diff", revision, *args, **kwargs)
        return [(f["file"], f["function"]) for f in result["findings"]], result["run"]

    def test_nothing_is_new(self):
        found, run = self.new()
        self.assertEqual(found, [])
        self.assertEqual((run["since"], run["known"]), ("HEAD", 3))

    def test_a_new_loop(self):
        self.write("a.c", WALK.format(name="a") + WALK.format(name="more").split("\n", 1)[1])
        self.assertEqual(self.new()[0], [("a.c", "more")])
        self.git("commit", "-qam", "two")
        self.assertEqual(self.new()[0], [])
        self.assertEqual(self.new("HEAD~1")[0], [("a.c", "more")])
        out = self.run_hplint("--diff", "HEAD~1", "--fail-on", "low")
        self.assertEqual(out.returncode, 1)
        self.assertIn("1 finding new since HEAD~1 (3 known) shown", out.out)

    def test_moved_code_is_not_new(self):
        self.write("a.c", "\n\n" + WALK.format(name="a"))  # down
        (self.dir / "b.c").unlink()  # to another file, not yet known to git
        self.write("sub/d.c", WALK.format(name="b").replace("walk.h", "../walk.h"))
        found, run = self.new()
        self.assertEqual((found, run["known"]), ([], 3))

    def test_a_new_file(self):
        self.write("new.c", WALK.format(name="fresh"))
        self.assertEqual(self.new()[0], [("new.c", "fresh")])
        self.git("add", "new.c")
        self.assertEqual(self.new()[0], [("new.c", "fresh")])

    def test_a_header_makes_the_difference(self):
        self.write("walk.h", WALK_H.replace("struct node *next", "int next_index"))
        text = WALK.format(name="a").replace("n = n->next)", "n = n + n->next_index)")
        self.write("a.c", text)
        self.write("b.c", text.replace("int a(", "int b("))
        self.git("commit", "-qam", "indexes")
        self.write("walk.h", WALK_H)
        self.write("a.c", WALK.format(name="a"))
        found, run = self.new()
        self.assertIn(("a.c", "a"), found)
        self.assertNotIn(("c.c", "sum"), found)

    def test_the_store_holds_the_tree_as_it_is(self):
        self.write("a.c", WALK.format(name="a") + WALK.format(name="more").split("\n", 1)[1])
        self.new()
        rows = self.run_hplint("db", "SELECT count(*) FROM finding", status=0).out
        self.assertIn("4", rows)
        result = self.findings()
        self.assertEqual((len(result["findings"]), result["run"]["units"]["parsed"]), (4, []))

    def test_below_the_top(self):
        self.write("part/.hplint.yaml", "limit: 5\n")
        self.write("part/p.c", LIST_C)
        self.git("add", ".")
        self.git("commit", "-qm", "part")
        self.write("part/p.c", LIST_C + LIST_C.replace("sum", "twice").split("\n", 2)[2])
        self.assertEqual(self.new(cwd=self.dir / "part")[0], [("p.c", "twice")])

    def test_wrong_use(self):
        self.fails("--diff", "no-such", says="--diff no-such: no such revision")
        self.fails("--diff", "--output=x", says="no such revision")
        self.assertFalse((self.dir / "x").exists())
        self.fails("link", "--diff", "HEAD", "x.hpu", says="cannot be used with link")

    def test_repository_settings_start_nothing(self):
        marker = self.dir.parent / "started"
        self.git("config", "core.fsmonitor", f"touch {marker}; false")
        self.git("config", "diff.external", f"touch {marker}")
        self.write("a.c", "\n" + WALK.format(name="a"))
        self.new()
        self.assertFalse(marker.exists())


if __name__ == "__main__":
    unittest.main()
