#!/usr/bin/env bash
# souk user …: users made and changed by hand, beside a running server and without one; and the owner of the first start.
set -u
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
# shellcheck source=tests/lib/souk.sh
. tests/lib/souk.sh

mkdir "$data"
out=$SOUK_TEST_DIR/out
souk() { "$SOUK" "$@" --data "$data"; }
# log_in EMAIL PASSWORD: the status.
log_in() {
    curl -s -o /dev/null -w '%{http_code}' -H 'Content-Type: application/json' \
        -d "{\"email\": \"$1\", \"password\": \"$2\"}" "$address/v1/sessions"
}

# ---- Without a server ----
souk user add ann@shop.example --name 'Ann Lee' > "$out"
is 'a user is made' $? 0
has 'who sets a password by a link' "$(cat "$out")" '/reset?token=user_'
echo 'a password of mine' | souk user add bob@shop.example - --role manager --json > "$out"
is 'or has one from stdin' $? 0
has 'told as JSON too' "$(cat "$out")" '"email":"bob@shop.example"'
is 'without a link then' "$(grep -c token "$out")" 0
is 'a bad password is refused' "$(echo password1 | souk user add eve@shop.example - 2>&1 | grep -c 'is one of those that are tried first')" 1
is 'so is an address that is none' "$(souk user add eve 2>&1 | grep -c 'is no e-mail address')" 1
is 'and one that is taken' "$(souk user add ANN@shop.example 2>&1 | grep -c 'Another account has this address')" 1
is 'and a role that there is not' "$(souk user add eve@shop.example --role emperor 2>&1 | grep -c 'there is no role emperor')" 1
is 'nobody was made by these' "$(souk user list --json | grep -o '"id"' | wc -l)" 2
has 'users are found by a word of their names' "$(souk user list --q lee)" 'ann@shop.example'

# ---- Beside one ----
printf 'another password\n' > "$SOUK_TEST_DIR/owner"
SOUK_OWNER_EMAIL=olga@shop.example SOUK_OWNER_PASSWORD_FILE=$SOUK_TEST_DIR/owner souk_start
is 'the first start makes the owner of the settings' "$(log_in olga@shop.example 'another password')" 200
is 'bob logs in' "$(log_in bob@shop.example 'a password of mine')" 200
souk user ban bob@shop.example --reason 'Spam.' --json > "$out"
is 'a ban' $? 0
has 'answers who is banned' "$(cat "$out")" '"status":"banned","roles":[]'
is 'is in force' "$(log_in bob@shop.example 'a password of mine')" 403
has 'that is lifted' "$(souk user unban bob@shop.example --json)" '"status":"active"'
is 'lets him in again' "$(log_in bob@shop.example 'a password of mine')" 200
echo 'a better password' | souk user passwd bob@shop.example - > "$out"
is 'another password' "$(log_in bob@shop.example 'a better password')" 200
is 'in place of the old one' "$(log_in bob@shop.example 'a password of mine')" 401
is 'the last owner stays one' "$(souk user role olga@shop.example owner --remove 2>&1 | grep -c 'A shop has an owner')" 1
has 'a role is given' "$(souk user role bob@shop.example owner --json)" '"roles":["owner"]'
souk user role olga@shop.example owner --remove
is 'when there is another one he need not' $? 0
is 'who is nobody is not banned' "$(souk user ban eve@shop.example --reason x 2>&1 | grep -c 'there is no user eve@shop.example')" 1
souk_stop
is 'the server stops' "$status" 0
tap_end
