#!/usr/bin/env bash
# docs/guide/first-shop.md, word by word: its shell blocks run in one shell, one after the other, against a fresh server.
# Only the address is another one. After a block come the lines that the guide promises of its output ("…" stands for
# anything); each must be there.
# shellcheck disable=SC2016 # programs in other languages have dollars of their own
set -u
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
# shellcheck source=tests/lib/souk.sh
. tests/lib/souk.sh
page=$PWD/docs/guide/first-shop.md
work=$SOUK_TEST_DIR/work
mkdir "$work"
cd "$work" || exit

# A free port: the kernel's choice, let go again.
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
export SOUK_LISTEN=127.0.0.1:$port
PATH=$(dirname "$SOUK"):$PATH

# Numbered files block.N (what to run) and promise.N (what it must say); names.N is the heading above.
awk -v port="$port" '
    /^#/ {heading = $0; sub(/^#+ /, "", heading)}
    /^```sh$/ {n++; print heading > ("name." n); file = "block." n; next}
    /^```output$/ {file = "promise." n; next}
    /^```/ {file = ""; next}
    file {gsub(/127\.0\.0\.1:8080/, "127.0.0.1:" port); print > file}
    END {print n + 0 > "count"}' "$page"
count=$(cat count)
ok 'the guide has commands' test "$count" -gt 5

# One shell for all, as a reader has it, with job control for "kill %1".
{
    echo 'set -m'
    for ((i = 1; i <= count; i++)); do
        printf '{ . ./block.%d; } > out.%d 2>&1\necho $? > status.%d\n' "$i" "$i" "$i"
    done
    echo 'wait'
} > all.sh
timeout 60 bash --norc all.sh
is 'all of them end, the shop, too' $? 0

# promised N: does each line of promise.N stand in out.N? Prints those that do not. Blanks may be more.
promised() {
    [ -e "promise.$1" ] || return 0
    node -e '
        const fs = require("fs"), [said, promised] = process.argv.slice(1).map((file) => fs.readFileSync(file, "utf8"));
        const text = said.replace(/[ \t]+/g, " ");
        for (const line of promised.split("\n").filter((line) => line.trim())) {
            const parts = line.trim().split("…").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
            if (!new RegExp(parts.join("[^\n]*?")).test(text)) console.log(line);
        }' "out.$1" "promise.$1"
}

for ((i = 1; i <= count; i++)); do
    name=$(cat "name.$i")
    is "$name ($i): every command is fine" "$(cat "status.$i")" 0
    lacks=$(promised "$i")
    is "$name ($i): it says what the guide promises" "$lacks${lacks:+ in $(head -c 3000 "out.$i")}" ''
done
tap_end
