#!/usr/bin/env bash
# The main job on the example, with the profiles recorded beside it: gcov's exact counts, what the mended version gains
# here and now, and the findings ranked by perf's samples.   demo.sh HPLINT
set -euo pipefail
hplint=$(realpath "${1:-hplint}")
cd "$(dirname "${BASH_SOURCE[0]}")"
rm -rf .hplint

# Least wall time of five runs of a C file's program, in milliseconds.
measure() {
  cc -O2 "$1.c" -o "$work/$1" -lm
  local best=999999 start end
  for _ in 1 2 3 4 5; do
    start=$(date +%s%N)
    "$work/$1" >"$work/out"
    end=$(date +%s%N)
    [ $(((end - start) / 1000000)) -ge $best ] || best=$(((end - start) / 1000000))
  done
  echo $best
}

"$hplint" profile import julia.gcov.json >/dev/null
echo '$ hplint profile show --lines --filter calculate      # recorded with gcov: exact counts'
echo
"$hplint" profile show --lines --filter calculate --limit 20
work=$(mktemp -d)
bad=$(measure julia)
good=$(measure julia_fixed)
rm -rf "$work"
printf '\njulia.c takes %d ms here, julia_fixed.c %d ms: %d.%d× faster for the same sum.\n\n' "$bad" "$good" \
  $((bad / good)) $((bad * 10 / good % 10))
"$hplint" profile import julia.perf.txt >/dev/null
echo '$ hplint julia.c                                      # ranked by the recorded perf samples'
echo
exec "$hplint" --exit-zero julia.c -- -O2
