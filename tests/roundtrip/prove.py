"""Lowers C files with hplint-unit and proves the units good with prove_units, in parallel and with limits.
With oracle=True each is also compared with clang's bitcode (tests/oracle), unless the programs are sanitized: those
look for faults of memory, which take long enough.

A job is a C file and its compiler flags. Its result is one of
  ok          lowered, verified, came back from its text the same, analysed and judged
  rejected    clang does not accept the file, so nothing is asked of us
  bad         anything else; `detail` says what
"""
import collections
import dataclasses
import os
import re
import shlex
import subprocess
import tempfile
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "oracle"))
import oracle as clang_oracle

SOURCE = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("HPLINT_BUILD", SOURCE / "build"))
CLANG = "clang-19"
SECONDS, MEMORY = 120, 4 << 30
BATCH = 16


@dataclasses.dataclass
class Job:
    path: str
    flags: list = dataclasses.field(default_factory=list)
    cwd: str = "."
    compared: bool = True  # with the oracle, when that is asked for


@dataclasses.dataclass
class Result:
    job: Job
    status: str
    detail: str = ""
    functions: int = 0
    instructions: int = 0
    opaque: int = 0
    compared: int = 0  # functions, by the oracle
    differences: list = dataclasses.field(default_factory=list)

    def reproduce(self):
        return shlex.join(["hplint-unit", "--ir", "x.hpu", "--", "cc", "-c", *self.job.flags, self.job.path])


def sanitized():
    cache = BUILD / "CMakeCache.txt"
    return cache.exists() and re.search(r"^HPLINT_SANITIZE:\w+=\S", cache.read_text(), re.MULTILINE) is not None


SANITIZED = sanitized()
# Set by a program of its own: Python cannot safely do it between fork and exec when there are threads. Sanitizers
# reserve a range of addresses that is larger than any limit.
LIMITS = ["prlimit", f"--cpu={SECONDS}", "--core=0", *([] if SANITIZED else [f"--as={MEMORY}"])]
ENV = dict(os.environ, LSAN_OPTIONS=f"suppressions={SOURCE}/tests/lsan.supp:print_suppressions=0")


def run(command, cwd=".", slower=1):
    """Status, standard output and error; a program that has to be ended has the status None."""
    try:
        done = subprocess.run([*LIMITS, *command], cwd=cwd, env=ENV, capture_output=True, timeout=SECONDS * slower)
    except subprocess.TimeoutExpired:
        return None, "", "took too long"
    return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")


def clang_accepts(job):
    status, _, _ = run([CLANG, "-fsyntax-only", "-w", *job.flags, job.path], job.cwd)
    return status == 0


def lower(job, out):
    """None when `out` was written and is whole, else the result."""
    status, _, err = run([str(BUILD / "bin/hplint-unit"), "--ir", str(out), "--", "cc", "-c", *job.flags, job.path], job.cwd)
    if status == 0 and not err:
        return None
    if status in (0, 2) and not clang_accepts(job):
        return Result(job, "rejected")
    lines = [line for line in err.splitlines() if re.search("internal error|ERROR|runtime error|hplint-unit:", line)]
    what = lines[0] if lines else (err.strip().splitlines() or [""])[-1]
    return Result(job, "bad", f"hplint-unit, status {status}: {what}")


def ask_oracle(results, unit_of):
    for result in results:
        job = result.job
        if result.status == "ok" and job.compared:
            found = clang_oracle.compare(job.cwd, ["cc", "-c", *job.flags, job.path], unit_of[id(job)], run)
            if "error" in found:
                result.status = "rejected" if "rejected" in found else "bad"
                result.detail = found["error"].splitlines()[0]
            else:
                result.compared, result.differences = found["functions"], found["differences"]


def check(lowered):
    """Results of (job, file) pairs. Who dies on a file goes on behind it."""
    results = []
    while lowered:
        status, out, err = run([str(BUILD / "tests/prove_units"), *(str(f) for _, f in lowered)], slower=4)
        lines = out.splitlines()
        for (job, path), line in zip(lowered, lines):
            good = re.fullmatch(r"ok \S+ functions (\d+) instructions (\d+) opaque (\d+)", line)
            results.append(Result(job, "ok", "", *map(int, good.groups())) if good else
                           Result(job, "bad", line.replace(f"bad {path}: ", "")))
        lowered = lowered[len(lines):]
        if lowered:
            what = [x for x in err.splitlines() if x.strip()] or [""]
            results.append(Result(lowered[0][0], "bad", f"prove_units, status {status}: {what[0]}"))
            lowered = lowered[1:]
        elif status not in (0, 1):
            results[-1] = Result(results[-1].job, "bad", f"prove_units, status {status}: {err.strip()[:300]}")
    return results


def prove_batch(jobs, oracle=False):
    results, lowered = [], []
    with tempfile.TemporaryDirectory(prefix="hplint-prove-") as scratch:
        for i, job in enumerate(jobs):
            out = Path(scratch) / f"{i}.hpu"
            failed = lower(job, out)
            if failed:
                results.append(failed)
            else:
                lowered.append((job, out))
        proven = check(lowered)
        if oracle and not SANITIZED:
            ask_oracle(proven, {id(job): out for job, out in lowered})
        return results + proven


def prove(jobs, workers=None, oracle=False):
    """The results of all jobs, in their order."""
    batches = [jobs[i:i + BATCH] for i in range(0, len(jobs), BATCH)]
    with ThreadPoolExecutor(workers or os.cpu_count()) as pool:
        results = [r for batch in pool.map(lambda b: prove_batch(b, oracle), batches) for r in batch]
    order = {id(job): i for i, job in enumerate(jobs)}
    return sorted(results, key=lambda r: order[id(r.job)])


def report_differences(results, expected=(), bars=None):
    """Prints the functions on which IR and bitcode differ, but for those expected, (path, function, criterion), and
    the expected ones that agree. True when there are none of either; with bars, {criterion: per cent}, when at least so
    many of the functions agree."""
    if SANITIZED:
        return True
    kinds, functions, known = collections.Counter(), 0, set()
    for r in results:
        for d in r.differences:
            this = (r.job.path, d["function"], d["what"])
            if this in expected:
                known.add(this)
                continue
            sides = " ".join(f"only {side}: {d[side]}" for side in ("clang", "hplint") if d[side])
            print(f"{r.job.path}:{d['line']}: {d['function']}: {d['what']}: {sides}")
            kinds[d["what"]] += 1
        functions += len({d["function"] for d in r.differences})
    run = {r.job.path for r in results if r.status != "bad"}
    agree = sorted(e for e in expected if e not in known and e[0] in run)
    for path, function, what in agree:
        print(f"{path}: {function}: {what}: expected to differ, but agrees")
    files, compared = sum(r.compared > 0 for r in results), sum(r.compared for r in results)
    print(f"oracle: {files} files, {compared} functions compared, {functions} differ, {len(known)} of the differences "
          "expected" + (f" (unexpected: {', '.join(f'{k} {n}' for k, n in kinds.most_common())})" if kinds else ""))
    bad = [what for what, n in kinds.items() if not bars or 100 * (compared - n) < bars[what] * compared]
    return compared > 0 and not bad and not agree


def report(results, name):
    """Prints what is bad and one line of figures; True when nothing is bad."""
    bad = [r for r in results if r.status == "bad"]
    for r in bad:
        print(f"{r.job.path}: {r.detail}\n    {r.reproduce()}")
    count = {s: sum(r.status == s for r in results) for s in ("ok", "rejected", "bad")}
    total = {k: sum(getattr(r, k) for r in results) for k in ("functions", "instructions", "opaque")}
    print(f"{name}: {count['ok']} good, {count['bad']} bad, {count['rejected']} that clang rejects; "
          f"{total['functions']} functions, {total['instructions']} instructions, {total['opaque']} OPAQUE")
    return not bad
