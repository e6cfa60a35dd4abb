#!/usr/bin/env bash
# `souk export`: a Shopify export goes in and comes out the same, in both generations, and as JSON Lines.
set -u
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
# shellcheck source=tests/lib/souk.sh
. tests/lib/souk.sh
files=$PWD/tests/cli/shopify
work=$SOUK_TEST_DIR

import() { "$SOUK" import --data "$data" "$@" 2> "$work/notes" | tr -s ' ,' ' ' | tr '\n' ' '; }
export_as() { "$SOUK" export --data "$data" "$@" 2> "$work/notes"; }

# An empty shop: a folder, or all tables of the database.
empty_shop() {
    rm -rf "$data"
    if [ -n "${DATABASE_URL:-}" ]; then psql -q "$DATABASE_URL" -c 'drop schema public cascade; create schema public' > /dev/null 2>&1; fi
}

# What the shop cannot keep as it is: all of it, and nothing else may have become something else.
cat > "$work/changed" << 'END'
Old_Lamp--1962 handle: "Old_Lamp--1962" became "old-lamp-1962"
Old_Lamp--1962 tags: "vintage,  one of a kind ,vintage" became "vintage, one of a kind"
espresso-cup variant 1 compare-at price: "14.90" became ""
espresso-cup variant 1 inventory quantity: "-2" became "0"
espresso-cup variant 1 weight value (grams): "226.796" became "227"
linen-shirt variant 1 barcode: "'0401234500019" became "0401234500019"
sale-bundle variant 1 compare-at price: "9.00" became ""
sale-bundle variant 1 inventory quantity: "" became "0"
END

for generation in old new; do
    empty_shop
    is "an empty shop has a header only ($generation)" "$(export_as | wc -l)" 1
    is "the $generation generation goes in" "$(import "$files/$generation.csv" --market International=USD)" 'created 5 updated 0 unchanged 0 refused 0 '
    export_as --generation $generation --output "$work/$generation.csv"
    node "$files/compare.mjs" "$files/$generation.csv" "$work/$generation.csv" International=USD | sort > "$work/differences"
    ok 'and comes out the same' diff "$work/changed" "$work/differences"
    is 'what came out goes in again without a change' "$(import "$work/$generation.csv")" 'created 0 updated 0 unchanged 5 refused 0 '
    export_as --format jsonl > "$work/$generation.jsonl"
    is 'JSON Lines too' "$(import "$work/$generation.jsonl")" 'created 0 updated 0 unchanged 5 refused 0 '
done
ok 'both generations make the same shop' diff <(sed 's/"\(id\|product\)":"[^"]*"//g; s/"categories":\[[^]]*\]//; s/"\(created\|updated\)_at":"[^"]*"//g' "$work/old.jsonl") \
    <(sed 's/"\(id\|product\)":"[^"]*"//g; s/"categories":\[[^]]*\]//; s/"\(created\|updated\)_at":"[^"]*"//g' "$work/new.jsonl")

# Into another shop, and out of it.
for file in old.csv new.csv new.jsonl; do
    empty_shop
    is "$file makes the same shop elsewhere" "$(import "$work/$file")" 'created 5 updated 0 unchanged 0 refused 0 '
    ok 'to the byte' diff <(export_as) "$work/new.csv"
done

# ---- The file --------------------------------------------------------------------------------------

is 'a spreadsheet executes nothing' "$(grep -c "'-20% Bundle" "$work/new.csv")" 1
printf 'of yesterday' > "$work/file.csv"
ok 'an export that cannot be' test "$("$SOUK" export --data "$data" --format xlsx --output "$work/file.csv" > /dev/null 2>&1; echo $?)" = 2
is 'leaves what is there' "$(cat "$work/file.csv")" 'of yesterday'
ok 'one that can' export_as --output "$work/file.csv"
ok 'takes its place' cmp "$work/file.csv" "$work/new.csv"
is 'and leaves nothing beside it' "$(find "$work" -name '.file.csv*' | wc -l)" 0
has 'a folder that is not there is told' "$("$SOUK" export --data "$data" --output "$work/gone/file.csv" 2>&1)" 'gone/file.csv cannot be written: No such file'

# ---- Everything that Souk has and Shopify has not -----------------------------------------------------

ok 'a server starts' souk_start
mkdir "$work/elsewhere" && cd "$work/elsewhere" || exit 1
is 'an export runs inside it' "$("$SOUK" export --data "$data" --output mine.csv > /dev/null 2>&1; echo $?)" 0
ok 'into the file that the caller has named' cmp mine.csv "$work/new.csv"
cd - > /dev/null || exit 1
cat > "$work/rich.jsonl" << 'END'
{"handle":"rich","translations":[{"locale":"FR","title":"Riche"},{"locale":"de","title":"Reich","description":"Ein *Text*"}],"title":"Rich","description":"A *text* with _two_ kinds\n\n* of\n* items","status":"active","channels":["default","kiosk"],"tags":["a, b","c"],"category_paths":["One > Two","Three"],"options":[{"name":"Size","values":["XL","S","M"]}],"attributes":[{"name":"Weight","value":1.50},{"name":"Vegan","value":true}],"images":[{"url":"https://x.example/1.jpg","alt":"1"}],"variants":[{"sku":"R-S","options":["S"],"position":3,"stock":9,"tax_class":"reduced","weight":5,"length":10,"width":20,"height":30,"costs":[{"currency":"EUR","amount":1},{"currency":"USD","amount":2}],"prices":[{"currency":"EUR","amount":100,"compare_at":200},{"currency":"USD","amount":110},{"currency":"EUR","amount":90,"min_quantity":10},{"channel":"kiosk","currency":"EUR","amount":95},{"currency":"EUR","amount":80,"starts_at":"2030-01-01T00:00:00Z","ends_at":"2030-02-01T00:00:00Z"}]},{"sku":"R-M","options":["M"],"position":7}]}
END
is 'a product of everything is made' "$(import "$work/rich.jsonl")" 'created 1 updated 0 unchanged 0 refused 0 '
export_as --format jsonl | grep '"rich"' > "$work/all.jsonl"
has 'with its texts in other languages' "$(cat "$work/all.jsonl")" '"translations":[{"locale":"de","title":"Reich","description":"Ein *Text*"},{"locale":"fr","title":"Riche","description":""}]'
has 'which shoppers read' "$(get '/v1/products/by-handle/rich?locale=fr')" '"title":"Riche","description":"A *text*'
has 'and find' "$(get '/v1/products?q=reich&locale=de')" '"handle":"rich"'
has 'with its times and quantities' "$(cat "$work/all.jsonl")" '"min_quantity":1,"starts_at":"2030-01-01T00:00:00Z"'
is 'JSON Lines keep all of it' "$(import "$work/all.jsonl")" 'created 0 updated 0 unchanged 1 refused 0 '
sed 's/"translations":.*/"translations":[{"locale":"de","title":"Reich","description":""},{"locale":"it","title":"Ricco"}]}/' "$work/all.jsonl" > "$work/other.jsonl"
is 'other texts in other languages are a change' "$(import "$work/other.jsonl")" 'created 0 updated 1 unchanged 0 refused 0 '
is 'those that the line has not go' "$(export_as --format jsonl | grep -o '"translations":\[{.*')" '"translations":[{"locale":"de","title":"Reich","description":""},{"locale":"it","title":"Ricco","description":""}]}'
is 'for shoppers too' "$(get '/v1/products/by-handle/rich?locale=fr' | grep -o '"title":"Ric[a-z]*"')" '"title":"Rich"'
is 'a line that says nothing of them leaves them' "$(sed 's/,"translations":.*/}/' "$work/other.jsonl" > "$work/silent.jsonl"; import "$work/silent.jsonl")" 'created 0 updated 0 unchanged 1 refused 0 '
is 'a dry run changes none' "$(import "$work/all.jsonl" --dry-run)" 'nothing was stored: this was a dry run created 0 updated 1 unchanged 0 refused 0 '
is 'they can be put back' "$(import "$work/all.jsonl")" 'created 0 updated 1 unchanged 0 refused 0 '
sed 's/"locale":"fr"/"locale":"DE"/' "$work/all.jsonl" > "$work/twice.jsonl"
is 'two into one language are refused' "$(import "$work/twice.jsonl")" 'created 0 updated 0 unchanged 0 refused 1 '
has 'with their place' "$(cat "$work/notes")" '/translations/1: is a second translation into the same language'
for generation in old new; do
    export_as --generation $generation > "$work/all.csv"
    is "and a CSV ($generation) takes away nothing that it cannot say" "$(import "$work/all.csv")" 'created 0 updated 0 unchanged 6 refused 0 '
done
souk_stop
tap_end
