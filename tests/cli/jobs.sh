#!/usr/bin/env bash
# Jobs and the event feed by commands and over the API, in a running shop: mail becomes a file, failures become dead letters,
# a shop that is killed loses nothing and says nothing twice.
set -u
# shellcheck disable=SC2016 # programs in other languages have dollars of their own
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
# shellcheck source=tests/lib/souk.sh
. tests/lib/souk.sh

mail=$data/mail
export SOUK_JOBS_LEASE_S=2 # what a killed shop was running is begun again after it
api() { get "$1" -H "Authorization: Bearer $key" "${@:2}"; }
jobs() { "$SOUK" jobs list --json --data "$data" "$@" 2> "$SOUK_TEST_DIR/stderr"; }
# count FILTER…: how many jobs the list has.
count() { jobs "$@" | node -e 'console.log(JSON.parse(require("fs").readFileSync(0)).length)'; }
count_is() { [ "$(count "${@:2}")" = "$1" ]; }
# The numbers of all events and their types: "1:product.created 2:…".
events() {
    # shellcheck disable=SC2016 # a program in another language has dollars of its own
    api '/v1/events?limit=100' | node -e '
        const {data} = JSON.parse(require("fs").readFileSync(0));
        console.log(data.map((event) => `${event.sequence}:${event.type}`).join(" "))'
}
events_are() { [ "$(events)" = "$1" ]; }
make_product() {
    status_of /v1/products -H "Authorization: Bearer $key" -H 'Content-Type: application/json' -d "{\"title\": \"$1\"}"
}

ok 'the shop starts' souk_start
key=$admin

# ---- Mail is a job, and a file
"$SOUK" mail test --later ann@example.com --data "$data" > /dev/null
ok 'the message is sent' wait_for count_is 1 '--state=done' --kind mail.send
is 'as one file' "$(find "$mail" -name '*.eml' | wc -l)" 1
has 'to whom it is for' "$(cat "$mail"/*.eml)" 'To: <ann@example.com>'
has 'the kinds are listed' "$("$SOUK" jobs kinds --data "$data")" 'mail.send'
id=$(jobs --kind mail.send | sed -n 's/.*"id": *"\([^"]*\)".*/\1/p' | head -n 1)
has 'one can be shown' "$("$SOUK" jobs show "$id" --data "$data" --json)" '"state"'
ok 'what is done cannot be run again' test "$("$SOUK" jobs retry "$id" --data "$data" > /dev/null 2>&1; echo $?)" = 1
is 'what is no id is refused' "$("$SOUK" jobs show tea --data "$data" > /dev/null 2>&1; echo $?)" 1

# ---- Events have numbers
is 'a product is made' "$(make_product one)" 201
is 'and another' "$(make_product two)" 201
ok 'both are told of, in order' wait_for events_are '1:product.created 2:product.created'
is 'from a number on' "$(api '/v1/events?after=1' | grep -o '"sequence":[0-9]*')" '"sequence":2'
has 'and the newest' "$(api '/v1/events?newest=true')" '"sequence":2'
is 'what has not happened yet is nothing' "$(api '/v1/events?after=2')" '{"data":[],"has_more":false,"next_cursor":null}'
souk_stop
is 'the shop ends well' "$status" 0

# ---- Killed between the commit and the number
ok 'it starts with a fault' souk_start --fault outbox.unnumbered=kill@1
make_product three > /dev/null
wait "$server" 2> /dev/null
is 'and dies of it' $? 137
ok 'it starts again' souk_start
ok 'the event is told of, once' wait_for events_are '1:product.created 2:product.created 3:product.created'
souk_stop
ok 'it starts with another fault' souk_start --fault outbox.numbered=kill@1
make_product four > /dev/null
wait "$server" 2> /dev/null
is 'and dies of it' $? 137
ok 'it starts again' souk_start
ok 'the numbers have no gap' wait_for events_are '1:product.created 2:product.created 3:product.created 4:product.created'

# ---- Killed when the work is done, and that it is done is not written
souk_stop
for fault in jobs.claimed jobs.ran mail.sent jobs.turn; do
    rm -f "$mail"/*.eml
    before=$(count --kind mail.send '--state=done')
    "$SOUK" mail test --later bob@example.com --data "$data" > /dev/null # nobody serves: it waits
    souk_start --fault "$fault=kill@1" > /dev/null
    wait "$server" 2> /dev/null
    is 'and dies of it' $? 137
    ok 'it starts again' souk_start
    ok "the message is sent after $fault" wait_for count_is $((before + 1)) --kind mail.send '--state=done'
    is 'and there is one of it' "$(find "$mail" -name '*.eml' | wc -l)" 1
    souk_stop
done
tap_end
