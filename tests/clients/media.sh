#!/usr/bin/env bash
# Pictures as curl uploads them and browsers ask for them; and what becomes of their files.
set -u
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
# shellcheck source=tests/lib/souk.sh
. tests/lib/souk.sh

samples=tests/golden/media
hash=$(sha256sum < $samples/shirt.jpg | cut -c 1-64)
file=$data/blobs/${hash:0:2}/${hash:2}

# upload CURL ARGUMENTS…: the answer's body, and behind it a line with its status.
upload() { get /v1/media -H "Authorization: Bearer $admin" -w '\n%{http_code}' "$@"; }
field() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" <<< "$2"; }
blobs() { find "$data/blobs" -type f 2> /dev/null | wc -l; }

ok 'starts' souk_start
is 'has no files before it needs any' "$(blobs)" 0

# ---- curl uploads ----

answer=$(upload -F "file=@$samples/shirt.jpg;type=image/jpeg" -F 'alt=A blue shirt')
has 'curl -F uploads' "$answer" $'\n201'
shirt=$(sed -n 's/^{"id":"\([^"]*\)".*/\1/p' <<< "$answer")
has 'with what else the form says' "$answer" '"alt":"A blue shirt"'
has 'the same bytes again are the same object' "$(upload -F "file=@$samples/shirt.jpg;filename=\"a;b\".jpg")" $'\n200'
has 'chunked, and waiting for 100 Continue' \
    "$(upload -F "file=@$samples/logo.png" -H 'Transfer-Encoding: chunked' -H 'Expect: 100-continue')" $'\n201'
has 'a file name in UTF-8' "$(upload -F "file=@$samples/banner.gif;filename=bännér.gif")" $'\n201'
has 'without a file name' "$(upload -F "file=<$samples/banner.gif")" $'\n200'
has 'urlencoded forms are no uploads' "$(upload -d file=x)" $'\n415'
has 'nor is one without a file' "$(upload -F alt=x)" $'\n422'

# Larger than any picture may be, told before it is sent or only seen while it comes.
head -c 22000000 /dev/zero > "$SOUK_TEST_DIR/large"
has 'too many bytes' "$(upload -F "file=@$SOUK_TEST_DIR/large")" $'\n413'
has 'too many chunks' "$(upload -F "file=@$SOUK_TEST_DIR/large" -H 'Transfer-Encoding: chunked' -H 'Expect:')" $'\n413'
head -c 20971521 /dev/zero > "$SOUK_TEST_DIR/large"
has 'one byte too many' "$(upload -F "file=@$SOUK_TEST_DIR/large")" 'too_long'
has 'no picture, but as large as one may be' "$(head -c 20971520 "$SOUK_TEST_DIR/large" | upload -F 'file=@-')" 'media_unsupported'

# ---- browsers ask ----

is 'the file is what was uploaded' "$(get "/media/$hash.jpg" | sha256sum | cut -c 1-64)" "$hash"
small=$(get "/media/$hash-160.jpg" -D "$SOUK_TEST_DIR/head" -o "$SOUK_TEST_DIR/small.jpg"; od -An -tx1 -N 3 "$SOUK_TEST_DIR/small.jpg")
is 'a smaller one is a JPEG' "$small" ' ff d8 ff'
is 'which curl can have in parts' "$(curl -s -r 100- "$address/media/$hash-160.jpg" | cat <(head -c 100 "$SOUK_TEST_DIR/small.jpg") - | cmp - "$SOUK_TEST_DIR/small.jpg" && echo same)" same
is 'and go on with' "$(head -c 100 "$SOUK_TEST_DIR/small.jpg" > "$SOUK_TEST_DIR/part"; get "/media/$hash-160.jpg" -C - -o "$SOUK_TEST_DIR/part"; cmp "$SOUK_TEST_DIR/part" "$SOUK_TEST_DIR/small.jpg" && echo same)" same
tag=$(tr -d '\r' < "$SOUK_TEST_DIR/head" | sed -n 's/^ETag: //p')
is 'and need not have again' "$(status_of "/media/$hash-160.jpg" -H "If-None-Match: $tag")" 304
# Width and height stand in the JPEG's frame.
is 'it is 160 pixels wide and 128 high' "$(node -e '
    const b = require("fs").readFileSync(process.argv[1]);
    let i = 2;
    while (b[i + 1] !== 0xc0) i += 2 + b.readUInt16BE(i + 2);
    console.log(b.readUInt16BE(i + 7), b.readUInt16BE(i + 5));' "$SOUK_TEST_DIR/small.jpg")" '160 128'

# ---- files ----

is 'files are for the owner only' "$(stat -c %a "$file")" 600
count=$(blobs)
is 'what was refused has left none' "$count" 8 # of three pictures; and two, two and one smaller
is 'deletes' "$(status_of "/v1/media/$shirt" -X DELETE -H "Authorization: Bearer $admin")" 204
is 'a deleted picture is not found' "$(status_of "/media/$hash.jpg") $(status_of "/media/$hash-160.jpg")" '404 404'
is 'its files are there until they are swept' "$(blobs)" "$count"
has 'what is young may be an upload under way' "$("$SOUK" media sweep --data "$data" --json)" '"deleted":0'
find "$data/blobs" -type f -exec touch -d '2 days ago' {} +
has 'what is old is swept, inside the server' "$("$SOUK" media sweep --data "$data" --json)" '"deleted":3'
is 'and nothing else' "$(status_of "$(field url "$(upload -F "file=@$samples/logo.png")")")" 200
ok 'its file is gone' test ! -e "$file"
has 'uploaded again it is made again' "$(upload -F "file=@$samples/shirt.jpg")" $'\n201'
is 'and found' "$(get "/media/$hash.jpg" | sha256sum | cut -c 1-64)" "$hash"

# A file that somebody has taken away is our fault, and no other picture's.
rm "$file"
is 'a lost file is told' "$(status_of "/media/$hash.jpg")" 500
has 'and mended by uploading it again' "$(upload -F "file=@$samples/shirt.jpg")" $'\n200'
is 'then it is there' "$(status_of "/media/$hash.jpg")" 200
souk_stop
is 'ends well' "$status" 0

# ---- another start ----

: > "$data/blobs/tmp/77"
ok 'starts again' souk_start
is 'pictures are still there' "$(status_of "/media/$hash-400.jpg")" 200
ok 'what was cut short is removed' test ! -e "$data/blobs/tmp/77"
souk_stop
has 'sweeps without a server, too' "$("$SOUK" media sweep --data "$data" --json)" '"deleted":0'
tap_end
