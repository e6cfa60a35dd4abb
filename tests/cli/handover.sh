#!/usr/bin/env bash
# SIGUSR2: a new process takes over sockets and data while requests keep coming. None is refused, reset or left alone.
# Only who stands still for a second between connecting and asking may find that the old process is gone.
set -u
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
# shellcheck source=tests/lib/souk.sh
. tests/lib/souk.sh

lock=$data/souk.lock
owner() { sed -n 's/^process \([0-9]*\) .*/\1/p' "$lock"; }
has_new_owner() { [ "$(owner)" != "$1" ] && [ -n "$(owner)" ]; }
counted() { grep -c . "$SOUK_TEST_DIR/statuses"; }
has_counted() { [ "$(counted)" -ge "$1" ]; }

ok 'starts' souk_start
key=$admin
# Several at once, each one new connection after the other, until the file goes away.
touch "$SOUK_TEST_DIR/go"
visitors=()
for _ in {1..6}; do
    while [ -e "$SOUK_TEST_DIR/go" ]; do
        get /v1/products -o /dev/null -w '%{http_code} %{time_total}\n'
    done >> "$SOUK_TEST_DIR/statuses" &
    visitors+=($!)
done

for round in 1 2; do
    old=$(owner)
    ok "requests are answered, round $round" wait_for has_counted $((round * 20))
    kill -USR2 "$old"
    ok "another process owns the folder, round $round" wait_for has_new_owner "$old"
done
wait "$server"
is 'the first process has ended well' $? 0
ok 'the last one answers' wait_for has_counted $(($(counted) + 20))
rm "$SOUK_TEST_DIR/go"
wait "${visitors[@]}"
is 'no request was lost' "$(awk '$1 != 200 && $2 < 1' "$SOUK_TEST_DIR/statuses")" ''
is 'the data went along' "$(status_of /v1/locations -H "Authorization: Bearer $key")" 200
ok 'commands find the new owner' wait_for "$SOUK" seed --products 3 --data "$data"

last=$(owner)
kill -TERM "$last"
ended() { ! kill -0 "$last" 2> /dev/null; }
ok 'the last one ends' wait_for ended
has 'without cutting anyone off' "$(tail -n 1 "$SOUK_TEST_DIR/log")" '"cut":false'
tap_end
