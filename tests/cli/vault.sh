#!/usr/bin/env bash
# The master key: made at the first start, refused when others can read it or it is not the shop's, and looked at by the
# doctor.
set -u
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
# shellcheck source=tests/lib/souk.sh
. tests/lib/souk.sh
export SOUK_HTTP_CONNECTIONS_MAX=100
other=4c1f9d0e7b3a5826f0c4d81e926ab357019e7fd2c8b46a3d5e12f78b90a4c36d

# refused NAME PART: no command works on the data, and the reason says PART.
refused() {
    "$SOUK" key list --data "$data" > /dev/null 2> "$SOUK_TEST_DIR/stderr"
    is "$1" "$?" 1
    has "$1: says why" "$(< "$SOUK_TEST_DIR/stderr")" "$2"
}
doctor() { "$SOUK" doctor --json --data "$data" --listen 127.0.0.1:0 "$@" 2> /dev/null | tr '{' '\n' | grep '"check":"master-key"'; }

has 'nothing is made by who only looks' "$(doctor)" 'not there yet'
ok 'starts' souk_start
is 'the file is for its owner' "$(stat -c %a "$data/master.key")" 600
ok 'and holds 64 digits' grep -qxE '[0-9a-f]{64}' "$data/master.key"
key=$(< "$data/master.key")
has 'the doctor finds it well' "$(doctor)" '"result":"ok"'
is 'no configuration shows it' "$("$SOUK" config --data "$data" | grep -c "$key")" 0
souk_stop

chmod 640 "$data/master.key"
refused 'a file that others can read' 'chmod 600'
has 'the doctor as well' "$(doctor)" '"result":"failure"'
chmod 600 "$data/master.key"
mv "$data/master.key" "$SOUK_TEST_DIR/kept"
refused 'a shop without its key' 'master.key is missing'
ok 'and makes no other one' test ! -e "$data/master.key"
SOUK_MASTER_KEY=$other refused 'the key of another shop' 'every machine of a shop needs the same one'
SOUK_MASTER_KEY=$key
export SOUK_MASTER_KEY
ok 'its key may be a setting' "$SOUK" key list --data "$data" --json
is 'which needs no file' "$(find "$data" -name '*master*' | wc -l)" 0
has 'the doctor finds that well' "$(doctor)" 'from SOUK_MASTER_KEY'
unset SOUK_MASTER_KEY
has 'not on a command line' "$(doctor --master-key "$key")" '"result":"warning"'
cp "$SOUK_TEST_DIR/kept" "$data/master.key"
has 'nor beside a file' "$(SOUK_MASTER_KEY=$other doctor)" '"result":"warning"'
ok 'the file is as good as it was' "$SOUK" key list --data "$data" --json
SOUK_MASTER_KEY=secret "$SOUK" key list --data "$data" > /dev/null 2> "$SOUK_TEST_DIR/stderr"
is 'what is no key is refused as a setting' "$?" 78
is 'and not repeated' "$(grep -c '"secret"' "$SOUK_TEST_DIR/stderr")" 0
tap_end
