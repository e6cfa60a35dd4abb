#!/usr/bin/env bash
# What lists cannot hold of a product is told in the log; the product itself is listed.
set -u
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
# shellcheck source=tests/lib/souk.sh
. tests/lib/souk.sh

create() { get /v1/products -H "Authorization: Bearer $admin" -H 'Content-Type: application/json' -d "$1"; }

# A filter takes names of 255 bytes; a vendor has 100 characters, of three bytes each.
long=$(printf '€%.0s' {1..100})
ok 'starts' souk_start
create '{"title": "Tea", "status": "active", "vendor": "Alder"}' > /dev/null
is 'nothing is told of what fits' "$(get '/v1/products?vendor=Alder' | grep -c '"handle":"tea"'), $(grep -c browse.left_out "$SOUK_TEST_DIR/log")" '1, 0'
id=$(create '{"title": "Cup", "status": "active", "vendor": "'"$long"'"}' | grep -o 'prod_[0-9a-z]*' | head -n 1)
has 'what does not fit is listed' "$(get '/v1/products?fields=id')" "$id"
ok 'and told' wait_for grep -q "browse.left_out.*$id" "$SOUK_TEST_DIR/log"
souk_stop
tap_end
