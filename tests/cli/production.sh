#!/usr/bin/env bash
# databases: none
# In production a server does not start with settings that make the shop weak: each is refused by itself, with what to do.
set -u
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
# shellcheck source=tests/lib/souk.sh
. tests/lib/souk.sh

export SOUK_MODE=production
mail=(--mail-transport smtp --mail-url smtp://127.0.0.1:25)
strong=(--shop-url https://shop.example --http-trusted-proxies 127.0.0.1 "${mail[@]}")

# refuses NAME SETTING ARGUMENTS…: a server that is strong but for this does not start, and names only this setting.
refuses() {
    local name=$1 setting=$2 status
    shift 2
    "$SOUK" serve --listen 127.0.0.1:0 --data "$data" "${strong[@]}" "$@" > "$SOUK_TEST_DIR/out" 2> "$SOUK_TEST_DIR/refusal"
    status=$?
    is "$name: refused, as a wrong configuration" "$status" 78
    is "$name: by its name" "$(sed -n 's/^souk: \([a-z_.]*\): .*/\1/p' "$SOUK_TEST_DIR/refusal" | sort -u)" "$setting"
    is "$name: and nothing is made" "$(ls "$data/souk.db" 2> /dev/null)" ''
}

refuses 'no address' shop.url --shop-url ''
refuses 'an address without TLS' shop.url --shop-url http://shop.example
strong=(--shop-url https://shop.example "${mail[@]}")
refuses 'TLS by nobody' http.trusted_proxies
refuses 'proxies anywhere' http.trusted_proxies --http-trusted-proxies 0.0.0.0/0
strong+=(--http-trusted-proxies 127.0.0.1)
refuses 'an origin without TLS' http.cors_origins --http-cors-origins http://shop.example
refuses 'no limit' limits.writes_per_minute --limits-writes-per-minute 0
refuses 'a key that somebody typed' master_key --master-key "$(printf '0123%.0s' {1..16})"
refuses 'mail that goes nowhere' mail.transport --mail-transport folder
refuses 'a log that says all' log.level --log-level debug
refuses 'a key of Stripe for trying' payments.stripe_key --payments-stripe-key sk_test_1 --payments-stripe-webhook-secret whsec_1
refuses 'Stripe by http' payments.stripe_url --payments-stripe-key sk_live_1 --payments-stripe-webhook-secret whsec_1 --payments-stripe-url http://127.0.0.1:1
refuses 'a Stripe that nobody hears' payments.stripe_webhook_secret --payments-stripe-key sk_live_1
refuses 'faults' fault --fault db.commit.before=kill@99

SOUK_MODE=development "$SOUK" doctor --data "$data" --json > "$SOUK_TEST_DIR/doctor"
has 'the doctor tells of them beforehand' "$(cat "$SOUK_TEST_DIR/doctor")" 'production would not start with shop.url'
"$SOUK" doctor --data "$data" --json > "$SOUK_TEST_DIR/doctor"
has 'and calls it a failure in production' "$(cat "$SOUK_TEST_DIR/doctor")" 'production does not start with shop.url'
has 'with what to do' "$(cat "$SOUK_TEST_DIR/doctor")" 'Set it to the https address'

ok 'a strong one starts' souk_start "${strong[@]}"
is 'and answers' "$(status_of /readyz)" 200
"$SOUK" doctor --data "$data" --json > "$SOUK_TEST_DIR/doctor"
has 'which the doctor says, too' "$(cat "$SOUK_TEST_DIR/doctor")" 'production, and no setting is weak'
souk_stop

unset SOUK_MODE
ok 'development starts with anything' souk_start --log-level debug
souk_stop

tap_end
