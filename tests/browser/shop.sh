#!/usr/bin/env bash
# The shop window in a real browser: Debian's Chromium. Runs by `make browser` only (tests/README.md says why).
set -u
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
# shellcheck source=tests/lib/souk.sh
. tests/lib/souk.sh

fill() { "$SOUK" seed --products 60 --data "$data" > "$SOUK_TEST_DIR/seed" 2>&1; }

ok 'a shop is made up' fill
ok 'it starts' souk_start
node tests/browser/shop.mjs "$address" "$admin"
status=$?
ok 'the visit ends well' [ "$status" = 0 ]
souk_stop

tap_end
