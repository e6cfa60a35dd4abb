#!/usr/bin/env bash
# databases: none
# Do golden conversations become the examples that they say, and do broken ones end the build with their place?
set -u
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
tool=$SOUK_TEST_BUILD/examples
tree=$SOUK_TEST_DIR/golden
mkdir -p "$tree/shop"

# examples LINES…: the tool's JSON for one conversation, as compact text.
examples() {
    printf '%s\n' "$@" > "$tree/shop/a.http"
    "$tool" "$SOUK_TEST_DIR/out.c" "$SOUK_TEST_DIR/out.d" "$tree" 2>&1 || return
    sed -n 's/^"\(.*\)";$/\1/p' "$SOUK_TEST_DIR/out.c" | sed 's/\\"/"/g; s/\\077/?/g'
}

# refuses NAME PLACE LINES…
refuses() {
    local name=$1 place=$2 out
    shift 2
    out=$(examples "$@")
    has "$name" "$out" "a.http:$place"
}

is 'no conversation, no example' "$("$tool" "$SOUK_TEST_DIR/out.c" "$SOUK_TEST_DIR/out.d" "$tree"; sed -n 's/^"\(.*\)";$/\1/p' "$SOUK_TEST_DIR/out.c")" '[]'

is 'a request and its answer' \
    "$(examples 'Authorization: Bearer {{admin}}' '' '### Make one' 'POST /v1/things' '' '{"name": "x"}' '' 'HTTP 201' '' '{"id": 1}')" \
    '[{"method":"POST","target":"/v1/things","status":201,"summary":"Make one","request":{"name":"x"},"response":{"id":1}}]'

has 'captures of headers and bodies are filled in' \
    "$(examples '### Make' 'POST /v1/things' '' 'HTTP 201' 'Location: /v1/things/<id:thing as one>' '' '{"id": "{{one}}", "part": "<id:part as part>"}' \
        '' '### Read' 'GET /v1/parts/{{part}}' '' 'HTTP 200' '' '{"thing": "{{one}}"}')" \
    '"target":"/v1/parts/part_0d3k9v7m2c001","status":200,"summary":"Read","response":{"thing":"thing_0d3k9v7m2c000"}'

has 'wildcards become what they stand for' \
    "$(examples '### Read' 'GET /v1/things' '' 'HTTP 200' '' '{"n": "<int>", "b": "<bool>", "at": "<time>", "s": "v<int>.<hex:4>", "lt": "<<int>"}')" \
    '{"n":7,"b":true,"at":"2026-11-21T12:58:19.123456Z","s":"v7.5f0c","lt":"<int>"}'

two=('### First' 'GET /v1/things' '' 'HTTP 200' '' '{"n": 1}' '' '### Second')
has 'the first of a kind is the example' "$(examples "${two[@]}" 'GET /v1/things' '' 'HTTP 200' '' '{"n": 2}')" '"summary":"First"'
has 'unless another one is marked' "$(examples "${two[@]}" '# example' 'GET /v1/things' '' 'HTTP 200' '' '{"n": 2}')" '"summary":"Second"'
has 'what is not spelt out is none' "$(examples '### Any' 'GET /v1/things' '' 'HTTP 200' '' '"<object>"' '' '### Whole' 'GET /v1/things' '' 'HTTP 200' '' '{}')" '"summary":"Whole"'
is 'refusals are none' "$(examples '### No' 'GET /v1/things' '' 'HTTP 404' '' '{}')" '[]'
has 'the dep file names files and folders' "$(cat "$SOUK_TEST_DIR/out.d")" "$tree $tree/shop $tree/shop/a.http"

refuses 'a file without a request' 1 'Accept: x'
refuses 'a line that is no header' 1 'what is this' '### x' 'GET /'
refuses 'a request without a name' 1 '###' 'GET /'
refuses 'a request without a target' 2 '### x' 'GET'
refuses 'a status that is none' 4 '### x' 'GET /' '' 'HTTP OK'
refuses 'a body that is no JSON' 8 '### x' 'GET /' '' 'HTTP 200' '' '{' '  "a": 1,' '}'
refuses 'a capture that nothing made' 2 '### x' 'GET /{{nobody}}'
refuses 'a wildcard without its argument' 6 '### x' 'GET /' '' 'HTTP 200' '' '{"id": "<id>"}'
refuses 'two marked ones of a kind' 9 '### a' '# example' 'GET /' '' 'HTTP 200' '' '### b' '# example' 'GET /' '' 'HTTP 200'
refuses 'a marked one that was refused' 3 '### a' '# example' 'GET /' '' 'HTTP 404'

tap_end
