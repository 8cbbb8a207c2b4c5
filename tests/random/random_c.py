#!/usr/bin/env python3
"""Random C programs (csmith), each with options drawn from its seed: lowered, proven good
and compared with clang's bitcode.

usage: random_c.py [COUNT [SEED]]      default: 1000 programs from seed 1 on
       random_c.py --show SEED         the program of a seed on standard output

A program that fails is kept in BUILD/random/SEED.c, with its command and what went wrong on top.
"""
import os
import random
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "roundtrip"))
from prove import BUILD, Job, clang_oracle, prove, report, report_differences, run

INCLUDE = ["-I/usr/include/csmith", "-mcrc32"]
KEPT = BUILD / "random"
PORTION = 256  # programs on the disk at a time
# Each is switched off, or on, for a part of the programs.
OFF = """argc arrays bitfields checksum comma-operators compound-assignment consts divs embedded-assigns pre-incr-operator
    pre-decr-operator post-incr-operator post-decr-operator unary-plus-operator jumps longlong int8 uint8 math64
    inline-function muls safe-math packed-struct pointers structs unions volatiles volatile-pointers const-pointers
    global-variables""".split()
ON = ["float", "paranoid", "builtins"]
FLAGS = [[], ["-std=gnu89"], ["-std=gnu2x"], ["-fwrapv"], ["-funsigned-char"], ["-fshort-enums"], ["-O0"], ["-O3"]]


def options(seed):
    """csmith's arguments and the compiler's flags for this seed."""
    draw = random.Random(seed)
    large = draw.random() < 0.05
    size = {"max-funcs": draw.randint(2, 10 if large else 5), "max-block-depth": draw.randint(1, 5 if large else 3),
            "max-block-size": draw.randint(1, 4), "max-expr-complexity": draw.randint(2, 10 if large else 6),
            "max-pointer-depth": draw.randint(1, 4), "max-struct-fields": draw.randint(1, 12),
            "max-union-fields": draw.randint(1, 6), "max-array-dim": draw.randint(1, 4),
            "max-array-len-per-dim": draw.randint(2, 10), "inline-function-prob": draw.randint(0, 100)}
    switches = [f"--no-{name}" for name in OFF if draw.random() < 0.2]
    switches += [f"--{name}" for name in ON if draw.random() < 0.3]
    arguments = ["--seed", str(seed), "--concise", *switches]
    for name, value in size.items():
        arguments += [f"--{name}", str(value)]
    return arguments, draw.choice(FLAGS)


def generate(seed, folder):
    """A job; None when csmith finds no program for these options in time."""
    arguments, flags = options(seed)
    path = Path(folder) / f"{seed}.c"  # csmith also leaves a platform.info where it runs
    status, _, _ = run(["timeout", "10", "csmith", *arguments, "--output", str(path)], folder)
    return Job(str(path), ["-w", *INCLUDE, *flags]) if status == 0 else None


def keep(result):
    KEPT.mkdir(parents=True, exist_ok=True)
    path = Path(result.job.path)
    text = f"// {result.reproduce()}\n// {result.detail}\n" + path.read_text()
    result.job.path = str(KEPT / path.name)
    Path(result.job.path).write_text(text)


def portion(seeds):
    with tempfile.TemporaryDirectory(prefix="hplint-random-") as folder:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            jobs = [job for job in pool.map(lambda seed: generate(seed, folder), seeds) if job]
        results = prove(jobs, oracle=True)
        for result in results:
            if result.status == "bad" or result.differences:
                keep(result)
    return results


def run_random(count, first):
    """Results of the programs of `count` seeds."""
    results = []
    for seed in range(first, first + count, PORTION):
        results += portion(range(seed, min(seed + PORTION, first + count)))
        if len(results) < count and count > PORTION:
            print(f"random: {len(results)} programs", file=sys.stderr)
    return results


def main(words):
    if words[:1] == ["--show"] and len(words) == 2:
        arguments, flags = options(int(words[1]))
        with tempfile.TemporaryDirectory() as folder:
            return f"// flags: {' '.join(flags)}\n" + run(["csmith", *arguments], folder)[1]
    if len(words) > 2 or not all(w.isdigit() for w in words):
        return __doc__
    count, first = (*map(int, words), *[1000, 1][len(words):])
    results = run_random(count, first)
    good = report_differences(results, bars=clang_oracle.BARS)
    good = report(results, f"random, seeds {first} to {first + count - 1}") and good
    return 0 if good else 1


if __name__ == "__main__":
    status = main(sys.argv[1:])
    if isinstance(status, str):
        print(status)
        status = 0 if sys.argv[1:2] == ["--show"] else 2
    sys.exit(status)
