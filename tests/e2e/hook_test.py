#!/usr/bin/env python3
"""The commit hook, with plain git and with the real pre-commit framework."""
import os
import shutil
import subprocess
import unittest

from common import BUILD, SOURCE, Case

ALLOC_C = """\
#include <stdlib.h>
void use(char *);
void each(int n, const int *sizes) {
  for (int i = 0; i < n; i++) {
    char *b = malloc(sizes[i]);
    use(b);
    free(b);
  }
}
"""
CLEAN_C = "int add(int a, int b) { return a + b; }\n"


class Hook(Case):
    def setUp(self):
        super().setUp()
        self.env.update(PATH=f"{BUILD / 'bin'}:{os.environ['PATH']}", GIT_AUTHOR_NAME="a",
                        GIT_AUTHOR_EMAIL="a@example.org", GIT_COMMITTER_NAME="a",
                        GIT_COMMITTER_EMAIL="a@example.org", GIT_CONFIG_GLOBAL="/dev/null")
        self.git("init", "-q", "-b", "main")
        self.write("clean.c", CLEAN_C)
        self.commit("first", works=True)

    def git(self, *args, works=True, cwd=None):
        done = subprocess.run(["git", *args], cwd=cwd or self.dir, env=self.env, capture_output=True, text=True)
        if works is not None:
            self.assertEqual(done.returncode == 0, works, done.stdout + done.stderr)
        return done

    def commit(self, message, works):
        self.git("add", "-A")
        return self.git("commit", "-q", "-m", message, works=works)

    def commits(self):
        return int(self.git("rev-list", "--count", "HEAD").stdout)

    def check_blocking(self):
        """With a hook in place: new high findings block, old ones and suppressed ones do not."""
        self.write("clean.c", CLEAN_C + "int sub(int a, int b) { return a - b; }\n")
        self.commit("clean", works=True)
        self.write("alloc.c", ALLOC_C)
        done = self.commit("bad", works=False)
        self.assertIn("HP201", done.stdout + done.stderr)
        self.assertIn("alloc.c:5", done.stdout + done.stderr)
        self.write("alloc.c", ALLOC_C.replace("malloc(sizes[i]);",
                                              "malloc(sizes[i]); // hplint: ignore[HP201] sizes vary"))
        self.commit("suppressed", works=True)
        self.git("commit", "-q", "--no-verify", "--allow-empty", "-m", "x")
        self.write("alloc.c", ALLOC_C)
        self.git("add", "-A")
        self.git("commit", "-q", "--no-verify", "-m", "known")
        self.write("alloc.c", "/* moved down */\n\n" + ALLOC_C)
        self.commit("old finding, moved", works=True)
        self.write("notes.txt", "no C\n")
        self.commit("no C at all", works=True)

    def test_plain_git(self):
        self.run_hplint("hook", "install", status=0)
        self.check_blocking()
        self.assertEqual(self.commits(), 7)

    def test_pre_commit_framework(self):
        tool = shutil.which("pre-commit", path="/usr/bin:" + os.environ["PATH"])
        self.assertIsNotNone(tool, "pre-commit is missing: ./dev setup")
        hooks = self.dir.parent / "hooks"
        hooks.mkdir()
        shutil.copy(SOURCE / ".pre-commit-hooks.yaml", hooks)
        self.git("init", "-q", "-b", "main", cwd=hooks)
        self.git("add", "-A", cwd=hooks)
        self.git("commit", "-q", "-m", "hooks", cwd=hooks)
        revision = self.git("rev-parse", "HEAD", cwd=hooks).stdout.strip()
        self.write(".pre-commit-config.yaml",
                   f"repos:\n- repo: {hooks}\n  rev: {revision}\n  hooks:\n  - id: hplint\n")
        subprocess.run([tool, "install"], cwd=self.dir, env=self.env, check=True, capture_output=True)
        self.check_blocking()


if __name__ == "__main__":
    unittest.main()
