"""What the end-to-end tests share: running the built programs in folders of their own."""
import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("HPLINT_BUILD", SOURCE / "build"))
CORPUS = Path(os.environ.get("HPLINT_CORPUS", SOURCE / "corpus"))
HPLINT = BUILD / "bin" / "hplint"

# A list walked node by node: HP101, whatever else the tests do with it.
LIST_C = """\
#include <stddef.h>
struct node { int value; char pad[52]; struct node *next; };
int sum(const struct node *head) {
  int total = 0;
  for (const struct node *n = head; n; n = n->next)
    total += n->value;
  return total;
}
"""


class Case(unittest.TestCase):
    """A test with a fresh folder `self.dir` and HOME."""

    def setUp(self):
        self._temporary = tempfile.TemporaryDirectory(prefix="hplint-test-")
        self.dir = Path(self._temporary.name) / "work"
        self.dir.mkdir()
        self.env = dict(os.environ, HOME=self._temporary.name, NO_COLOR="1")
        self.env.pop("XDG_CACHE_HOME", None)

    def tearDown(self):
        self._temporary.cleanup()

    def write(self, name, text):
        path = self.dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def run_hplint(self, *args, cwd=None, status=None, timeout=300, input=None):
        done = subprocess.run([HPLINT, *map(str, args)], cwd=cwd or self.dir, env=self.env,
                              capture_output=True, timeout=timeout, input=input)
        done.out = done.stdout.decode(errors="surrogateescape")
        done.err = done.stderr.decode(errors="surrogateescape")
        if status is not None:
            self.assertEqual(done.returncode, status, f"{args}\n{done.out}\n{done.err}")
        self.assertGreaterEqual(done.returncode, 0, f"died: {args}\n{done.err}")
        return done

    def findings(self, *args, evidence=False, **kwargs):
        """The JSON of a run that must work; clang's optimiser is only asked where that is the test."""
        options = [] if evidence else ["--no-evidence"]
        done = self.run_hplint("--format", "json", "--exit-zero", *options, *args, status=0, **kwargs)
        return json.loads(done.out)

    def fails(self, *args, says, cwd=None, status=2):
        """Wrong use: the status, exactly one line on stderr that says so, and nothing on stdout."""
        done = self.run_hplint(*args, cwd=cwd, status=status)
        self.assertRegex(done.err, says)
        self.assertTrue(done.err.startswith("hplint: "), done.err)
        self.assertEqual(done.err.count("\n"), 1, done.err)
        return done
