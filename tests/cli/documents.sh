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
souk_stop
tap_end
