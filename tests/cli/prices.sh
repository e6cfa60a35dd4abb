#!/usr/bin/env bash
# Prices that begin and end by themselves: what is read of a product, and how lists sort and filter it, follow the clock
# without anybody writing; also across a restart.
set -u
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
# shellcheck source=tests/lib/souk.sh
. tests/lib/souk.sh

in_seconds() { date -u -d "@$(($(date +%s) + $1))" +%Y-%m-%dT%H:%M:%SZ; }

# price_is AMOUNT: what a shopper reads of the tea.
price_is() { get "/v1/products/by-handle/tea" | grep -q "\"amount\":$1,"; }

# cheap_is TITLES: the list of what costs at most 500.
cheap_is() { [ "$(get '/v1/products?price_max=500&fields=title' | grep -o '"title":"[^"]*"' | tr -d '\n')" = "$1" ]; }

ok 'starts' souk_start
key=$admin
starts=$(in_seconds 2)
ends=$(in_seconds 5)
created=$(get /v1/products -H "Authorization: Bearer $key" -H 'Content-Type: application/json' -d '{
    "title": "Tea", "status": "active", "variants": [{"prices": [
        {"currency": "EUR", "amount": 900},
        {"currency": "EUR", "amount": 400, "starts_at": "'"$starts"'", "ends_at": "'"$ends"'"}]}]}')
has 'makes a product with a sale to come' "$created" "\"starts_at\":\"${starts%Z}"
ok 'which is not on yet' price_is 900
ok 'also for lists' cheap_is ''
ok 'it begins by itself' wait_for 10 price_is 400
ok 'and lists know' wait_for 10 cheap_is '"title":"Tea"'
souk_stop
ok 'starts again' souk_start
ok 'it ends by itself' wait_for 10 price_is 900
ok 'and lists know that too' wait_for 10 cheap_is ''
souk_stop
is 'ends well' "$status" 0
tap_end
