# shellcheck shell=bash
# For shell tests: reports cases in TAP. Source it, call ok, is and has, and end with tap_end.

tap_count=0
tap_failed=0

# ok NAME COMMAND…: the command succeeds.
ok() {
    local name=$1
    shift
    tap_count=$((tap_count + 1))
    if "$@"; then
        printf 'ok %d - %s\n' "$tap_count" "$name"
    else
        printf 'not ok %d - %s\n# failed: %s\n' "$tap_count" "$name" "$*"
        tap_failed=$((tap_failed + 1))
    fi
}

# is NAME ACTUAL EXPECTED: two texts are the same.
is() {
    tap_count=$((tap_count + 1))
    if [ "$2" = "$3" ]; then
        printf 'ok %d - %s\n' "$tap_count" "$1"
    else
        printf 'not ok %d - %s\n' "$tap_count" "$1"
        printf 'expected: %s\ngot: %s\n' "$3" "$2" | sed 's/^/# /'
        tap_failed=$((tap_failed + 1))
    fi
}

# has NAME TEXT PART: the part stands in the text.
has() {
    tap_count=$((tap_count + 1))
    if [[ $2 == *"$3"* ]]; then
        printf 'ok %d - %s\n' "$tap_count" "$1"
    else
        printf 'not ok %d - %s\n' "$tap_count" "$1"
        printf 'expected to find: %s\nin: %s\n' "$3" "$2" | sed 's/^/# /'
        tap_failed=$((tap_failed + 1))
    fi
}

tap_end() {
    printf '1..%d\n' "$tap_count"
    [ "$tap_failed" = 0 ] && [ "$tap_count" -gt 0 ]
}
