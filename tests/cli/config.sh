#!/usr/bin/env bash
# Settings from outside: which source wins, what is refused, and what a running server takes over.
set -u
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
# shellcheck source=tests/lib/souk.sh
. tests/lib/souk.sh

mkdir "$data"
log=$SOUK_TEST_DIR/log
# shown NAME: value and origin, one blank between.
shown() { SOUK_DB_QUEUE_MAX=77 "$SOUK" config --data "$data" --db-slow-statement-ms 88 | sed -n "s/^$1  *//p" | tr -s ' '; }

cat > "$data/souk.conf" << 'END'
[log]
level = warn
[db]
queue_max = 66
slow_statement_ms = 66
END
is 'the file sets' "$(shown log.level)" "warn $data/souk.conf:2"
is 'the environment wins over it' "$(shown db.queue_max)" '77 SOUK_DB_QUEUE_MAX'
is 'a flag wins over both' "$(shown db.slow_statement_ms)" '88 --db-slow-statement-ms'
is 'the rest are defaults' "$(shown http.headers_max)" '100 default'

printf '[log]\nlevel = loud\n[htp]\nloops = 1\n' > "$data/souk.conf"
refused=$(SOUK_LISTEN=nowhere "$SOUK" serve --data "$data" --db-batch-max 0 2>&1)
is 'a refused configuration has an exit status of its own' $? 78
is 'and every mistake is told at once' "$(grep -c '^souk: ' <<< "$refused")" 4
has 'with line and allowed values' "$refused" 'souk.conf:2: log.level must be one of debug, info, warn, error'
has 'with what was probably meant' "$refused" 'did you mean "http.loops"?'
ok 'and nothing was begun' test ! -e "$data/souk.lock"

printf '[log]\nlevel = warn\n' > "$data/souk.conf"
ok 'starts' souk_start
is 'which is below the level of the log' "$(grep -c server.ready "$log")" 0
printf '[log]\nlevel = info\n[db]\nqueue_max = 5\n' > "$data/souk.conf"
kill -HUP "$server"
ok 'SIGHUP makes it read the file again' wait_for grep -q '"event":"config\.reloaded"' "$log"
line=$(grep '"event":"config\.reloaded"' "$log")
has 'what can change has changed' "$line" '"applied":"log.level"'
has 'the rest waits for a restart' "$line" '"need_restart":"db.queue_max"'
printf '[log]\nlevel = loud\n' > "$data/souk.conf"
kill -HUP "$server"
ok 'a file with a mistake is refused' wait_for grep -q '"event":"config\.refused"' "$log"
is 'and the server goes on' "$(status_of /livez)" 200
souk_stop
is 'until it is stopped' "$status" 0
tap_end
