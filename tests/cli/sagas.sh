#!/usr/bin/env bash
# Sagas by commands: a checkout that waits for its customer is listed, shown, looked at again when it is told to, and found by the shop
# that starts next.
set -u
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
# shellcheck source=tests/lib/souk.sh
. tests/lib/souk.sh

post() { get "$1" -H 'Content-Type: application/json' "${@:3}" -d "$2"; }
# member NAME: the first one of that name in the JSON that comes in.
member() { grep -o "\"$1\": *\"[^\"]*\"" | head -n 1 | sed 's/.*: *"//; s/"$//'; }
list() { "$SOUK" sagas list --json --data "$data" "$@" 2> "$SOUK_TEST_DIR/stderr"; }

ok 'the shop starts' souk_start
post /v1/products '{"title": "Cup", "status": "active", "variants": [{"sku": "CUP", "prices": [{"currency": "EUR", "amount": 900}]}]}' \
    -H "Authorization: Bearer $admin" > "$SOUK_TEST_DIR/product"
variant=$(grep -o 'var_[0-9a-z]*' "$SOUK_TEST_DIR/product" | head -n 1)
get "/v1/variants/$variant/stock/loc_0000000000001" -X PUT -H "Authorization: Bearer $admin" -H 'Content-Type: application/json' \
    -d '{"on_hand": 5}' > /dev/null
made=$(post /v1/carts '{}')
cart=$(member id <<< "$made") own="Cart-Token: $(member token <<< "$made")"
post "/v1/carts/$cart/lines" "{\"lines\": [{\"variant\": \"$variant\"}]}" -H "$own" > /dev/null
get "/v1/carts/$cart/checkout" -X PATCH -H 'Content-Type: application/json' -H "$own" -d '{
    "email": "ann@example.com", "shipping_rate": "standard", "payment": {"provider": "test", "method": "tok_action"},
    "shipping_address": {"name": "Ann", "line1": "Long Lane 1", "city": "Berlin", "country": "DE"}}' > /dev/null

is 'nothing is under way' "$(list)" '[]'
told=$(post "/v1/carts/$cart/checkout/complete" '{"expected_total": 900, "currency": "EUR"}' -H "$own" -H 'Idempotency-Key: one')
has 'the customer must do something' "$told" '"status":"requires_action"'
id=$(list | member id)
has 'so its checkout waits' "$(list)" '"status":"waiting"'
has 'at this step' "$(list)" '"step":"confirm"'
has 'of this cart' "$(list)" "\"subject\":\"$cart\""
has 'it can be shown' "$("$SOUK" sagas show "$id" --data "$data" --json)" '"stuck":false'
has 'and be looked at again' "$("$SOUK" sagas retry "$id" --data "$data" --json)" "$id"
still_waits() { [[ $(list) == *'"status":"waiting"'* ]]; }
ok 'whereupon it waits again' wait_for still_waits
"$SOUK" sagas show saga_0000000000001 --data "$data" 2> "$SOUK_TEST_DIR/stderr"
is 'of one that is not there this is said' $? 1
has 'in words' "$(cat "$SOUK_TEST_DIR/stderr")" 'saga_0000000000001'

kill -KILL "$server"
wait "$server" 2> /dev/null
ok 'a shop that was killed starts again' souk_start
ok 'and has it still' still_waits
souk_stop
is 'nobody serves: the command opens the folder by itself' "$(list | member id)" "$id"
is 'and of other kinds there is none' "$(list --name payments.refund)" '[]'
tap_end
