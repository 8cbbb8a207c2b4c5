#!/usr/bin/env python3
"""How costs grow with the number of units: generated projects of 100, 1,000 and 10,000 units, cold and warm.

usage: bench.py [--units N]... [--jobs N] [--keep FOLDER]

For each size: wall and CPU seconds of everything, the largest memory of the main program (which holds what is
linked) and of a worker, the link step (from the end of the last worker to the end of the run: link, rules, store,
ranking) as CPU and as a share of the run's CPU, and the size of the database. At the end what a unit costs in each
size against the smallest. Fails when a run fails or misses units. Minutes for 10,000 units; --keep leaves the projects.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "bench"))
import generate
import machine

ROOT = Path(__file__).resolve().parents[2]
HPLINT = Path(os.environ.get("HPLINT_BUILD", ROOT / "build")) / "bin" / "hplint"
TICK = os.sysconf("SC_CLK_TCK")


class Watch(threading.Thread):
    """Looks at a running main program: its memory, its workers' memory, and its CPU time when the last worker ended."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.main_mib, self.worker_mib, self.cpu_at_link = pid, 0, 0, 0
        self.done = threading.Event()

    def peak_mib(self, pid):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024
        return 0

    def look(self):
        self.main_mib = max(self.main_mib, self.peak_mib(self.pid))
        workers = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        if workers:  # CPU of the main program alone
            fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
            self.cpu_at_link = (int(fields[11]) + int(fields[12])) / TICK
        for worker in workers:
            self.worker_mib = max(self.worker_mib, self.peak_mib(worker))

    def run(self):
        while not self.done.wait(0.02):
            try:
                self.look()
            except (OSError, IndexError, ValueError):  # just ended
                pass


class Run:
    def __init__(self, folder, jobs, units):
        start = time.monotonic()
        with tempfile.TemporaryFile() as out:
            main = subprocess.Popen([HPLINT, "--format", "json", "--exit-zero", "-j", str(jobs), "."], cwd=folder, stdout=out)
            watch = Watch(main.pid)
            watch.start()
            # Not waited for yet: its CPU time without that of its workers is in /proc until then.
            os.waitid(os.P_PID, main.pid, os.WEXITED | os.WNOWAIT)
            fields = Path(f"/proc/{main.pid}/stat").read_text().rsplit(")", 1)[1].split()
            watch.done.set()
            watch.join()
            _, status, usage = os.wait4(main.pid, 0)
            main.returncode = os.waitstatus_to_exitcode(status)
            self.wall = time.monotonic() - start
            out.seek(0)
            answer = out.read()
        if main.returncode:
            sys.exit(f"bench: hplint failed with {main.returncode}")
        counts = json.loads(answer)["run"]["units"]
        if counts["total"] != units or counts["failed"] or counts["incomplete"]:
            sys.exit(f"bench: {counts['total']} units, {counts['failed']} failed, {counts['incomplete']} in part")
        self.parsed, self.findings = len(counts["parsed"]), json.loads(answer)["summary"]["findings"]
        self.cpu = usage.ru_utime + usage.ru_stime
        self.main_mib, self.worker_mib = watch.main_mib, watch.worker_mib
        self.main_cpu = (int(fields[11]) + int(fields[12])) / TICK
        self.link_cpu = self.main_cpu - watch.cpu_at_link


def measure(folder, units, jobs):
    cold, warm = Run(folder, jobs, units), Run(folder, jobs, units)
    if cold.parsed != units or warm.parsed:
        sys.exit(f"bench: the cold run parsed {cold.parsed} units, the warm one {warm.parsed}")
    database = (folder / ".hplint" / "hplint.db").stat().st_size / 1e6
    share = 100 * cold.link_cpu / cold.cpu
    print(f"| {units:,} | {cold.wall:.1f} | {cold.cpu:.1f} | {cold.main_cpu:.1f} | {cold.main_mib:.0f} | {cold.worker_mib:.0f} | {cold.link_cpu:.1f} | {share:.1f}% | "
          f"{database:.1f} | {cold.findings:,} | {warm.wall:.2f} | {warm.cpu:.2f} | {warm.main_mib:.0f} |", flush=True)
    return {"CPU": cold.cpu / units, "CPU of the main program": cold.main_cpu / units, "memory of the main program": cold.main_mib / units, "link": cold.link_cpu / units,
            "database": database / units, "warm CPU": warm.cpu / units}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--units", type=int, action="append", help="default: 100, 1000, 10000")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--keep", type=Path, help="a folder for the projects")
    args = parser.parse_args()
    for line in machine.describe():
        print(line)
    print(f"{args.jobs} jobs\n")
    print("| units | cold: wall s | CPU s | of main | main MiB | worker MiB | link CPU s | of the CPU | database MB | findings | "
          "warm: wall s | CPU s | main MiB |\n|" + " --- |" * 13)
    costs = {}
    with tempfile.TemporaryDirectory(prefix="hplint-scale-") as scratch:
        for units in args.units or (100, 1000, 10000):
            folder = (args.keep or Path(scratch)) / f"project-{units}"
            generate.generate(folder, units)
            costs[units] = measure(folder, units, args.jobs)
    least = min(costs)
    for units, cost in costs.items():
        if units != least:
            print(f"\na unit of {units:,} against one of {least:,}: " +
                  ", ".join(f"{name} {cost[name] / costs[least][name]:.2f}×" for name in cost if costs[least][name] > 0))


if __name__ == "__main__":
    main()
