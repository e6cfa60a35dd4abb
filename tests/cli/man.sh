#!/usr/bin/env bash
# databases: none
# shellcheck disable=SC2016 # programs in other languages have dollars of their own
# The manual page: formatters have nothing to complain of, and everything of the tables stands in it.
set -u
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
page=$SOUK_TEST_DIR/souk.1

"$SOUK" man > "$page"
is 'mandoc has no complaint' "$(mandoc -T lint -W warning "$page" 2>&1)" ''
is 'groff has no complaint' "$(groff -man -ww -T utf8 -z "$page" 2>&1)" ''
is 'the page is ASCII' "$(LC_ALL=C grep -c '[^ -~]' "$page")" 0

# As a reader has it: one line, without what the formatter puts around letters.
text=$(mandoc -T utf8 -O width=200 "$page" | sed 's/.\x08//g' | tr -s ' \n' ' ')
missing=''
while IFS= read -r part; do
    [[ $text == *"$part"* ]] || missing+="$part; "
done < <("$SOUK" help --json | node -e '
    for (const {name, usage} of JSON.parse(require("fs").readFileSync(0))) {
        console.log(`souk ${name}`);
        console.log(usage);
        for (const [flag] of usage.matchAll(/--[a-z][a-z-]*/g)) console.log(flag);
    }'
    "$SOUK" config --list --json | node -e '
    for (const row of JSON.parse(require("fs").readFileSync(0))) {
        for (const part of [row.name, row.variable, row.flag, `Default: ${row.initial || "not set"}.`, row.doc]) {
            console.log(part.replaceAll("`", ""));
        }
    }')
is 'every command, flag and setting is there, with its default' "$missing" ''
exits=${text##*EXIT STATUS}
for code in 0 1 2 69 78 130; do has "exit code $code is explained" "$exits" " $code "; done
for name in souk.conf souk.db souk.lock control.sock; do has "the file $name is explained" "$text" "DATA/$name"; done
has 'it says of what version it is' "$text" "$("$SOUK" version)"

is 'man has no complaint' "$(MANWIDTH=80 man --warnings=w -l "$page" 2>&1 > "$SOUK_TEST_DIR/shown")" ''
ok 'and shows it' grep -q 'EXIT STATUS' "$SOUK_TEST_DIR/shown"
tap_end
