#!/usr/bin/env bash
# Seeds of the fuzz targets, made from files of this repository by the built programs, so that they
# never fall behind the formats.
#   seeds.sh BUILD_DIR OUT_DIR     fills OUT_DIR/fuzz_ir_text, fuzz_ir_serial and fuzz_profile
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
bin=$(cd "$1" && pwd)/bin
out=$2
mkdir -p "$out"/fuzz_ir_text "$out"/fuzz_ir_serial "$out"/fuzz_profile

# The example and the hits of every rule: small programs with what the rules look for.
for source in "$root"/examples/julia/julia.c "$root"/rules/HP*/*.c; do
  name=${source#"$root"/}
  name=${name//\//-}
  case $name in *-rule*.c | *-miss-*) continue ;; esac
  "$bin/hplint" dis --ir "$source" >"$out/fuzz_ir_text/$name"
  "$bin/hplint-unit" -o "$out/fuzz_ir_serial/$name" -- cc -c "$source"
done

# The first byte chooses the reader.
data=$root/db/tests/data
seed() { { printf %s "$1" && cat "$2"; } >"$out/fuzz_profile/$3"; }
seed 0 "$data/sample.perf.data" perfdata
seed 1 "$data/sample.script.txt" perfscript
seed 1 "$root/examples/julia/julia.perf.txt" perfscript-julia
seed 2 "$data/sample.callgrind.out" callgrind
seed 3 "$data/sample.gcov.json" gcov
seed 3 "$root/examples/julia/julia.gcov.json" gcov-julia
