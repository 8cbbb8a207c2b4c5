#!/usr/bin/env python3
"""Measured side by side in one run: hplint, clang's syntax check and clang-tidy over the same units with the same
number of jobs. Ratios are medians over rounds in which the tools take turns, so that a noisy machine disturbs all alike.
Then what the front end costs beside libclang's parsing, and the bars (bars.py): what is promised, and whether it is
met. gsl is among them when it was fetched (`./dev corpus gsl`).

usage: bench.py [--rounds N] [--jobs N] [--project redis ...] [--no-tidy] [--bars [NAME ...]]
--bars: only those, or some of them (warm_redis, edited, ...). Fails when a run fails or does not analyse the expected
number of units, not when a bar is missed.
"""
import argparse
import os
import statistics
import subprocess
import tempfile
from pathlib import Path

import bars
import frontend
import machine
from measure import measured
from project import EXPECTED, ROOT, Project
from rows import BASE, ROWS, TIDY


def measure_rows(project, rows, rounds):
    costs = {row.name: [] for row in rows}
    for round_number in range(rounds):
        for row in rows:
            if row.once and round_number:
                continue
            if row.prepare:
                row.prepare(project)
            costs[row.name].append(measured(lambda row=row: row.run(project)))
    return costs


def report(costs):
    base = costs[BASE]
    print(f"  {'':32}{'wall s':>9}{'ratio':>8}{'CPU s':>9}{'ratio':>8}{'peak MiB':>10}")
    for name, runs in costs.items():
        wall, cpu = (statistics.median(getattr(r, k) for r in runs) for k in ("wall", "cpu"))
        pairs = list(zip(runs, base))
        wall_ratio = statistics.median(r.wall / b.wall for r, b in pairs)
        cpu_ratio = statistics.median(r.cpu / b.cpu for r, b in pairs)
        peak = max(r.peak_mib for r in runs)
        print(f"  {name:32}{wall:9.2f}{wall_ratio:8.2f}{cpu:9.2f}{cpu_ratio:8.2f}{peak:10.0f}")


class Context:
    """What the bars share: copies of projects, made when first asked for."""

    def __init__(self, folder, rounds, jobs):
        self.folder, self.rounds, self.jobs, self.projects, self.figures = folder, rounds, jobs, {}, {}

    def project(self, name):
        if name not in self.projects:
            self.projects[name] = Project.copied(name, self.jobs, self.folder)
        return self.projects[name]

    def stats(self, name):
        """What the workers measured in one cold run, all units."""
        if name not in self.figures:
            self.figures[name] = frontend.collect(self.project(name))
        return self.figures[name]

    def unit_command(self, path, entry):
        unit = ROOT / "build" / "bin" / "hplint-unit"
        return [unit, "-o", self.folder / "unit.hpu", "--", *entry["arguments"]]

    @staticmethod
    def run(command, folder):
        done = subprocess.run(command, cwd=folder, capture_output=True)
        return True if done.returncode == 0 else done.stderr.decode()


def report_bars(rounds, jobs, names):
    print(f"\nbars\n  {'':46}{'measured':>10}{'bar':>8}")
    with tempfile.TemporaryDirectory() as folder:
        context = Context(Path(folder).resolve(), rounds, jobs)
        for bar in [bar for bar in bars.BARS if not names or bar.__name__ in names]:
            result = bar(context)
            if result is None:
                print(f"  {bar.__name__:46}{'not fetched':>10}")
                continue
            met = "met   " if result.met else "MISSED"
            print(f"  {result.name:46}{result.value:>10}{result.limit:>8}  {met}  {result.note}", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--project", action="append", choices=list(EXPECTED), help="default: all")
    parser.add_argument("--no-tidy", action="store_true")
    parser.add_argument("--bars", nargs="*", choices=[bar.__name__ for bar in bars.BARS], metavar="NAME")
    args = parser.parse_args()
    rows = [row for row in ROWS if not (args.no_tidy and row.name == TIDY)]
    for line in machine.describe():
        print(line)
    print(f"{args.jobs} jobs, median of {args.rounds} rounds; ratio: to {BASE}\n{frontend.EXPLANATION}")
    for name in [] if args.bars is not None else args.project or EXPECTED:
        project = Project(name, args.jobs)
        print(f"\n{name}: {len(project.units)} units")
        report(measure_rows(project, rows, args.rounds))
        frontend.report(project, args.rounds)
    if args.bars is not None or not args.project:
        report_bars(args.rounds, args.jobs, args.bars)


if __name__ == "__main__":
    main()
