#!/usr/bin/env bash
# `make fuzz` and `make planted`: fuzz targets under libFuzzer with AddressSanitizer and UBSan.
#
# usage: scripts/fuzz.sh [--planted] [PART-OF-A-NAME]
#
# Runs each target for FUZZ_SECONDS, or for FUZZ_RUNS inputs if that is sooner. Seeds are read from tests/fuzz/NAME/,
# tests/fuzz/NAME.dict is the dictionary if there is one. What the fuzzer finds interesting goes to build-fuzz/corpus/NAME/
# and serves the next run; an input that crashes goes to tests/fuzz/NAME/crashes/, where `make test` replays it: commit it
# with the fix.
#
# --planted asks whether the targets would find anything: in a copy of the sources a mistake is made in each parser
# (tests/fuzz/planted/NAME.patch, whose first line says which), and the fuzzer has FUZZ_SECONDS to meet it, from the seeds
# alone. It fails for a mistake that is not found, and for a patch that does not apply any more.
set -euo pipefail
cd "$(dirname "$0")/.."
planted=no
if [ "${1:-}" = --planted ]; then planted=yes; shift; fi
part=${1:-}
seconds=${FUZZ_SECONDS:-60}
runs=${FUZZ_RUNS:--1}
build='build-fuzz'
if [ $planted = yes ]; then build='build-planted/build'; fi
scripts/setup.sh fuzz

# set_up SOURCES: configures $build, once.
set_up() {
    local compiler=clang
    if [ -f "$build/build.ninja" ]; then return; fi
    if command -v ccache > /dev/null; then compiler='ccache clang'; fi
    CC=$compiler meson setup "$build" "$1" -Dfuzz=true -Db_sanitize=address,undefined -Db_lundef=false > /dev/null
}

# run PROGRAM NAME LOG CORPUS CRASHES OPTIONS…: the fuzzer itself, from the seeds of that name and the corpus.
run() {
    local program=$1 name=$2 log=$3 corpus=$4 crashes=$5 options=()
    shift 5
    mkdir -p "$corpus" "$crashes"
    if [ -f "tests/fuzz/$name.dict" ]; then options+=("-dict=tests/fuzz/$name.dict"); fi
    "$program" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix="$crashes/" "${options[@]}" "$@" \
        "$corpus" "tests/fuzz/$name" > "$log" 2>&1
}

count() { sed -n 's/^stat::number_of_executed_units: *//p' "$1"; }

# ---- Fuzzing ------------------------------------------------------------------------------------

fuzz_one() {
    local program=$1 name=${1##*/fuzz_} log
    log=$build/$name.log
    if run "$program" "$name" "$log" "$build/corpus/$name" "tests/fuzz/$name/crashes" -max_total_time="$seconds" -runs="$runs"; then
        printf 'fuzz: %-16s %s inputs, no crash\n' "$name" "$(count "$log")"
    else
        printf 'fuzz: %-16s CRASHED\n' "$name"
        tail -n 40 "$log"
        return 1
    fi
    rmdir --ignore-fail-on-non-empty "tests/fuzz/$name/crashes"
}

fuzz() {
    local programs=() program
    set_up .
    ninja -C "$build" --quiet fuzz-programs
    for program in "$build"/tests/fuzz/fuzz_*; do
        if [ -f "$program" ] && [ -x "$program" ] && [[ ${program##*/fuzz_} == *"$part"* ]]; then programs+=("$program"); fi
    done
    [ ${#programs[@]} -gt 0 ] || { echo "fuzz: no such target" >&2; exit 1; }
    export -f fuzz_one run count
    export build seconds runs
    # shellcheck disable=SC2016 # the inner shell's $1
    printf '%s\0' "${programs[@]}" | xargs -0 -n 1 -P "$(nproc)" bash -c 'fuzz_one "$1"' _
}

# ---- Planted mistakes ---------------------------------------------------------------------------

copy_sources() {
    rm -rf build-planted/tree
    mkdir -p build-planted/tree
    git ls-files -coz --exclude-standard | tar -c --null -T - | tar -x -C build-planted/tree
    ln -s "$PWD/node_modules" build-planted/tree/node_modules
}

# hunt NAME: is what was planted found? Prints how.
hunt() {
    local name=$1 program=$build/tests/fuzz/fuzz_$1 log=build-planted/$1.log
    rm -rf "build-planted/corpus/$name"
    if ! run "$program" "$name" "$log" "build-planted/corpus/$name" build-planted/crashes -runs=0; then
        echo 'found by a seed'
    elif ! run "$program" "$name" "$log" "build-planted/corpus/$name" build-planted/crashes -max_total_time="$seconds"; then
        echo "found after $(count "$log") inputs"
    else
        echo "NOT FOUND by $(count "$log") inputs"
        return 1
    fi
}

plant_one() {
    local patch=$1 name found
    name=$(basename "$patch" .patch)
    patch -p1 -s -d build-planted/tree < "$patch" || { printf 'planted: %-16s the patch does not apply: renew it\n' "$name"; return 1; }
    ninja -C "$build" --quiet "tests/fuzz/fuzz_$name"
    found=$(hunt "$name") || { printf 'planted: %-16s %s\n' "$name" "$found"; return 1; }
    printf 'planted: %-16s %s (%s)\n' "$name" "$found" "$(head -n 1 "$patch")"
    patch -p1 -s -R -d build-planted/tree < "$patch"
}

plant() {
    local patch status=0 any=no
    copy_sources
    set_up build-planted/tree
    for patch in tests/fuzz/planted/*"$part"*.patch; do
        [ -e "$patch" ] || continue
        any=yes
        plant_one "$patch" || { status=1; copy_sources; }
    done
    [ $any = yes ] || { echo "planted: no such target" >&2; exit 1; }
    name_without
    return $status
}

# The targets for which nobody has written a mistake.
name_without() {
    local seeds name
    for seeds in tests/fuzz/*"$part"*/; do
        name=$(basename "$seeds")
        if [ "$name" != planted ] && [ ! -e "tests/fuzz/planted/$name.patch" ]; then printf 'planted: %-16s has no mistake yet\n' "$name"; fi
    done
}

if [ $planted = yes ]; then plant; else fuzz; fi
