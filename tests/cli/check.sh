#!/usr/bin/env bash
# `souk check`: a whole shop is told so; what is broken is named, and put right when that is asked for.
set -u
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
# shellcheck source=tests/lib/souk.sh
. tests/lib/souk.sh

data=$SOUK_TEST_DIR/data
options=(--data "$data")

sql() {
    if [ "$SOUK_TEST_DRIVER" = sqlite ]; then
        sqlite3 -bail "$data/souk.db" "$1"
    else
        psql -X -q -A -t -v ON_ERROR_STOP=1 "$SOUK_TEST_PG" -c "$1"
    fi
}

ok 'a shop with something in it' "$SOUK" seed --products 20 "${options[@]}"
ok 'is whole' "$SOUK" check "${options[@]}"
has 'and says so for programs' "$("$SOUK" check --json "${options[@]}")" '"whole":true'

sql "update stock_levels set on_hand = on_hand + 3 where variant_id = (select min(variant_id) from stock_items)"
out=$("$SOUK" check "${options[@]}")
is 'what is broken ends with 1' 1 $?
has 'and is named' "$out" 'stock.on_hand  var_'
has 'a proposal says what would be done' "$("$SOUK" check --repair propose "${options[@]}")" 'Add a movement'
"$SOUK" check "${options[@]}" > "$SOUK_TEST_DIR/still" 2>&1
is 'and does nothing' 1 $?
ok 'what is asked for is done' "$SOUK" check --repair apply "${options[@]}"
ok 'and the shop is whole again' "$SOUK" check "${options[@]}"
is 'the number is what was counted; the book has an entry more' 3 "$(sql "select change from stock_movements where reason = 'repaired'")"
is 'which is accounted for' 1 "$(sql "select count(*) from audit_entries where action = 'check.repaired'")"
tap_end
