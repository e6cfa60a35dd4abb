#!/usr/bin/env bash
# The catalogue in examples/: it goes in without a word of complaint, comes out the same, and makes a shop in which one
# finds one's way.
set -u
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
# shellcheck source=tests/lib/souk.sh
. tests/lib/souk.sh
catalogue=$PWD/examples/catalogue
work=$SOUK_TEST_DIR

import() { "$SOUK" import --data "$data" "$@" 2> "$work/notes" | tr -s ' ,' ' ' | tr '\n' ' '; }
all=$(wc -l < "$catalogue/products.jsonl")
ok 'it is small' test "$(cat "$catalogue"/* | wc -c)" -lt 600000

# ---- In and out -------------------------------------------------------------------------------------

is 'it goes in by itself' "$(import "$catalogue/products.jsonl" --dry-run)" "nothing was stored: this was a dry run created $all updated 0 unchanged 0 refused 0 "
ok 'a server starts' souk_start
staff=(-H "Authorization: Bearer $admin" -H 'Content-Type: application/json')
is 'its types, categories and collections are made in one batch' "$(get /v1/batch "${staff[@]}" -d "@$catalogue/shop.json" | grep -o '"status":[0-9]*,"location"' | sort -u)" '"status":201,"location"'
is 'and all products are what their types say' "$(import "$catalogue/products.jsonl")" "created $all updated 0 unchanged 0 refused 0 "
is 'nothing is noted' "$(grep -v ' products in ' "$work/notes")" ''
is 'the same file again changes nothing' "$(import "$catalogue/products.jsonl")" "created 0 updated 0 unchanged $all refused 0 "
"$SOUK" export --data "$data" --format jsonl > "$work/out.jsonl" 2> /dev/null
ok 'what comes out is what went in' node "$PWD/tests/cli/catalogue/compare.mjs" "$catalogue/products.jsonl" "$work/out.jsonl"

# ---- The shop ---------------------------------------------------------------------------------------

titles() { get "$1" | grep -o '"title":"[^"]*","description"' | cut -d '"' -f 4; }
total() { get "$1" | grep -o '"total":[0-9]*' | cut -d : -f 2; }

hidden=$(grep -c '"status":"\(draft\|archived\)"' "$catalogue/products.jsonl")
is 'shoppers see what is active' "$(total '/v1/products?include=total&limit=1')" $((all - hidden))
is 'its departments stand in their order' "$(get '/v1/categories?depth=1' | grep -o '"parent":null' | wc -l), $(titles '/v1/categories?depth=1' | head -n 1)" '8, Kitchen & Table'
is 'a product of two categories is in both' "$(get '/v1/products?category=camp-kitchen&q=enamel+mug&fields=handle' | grep -c '"enamel-mug"'), $(get '/v1/products?category=cups-mugs&q=enamel+mug&fields=handle' | grep -c '"enamel-mug"')" '1, 1'
has 'a collection by rules is filled' "$(get '/v1/products?collection=bestsellers&limit=100')" '"handle":"cast-iron-skillet"'
has 'a typo is mended' "$(get '/v1/products?q=iron+skilet')" '"handle":"cast-iron-skillet"'
has 'German is found in German' "$(get '/v1/products?q=gie%C3%9Fkannen&locale=de')" '"title":"Gießkanne"'
has 'and French in French' "$(get '/v1/products?q=savon&locale=fr')" "\"title\":\"Savon à l'huile d'olive\""
has 'accents may be left out' "$(get '/v1/products?q=wildkrauter')" '"handle":"wildkrauter-durchs-jahr"'
has 'prices come in another currency' "$(get '/v1/products/by-handle/cast-iron-skillet?currency=USD')" '"currency":"USD","amount":3300'
has 'by quantity' "$(get '/v1/products/by-handle/vegetable-knife')" '"amount":2190,"compare_at":null,"price_list":null,"min_quantity":6'
has 'and for the trade' "$(get '/v1/products/by-handle/percale-duvet-cover?channel=trade')" '"channel":"trade","currency":"EUR"'
has 'what is true is a yes' "$(get /products/tunnel-tent-for-two)" '<dt>Waterproof</dt><dd>yes</dd>'
has 'attributes are shown with their unit' "$(get /products/tunnel-tent-for-two)" '<dt>Guarantee</dt><dd>5 years</dd>'
pictures=$(grep -oh '/pictures/[a-z/-]*\.svg' "$catalogue"/* | sort -u)
missing=$(awk -v address="$address" '{print "url=" address $0 "\noutput=/dev/null"}' <<< "$pictures" | curl -s --max-time "$patience" -K - -w '%{http_code} %{url}\n' | grep -v '^200 ')
is 'every picture is there' "$missing" ''
souk_stop
tap_end
