#!/usr/bin/env bash
# The pages of docs/guide that can be followed, word by word: their shell blocks run in one shell, one after the other, on
# nothing. Only the address is another one. After a block come the lines that the page promises of its output ("…" stands
# for anything); each must be there.
# shellcheck disable=SC2016 # programs in other languages have dollars of their own
set -u
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
# shellcheck source=tests/lib/souk.sh
. tests/lib/souk.sh
top=$PWD
PATH=$(dirname "$SOUK"):$PATH
here=$(free_address)
export SOUK_LISTEN=$here

# split PAGE: numbered files block.N (what to run) and promise.N (what it must say); name.N is the heading above, count how many.
split() {
    awk -v here="$here" '
        /^#/ {heading = $0; sub(/^#+ /, "", heading)}
        /^```sh$/ {n++; print heading > ("name." n); file = "block." n; next}
        /^```output$/ {file = "promise." n; next}
        /^```/ {file = ""; next}
        file {gsub(/127\.0\.0\.1:8080/, here); print > file}
        END {print n + 0 > "count"}' "$1"
}

# All blocks in one shell, as a reader has it, with job control for "kill %1".
run_blocks() {
    {
        echo 'set -m'
        for ((i = 1; i <= count; i++)); do
            printf '{ . ./block.%d; } > out.%d 2>&1\necho $? > status.%d\n' "$i" "$i" "$i"
        done
        echo 'wait'
    } > all.sh
    timeout "$patience" bash --norc all.sh
}

# lacking N: the lines of promise.N that do not stand in out.N. Blanks may be more.
lacking() {
    [ -e "promise.$1" ] || return 0
    node -e '
        const fs = require("fs"), [said, promised] = process.argv.slice(1).map((file) => fs.readFileSync(file, "utf8"));
        const text = said.replace(/[ \t]+/g, " ");
        for (const line of promised.split("\n").filter((line) => line.trim())) {
            const parts = line.trim().split("…").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
            if (!new RegExp(parts.join("[^\n]*?")).test(text)) console.log(line);
        }' "out.$1" "promise.$1"
}

# follow PAGE: runs it, and reports.
follow() {
    local page=$1 name lacks
    mkdir "$SOUK_TEST_DIR/$page"
    cd "$SOUK_TEST_DIR/$page" || return
    ln -s "$top/examples" examples # as in a clone
    split "$top/docs/guide/$page.md"
    count=$(cat count)
    ok "$page has commands" test "$count" -gt 2
    run_blocks
    is "$page: all of them end, and what they started" $? 0
    for ((i = 1; i <= count; i++)); do
        name="$page, $(cat "name.$i") ($i)"
        is "$name: every command is fine" "$(cat "status.$i")" 0
        lacks=$(lacking "$i")
        is "$name: it says what the page promises" "$lacks${lacks:+ in $(head -c 3000 "out.$i")}" ''
    done
    cd "$top" || return
}

for page in docs/guide/*.md; do
    grep -q '^```sh$' "$page" || continue
    page=$(basename "$page" .md)
    if [ "$SOUK_TEST_DRIVER" = postgresql ]; then
        database=${SOUK_TEST_PG##*/}_${page//-/_}
        psql -X -q "$SOUK_TEST_PG" -c "create database \"$database\""
        export DATABASE_URL=${SOUK_TEST_PG%/*}/$database
    fi
    follow "$page"
done
tap_end
