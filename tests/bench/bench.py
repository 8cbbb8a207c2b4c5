#!/usr/bin/env python3
"""Measured side by side in one run: hplint, clang's syntax check and clang-tidy over the same units with the same
number of jobs. Ratios are medians over rounds in which the tools take turns, so that a noisy machine disturbs all alike.
Then what the front end costs beside libclang's parsing.

usage: bench.py [--rounds N] [--jobs N] [--project redis ...] [--no-tidy]
Fails when a run fails or does not analyse the expected number of units.
"""
import argparse
import os
import statistics

import frontend
import machine
from measure import measured
from project import EXPECTED, Project
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


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--project", action="append", choices=list(EXPECTED), help="default: all")
    parser.add_argument("--no-tidy", action="store_true")
    args = parser.parse_args()
    rows = [row for row in ROWS if not (args.no_tidy and row.name == TIDY)]
    for line in machine.describe():
        print(line)
    print(f"{args.jobs} jobs, median of {args.rounds} rounds; ratio: to {BASE}\n{frontend.EXPLANATION}")
    for name in args.project or EXPECTED:
        project = Project(name, args.jobs)
        print(f"\n{name}: {len(project.units)} units")
        report(measure_rows(project, rows, args.rounds))
        frontend.report(project, args.rounds)


if __name__ == "__main__":
    main()
