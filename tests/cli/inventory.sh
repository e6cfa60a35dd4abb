#!/usr/bin/env bash
# `souk inventory import` and `export`: a file of what lies where goes out, comes back, and changes what it says and nothing else.
set -u
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
# shellcheck source=tests/lib/souk.sh
. tests/lib/souk.sh

data=$SOUK_TEST_DIR/data
cd "$SOUK_TEST_DIR" || exit 1
options=(--data "$data")

cat > shop.csv << 'END'
Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,Variant Price
shirt,"Shirt, red",Size,S,SH-S,4,20
shirt,,Size,M,,7,20
cup,Cup,Title,Default Title,CUP,12,5
END
ok 'a small shop' "$SOUK" import shop.csv --currency EUR "${options[@]}"

"$SOUK" inventory export "${options[@]}" > out.csv
cat > want.csv << 'END'
Handle,Title,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Option3 Name,Option3 Value,SKU,Location,Incoming,Unavailable,Committed,Available,On hand (current),On hand (new)
END
has 'what lies where, with names' "$(cat out.csv)" "$(cat want.csv)"
has 'a row for each' "$(cat out.csv)" 'shirt,"Shirt, red",Size,S,,,,,SH-S,Main,0,0,0,4,4,'
is 'and no more' 4 "$(wc -l < out.csv)"

summary() { awk '{printf "%s=%s ", $1, $2}' "$1"; }
ok 'what came out goes in again' "$SOUK" inventory import out.csv "${options[@]}"
"$SOUK" inventory export "${options[@]}" | cmp -s out.csv -
is 'and changes nothing' 0 $?

cat > counted.csv << 'END'
Handle,Option1 Value,SKU,Location,On hand (current),On hand (new)
shirt,S,SH-S,Main,4,9
shirt,M,,Main,7,0
cup,,CUP,Main,12,not stocked
END
"$SOUK" inventory import counted.csv --dry-run "${options[@]}" > dry.txt 2> /dev/null
is 'a dry run counts' 'updated=2' "$(summary dry.txt | grep -o 'updated=2')"
"$SOUK" inventory export "${options[@]}" | cmp -s out.csv -
is 'and stores nothing' 0 $?

ok 'a count is taken' "$SOUK" inventory import counted.csv "${options[@]}"
"$SOUK" inventory export --generation old "${options[@]}" > after.csv
has 'by SKU' "$(cat after.csv)" 'SH-S,Main,0,0,0,9,9'
has 'by handle and option' "$(cat after.csv)" 'Size,M,,,,,,Main,0,0,0,0,0'
has 'and what is left out stays' "$(cat after.csv)" 'CUP,Main,0,0,0,12,12'

"$SOUK" inventory import counted.csv --report report.csv "${options[@]}" > again.txt 2> said.txt
is 'a count that is old by now is refused' 1 $?
has 'with its line and both numbers' "$(cat said.txt)" 'line 2: On hand (current): 9 are on hand by now, and not 4'
has 'in the report too' "$(cat report.csv)" 'refused,2,,,stock_changed,'

cat > wrong.csv << 'END'
SKU,Location,On hand
CUP,Main,13
NONE,Main,1
CUP,Cellar,1
CUP,Main,minus
END
"$SOUK" inventory import wrong.csv "${options[@]}" > /dev/null 2> said.txt
is 'what is wrong ends with 1' 1 $?
has 'a variant that is not there' "$(cat said.txt)" 'line 3: the shop has no such variant'
has 'a location that is not there' "$(cat said.txt)" 'there is no location "Cellar"'
has 'what is no number' "$(cat said.txt)" 'line 5: On hand (new): "minus" is no whole number'
has 'and the rest is taken' "$("$SOUK" inventory export --generation old "${options[@]}")" 'CUP,Main,0,0,0,13,13'

printf 'Title,Price\na,1\n' > none.csv
"$SOUK" inventory import none.csv "${options[@]}" > /dev/null 2> said.txt
is 'another kind of file is refused whole' 1 $?
has 'with what it lacks' "$(cat said.txt)" 'it has no column'
ok 'the book is whole' "$SOUK" check "${options[@]}"
tap_end
