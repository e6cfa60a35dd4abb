#!/usr/bin/env bash
# databases: none
# Cross-origin requests in a real browser. Runs by `make browser` only (tests/README.md says why).
set -u
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
# shellcheck source=tests/lib/souk.sh
. tests/lib/souk.sh

node tests/browser/origins.mjs serve > "$SOUK_TEST_DIR/port" &
has_port() { grep -q '^[0-9]' "$SOUK_TEST_DIR/port"; }
ok 'there is a page elsewhere' wait_for has_port
port=$(< "$SOUK_TEST_DIR/port")
ok 'the shop starts' souk_start --http-cors-origins "http://127.0.0.1:$port"
node tests/browser/origins.mjs visit "$address" "$admin" "$port" | sed '/^1\.\./d'
status=${PIPESTATUS[0]}
ok 'the visits end well' [ "$status" = 0 ]
souk_stop

tap_end
