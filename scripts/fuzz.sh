#!/usr/bin/env bash
# `make fuzz`: runs each fuzz target, or those whose name contains an argument, for FUZZ_SECONDS under libFuzzer with
# AddressSanitizer and UBSan.
#
# Seeds are read from tests/fuzz/NAME/, tests/fuzz/NAME.dict is the dictionary if there is one. What the fuzzer finds
# interesting goes to build-fuzz/corpus/NAME/ and serves the next run; an input that crashes goes to
# tests/fuzz/NAME/crashes/, where `make test` replays it: commit it with the fix.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh fuzz
build='build-fuzz'
seconds=${FUZZ_SECONDS:-60}

if [ ! -f "$build/build.ninja" ]; then
    compiler=clang
    if command -v ccache > /dev/null; then compiler='ccache clang'; fi
    CC=$compiler meson setup "$build" -Dfuzz=true -Db_sanitize=address,undefined -Db_lundef=false > /dev/null
fi
ninja -C "$build" --quiet fuzz-programs

fuzz_one() {
    local program=$1 name corpus seeds options=()
    name=${program##*/fuzz_}
    seeds=tests/fuzz/$name
    corpus=$build/corpus/$name
    mkdir -p "$corpus" "$seeds/crashes"
    if [ -f "$seeds.dict" ]; then options+=("-dict=$seeds.dict"); fi
    if "$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="$seeds/crashes/" "${options[@]}" "$corpus" "$seeds" > "$build/$name.log" 2>&1; then
        printf 'fuzz: %-16s %s inputs, no crash\n' "$name" "$(sed -n 's/^stat::number_of_executed_units: *//p' "$build/$name.log")"
    else
        printf 'fuzz: %-16s CRASHED\n' "$name"
        tail -n 40 "$build/$name.log"
        return 1
    fi
    rmdir --ignore-fail-on-non-empty "$seeds/crashes"
}
export -f fuzz_one
export build seconds

programs=()
for program in "$build"/tests/fuzz/fuzz_*; do
    if [ -f "$program" ] && [ -x "$program" ] && [[ ${program##*/fuzz_} == *"${1:-}"* ]]; then programs+=("$program"); fi
done
[ ${#programs[@]} -gt 0 ] || { echo "fuzz: no such target" >&2; exit 1; }
# shellcheck disable=SC2016 # the inner shell's $1
printf '%s\0' "${programs[@]}" | xargs -0 -n 1 -P "$(nproc)" bash -c 'fuzz_one "$1"' _
