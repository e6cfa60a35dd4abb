#!/usr/bin/env bash
# Many who do the same to an order at once: no more goes back than was paid, a parcel leaves once, an order is given up or sent and not both;
# and numbers have no gaps. Afterwards all laws hold.
set -u
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
# shellcheck source=tests/lib/souk.sh
. tests/lib/souk.sh

export SOUK_LIMITS_WRITES_PER_MINUTE=0 SOUK_LIMITS_READS_PER_MINUTE=0 SOUK_LIMITS_KEY_REQUESTS_PER_MINUTE=0
ok 'a server starts' souk_start

send() { get "$1" -X POST -H "Authorization: Bearer $admin" -H 'Content-Type: application/json' -d "$2"; }
field() { grep -o "\"$1\":\"[a-z]*_[0-9a-z]*\"" | head -n 1 | cut -d '"' -f 4; }

# at_once N PATH BODY: sends N requests together; the statuses, each with how often it came. In a shell of its own: $(at_once …).
at_once() {
    local n=$1 path=$2 body=$3 i
    for ((i = 0; i < n; i++)); do
        curl -s -o /dev/null --max-time "$patience" -w '%{http_code}\n' -X POST -H "Authorization: Bearer $admin" -H 'Content-Type: application/json' \
            -d "$body" "$address$path" &
    done > "$SOUK_TEST_DIR/statuses"
    wait # in a shell of its own, which has no other children
    sort "$SOUK_TEST_DIR/statuses" | uniq -c | awk '{printf "%s%s×%s", (NR > 1 ? " " : ""), $2, $1}'
}

# An order that is paid: sets order.
place_and_pay() {
    local answer
    answer=$(send /v1/orders '{"email": "ann@shop.example", "currency": "EUR", "lines": [{"title": "Tea", "quantity": 2, "unit_price": 500}]}')
    order=$(printf '%s' "$answer" | grep -o '"id":"ord_[0-9a-z]*"' | head -n 1 | cut -d '"' -f 4)
    send "/v1/payments/$(printf '%s' "$answer" | field payment)/capture" '{}' > /dev/null
}

place_and_pay
is 'of twelve who give 300 of 1000 back, three do' "$(at_once 12 "/v1/orders/$order/refunds" '{"amount": 300}')" '201×3 409×9'
has 'and that much has gone back' "$(get "/v1/orders/$order" -H "Authorization: Bearer $admin")" '"captured":1000,"refunded":900'

place_and_pay
is 'of twelve who send all of it, one does' "$(at_once 12 "/v1/orders/$order/shipments" '{}')" '201×1 409×11'

place_and_pay
pids=()
for ((i = 0; i < 6; i++)); do
    for what in cancel shipments; do
        curl -s -o /dev/null --max-time "$patience" -w "$what %{http_code}\n" -X POST -H "Authorization: Bearer $admin" \
            -H 'Content-Type: application/json' -d '{}' "$address/v1/orders/$order/$what" >> "$SOUK_TEST_DIR/both" &
        pids+=($!)
    done
done
wait "${pids[@]}"
is 'of those who send it and those who give it up, one wins' "$(grep -c ' 20' "$SOUK_TEST_DIR/both")" 1

is 'twenty orders are placed at once' "$(at_once 20 /v1/orders '{"email": "ben@shop.example", "currency": "JPY", "lines": [{"title": "Cup", "quantity": 1, "unit_price": 7}]}')" '201×20'
all_numbered() {
    local listed
    listed=$(get '/v1/orders?limit=100&fields=number' -H "Authorization: Bearer $admin")
    [ "$(printf '%s' "$listed" | grep -o '"number":[0-9]*' | sort -u | wc -l)" = 23 ]
}
ok 'and all get a number' wait_for all_numbered
has 'of which the last is as many as there are' "$(get '/v1/orders?number=23' -H "Authorization: Bearer $admin")" '"number":23'
ok 'all laws hold' "$SOUK" check --data "$data"
souk_stop
is 'the server ends well' "$status" 0
tap_end
