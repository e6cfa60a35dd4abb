#!/usr/bin/env bash
# Types generated from `souk openapi` by openapi-typescript, a client that is checked against them, and what it does.
set -u
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
# shellcheck source=tests/lib/souk.sh
. tests/lib/souk.sh
tools=tests/node_modules/.bin
own=tests/clients/typescript
out=$SOUK_TEST_DIR/client

# The compiler looks for packages beside its sources.
mkdir "$out"
cp "$own"/* "$out"
ln -s "$PWD/tests/node_modules" "$out/node_modules"
printf '{"type": "module"}\n' > "$out/package.json"

"$SOUK" openapi > "$out/openapi.json"
# A field with a default may be left out of a request; openapi-typescript has to be told.
ok 'types are generated' "$tools/openapi-typescript" "$out/openapi.json" --default-non-nullable=false --output "$out/api.d.ts" 2> "$out/log"
ok 'a typed client compiles' "$tools/tsc" --project "$out"

ok 'the shop starts' souk_start
node "$out/client.js" "$address" "$admin"
status=$?
ok 'the client ends well' [ "$status" = 0 ]
souk_stop

tap_end
