#!/usr/bin/env bash
# Runs the libFuzzer targets under ASan and UBSan, as `./dev fuzz` calls it.
#   fuzz.sh [TARGET|all [SECONDS]]     default: each target for 60 seconds
# What is found stays in build-fuzz/corpus (inputs with new coverage) and build-fuzz/crashes. The exit
# status is that of the first target that crashed.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
build=$root/build-fuzz
wanted=${1:-all}
seconds=${2:-60}

say() { printf '%s\n' "fuzz: $*" >&2; }

targets=()
for source in "$here"/fuzz_*.c; do
  target=$(basename "$source" .c)
  if [ "$wanted" = all ] || [ "$wanted" = "$target" ] || [ "fuzz_$wanted" = "$target" ]; then
    targets+=("$target")
  fi
done
if [ ${#targets[@]} = 0 ]; then
  say "no target '$wanted'; there are: $(cd "$here" && ls fuzz_*.c | sed 's/\.c$//' | tr '\n' ' ')"
  exit 2
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
quietly() { "$@" >"$log" 2>&1 || { tail -n 40 "$log" >&2; say "failed: $*"; exit 2; }; }
quietly cmake -S "$root" -B "$build" -G Ninja -DCMAKE_C_COMPILER=clang-19 -DCMAKE_BUILD_TYPE=Debug \
  -DCMAKE_C_FLAGS_DEBUG="-O1 -g" -DHPLINT_SANITIZE=address,undefined -DHPLINT_FUZZ=ON -DHPLINT_TESTS=ON
quietly cmake --build "$build" --target hplint hplint-unit "${targets[@]}"
export LSAN_OPTIONS=suppressions=$root/tests/lsan.supp:print_suppressions=0
quietly "$here/seeds.sh" "$build" "$build/seeds"

# Real functions, too, where ./dev corpus has fetched them.
for source in "$root"/corpus/lua5.4/src/*.c "$root"/corpus/zlib/*.c; do
  [ -e "$source" ] && [ ! -e "$build/seeds/fuzz_ir_text/real-$(basename "$source")" ] || continue
  "$build/bin/hplint" dis --ir "$source" >"$build/seeds/fuzz_ir_text/real-$(basename "$source")" 2>"$log" || true
done

status=0
for target in "${targets[@]}"; do
  mkdir -p "$build/corpus/$target" "$build/crashes"
  inputs=("$build/corpus/$target" "$build/seeds/$target")
  [ -d "$here/regress/$target" ] && inputs+=("$here/regress/$target")
  say "$target: $seconds s, $(find "${inputs[@]}" -type f | wc -l) inputs to begin with"
  if "$build/fuzz/$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -max_len=65536 \
    -print_final_stats=1 -artifact_prefix="$build/crashes/$target-" "${inputs[@]}" >"$log" 2>&1; then
    say "$target: no crash; $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") runs"
  else
    [ "$status" != 0 ] || status=1
    grep -vE '^#[0-9]+\s+(NEW|REDUCE|pulse|RELOAD|INITED|READ)|^stat::|^INFO' "$log" | tail -n 40 >&2
    say "$target: CRASHED; the input is in $build/crashes"
  fi
done
exit "$status"
