#!/usr/bin/env bash
# `souk seed`: as many products as asked for, the same ones everywhere, also into a server that is running.
set -u
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
# shellcheck source=tests/lib/souk.sh
. tests/lib/souk.sh

products() { get '/v1/products?limit=100' | grep -o '"id":"prod_' | wc -l; }

ok 'fills an empty shop' "$SOUK" seed --products 30 --data "$data"
ok 'starts' souk_start
is 'the shop has them' "$(products)" 30
handles=$(get '/v1/products?limit=100' | grep -o '"handle":"[^"]*"' | sort)
souk_stop

ok 'may be run again' "$SOUK" seed --products 30 --data "$data"
ok 'starts again' souk_start
is 'nothing is doubled' "$(products)" 30
is 'nothing has changed' "$(get '/v1/products?limit=100' | grep -o '"handle":"[^"]*"' | sort)" "$handles"

ok 'goes through the server that owns the folder' "$SOUK" seed --products 40 --data "$data"
is 'which shows them at once' "$(products)" 40
souk_stop
is 'and ends well' "$status" 0

"$SOUK" seed --products -1 --data "$data" > "$SOUK_TEST_DIR/refused" 2>&1
is 'a number out of bounds is a mistake of the caller' $? 2
has 'which is named' "$(cat "$SOUK_TEST_DIR/refused")" 'products'
tap_end
