#!/usr/bin/env bash
# databases: none
# The documentation of a running shop holds together: every link of every page leads somewhere, every page says in one
# sentence what it is, and all of them are found from /llms.txt.
# shellcheck disable=SC2016 # programs in other languages have dollars of their own
set -u
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
# shellcheck source=tests/lib/souk.sh
. tests/lib/souk.sh

ok 'starts' souk_start
cat > "$SOUK_TEST_DIR/crawl.mjs" <<'END'
// From /llms.txt and /docs/guide on, every link that stays here is followed once.
const [origin] = process.argv.slice(2);
const seen = new Map(), queue = [['/llms.txt', '-'], ['/docs/guide', '-'], ['/docs', '-']];
const links = {
    'text/plain': (text) => [...text.matchAll(/\]\(([^)\s]+)\)/g)],
    'text/markdown': (text) => [...text.matchAll(/\]\(([^)\s]+)\)/g)],
    'text/html': (text) => [...text.matchAll(/(?:href|src)="([^"]+)"/g)],
};
while (queue.length) {
    const [path, from] = queue.shift();
    if (seen.has(path)) continue;
    const answer = await fetch(origin + path);
    const type = (answer.headers.get('content-type') ?? '').split(';')[0], text = await answer.text();
    seen.set(path, text);
    if (answer.status !== 200) console.log(`BROKEN ${path} in ${from}`);
    for (const [, link] of (links[type] ?? (() => []))(text)) {
        const url = new URL(link, origin + path);
        if (url.protocol.startsWith('http') && url.origin === origin) queue.push([url.pathname, path]);
    }
}
for (const path of seen.keys()) console.log(`PAGE ${path}`);
for (const [, title, path, sentence] of seen.get('/llms.txt').matchAll(/^- \[(.*)\]\((.*)\): (.*)$/gm)) {
    console.log(`LISTED ${path}`);
    const whole = /^[A-Z][^|]*[.]$/.test(sentence) && sentence.length >= 30 && sentence.length <= 200;
    if (!whole) console.log(`SENTENCE ${title}: ${sentence}`);
}
END
found=$(node "$SOUK_TEST_DIR/crawl.mjs" "$address")
is 'no link is broken' "$(grep '^BROKEN' <<< "$found")" ''
is 'every page says what it is' "$(grep '^SENTENCE' <<< "$found")" ''
for page in docs/guide/*.md; do
    page=/$page
    has "$page is listed" "$found" "LISTED $page"
    has "${page%.md} is there to look at" "$found" "PAGE ${page%.md}"
done
listed=$(grep -c '^LISTED' <<< "$found")
ok 'the reference is listed, too' test "$listed" -gt "$(find docs/guide -name '*.md' | wc -l)"

# complete PAGE COLUMN COMMAND…: what the command lists stands in the page, each as `code`.
complete() {
    local page=$1 column=$2 lacks
    shift 2
    get "/docs/reference/$page.md" > "$SOUK_TEST_DIR/page"
    lacks=$("$SOUK" "$@" --json | node -e '
        const fs = require("fs"), [file, column] = process.argv.slice(1), page = fs.readFileSync(file, "utf8");
        const rows = JSON.parse(fs.readFileSync(0));
        for (const row of rows) if (!page.includes("`" + row[column] + "`")) console.log(row[column]);
        if (rows.length === 0) console.log("nothing is listed");' "$SOUK_TEST_DIR/page" "$column")
    is "$page has all that souk $* lists" "$lacks" ''
}
complete api path routes
complete errors code errors
complete settings name config --list
complete events name events
complete hooks name hooks
complete log-events name log-events
complete metrics name metrics
complete checks check doctor --list
# A command is a heading.
get /docs/reference/commands.md > "$SOUK_TEST_DIR/page"
lacks=$("$SOUK" help --json | node -e '
    const fs = require("fs"), page = fs.readFileSync(process.argv[1], "utf8");
    for (const {name} of JSON.parse(fs.readFileSync(0))) if (!page.includes(`\n## souk ${name}\n`)) console.log(name);' \
    "$SOUK_TEST_DIR/page")
is 'commands has all that souk help lists' "$lacks" ''
souk_stop
tap_end
