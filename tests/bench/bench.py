#!/usr/bin/env python3
"""Measured side by side in one run: hplint, clang's syntax check and clang-tidy over the same units with the same
number of jobs. Ratios are medians over rounds in which the tools take turns, so that a noisy machine disturbs all alike.

usage: bench.py [--rounds N] [--jobs N] [--project redis] [--no-tidy]
Fails when a run fails or does not analyse the expected number of units.
"""
import argparse
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HPLINT = ROOT / "build" / "bin" / "hplint"
EXPECTED = {"redis": 140, "lua5.4": 34, "zlib": 17, "sqlite3": 4}


class Cost:
    """Wall seconds, CPU seconds of all processes, and the largest peak of resident memory of one process."""

    def __init__(self, wall, cpu, peak_mib):
        self.wall, self.cpu, self.peak_mib = wall, cpu, peak_mib


def measured(work):
    """Runs `work` in a child of its own, so that its children's usage is counted alone."""
    read, write = os.pipe()
    start = time.monotonic()
    child = os.fork()
    if child == 0:
        try:
            os.close(read)
            ok = work()
            usage = resource.getrusage(resource.RUSAGE_CHILDREN)
            line = json.dumps([ok, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024])
            os.write(write, line.encode())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    wall = time.monotonic() - start
    if not answer:
        sys.exit("bench: a measured run died")
    ok, cpu, peak = json.loads(answer)
    if ok is not True:
        sys.exit(f"bench: a run failed: {ok}")
    return Cost(wall, cpu, peak)


def units(project):
    entries = json.loads((ROOT / "corpus" / project / "compile_commands.json").read_text())
    seen = {}
    for entry in entries:
        path = os.path.normpath(os.path.join(entry["directory"], entry["file"]))
        if path.endswith(".c"):
            seen.setdefault(path, entry)
    return seen


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


def run_all(commands, jobs):
    """Each command in its folder, `jobs` at once; True or what failed."""
    def one(item):
        folder, command = item
        done = subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE)
        return True if done.returncode == 0 else f"{command[-1]}: {done.stderr.decode()[-300:]}"
    with ThreadPoolExecutor(jobs) as pool:
        return next((r for r in pool.map(one, commands) if r is not True), True)


def hplint_run(folder, jobs, store, expected):
    def work():
        done = subprocess.run([HPLINT, "--format", "json", "--exit-zero", "-j", str(jobs), "-p",
                               folder, folder], cwd=store, capture_output=True)
        if done.returncode:
            return done.stderr.decode()
        result = json.loads(done.stdout)
        total, failed = result["run"]["units"]["total"], result["run"]["units"]["failed"]
        if total != expected or failed:
            return f"{total} units, {failed} failed; expected {expected} and 0"
        return True
    return work


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--project", default="redis", choices=sorted(EXPECTED))
    parser.add_argument("--no-tidy", action="store_true")
    args = parser.parse_args()
    folder = ROOT / "corpus" / args.project
    todo = units(args.project)
    if len(todo) != EXPECTED[args.project]:
        sys.exit(f"bench: {args.project} has {len(todo)} units; expected {EXPECTED[args.project]}")
    syntax = [(e["directory"], syntax_command(p, e)) for p, e in todo.items()]
    tidy = [(e["directory"], ["clang-tidy-19", "--quiet", "-checks=-*,performance-*", "-p",
                              str(folder), p]) for p, e in todo.items()]
    cold = hplint_run(folder, args.jobs, folder, len(todo))
    tools = {
        "hplint, cold": cold,
        "hplint, warm": cold,
        "clang-19 -fsyntax-only": lambda: run_all(syntax, args.jobs),
    }
    if not args.no_tidy:
        tools["clang-tidy-19 performance-*"] = lambda: run_all(tidy, args.jobs)
    costs = {name: [] for name in tools}
    for round_number in range(args.rounds):
        for name, work in tools.items():
            if name.startswith("clang-tidy") and round_number:
                continue  # many times slower: once is enough
            if name == "hplint, cold":
                shutil.rmtree(folder / ".hplint", ignore_errors=True)
            costs[name].append(measured(work))
    report(args, todo, costs)


def report(args, todo, costs):
    cpu = next((line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                if line.startswith("model name")), platform.machine())
    print(f"{args.project}: {len(todo)} units, {args.jobs} jobs, median of {args.rounds} rounds; {cpu}")
    base = costs["clang-19 -fsyntax-only"]
    print(f"{'':32}{'wall s':>9}{'ratio':>8}{'CPU s':>9}{'ratio':>8}{'peak MiB':>10}")
    for name, runs in costs.items():
        wall, cpu_time = (statistics.median(getattr(r, k) for r in runs) for k in ("wall", "cpu"))
        pairs = list(zip(runs, base))
        wall_ratio = statistics.median(r.wall / b.wall for r, b in pairs)
        cpu_ratio = statistics.median(r.cpu / b.cpu for r, b in pairs)
        peak = max(r.peak_mib for r in runs)
        print(f"{name:32}{wall:9.2f}{wall_ratio:8.2f}{cpu_time:9.2f}{cpu_ratio:8.2f}{peak:10.0f}")


if __name__ == "__main__":
    main()
