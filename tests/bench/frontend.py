"""What the front end costs beside libclang's parsing, measured by the workers themselves (HPLINT_UNIT_STATS)
in a cold run of their own."""
import json
import statistics
import sys
import tempfile
from pathlib import Path

import rows

EXPLANATION = """\
  front end: CPU of lowering and the IR passes of the unit step (SSA construction, clean-up) over CPU of
  clang_parseTranslationUnit2, both on the worker's thread, without preambles, summed over the units; median of
  the rounds.
  memory: bytes of the finished IR over what libclang holds for the unit (growth of the heap, and mapped source
  files), summed; peak: by how much lowering raised resident memory at most, over the same, worst unit of 1 MiB up."""
SMALL = 1 << 20  # of libclang's memory: page granularity and noise rule below


def collect(project):
    """One object a unit, as the workers write them."""
    rows.forget(project)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "stats"
        ok = rows.hplint(project, {"HPLINT_UNIT_STATS": str(path)}, options=["--no-preambles"])()
        if ok is not True:
            sys.exit(f"bench: a run failed: {ok}")
        units = [json.loads(line) for line in path.read_text().splitlines()]
    if len(units) != len(project.units):
        sys.exit(f"bench: {len(units)} units measured; expected {len(project.units)}")
    return units


def total(units, key):
    return sum(unit[key] for unit in units)


def ratio(result, units, what):
    parse, lower = total(units, "parse_seconds"), total(units, "lower_seconds")
    return result(f"lowering / parsing, {what} together", lower / parse, 0.15, "{:.1%}", f"{lower:.3f} s / {parse:.3f} s")


def report(project, rounds):
    runs = [collect(project) for _ in range(rounds)]
    parse, lower = (statistics.median(total(units, key) for units in runs)
                    for key in ("parse_seconds", "lower_seconds"))
    share = statistics.median(total(units, "lower_seconds") / total(units, "parse_seconds") for units in runs)
    units = runs[0]
    parser, ir = total(units, "parser_bytes"), total(units, "unit_bytes")
    peak = max((u["lower_peak_bytes"] / u["parser_bytes"] for u in units if u["parser_bytes"] >= SMALL), default=0)
    print(f"  front end: lowering {lower:.3f} s / parsing {parse:.3f} s = {share:.1%}; memory: IR {ir / 2**20:.1f} MiB "
          f"/ libclang {parser / 2**20:.1f} MiB = {ir / parser:.1%}, peak {peak:.1%}")
