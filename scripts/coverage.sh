#!/usr/bin/env bash
# `make coverage`: runs all tests in a build that counts, then prints lines and branches reached, by folder of src/.
# build-cov/coverage.html shows each line.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh coverage
build='build-cov'

if [ ! -f "$build/build.ninja" ]; then CC=gcc meson setup "$build" -Db_coverage=true > /dev/null; fi
find "$build" -name '*.gcda' -delete
status=0
tests/run --build "$build" unit/ fuzz/ golden/ cli/ clients/ || status=1

gcovr --root . --filter src/ --exclude '.*/(test|fuzz)_[^/]*\.c' --object-directory "$build" \
    --html-details "$build/coverage.html" --csv "$build/coverage.csv"
# filename,line_total,line_covered,line_percent,branch_total,branch_covered,…
awk -F, '
    NR > 1 {
        folder = $1; sub(/\/[^\/]*$/, "", folder)
        split(folder " all", names, " ")
        for (i in names) { n = names[i]; lines[n] += $2; hit[n] += $3; branches[n] += $5; taken[n] += $6 }
    }
    END {
        for (n in lines)
            printf "%-28s %6d lines %5.1f %%  %6d branches %5.1f %%\n", n, lines[n], 100 * hit[n] / (lines[n] ? lines[n] : 1),
                branches[n], 100 * taken[n] / (branches[n] ? branches[n] : 1)
    }' "$build/coverage.csv" | sort
exit "$status"
