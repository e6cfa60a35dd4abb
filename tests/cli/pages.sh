#!/usr/bin/env bash
# Every page of a running shop has the headers that keep it from harm: each route that answers text/html is met by following
# links, so that a new one cannot be forgotten.
set -u
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
# shellcheck source=tests/lib/souk.sh
. tests/lib/souk.sh

ok 'a shop is made up' "$SOUK" seed --products 5 --data "$data"
ok 'it starts' souk_start
found=$(node tests/cli/pages.mjs "$address")
ok 'there are pages' grep -q '^ROUTES [1-9]' <<< "$found"
is 'all of them are met and lack nothing' "$(grep -Ev '^(ROUTES|PAGES) ' <<< "$found")" ''
souk_stop

tap_end
