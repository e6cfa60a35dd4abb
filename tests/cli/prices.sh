#!/usr/bin/env bash
# Prices that begin and end by themselves: what is read of a product, and how lists sort and filter it, follow the clock
# without anybody writing; also across a restart.
#
# What holds before a moment can only be seen before it. A machine that was too slow for that is given more time: the
# product is made anew, with twice as long to go.
set -u
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
# shellcheck source=tests/lib/souk.sh
. tests/lib/souk.sh

at() { date -u -d "@$1" +%Y-%m-%dT%H:%M:%SZ; }

# price_of HANDLE: what a shopper reads.
price_of() { get "/v1/products/by-handle/$1" | grep -o '"amount":[0-9]*' | cut -d : -f 2; }
price_is() { [ "$(price_of "$1")" = "$2" ]; }

# is_cheap HANDLE: it is among what costs at most 500.
is_cheap() { get '/v1/products?price_max=500&limit=100' | grep -q "\"handle\":\"$1\""; }
is_dear() { ! is_cheap "$1"; }

# look_before SECONDS NAME WHEN: makes a product that costs 900, and 400 when the members WHEN say so; "@" in them is the
# moment so long from now. Sets product (its handle), created (the answer), moment, before (its price) and cheap (yes or
# no). Fails when it is too late to tell what was before.
look_before() {
    moment=$(($(date +%s) + $1))
    product=$2-$1
    created=$(get /v1/products -H "Authorization: Bearer $key" -H 'Content-Type: application/json' -d '{
        "title": "'"$product"'", "status": "active", "variants": [{"prices": [
            {"currency": "EUR", "amount": 900},
            {"currency": "EUR", "amount": 400, '"${3/@/$(at $moment)}"'}]}]}')
    before=$(price_of "$product")
    cheap=no
    if is_cheap "$product"; then cheap=yes; fi
    [ "$(date +%s)" -lt "$moment" ]
}

# in_time NAME WHEN: looks until it was in time.
in_time() {
    local seconds=2
    until look_before $seconds "$@"; do seconds=$((seconds * 2)); done
}

ok 'starts' souk_start
key=$admin

in_time tea '"starts_at": "@"'
has 'makes a product with a sale to come' "$created" "\"starts_at\":\"$(at "$moment" | tr -d Z)"
is 'which is not on yet' "$before" 900
is 'also for lists' "$cheap" no
ok 'it begins by itself' wait_for price_is "$product" 400
ok 'and lists know' wait_for is_cheap "$product"

in_time coffee '"starts_at": "2020-01-01T00:00:00Z", "ends_at": "@"'
has 'makes a product with a sale that ends' "$created" "\"ends_at\":\"$(at "$moment" | tr -d Z)"
is 'which is on' "$before" 400
is 'also for lists' "$cheap" yes
souk_stop
ok 'starts again' souk_start
ok 'it ends by itself' wait_for price_is "$product" 900
ok 'and lists know that too' wait_for is_dear "$product"
souk_stop
is 'ends well' "$status" 0
tap_end
