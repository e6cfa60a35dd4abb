#!/usr/bin/env bash
# databases: none
# A user logs in on the documentation page, in a real browser. Runs by `make browser` only (tests/README.md says why).
set -u
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
# shellcheck source=tests/lib/souk.sh
. tests/lib/souk.sh

ok 'the shop starts' souk_start
echo 'a password of mine' | "$SOUK" user add ann@shop.example - --name 'Ann Lee' --data "$data" > /dev/null
is 'there is a user' $? 0
node tests/browser/docs.mjs "$address" | sed '/^1\.\./d'
status=${PIPESTATUS[0]}
ok 'the visits end well' [ "$status" = 0 ]
souk_stop

tap_end
