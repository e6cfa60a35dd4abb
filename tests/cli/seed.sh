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
key=$admin
is 'the shop has them' "$(products)" 30
handles=$(get '/v1/products?limit=100' | grep -o '"handle":"[^"]*"' | sort)
souk_stop

ok 'may be run again' "$SOUK" seed --products 30 --data "$data"
ok 'starts again' souk_start
is 'nothing is doubled' "$(products)" 30
is 'nothing has changed' "$(get '/v1/products?limit=100' | grep -o '"handle":"[^"]*"' | sort)" "$handles"

ok 'goes through the server that owns the folder' "$SOUK" seed --products 40 --data "$data"
is 'which shows them at once' "$(products)" 40

# A seeded product gives its SKU to one that somebody has made.
lost=$(get '/v1/products?limit=1')
id=$(grep -o 'prod_[0-9a-z]*' <<< "$lost" | head -n 1)
sku=$(grep -o '"sku":"[^"]*"' <<< "$lost" | head -n 1)
is 'a product goes' "$(status_of "/v1/products/$id" -X DELETE -H "Authorization: Bearer $key")" 204
is 'and another has its SKU' "$(status_of /v1/products -H "Authorization: Bearer $key" -H 'Content-Type: application/json' \
    -d '{"title":"Own","handle":"own","variants":[{'"$sku"'}]}')" 201
ok 'a SKU that is taken stops no other product' "$SOUK" seed --products 50 --data "$data"
is 'its own is left out' "$(products)" 49
is 'what others have made stays' "$(status_of '/v1/products/by-handle/own' -H "Authorization: Bearer $key")" 200
souk_stop
is 'and ends well' "$status" 0

"$SOUK" seed --products -1 --data "$data" > "$SOUK_TEST_DIR/refused" 2>&1
is 'a number out of bounds is a mistake of the caller' $? 2
has 'which is named' "$(cat "$SOUK_TEST_DIR/refused")" 'products'
tap_end
