#!/usr/bin/env bash
# A newer program takes over a shop: one of the first release, and one whose documents and facts have another shape. What
# shoppers read and find is made anew by itself (src/modules/catalog/renew.c), and nothing else changes.
set -u
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
# shellcheck source=tests/lib/souk.sh
. tests/lib/souk.sh

# sql TEXT: from outside, while no server runs.
sql() {
    if [ "$SOUK_TEST_DRIVER" = sqlite ]; then
        sqlite3 -bail "$data/souk.db" "$1"
    else
        psql -X -q -A -t -v ON_ERROR_STOP=1 "$SOUK_TEST_PG" -c "$1"
    fi
}

handles() { get "$1" "${@:2}" | grep -o '"handle":"[^"]*"' | sort | tr -d '\n'; }
both='"handle":"linen-shirt""handle":"walnut-bowl"'
finds_both() { [ "$(handles '/v1/products?fields=handle')" = "$both" ]; }

# ---- The first release ------------------------------------------------------------------------------

load_first_release() {
    if [ "$SOUK_TEST_DRIVER" = sqlite ]; then
        mkdir -m 700 "$data" && sqlite3 -bail "$data/souk.db" < tests/cli/upgrade/first-release.sqlite.sql
    else
        psql -X -q -v ON_ERROR_STOP=1 "$SOUK_TEST_PG" < tests/cli/upgrade/first-release.postgresql.sql
    fi
}
ok 'a shop of the first release' load_first_release
ok 'is taken over' souk_start
key=$("$SOUK" key add --name test --data "$data" --json | grep -o 'sk_[^"]*')
staff=(-H "Authorization: Bearer $key")
ok 'its products are shown' wait_for finds_both

shirt=$(get /v1/products/by-handle/linen-shirt)
has 'as they were' "$shirt" '"title":"Linen Shirt","description":"Woven in **Portugal**.","status":"active"'
has 'in their channel' "$shirt" '"prices":[{"channel":"default","currency":"EUR","amount":4900,"compare_at":null,"price_list":null,"min_quantity":1,'
is 'and no other' "$(grep -c trade <<< "$shirt")" 0
has 'with what the new program has besides' "$shirt" '"vendor":"","type":""'
has 'and nothing that the old one had besides' "$(tr -d '[:space:]' <<< "$shirt")" '"availability":"in","created_at"'
has 'nobody has changed it' "$shirt" '"version":2,"created_at":"2026-11-21T19:25:13.'
has 'a translation' "$(get '/v1/products/by-handle/linen-shirt?locale=de')" '"title":"Leinenhemd","description":"In **Portugal** gewebt."'
has 'another channel' "$(get '/v1/products?channel=trade')" '"handle":"walnut-bowl"'
has 'and its price' "$(get '/v1/products?channel=trade')" '"amount":1800'
is 'a draft stays one' "$(status_of /v1/products/by-handle/felt-hat)" 404
has 'for staff' "$(get /v1/products/by-handle/felt-hat "${staff[@]}")" '"title":"Felt Hat"'
is 'stock is what it was' "$(get /v1/products/by-handle/linen-shirt "${staff[@]}" | grep -o '"stock":[0-9]*' | tr '\n' ' ')" '"stock":7 "stock":0 '
is 'filters know the products' "$(handles '/v1/products?attribute=Material:Linen&fields=handle')" '"handle":"linen-shirt"'
is 'and their prices' "$(handles '/v1/products?price_max=3000&fields=handle')" '"handle":"walnut-bowl"'
is 'searches too' "$(handles '/v1/products?q=portugal&fields=handle')" '"handle":"linen-shirt"'
is 'in each language' "$(handles '/v1/products?q=leinenhemd&locale=de&fields=handle')" '"handle":"linen-shirt"'
souk_stop
is 'and it ends well' "$status" 0

# ---- Another shape ----------------------------------------------------------------------------------

# More than the thread publishes in one transaction.
ok 'more products' "$SOUK" seed --products 120 --data "$data"
ok 'start' souk_start
all='/v1/products?sort=price&include=facets,total&limit=100'
has_all() { before=$(get "$all") && grep -q '"total":122' <<< "$before"; }
ok 'all of them' wait_for has_all
souk_stop
ok 'documents of another shape' sql "update product_documents set shape = shape + 1, body = '{\"id\":\"prod_0000000000001\",\"name\":\"Of another shape\"}'"
ok 'facts of another shape' sql "update product_facts set shape = shape + 1, terms = '[\"channel\",\"default\"]', numbers = '[]', title_key = ''"
ok 'are there at a start' souk_start
is 'and not handed out' "$(get /v1/products/by-handle/linen-shirt)" "$shirt"
is_as_before() { [ "$(get "$all")" = "$before" ]; }
ok 'they are made anew, to the byte' wait_for is_as_before
has 'which is told' "$(cat "$SOUK_TEST_DIR/log")" 'catalog.renewed'
souk_stop
is 'nothing of the other shape is left' "$(sql "select count(*) from product_documents where body like '%another shape%'")" 0
is 'every product is published' "$(sql 'select count(*) from product_facts')" 122
tap_end
