#!/usr/bin/env bash
# `make san`: the unit tests, the replays of fuzz seeds and the golden conversations, on both databases, once under
# AddressSanitizer with UBSan and once under ThreadSanitizer. Arguments are patterns for tests/run, instead of those.
#
# Every report ends the program that made it, so none is lost in a log. Each arena allocation is a malloc of its own in
# these builds, so that an overrun inside an arena is seen (base/arena.h).
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh san
if [ $# = 0 ]; then set -- unit/ fuzz/ golden/ cli/; fi

export ASAN_OPTIONS=abort_on_error=1:detect_stack_use_after_return=1:strict_string_checks=1
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1

status=0
for kind in asan=address,undefined tsan=thread; do
    build=build-${kind%=*}
    if [ ! -f "$build/build.ninja" ]; then
        compiler=clang
        if command -v ccache > /dev/null; then compiler='ccache clang'; fi
        CC=$compiler meson setup "$build" -Db_sanitize="${kind#*=}" -Db_lundef=false > /dev/null
    fi
    echo "san: ${kind#*=}"
    # TSan wants its memory map where kernels with much address randomisation do not put it.
    setarch -R tests/run --build "$build" --slow 8 "$@" || status=1
done
exit "$status"
