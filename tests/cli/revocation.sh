#!/usr/bin/env bash
# What ends is refused at once by the process that ended it, and soon by every other one on the same database: a session, a
# key, a role, a ban. Each is used first where it will be refused, so that it is remembered there (modules/auth/recall.c).
set -u
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
# shellcheck source=tests/lib/souk.sh
. tests/lib/souk.sh

mkdir "$data"
souk() { "$SOUK" "$@" --data "$data"; }
echo 'a password of mine' | souk user add ann@shop.example - --role support > /dev/null

souk_start
here=$address
if [ "$SOUK_TEST_DRIVER" = postgresql ]; then # on a second machine of the shop
    mkdir -p "$SOUK_TEST_DIR/other/data" && cp "$data/master.key" "$SOUK_TEST_DIR/other/data"
    first=$server
    other=$SOUK_TEST_DIR/other
    data=$other/data SOUK_TEST_DIR=$other souk_start
    second=$server server=$first
fi
there=$address address=$here

# log_in: sets cookie, and csrf, what its pages send with writes.
log_in() {
    cookie=$(curl -s -o /dev/null -D - -H 'Content-Type: application/json' -d '{"email": "ann@shop.example", "password": "a password of mine"}' \
        "$here/v1/sessions" | sed -n 's/^Set-Cookie: \(souk=[^;]*\).*/\1/p')
    csrf=$(curl -s -H "Cookie: $cookie" "$here/v1/sessions/current" | grep -o '"csrf_token":"[^"]*"' | cut -d '"' -f 4)
}
# seen PATH HEADER: the status that the other process answers.
seen() { curl -s -o /dev/null -w '%{http_code}' -H "$2" "$there$1"; }
refused() { [ "$(seen "$1" "$2")" = "$3" ]; }
# felt NAME PATH HEADER STATUS: waits until the other process refuses it.
felt() {
    local began=${EPOCHREALTIME/[.,]/}
    ok "$1" wait_for refused "$2" "$3" "$4"
    echo "# after $(((${EPOCHREALTIME/[.,]/} - began) / 1000)) ms"
}

log_in
is 'a session is known where it was not begun' "$(seen /v1/account "Cookie: $cookie")" 200
is 'and remembered' "$(seen /v1/account "Cookie: $cookie")" 200
is 'it is ended here' "$(status_of /v1/sessions/current -X DELETE -H "Cookie: $cookie" -H "X-CSRF-Token: $csrf")" 204
is 'and over here' "$(status_of /v1/account -H "Cookie: $cookie")" 401
felt 'and there' /v1/account "Cookie: $cookie" 401

log_in
is 'what her role gives her is hers there' "$(seen /v1/users "Cookie: $cookie")" 200
souk user role ann@shop.example support --remove
is 'it is not any more, here' "$(status_of /v1/users -H "Cookie: $cookie")" 403
felt 'nor there' /v1/users "Cookie: $cookie" 403
is 'she still is who she is' "$(seen /v1/account "Cookie: $cookie")" 200
souk user ban ann@shop.example --reason 'Spam.'
is 'a ban ends her session here' "$(status_of /v1/account -H "Cookie: $cookie")" 401
felt 'and there' /v1/account "Cookie: $cookie" 401

souk key add --name part --scope users:read --json > "$SOUK_TEST_DIR/key"
key=$(grep -o 'sk_[A-Za-z0-9_-]*' "$SOUK_TEST_DIR/key")
is 'a key works there' "$(seen /v1/users "Authorization: Bearer $key")" 200
souk key revoke "$(grep -o 'key_[0-9a-z]*' "$SOUK_TEST_DIR/key")"
is 'it is revoked here' "$(status_of /v1/users -H "Authorization: Bearer $key")" 401
felt 'and there' /v1/users "Authorization: Bearer $key" 401

souk_stop
is 'the server stops' "$status" 0
if [ "$SOUK_TEST_DRIVER" = postgresql ]; then
    server=$second
    souk_stop
    is 'so does the other' "$status" 0
fi
tap_end
