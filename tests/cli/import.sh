#!/usr/bin/env bash
# `souk import`: what is refused and told, dry runs, running again, being killed on the way, running inside a server.
set -u
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
# shellcheck source=tests/lib/souk.sh
. tests/lib/souk.sh
files=$PWD/tests/cli/shopify
work=$SOUK_TEST_DIR

# import ARGUMENTS…: sets code; what it prints is in $work/told (stdout) and $work/notes (stderr).
import() {
    "$SOUK" import --data "$data" "$@" > "$work/told" 2> "$work/notes"
    code=$?
}

# counts CREATED UPDATED UNCHANGED REFUSED: did the last import end so?
counts() {
    is "$1" "$(tr -s ' ' < "$work/told" | grep -v dry | tr -d , | tr '\n' ' ')" "created $2 updated $3 unchanged $4 refused $5 "
}

lines() { "$SOUK" export --data "$data" --format jsonl 2> /dev/null; }

# ---- What is refused -----------------------------------------------------------------------------

import "$files/broken.csv" --dry-run --report "$work/dry.csv"
counts 'a dry run counts what would be' 4 0 0 11
is 'and ends with 1, since something was refused' "$code" 1
is 'it stores nothing' "$(lines)" ''
import "$files/broken.csv" --report "$work/report.csv"
counts 'broken products are refused, the others made' 4 0 0 11
is 'which is no success' "$code" 1
ok 'each refusal is told with its line, column and reason' diff "$files/broken.report.csv" "$work/report.csv"
ok 'and a dry run has told the same' diff "$work/dry.csv" "$work/report.csv"
has 'on stderr too' "$(cat "$work/notes")" 'line 3: no-price: Variant Price: "12,50" is no amount in EUR'
is 'nothing half done is left' "$(lines | grep -o '"handle":"[^"]*"' | tr '\n' ' ')" \
    '"handle":"good-one" "handle":"after-quote" "handle":"after-lost" "handle":"last" '
before=$(lines)
import "$files/broken.csv"
counts 'run again, it changes nothing' 0 0 4 11
is 'not even a version' "$(lines)" "$before"
import "$files/broken.csv" --json
ok 'the result as JSON has the same' node -e '
    const told = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"));
    const refused = told.remarks.filter(remark => remark.kind === "refused");
    process.exit(told.unchanged === 4 && told.refused === 11 && refused.length === 11 && refused[0].line === 3 ? 0 : 1);' "$work/told"

# ---- Files that are none --------------------------------------------------------------------------

# refused NAME PART: is the file $work/bad.csv refused as a whole, and told why?
refused() {
    import "$work/bad.csv"
    is "$1 is refused" "$code" 1
    has 'and told what to do' "$(cat "$work/notes")" "$2"
    is 'and nothing was changed' "$(lines)" "$before"
}
printf 'Handle;Title\na;A\n' > "$work/bad.csv"
refused 'a file with semicolons' 'separated by semicolons; save it with commas'
iconv -f UTF-8 -t UTF-16 "$files/old.csv" > "$work/bad.csv"
refused 'UTF-16' 'it is UTF-16; save it as CSV in UTF-8'
printf 'Handle,Title\ngruen,Gr\374n\n' > "$work/bad.csv"
refused 'Windows-1252' 'line 2 is not UTF-8'
printf 'ID,Name,Regular price\n1,A,2\n' > "$work/bad.csv"
refused 'a file of another program' 'it has no column "Title"'
: > "$work/bad.csv"
refused 'an empty file' 'it is empty'
import "$work/no-such-file.csv"
has 'a file that is not there is told' "$(cat "$work/notes")" 'no-such-file.csv cannot be read: No such file'
import "$files/old.csv" --market International
is 'a market without a currency is a mistake of the caller' "$code" 2

# ---- What a file says, and what it does not ---------------------------------------------------------

import "$files/old.csv"
counts 'the old generation is read' 5 0 0 0
is 'and that is a success' "$code" 0
has 'what is not kept is said' "$(cat "$work/notes")" 'not kept, since Souk has nothing of the kind: Option2 Linked To, '
import "$files/new.csv"
counts 'the new generation says the same' 0 0 5 0
is 'so nothing is written' "$(lines | grep -c '"version":1,')" 9

printf 'Handle,Title,Variant SKU,Variant Price\nlinen-shirt,"Linen Shirt ""Tejo"", wide",LS-M-SEA,95.00\n' > "$work/price.csv"
import "$work/price.csv"
counts 'a file with few columns changes little' 0 1 0 0
is 'the one price' "$(lines | grep -o '"sku":"LS-M-SEA".*' | grep -o '"amount":[0-9]*' | head -n 1)" '"amount":9500'
is 'and a version more' "$(lines | grep '"linen-shirt"' | grep -o '"version":[0-9]*')" '"version":2'
lines | sed 's/"amount":9500/"amount":9250/; s/"version":2/"version":3/; s/"updated_at":"[^"]*"//g' > "$work/then"
import "$files/old.csv"
lines | sed 's/"updated_at":"[^"]*"//g' > "$work/now"
ok 'everything else is as it was' diff "$work/then" "$work/now"
printf 'Handle,Title,Vendor,Variant Inventory Qty,Variant SKU\nespresso-cup,Espresso Cup,,77,CUP\n' > "$work/clear.csv"
import "$work/clear.csv"
has 'a blank cell clears' "$(lines | grep '"espresso-cup"')" '"vendor":""'
has 'a quantity is stock' "$(lines | grep '"espresso-cup"')" '"stock":77,"availability":"in"'
printf 'Handle,Title,Option1 Name,Option1 Value,Variant SKU\nlinen-shirt,Shirt,Size,S,LS-S-SEA\nlinen-shirt,,,XL,LS-XL\n' > "$work/variants.csv"
import "$work/variants.csv"
counts 'a file with options says which variants there are' 0 1 0 0
is 'those that it does not have go' "$(lines | grep '"linen-shirt"' | grep -o '"sku":"[^"]*"' | tr '\n' ' ')" '"sku":"LS-S-SEA" "sku":"LS-XL" '
is 'and one that stays keeps its stock and price' "$(lines | grep -o '"sku":"LS-S-SEA".*' | grep -o '"amount":8900,\|"stock":[0-9]*' | head -n 2 | tr '\n' ' ')" \
    '"amount":8900, "stock":12 '

# ---- JSON Lines -------------------------------------------------------------------------------------

cat > "$work/lines.jsonl" << 'END'
{"handle":"plate","title":"Plate","status":"active","type":"Tableware","category_paths":["Kitchen > Plates"],"variants":[{"sku":"P-1","stock":4,"prices":[{"currency":"EUR","amount":1200}]}]}
{"handle":"bowl","title":"Bowl","sises":[1]}
{"handle":"spoon"
{"title":"Fork","tags":["a","a"],"options":[{"name":"Size","values":["S","S"]}]}

{"handle":"knife"}
END
import "$work/lines.jsonl" --report "$work/report.csv"
counts 'JSON Lines are read' 1 0 0 4
is 'and what is wrong is told with its pointer' "$(cut -d , -f 1-5 "$work/report.csv" | tr -d '\r' | tail -n +2)" 'refused,2,bowl,/sises,unknown_field
refused,3,,,syntax
refused,4,fork,/options/0/values/1,repeated
refused,6,knife,/title,required'
has 'what it names is made' "$(lines | grep '"plate"')" '"category_paths":["Kitchen > Plates"]'
printf '%s\n' '{"handle":"hook","title":"Hook","options":[{"name":"Size","values":["S","M"]}],"variants":[{"options":["S"]},{"options":["M"]}]}' > "$work/few.jsonl"
import "$work/few.jsonl"
import "$work/few.jsonl"
counts 'variants without positions keep theirs' 0 0 1 0
import - < "$work/lines.jsonl"
counts 'stdin is a file too' 0 0 1 4

# ---- Killed on the way --------------------------------------------------------------------------------

node -e 'import(process.argv[1]).then(m => m.writeShopifyCsv(process.argv[2], 6000))' "$PWD/bench/lib/shopify.mjs" "$work/large.csv"
there=$(lines | wc -l)
"$SOUK" import --data "$data" "$work/large.csv" --fault db.commit.before=kill@10 > /dev/null 2>&1
is 'an import is killed' $? 137
some=$(($(lines | wc -l) - there))
ok 'with a part of it stored' test "$some" -gt 0 -a "$some" -lt 2000
ok 'in whole products' test "$(lines | grep '"vendor":"Dune"' | grep -vc '"sku".*"sku".*"sku"')" = 0
import "$work/large.csv"
counts 'run again, it goes on' "$((2000 - some))" 0 "$some" 0
import "$work/large.csv"
counts 'and is then complete' 0 0 2000 0

# ---- Inside a server ------------------------------------------------------------------------------------

ok 'a server starts' souk_start
mkdir "$work/elsewhere"
sed 's/Espresso Cup/Demitasse/' "$files/old.csv" > "$work/elsewhere/mine.csv"
cd "$work/elsewhere" || exit 1
"$SOUK" import mine.csv --data "$data" --report told.csv > "$work/told" 2> "$work/notes"
is 'an import runs inside the server that owns the folder' $? 0
cd - > /dev/null || exit 1
counts 'with files as the caller names them' 0 2 3 0
ok 'the report too' test -s "$work/elsewhere/told.csv"
has 'the shop shows it at once' "$(get /v1/products/by-handle/espresso-cup)" '"title":"Demitasse"'
has 'lists find it' "$(get '/v1/products?q=demitasse')" '"handle":"espresso-cup"'
souk_stop
is 'and the server ends well' "$status" 0
tap_end
