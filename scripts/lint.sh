#!/usr/bin/env bash
# `make lint`: everything that can be said of the source without running it. Goes through all of it, then fails.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
scripts/setup.sh lint || exit 1

failed=()
step() {
    local name=$1
    shift
    echo "lint: $name"
    "$@" || failed+=("$name")
}

sources() { git ls-files -co --exclude-standard -- 'src/*.[ch]' 'tools/*.[ch]' 'tests/*.[ch]' 'bench/*.[ch]'; }

# All of our own objects, with warnings as errors; linking and SQLite (whose warnings are its own) are left out.
compile_with() {
    local compiler=$1 build=build-lint-$1
    if command -v ccache > /dev/null; then compiler="ccache $compiler"; fi
    if [ ! -f "$build/build.ninja" ]; then CC=$compiler meson setup "$build" -Dwerror=true > /dev/null || return 1; fi
    ninja -C "$build" --quiet build.ninja || return 1
    ninja -C "$build" -t targets rule c_COMPILER | sed 's/:.*//' | grep -v sqlite3 | xargs ninja -C "$build" --quiet
}

house_rules() {
    ninja -C build-lint-gcc --quiet tools/lint/lint && build-lint-gcc/tools/lint/lint
}

# Versions of clang-format differ in what they make of the same file; Debian 12's decides.
format() {
    local program
    program=$(command -v clang-format-14 || command -v clang-format)
    if [[ $("$program" --version) != *"version 14."* ]]; then
        echo "lint: skipped: clang-format 14 decides, here is $("$program" --version)"
        return
    fi
    local unformatted
    unformatted=$(sources | xargs "$program" --dry-run 2>&1 | sed -n 's/^\([^:]*\):.*clang-format-violations.*/\1/p' | sort -u)
    # shellcheck disable=SC2086 # one word a file
    [ -z "$unformatted" ] || { printf '%s: not as clang-format -i makes it\n' $unformatted; return 1; }
}

shell() {
    git ls-files -co --exclude-standard | while IFS= read -r file; do
        if [[ $file == *.sh ]] || head -c 64 "$file" | grep -aq '^#!.*\(bash\|/sh\)'; then printf '%s\n' "$file"; fi
    done | xargs shellcheck -x
}

step 'gcc without warnings' compile_with gcc
step 'clang without warnings' compile_with clang
step 'house rules' house_rules
step 'clang-format' format
step 'clang-tidy' node scripts/tidy.mjs
step 'shellcheck' shell

if [ ${#failed[@]} -gt 0 ]; then
    printf 'lint: failed: %s\n' "${failed[@]}"
    exit 1
fi
echo 'lint: clean'
