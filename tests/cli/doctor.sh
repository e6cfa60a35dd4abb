#!/usr/bin/env bash
# `souk doctor`: a healthy shop is called healthy, each planted fault is found by the check that is there for it, and
# nothing that is wrong keeps it from saying so.
set -u
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
# shellcheck source=tests/lib/souk.sh
. tests/lib/souk.sh
sqlite=''
if [ "$SOUK_TEST_DRIVER" = sqlite ]; then sqlite=yes; fi
# The machine's limit of open files is not ours to judge.
export SOUK_HTTP_CONNECTIONS_MAX=100

# examine ARGUMENTS…: sets status, and report, a line a check: "name result found".
examine() {
    report=$("$SOUK" doctor --json --data "$data" "$@" 2> "$SOUK_TEST_DIR/stderr")
    status=$?
    report=$(node -e '
        for (const row of JSON.parse(require("fs").readFileSync(0))) {
            if (["warning", "failure"].includes(row.result) === (row.advice === "")) row.found += " (advice?)";
            console.log(row.check, row.result, row.found);
        }' <<< "$report")
}
line_of() { grep "^$1 " <<< "$report"; }
# What the machine is like is not ours to judge either: a slow or full disk, a temporary folder in memory.
of_the_shop() { grep -vE '^(file-system|disk-space|disk-sync|memory) ' <<< "$report"; }
ill() { of_the_shop | grep -E '^[a-z-]+ (warning|failure) ' | cut -d ' ' -f 1,2 | tr '\n' ' '; }
failures() { grep -q '^[a-z-]* failure ' <<< "$report" && echo 1 || echo 0; }

# finds NAME CHECK RESULT PART: the check came to this result, and says PART.
finds() { has "$1" "$(line_of "$2")" "$2 $3 "; has "$1: says what" "$(line_of "$2")" "$4"; }

# ---- Before there is anything
examine --listen 127.0.0.1:0
is 'an empty place is no failure' "$status" 0
ok 'and nothing is made there' test ! -e "$data"
if [ $sqlite ]; then finds 'the database is not opened' database skipped 'not there yet'; fi
mkdir -m 700 "$data"
examine --listen 127.0.0.1:0
is 'nor in an empty folder' "$(ls "$data")" ''
[ $sqlite ] || finds 'a database without a schema waits for it' schema warning 'pending'

# ---- A healthy shop, in a process of its own and inside its server
ok 'starts' souk_start
key=$("$SOUK" key add --name own --data "$data" --json)
has 'there is a key of somebody' "$key" 'sk_'
examine
finds 'the key of the first start is told' keys warning 'key_0000000000001'
ok 'it is deleted' "$SOUK" key revoke key_0000000000001 --data "$data"
examine
is 'a running shop is healthy' "$(ill)" ''
is 'which the exit status says' "$status" "$(failures)"
is 'of which the server says so itself' "$(line_of server)" "server ok process $server runs this shop and is ready"
is 'nothing is skipped' "$(of_the_shop | grep -c ' skipped ')" 0
human=$("$SOUK" doctor --data "$data")
has 'people are told the sum' "$(tail -n 1 <<< "$human" | sed 's/[0-9][0-9]*/N/g')" 'warning: N, failure: N, skipped: N'
printf '[log]\nlevel = warn\n[db]\nqueue_max = 5\n' > "$data/souk.conf"
examine
finds 'a server that has not seen the settings' changes warning 'db.queue_max, log.level'
rm "$data/souk.conf"
souk_stop
examine --listen 127.0.0.1:0
is 'so is one that is stopped' "$status $(ill)" "$(failures) "
finds 'of which no server runs' server ok 'none'

# ---- Settings
examine --listen 0.0.0.0:0
finds 'open to every network' listen warning '0.0.0.0:0'
examine --listen 0.0.0.0:0 --http-trusted-proxies 10.1.1.1
is 'but not behind a proxy' "$(ill)" ''
node -e 'require("net").createServer().listen(0, "127.0.0.1", function () { console.log(this.address().port); })' \
    > "$SOUK_TEST_DIR/port" &
holder=$!
wait_for test -s "$SOUK_TEST_DIR/port"
examine --listen "127.0.0.1:$(cat "$SOUK_TEST_DIR/port")"
finds 'an address that somebody has' listen failure "$(cat "$SOUK_TEST_DIR/port")"
is 'is a failure' "$status" 1
kill "$holder"
examine --listen 127.0.0.1:0 --http-trusted-proxies 10.0.0.0/8,0.0.0.0/0
finds 'a proxy that is everybody' proxies warning '0.0.0.0/0'
examine --listen 127.0.0.1:0 --http-trusted-proxies 10.0.0.300
finds 'a proxy that is nobody' proxies failure '10.0.0.300'
examine --listen 127.0.0.1:0 --fault db.commit.after=kill
finds 'a fault that is armed' faults warning 'db.commit.after=kill'
examine --listen 127.0.0.1:0 --cache-bytes 1000000000000
finds 'a cache larger than the machine' memory warning '953674 of'
SOUK_HTTP_LOPS=2 examine
finds 'a setting that is none' configuration failure 'SOUK_HTTP_LOPS'
is 'keeps from looking further' "$(grep -vc ' skipped ' <<< "$report")" 1
is 'and is a failure' "$status" 1
report=$(ulimit -n 120 && "$SOUK" doctor --data "$data" --listen 127.0.0.1:0)
has 'a small limit of open files' "$report" 'leaves 60 of 100 connections'

# ---- The folder
chmod 755 "$data"
examine --listen 127.0.0.1:0
finds 'a folder that everybody may look into' folder warning '0755'
chmod 700 "$data"
if [ "$(id -u)" = 0 ]; then
    chown 65534 "$data/souk.lock"
    examine --listen 127.0.0.1:0
    finds 'a file of somebody else' files failure 'souk.lock belongs to'
    chown 0 "$data/souk.lock"
else
    chmod 500 "$data"
    examine --listen 127.0.0.1:0
    finds 'a folder that cannot be written' folder failure 'cannot be written'
    chmod 700 "$data"
fi
real=$data
data=$SOUK_TEST_DIR/file
touch "$data"
examine --listen 127.0.0.1:0
finds 'a file in place of the folder' folder failure 'no folder'
data=$real
if [ $sqlite ] && [ "$(stat -f -c %T /dev/shm)" = tmpfs ]; then
    data=$(mktemp -d /dev/shm/souk-doctor.XXXXXX)
    examine --listen 127.0.0.1:0
    finds 'a disk that is memory' file-system warning 'tmpfs'
    rmdir "$data"
    data=$real
fi

# ---- Somebody has the folder and does not answer
(
    exec 9<> "$data/souk.lock"
    flock 9
    touch "$SOUK_TEST_DIR/locked"
    wait_for test -e "$SOUK_TEST_DIR/release"
) &
wait_for test -e "$SOUK_TEST_DIR/locked"
examine --listen 127.0.0.1:0
finds 'an owner that does not answer' server warning 'does not answer'
if [ $sqlite ]; then is 'keeps its database to itself' "$(line_of database | cut -d ' ' -f 2)" skipped; fi
touch "$SOUK_TEST_DIR/release"
wait

# ---- The database
plant_checksum() {
    if [ $sqlite ]; then
        # The first checksum in the file: 64 hexadecimal digits behind the name of a migration.
        node -e '
            const fs = require("fs"), path = process.argv[1], bytes = fs.readFileSync(path);
            const at = bytes.toString("latin1").search(/keys[0-9a-f]{64}/) + 4;
            bytes[at] = bytes[at] === 48 ? 49 : 48;
            fs.writeFileSync(path, bytes);' "$data/souk.db"
    else
        psql -X -q "$DATABASE_URL" -c "update schema_migrations set checksum = 'x' where name = 'keys'"
    fi
}
ok 'a migration is changed behind the back' plant_checksum
examine --listen 127.0.0.1:0
finds 'and found' schema failure 'auth/0001_keys.sql'
is 'which is a failure' "$status" 1

if [ $sqlite ]; then
    # Zeros over a page in the middle, and then over the first.
    dd if=/dev/zero of="$data/souk.db" bs=4096 seek=5 count=1 conv=notrunc status=none
    examine --listen 127.0.0.1:0
    has 'a torn page is found' "$(line_of integrity)" 'integrity failure'
    dd if=/dev/zero of="$data/souk.db" bs=4096 count=1 conv=notrunc status=none
    printf 'no database' | dd of="$data/souk.db" conv=notrunc status=none
    examine --listen 127.0.0.1:0
    finds 'a file that is no database' database failure 'not a database'
    is 'and nothing more is asked of it' "$(line_of schema | cut -d ' ' -f 2)" skipped
    is 'in so many words and not in the log' "$(cat "$SOUK_TEST_DIR/stderr")" ''
else
    examine --listen 127.0.0.1:0 --db-readers 256 --db-writers 256
    finds 'more connections than the server has' connections warning '514'
    psql -X -q "$SOUK_TEST_PG" -c "create database ${SOUK_TEST_PG##*/}_ascii encoding 'SQL_ASCII' locale 'C'
        locale_provider 'libc' template template0"
    DATABASE_URL=${SOUK_TEST_PG}_ascii examine --listen 127.0.0.1:0
    finds 'another encoding' encoding failure 'SQL_ASCII'
    DATABASE_URL=postgresql://souk:secret@127.0.0.1:1/none examine --listen 127.0.0.1:0
    finds 'a server that is not there' database failure 'cannot be reached'
    is 'is a failure' "$status" 1
    is 'and its password stays secret' "$(grep -c secret <<< "$report")" 0

    # A server whose database goes away under it.
    pg=$SOUK_TEST_DIR/pg
    trap 'tests/lib/pg.sh stop "$pg"' EXIT
    DATABASE_URL=$(tests/lib/pg.sh start "$pg")
    data=$SOUK_TEST_DIR/other
    ok 'starts on a database of its own' souk_start
    tests/lib/pg.sh crash "$pg"
    is_not_ready() { [ "$(status_of /readyz)" = 503 ]; }
    ok 'and loses it' wait_for is_not_ready
    unset DATABASE_URL # the caller need not know it
    examine
    finds 'the server says that its database is gone' database failure 'cannot be reached'
    finds 'and that it is not ready' server failure 'is not ready'
    souk_stop
fi
tap_end
