#!/usr/bin/env bash
# The audit trail of a running shop: entries get their place in the chain, `souk audit` verifies and exports it, also on
# a machine without the shop; and whoever is killed between an entry's commit and its sealing loses nothing.
set -u
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
# shellcheck source=tests/lib/souk.sh
. tests/lib/souk.sh

audit() { "$SOUK" audit "$@" --data "$data" 2> "$SOUK_TEST_DIR/stderr"; }

# make_list NAME: an entry, by an answer that came.
make_list() {
    has "a list $1 is made" "$(get /v1/price-lists -H "Authorization: Bearer $key" -H 'Content-Type: application/json' \
        -d "{\"name\": \"$1\"}")" "\"name\":\"$1\""
}

all_sealed() {
    local answer
    answer=$(get '/v1/audit?limit=100' -H "Authorization: Bearer $key")
    [[ $answer == *'"sequence":'* && $answer != *'"sequence":null'* ]]
}

# whole ENTRIES: the trail is whole, and has as many.
whole() { [[ $(audit verify --json) == *'"whole":true,"entries":'$1,* ]]; }

ok 'starts' souk_start
key=$admin
make_list one
make_list two
ok 'entries are sealed by themselves' wait_for all_sealed
before=$(audit verify --json)
has 'the trail is whole' "$before" '"whole":true'
entries=$(grep -o '"entries":[0-9]*' <<< "$before" | cut -d : -f 2)
ok 'there are entries of both lists' test "$entries" -ge 2
ok 'the state is remembered beside the database' wait_for grep -q '"signature"' "$data/audit.head"
has 'actions are listed' "$("$SOUK" audit actions)" 'price_list.created'

# ---- An export, verified without the shop
thumbprint=$(audit key --json | grep -o '"key":"[^"]*"' | cut -d '"' -f 4)
audit export > "$SOUK_TEST_DIR/trail.jsonl"
is 'each entry is a line' "$(grep -c '"sequence":' "$SOUK_TEST_DIR/trail.jsonl")" "$entries"
elsewhere() { (cd "$SOUK_TEST_DIR" && env -u DATABASE_URL "$SOUK" audit verify "$@" 2> stderr); }
case $SOUK in /*) ;; *) SOUK=$PWD/$SOUK ;; esac
has 'a file is verified by a key' "$(elsewhere trail.jsonl --key "$thumbprint" --json)" '"whole":true'
ok 'which makes no folder' test ! -e "$SOUK_TEST_DIR/data/nothing" -a ! -e "$SOUK_TEST_DIR/souk.db"
sed 's/price_list.created/price_list.changed/' "$SOUK_TEST_DIR/trail.jsonl" > "$SOUK_TEST_DIR/changed.jsonl"
ok 'a changed one is found' test "$(elsewhere changed.jsonl --key "$thumbprint" > "$SOUK_TEST_DIR/report"; echo $?)" = 1
has 'and told' "$(< "$SOUK_TEST_DIR/report")" 'was changed'
head -n -1 "$SOUK_TEST_DIR/trail.jsonl" > "$SOUK_TEST_DIR/cut.jsonl"
has 'so is one that was cut off' "$(elsewhere cut.jsonl --key "$thumbprint")" 'the file was cut off'
has 'a file needs a key' "$(elsewhere trail.jsonl; cat "$SOUK_TEST_DIR/stderr")" 'needs --key'
# Anybody can check a line: without its last member, and closed, it has that hash.
line=$(grep '"sequence":1,' "$SOUK_TEST_DIR/trail.jsonl")
is 'as anybody can by sha256sum' "$(printf '%s}' "${line%,\"hash\":*}" | sha256sum | cut -d ' ' -f 1)" \
    "$(grep -o '"hash":"[0-9a-f]*"}$' <<< "$line" | cut -d '"' -f 4)"
souk_stop
is 'ends well' "$status" 0
ok 'it is whole without a server' whole "$entries"

# ---- Killed between commit and sealing, and while sealing
for fault in audit.unsealed=kill audit.sealing=kill; do
    ok "starts with $fault" souk_start --fault "$fault"
    get /v1/price-lists -H "Authorization: Bearer $key" -H 'Content-Type: application/json' -d "{\"name\": \"$fault\"}" > /dev/null
    # shellcheck disable=SC2016 # eval expands it, each time anew
    ok 'it is killed' wait_for eval '! kill -0 $server 2> /dev/null'
    wait "$server" 2> /dev/null
    ok 'starts again' souk_start
    has 'the list is there' "$(get /v1/price-lists -H "Authorization: Bearer $key")" "\"name\":\"$fault\""
    entries=$((entries + 1))
    ok 'its entry is sealed now' wait_for whole "$entries"
    souk_stop
done

# ---- Cut off: the folder remembers
cp "$data/audit.head" "$SOUK_TEST_DIR/head"
sed 's/"sequence":[0-9]*/"sequence":900/' "$SOUK_TEST_DIR/head" > "$data/audit.head"
ok 'a head that was not signed is told' test "$(audit verify > "$SOUK_TEST_DIR/report"; echo $?)" = 1
has 'as such' "$(< "$SOUK_TEST_DIR/report")" 'audit.head was not signed by this shop'
tap_end
