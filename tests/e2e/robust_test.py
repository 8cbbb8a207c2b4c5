"""What goes wrong costs only itself: workers, the disk, kills, many runs at once."""
import json
import os
import random
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import time
import unittest

from common import HPLINT, LIST_C, Case

UNIT = HPLINT.parent / "hplint-unit"

# Stands between hplint and its worker: passes messages through, unless the file's name says
# something else.
FAKE_WORKER = f"""\
#!/usr/bin/python3
import os, signal, struct, subprocess, sys, time
if len(sys.argv) > 1:
    os.execv("{UNIT}", sys.argv)
real = subprocess.Popen(["{UNIT}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
def read(stream):
    head = stream.read(4)
    if len(head) < 4:
        sys.exit(0)
    return head + stream.read(struct.unpack("<I", head)[0])
while True:
    request = read(sys.stdin.buffer)
    open("requests", "a").write("x")
    if b"crash.c" in request:
        real.kill()
        os.kill(os.getpid(), signal.SIGSEGV)
    if b"/hang" in request:
        open("hanging", "a").write("x")
        while not os.path.exists("go"):
            time.sleep(0.02)
    if b"memory.c" in request:
        pieces = []
        try:
            while True:
                pieces.append(bytearray(1 << 24))
        except MemoryError:
            sys.stderr.write("out of memory\\n")
            os._exit(1)
    if b"garbage.c" in request:
        os.write(1, b"this is no answer at all, " * 100)
        time.sleep(1000)
    real.stdin.write(request)
    real.stdin.flush()
    sys.stdout.buffer.write(read(real.stdout))
    sys.stdout.buffer.flush()
"""


def wait_until(condition, what, seconds=120):
    """However slow the machine is: a condition, not a time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(0.02)


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


class Project(Case):
    units = 6

    def setUp(self):
        super().setUp()
        for i in range(self.units):
            self.write(f"u{i}.c", LIST_C.replace("sum", f"sum{i}"))

    def stored(self):
        """The findings of the database, whatever their ids."""
        with sqlite3.connect(self.dir / ".hplint" / "hplint.db") as db:
            return db.execute("SELECT rule, file, line, message, fingerprint, position, listed "
                              "FROM finding ORDER BY position").fetchall()

    def start(self, *args, **kwargs):
        return subprocess.Popen([kwargs.pop("program", HPLINT), "--exit-zero", *args], cwd=self.dir,
                                env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                **kwargs)

    def children(self, pid):
        found = []
        for entry in os.listdir("/proc"):
            try:
                with open(f"/proc/{entry}/stat") as f:
                    if int(f.read().rsplit(")", 1)[1].split()[1]) == pid:
                        found.append(int(entry))
            except (OSError, ValueError, IndexError):
                pass
        return found


class Workers(Project):
    units = 3

    def setUp(self):
        super().setUp()
        self.bin = self.dir / "bin"
        self.bin.mkdir()
        shutil.copyfile(HPLINT, self.bin / "hplint")
        (self.bin / "hplint-unit").write_text(FAKE_WORKER)
        for name in ("hplint", "hplint-unit"):
            (self.bin / name).chmod(0o755)

    def lint(self, *args):
        done = subprocess.run([self.bin / "hplint", "--format", "json", "--exit-zero", *args],
                              cwd=self.dir, env=self.env, capture_output=True, timeout=300)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def hanging(self):
        """How many units hang, or did."""
        file = self.dir / "hanging"
        return len(file.read_text()) if file.exists() else 0

    def test_each_fault_loses_its_unit_only(self):
        usual = ["--unit-memory", "900"]
        for name, reason in (("crash", r"signal 11"), ("hang", r"took more than 8 s"),
                             ("memory", r"out of memory \(limit 900 MB\)"), ("garbage", "garbage")):
            with self.subTest(name):
                self.write(f"{name}.c", LIST_C.replace("sum", "lost"))
                limits = usual + (["--unit-timeout", "8"] if name == "hang" else [])
                result = self.lint(*limits)
                self.assertEqual(result["run"]["units"]["failed"], 1)
                self.assertRegex(result["run"]["failures"][0]["reason"], reason)
                self.assertEqual(result["run"]["failures"][0]["example"], f"{name}.c")
                self.assertEqual(len(result["findings"]), self.units)
                again = self.lint(*limits)  # tried again, and only this one
                self.assertEqual(again["run"]["units"]["parsed"], [f"{name}.c"])
                (self.dir / f"{name}.c").unlink()
        self.assertEqual(self.lint(*usual)["run"]["units"]["failed"], 0)

    def test_a_lost_unit_is_tried_again_when_something_changes(self):
        self.write("crash.c", '#if 0\n#include "own.h"\n#include "none.h"\n#endif\n' + LIST_C.replace("sum", "lost"))
        self.write("own.h", "int own;\n")

        def parsed():
            run = self.lint()["run"]
            self.assertRegex(run["failures"][0]["reason"], r"signal 11")
            self.assertEqual(run["units"]["failed"], 1)
            return run["units"]["parsed"]

        self.assertIn("crash.c", parsed())
        self.assertEqual(parsed(), [])
        self.write("u0.c", LIST_C.replace("sum", "other"))
        self.assertEqual(parsed(), ["u0.c"])
        for name in ("own.h", "none.h", "crash.c"):
            with open(self.dir / name, "a") as file:
                file.write("int more;\n")
            self.assertEqual(parsed(), ["crash.c"], name)
            self.assertEqual(parsed(), [])

    def test_what_a_revision_has_in_common_is_parsed_once(self):
        def git(*args):
            subprocess.run(["git", "-c", "user.name=n", "-c", "user.email=e", *args], cwd=self.dir, env=self.env,
                           check=True, capture_output=True)
        git("init", "-q")
        git("add", *(f"u{i}.c" for i in range(self.units)))
        git("commit", "-qm", "one")
        self.write("u0.c", LIST_C.replace("sum", "other"))
        found = self.lint("--no-store", "--diff", "HEAD")["findings"]
        self.assertEqual([f["file"] for f in found], ["u0.c"])
        self.assertEqual(len((self.dir / "requests").read_text()), self.units + 1)
        self.assertFalse((self.dir / ".hplint").exists())

    def test_no_orphans_after_a_hard_kill(self):
        self.write("hang.c", LIST_C)
        main = self.start("-j", "1", program=self.bin / "hplint")
        wait_until(self.hanging, "the worker hangs")
        workers = self.children(main.pid)
        self.assertEqual(len(workers), 1)
        main.kill()
        main.communicate()
        wait_until(lambda: not any(map(alive, workers)), "the worker ends with its main program")

    def test_progress_on_a_terminal(self):
        self.write("hang.c", LIST_C)
        total = self.units + 1
        waiting = re.compile(rf"\r\x1b\[K{total - 1}/{total} units, \d+ s left, now hang.c \(([2-9]|\d\d) s\)")
        main, terminal = os.forkpty()
        if main == 0:
            os.chdir(self.dir)
            os.dup2(os.open("/dev/null", os.O_WRONLY), 1)
            os.execve(self.bin / "hplint", ["hplint", "--exit-zero"], self.env)
        seen = ""

        def read():
            nonlocal seen
            try:
                seen += os.read(terminal, 4096).decode()
            except OSError:  # the other end is closed
                return False
            return True

        try:
            wait_until(lambda: read() and waiting.search(seen), "all but one are done")
            self.write("go", "")
            while read():
                pass
        finally:
            os.close(terminal)
            os.waitpid(main, 0)
        lines = re.split(r"\r\x1b\[K", seen)
        self.assertIn(f"{total}/{total} units, 0 s left", lines)
        self.assertEqual(lines[-1], "")

    def test_interrupt_keeps_what_is_finished(self):
        self.write("hang.c", "/*" + "x" * 10000 + "*/\n" + LIST_C)  # the largest starts first
        self.write("hang2.c", "int last;\n")  # and the smallest when all others are done
        main = self.start("-j", "2", program=self.bin / "hplint", start_new_session=True)
        wait_until(lambda: self.hanging() == 2, "both workers hang")
        os.killpg(main.pid, signal.SIGINT)
        out, err = main.communicate(timeout=120)
        self.assertRegex(err.decode(), rf"interrupted: {self.units} of {self.units + 2} units")
        self.assertEqual(main.returncode, 2)
        (self.dir / "hang.c").unlink()
        (self.dir / "hang2.c").unlink()
        self.assertEqual(self.lint()["run"]["units"]["parsed"], [])


class Disk(Project):
    units = 40

    def limited(self, size, *args):
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        return subprocess.run([HPLINT, "--format", "json", "--exit-zero", *args], cwd=self.dir,
                              env=self.env, capture_output=True, preexec_fn=limit, timeout=300)

    def test_full_disk_says_so_and_still_reports(self):
        for size in (100_000, 115_000, 130_000):
            with self.subTest(size):
                shutil.rmtree(self.dir / ".hplint", ignore_errors=True)
                done = self.limited(size)
                self.assertEqual(done.returncode, 2, done.stderr)
                err = done.stderr.decode()
                self.assertRegex(err, r"hplint\.db: cannot .*(full|failed).*is not kept")
                self.assertEqual(err.count("\n"), 1, err)
                self.assertEqual(len(json.loads(done.stdout)["findings"]), self.units)
                # With room again the next run goes on from what there is.
                self.assertEqual(len(self.findings()["findings"]), self.units)
                self.assertEqual(len(self.stored()), self.units)

    def test_read_only_tree_uses_the_cache_folder(self):
        home = self.dir.parent / "home"
        home.mkdir()
        self.env["HOME"] = str(home)
        user = {}
        if os.geteuid() == 0:  # root may write anywhere
            user = {"user": 65534}
            os.chown(home, 65534, 65534)
            self.dir.parent.chmod(0o755)
        self.dir.chmod(0o555)
        try:
            for parsed in (self.units, 0):
                done = subprocess.run([HPLINT, "--format", "json", "--exit-zero"], cwd=self.dir,
                                      env=self.env, capture_output=True, **user)
                self.assertEqual(done.returncode, 0, done.stderr)
                result = json.loads(done.stdout)
                self.assertEqual(len(result["findings"]), self.units)
                self.assertEqual(len(result["run"]["units"]["parsed"]), parsed)
            self.assertFalse((self.dir / ".hplint").exists())
            stores = list((home / ".cache" / "hplint").iterdir())
            self.assertEqual(len(stores), 1)
        finally:
            self.dir.chmod(0o755)


class Together(Project):
    units = 12

    def test_eight_runs_at_once(self):
        expected = self.findings("--no-store")["findings"]
        for attempt in range(2):  # on no database, then on one that everybody changes
            runs = [self.start("--format", "json", "-j", "1", "--no-evidence") for _ in range(8)]
            for run in runs:
                out, err = run.communicate(timeout=300)
                self.assertEqual((run.returncode, err), (0, b""))
                self.assertEqual(json.loads(out)["findings"], expected)
            self.assertEqual(len(self.stored()), self.units)
            for i in range(0, self.units, 3):
                self.write(f"u{i}.c", LIST_C.replace("sum", f"sum{i}") + f"/* {attempt} */\n")

    def test_jobs_and_order_change_nothing(self):
        def database(order):
            entries = [{"directory": str(self.dir), "file": f"u{i}.c", "command": f"cc -c u{i}.c"}
                       for i in order]
            self.write("compile_commands.json", json.dumps(entries))
        order, seen = list(range(self.units)), set()
        chance = random.Random(7)
        for jobs in (1, 2, 4):
            chance.shuffle(order)
            database(order)
            shutil.rmtree(self.dir / ".hplint", ignore_errors=True)
            out = self.run_hplint("--format", "json", "--exit-zero", "-j", jobs, status=0).out
            seen.add(out)
        self.assertEqual(len(seen), 1)

    def test_kill_at_any_moment(self):
        """After a hard kill at a random moment the next run ends as if nothing had been."""
        self.run_hplint("--exit-zero", status=0)
        expected = self.stored()
        self.assertEqual(len(expected), self.units)
        chance = random.Random(int(os.environ.get("HPLINT_SEED", "1")))
        started = time.monotonic()
        shutil.rmtree(self.dir / ".hplint")
        self.findings()
        length = time.monotonic() - started
        killed = attempt = 0
        while killed < 40:
            self.assertLess(attempt, 400, f"{killed} of {attempt} runs were still running when they were killed")
            if attempt % 2:
                shutil.rmtree(self.dir / ".hplint", ignore_errors=True)
            else:  # the same content again, but unknown
                for i in range(0, self.units, 2):
                    os.utime(self.dir / f"u{i}.c")
                self.write("u1.c", LIST_C.replace("sum", "sum1") + f"/* {attempt} */\n")
            run = self.start("-j", "2")
            time.sleep(chance.random() * length)
            killed += run.poll() is None
            run.kill()
            run.communicate()
            attempt += 1
            if attempt % 8 == 0 or killed == 40:
                self.run_hplint("--exit-zero", status=0)
                self.assertEqual(self.stored(), expected)
                with sqlite3.connect(self.dir / ".hplint" / "hplint.db") as db:
                    self.assertEqual(db.execute("PRAGMA integrity_check").fetchone(), ("ok",))
                    self.assertEqual(db.execute("PRAGMA foreign_key_check").fetchall(), [])


class Writes(Project):
    def writes(self):
        """Paths that hplint and its workers opened for writing, made, renamed or removed."""
        trace = self.dir.parent / "trace"
        subprocess.run(["strace", "-f", "-y", "-o", trace, "-e",
                        "trace=open,openat,creat,mkdir,mkdirat,rename,renameat,renameat2,link,"
                        "linkat,symlink,symlinkat,unlink,unlinkat", HPLINT, "--exit-zero"],
                       cwd=self.dir, env=self.env, check=True, capture_output=True)
        paths = set()
        for line in trace.read_text(errors="replace").splitlines():
            call = re.match(r"\d+ +(\w+)\((.*)", line)
            if not call or (call[1].startswith("open") and
                            not re.search(r"O_WRONLY|O_RDWR|O_CREAT", call[2])):
                continue
            folder = re.match(r"(?:AT_FDCWD|\d+)<([^>]*)>, ", call[2])
            for name in re.findall(r'"([^"]*)"', call[2]):
                paths.add(os.path.normpath(os.path.join(folder[1] if folder else self.dir, name)))
        return paths

    def test_only_in_the_store(self):
        store = str(self.dir / ".hplint")
        self.env["TMPDIR"] = str(self.dir.parent / "tmp")
        self.env["ASAN_OPTIONS"] = "detect_leaks=0"  # which strace would disturb
        os.mkdir(self.env["TMPDIR"])
        for run in ("cold", "warm"):
            with self.subTest(run):
                paths = self.writes()
                self.assertIn(store + "/hplint.db", paths)
                other = [p for p in paths
                         if p != store and not p.startswith(store + "/") and p != "/dev/null"]
                self.assertEqual(other, [])
        self.assertEqual(os.listdir(self.env["TMPDIR"]), [])


if __name__ == "__main__":
    unittest.main()
