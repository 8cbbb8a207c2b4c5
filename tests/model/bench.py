#!/usr/bin/env python3
"""The model of savings against the clock: each kernel of tests/model/kernels is built in a bad and a
good version at several sizes, both are timed in turns, and the measured gain is set against the one
that hplint's finding predicts: 1 / (1 - share * saving), where the finding's sites have all of the kernel's time, or the share that
its first line says by construction.

bench.py [--check] [--write FILE] [KERNEL...]; --check: only that each kernel has its finding."""
import argparse
import json
import math
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
HPLINT = pathlib.Path(os.environ.get("HPLINT_BUILD", ROOT / "build")) / "bin" / "hplint"
ROUNDS = 4
MOST_LOG2, LEAST_RANK = 1.0, 0.7
CLASSES = {"per-iteration": "per iteration", "superlinear": "superlinear", "constant": "constant"}


class Failed(Exception):
    pass


def kernels(names):
    """(name, file, rule, size, share of the time at the finding's sites) of each kernel and size."""
    for file in sorted((HERE / "kernels").glob("*.c")):
        if names and file.stem not in names:
            continue
        head = re.match(r"/\* rule: (HP\d+); sizes:((?: \d+)+)(?:; share: (0\.\d+))?\n", file.read_text())
        if not head:
            raise Failed(f"{file.name}: the first line names no rule and sizes")
        for size in head[2].split():
            yield file.stem, file, head[1], int(size), float(head[3] or 1)


def finding(file, rule, size):
    """The finding of the rule in the bad version, where the time is spent: not in setup."""
    made = subprocess.run([HPLINT, "--no-store", "--no-evidence", "--all", "--machine", "native",
                           "--exit-zero", "--format", "json", "--select", rule, file,
                           "--", "-O2", f"-DSIZE={size}"], capture_output=True, text=True)
    if made.returncode:
        raise Failed(f"{file.name}: hplint failed: {made.stderr}")
    found = [f for f in json.loads(made.stdout)["findings"]
             if f["rule"] == rule and f["function"] != "setup"]
    if len(found) != 1:
        raise Failed(f"{file.name}, size {size}: {len(found)} findings of {rule} instead of one")
    return found[0]


def build(compiler, file, size, good, folder):
    program = pathlib.Path(folder) / f"{file.stem}-{size}-{'good' if good else 'bad'}"
    command = [compiler, "-O2", "-w", "-mcmodel=medium", f"-DSIZE={size}",
               *(["-DGOOD"] if good else []), file, HERE / "harness.c", "-o", program, "-lm"]
    subprocess.run(command, check=True)
    return program


def run(program):
    ns, result = subprocess.run([program], check=True, capture_output=True, text=True).stdout.split()
    return float(ns), result


def measure(compiler, file, size):
    """Least CPU nanoseconds of a call, bad and good, which run in turns: what else the machine does
    meets both."""
    with tempfile.TemporaryDirectory() as folder:
        bad, good = (build(compiler, file, size, g, folder) for g in (False, True))
        least = [math.inf, math.inf]
        for _ in range(ROUNDS):
            times = [run(bad), run(good)]
            if times[0][1] != times[1][1]:
                raise Failed(f"{file.name}, size {size}: the two versions do not agree: {times}")
            least = [min(a, b[0]) for a, b in zip(least, times)]
    return least


def ranks(values):
    """1-based; equal values share the mean of their places."""
    order = sorted(values)
    return [order.index(v) + (order.count(v) + 1) / 2 for v in values]


def spearman(a, b):
    if len(a) < 3 or len(set(a)) < 2 or len(set(b)) < 2:
        return math.nan
    return statistics.correlation(ranks(a), ranks(b))


def summary(rows):
    """(class, count, median |log2|, Spearman) of each class and of all."""
    groups = [(CLASSES[c], [r for r in rows if r["class"] == c]) for c in CLASSES]
    for name, group in [*((n, g) for n, g in groups if g), ("all", rows)]:
        errors = [abs(math.log2(r["predicted"] / r["measured"])) for r in group]
        yield (name, len(group), statistics.median(errors),
               spearman([r["predicted"] for r in group], [r["measured"] for r in group]))


def machine():
    sizes = {}
    for index in sorted(pathlib.Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        level, kind, size = ((index / n).read_text().strip() for n in ("level", "type", "size"))
        if kind != "Instruction":
            sizes[f"L{level}"] = size
    model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    return ", ".join([model[1] if model else "unknown processor",
                      *(f"{k} {v}" for k, v in sizes.items())])


def table(rows, compiler):
    yield f"{compiler} -O2 on {machine()}."
    yield ""
    yield "| kernel | rule | class | size | bad, ns | good, ns | measured | predicted | log2 |"
    yield "|---|---|---|---:|---:|---:|---:|---:|---:|"
    for r in rows:
        yield (f"| {r['kernel']} | {r['rule']} | {CLASSES[r['class']]} | {r['size']} "
               f"| {r['bad']:.0f} | {r['good']:.0f} | {r['measured']:.2f} | {r['predicted']:.2f} "
               f"| {math.log2(r['predicted'] / r['measured']):+.2f} |")
    yield ""
    yield "| class | rows | median abs log2 | rank correlation |"
    yield "|---|---:|---:|---:|"
    for name, count, error, rank in summary(rows):
        yield f"| {name} | {count} | {error:.2f} | {rank:.2f} |"


def passes(rows):
    """The bars: of all together, and of the order within the per-iteration class."""
    by_name = {name: (error, rank) for name, _, error, rank in summary(rows)}
    return (by_name["all"][0] <= MOST_LOG2 and by_name["all"][1] >= LEAST_RANK
            and by_name.get("per iteration", (0, 0))[0] <= MOST_LOG2
            and by_name.get("per iteration", (0, 0))[1] >= LEAST_RANK)


def write(file, text):
    """Between the marks of the page."""
    page = file.read_text()
    new, count = re.subn(r"(<!-- table -->\n).*?(<!-- end of table -->)",
                         lambda m: m[1] + text + m[2], page, flags=re.S)
    if count != 1:
        raise Failed(f"{file}: no marks to write between")
    file.write_text(new)


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--check", action="store_true")
    arguments.add_argument("--compiler", default="gcc")
    arguments.add_argument("--write", type=pathlib.Path)
    arguments.add_argument("--measured", type=pathlib.Path,
                           help="keeps times in this file, and takes those that it has")
    arguments.add_argument("kernels", nargs="*")
    options = arguments.parse_args()
    kept = {}
    if options.measured and options.measured.exists():
        kept = json.loads(options.measured.read_text())
    rows = []
    for name, file, rule, size, share in kernels(options.kernels):
        found = finding(file, rule, size)
        predicted = 1 / (1 - share * min(found["saving"], 0.9999))
        if not 0 <= found["saving"] <= 1:
            raise Failed(f"{file.name}, size {size}: a saving of {found['saving']}")
        if options.check:
            continue
        key = f"{options.compiler} {name} {size}"
        if key not in kept:
            kept[key] = measure(options.compiler, file, size)
            print(f"{name} {size}", file=sys.stderr)
        bad, good = kept[key]
        rows.append({"kernel": name, "rule": rule, "class": found["growth"], "size": size,
                     "bad": bad, "good": good, "measured": bad / good, "predicted": predicted})
    if options.check:
        return 0
    if options.measured:
        options.measured.write_text(json.dumps(kept, indent=1))
    text = "\n".join(table(rows, options.compiler)) + "\n"
    print(text)
    if options.write:
        write(options.write, text)
    return 0 if passes(rows) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as why:
        print(f"bench-model: {why}", file=sys.stderr)
        sys.exit(1)
