#!/usr/bin/env bash
# The main job on the example, with the profiles recorded beside it: the exact counts of gcov, then the findings
# ranked by perf's samples.   demo.sh HPLINT
set -euo pipefail
hplint=$(realpath "${1:-hplint}")
cd "$(dirname "${BASH_SOURCE[0]}")"
rm -rf .hplint
"$hplint" profile import julia.gcov.json >/dev/null
printf '%s\n\n' '$ hplint profile show --lines --filter calculate        (gcov: exact counts)'
"$hplint" profile show --lines --filter calculate --limit 12
"$hplint" profile import julia.perf.txt >/dev/null
printf '\n%s\n\n' '$ hplint julia.c                                       (ranked by the recorded perf samples)'
exec "$hplint" --exit-zero julia.c -- -O2
