#!/usr/bin/env bash
# `souk serve` from the first start to the end: the key that is shown once, data that stays, signals, and refusals.
set -u
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
# shellcheck source=tests/lib/souk.sh
. tests/lib/souk.sh

ok 'starts on nothing' souk_start
out=$(cat "$SOUK_TEST_DIR/out")
has 'says where the documentation is' "$out" "$address/docs"
has 'shows the first key' "$out" 'sk_'
is 'is alive' "$(status_of /livez)" 200
is 'is ready' "$(status_of /readyz)" 200
key=$admin
is 'refuses who has no key' "$(status_of /v1/locations)" 401
is 'takes the first key' "$(status_of /v1/locations -H "Authorization: Bearer $key")" 200
created=$(get /v1/products -H "Authorization: Bearer $key" -H 'Content-Type: application/json' -d '{"title": "Tea"}')
id=$(grep -o 'prod_[0-9a-z]*' <<< "$created" | head -n 1)
has 'takes a product' "$created" '"title":"Tea"'

kill -HUP "$server"
ok 'reads its configuration again after SIGHUP' wait_for grep -q 'config\.reloaded' "$SOUK_TEST_DIR/log"
is 'still answers' "$(status_of /livez)" 200
souk_stop
is 'ends well after SIGTERM' "$status" 0
has 'says that nobody was cut off' "$(tail -n 1 "$SOUK_TEST_DIR/log")" '"cut":false'

ok 'starts again' souk_start
is 'shows no key any more' "$admin" ''
is 'takes the key of the first start' "$(status_of /v1/locations -H "Authorization: Bearer $key")" 200
has 'still has the product' "$(get "/v1/products/$id" -H "Authorization: Bearer $key")" '"title":"Tea"'

mkdir "$SOUK_TEST_DIR/other" && cp "$data/master.key" "$SOUK_TEST_DIR/other" # as on a second machine of the shop
refused=$("$SOUK" serve --listen "${address#http://}" --data "$SOUK_TEST_DIR/other" 2>&1)
is 'a taken address is a failure' $? 1
has 'and names the address' "$refused" "${address#http://}"
if [ "$SOUK_TEST_DRIVER" = sqlite ]; then
    other=$("$SOUK" key list --data "$SOUK_TEST_DIR/other" 2>&1)
    is 'and has made no key that nobody was shown' "$(grep -c 'first start' <<< "$other")" 0
fi
if [ "$SOUK_TEST_DRIVER" = sqlite ]; then
    refused=$("$SOUK" serve --listen 127.0.0.1:0 --data "$data" 2>&1)
    is 'a second owner of the folder is refused for now' $? 69
    has 'and told which folder' "$refused" "$data"
fi
kill -INT "$server"
wait "$server"
is 'ends well after Ctrl-C' $? 0

ok 'starts behind a proxy that writes Forwarded' souk_start --http-trusted-proxies 127.0.0.1 --http-forwarded --log-requests
get /livez -H 'Forwarded: for=203.0.113.9' -H 'X-Forwarded-For: 198.51.100.7' > "$SOUK_TEST_DIR/answer"
ok 'and logs the client that it names' wait_for grep -q '"client":"203\.0\.113\.9"' "$SOUK_TEST_DIR/log"
souk_stop

if [ "$SOUK_TEST_DRIVER" = sqlite ]; then
    printf 'no folder' > "$SOUK_TEST_DIR/file"
    refused=$("$SOUK" serve --listen 127.0.0.1:0 --data "$SOUK_TEST_DIR/file" 2>&1)
    is 'a file in place of the folder is a failure' $? 1
    has 'and is named' "$refused" "$SOUK_TEST_DIR/file"
else
    refused=$(DATABASE_URL=postgresql://souk:wrong@127.0.0.1:1/none "$SOUK" serve --listen 127.0.0.1:0 --data "$data" 2>&1)
    is 'a PostgreSQL that is not there is a failure for now' $? 69
    is 'and its password stays secret' "$(grep -c wrong <<< "$refused")" 0
fi
tap_end
