#!/usr/bin/env bash
# databases: none
# docs/security.md says what is held by which test: each of them exists, and nothing is claimed without one.
# shellcheck disable=SC2016 # backticks are Markdown
set -u
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh

is 'what is claimed has its proof' "$(node tests/tools/security.mjs docs/security.md | sed '$d')" ''
rows=$(node tests/tools/security.mjs docs/security.md | tail -n 1)
ok "there are rows: $rows" [ "${rows% rows}" -gt 150 ]

# The check can fail, for each of its reasons.
planted() {
    printf '%s\n' "$1" > "$SOUK_TEST_DIR/table.md"
    node tests/tools/security.mjs "$SOUK_TEST_DIR/table.md" | sed '$d'
}
is 'a test that is gone' "$(planted '| 1.1 | a | yes | `tests/gone.sh` |')" '1: 1.1 tests/gone.sh is not there'
is 'a function that is gone' "$(planted '| 1.1 | a | yes | `src/base/test_str.c:gone` |')" \
    '1: 1.1 src/base/test_str.c:gone has no such function'
is 'no proof' "$(planted '| 1.1 | a | partly | By care |')" '1: 1.1 is "partly" without a test'
is 'no reason' "$(planted '| 1.1 | a | none | |')" '1: 1.1 is "none" without a reason'
is 'no state' "$(planted '| 1.1 | a | sure | because |')" '1: 1.1 has no state: "sure"'
is 'a number twice' "$(planted "| 1.1 | a | none | because so |"$'\n'"| 1.1 | b | none | because so |")" '2: 1.1 stands twice'

tap_end
