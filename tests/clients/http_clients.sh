#!/usr/bin/env bash
# The HTTP core as real clients and proxies speak to it: curl, ab, HAProxy and nginx in front.
set -u
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
# shellcheck source=tests/lib/souk.sh
. tests/lib/souk.sh

pids=()
# shellcheck disable=SC2317 # called by the trap
cleanup() {
    for pid in "${pids[@]}"; do kill "$pid" 2> /dev/null; done
}
trap cleanup EXIT


ok 'starts' souk_start --http-trusted-proxies 127.0.0.1
where=${address#http://}

# ---- curl ----

is 'curl: HTTP/1.1' "$(get /livez -o /dev/null -w '%{http_code} %{http_version}')" '200 1.1'
is 'curl: HTTP/1.0' "$(get /livez --http1.0 -o /dev/null -w '%{http_code}')" '200'
is 'curl: upgrade to h2c is ignored' "$(get /livez --http2 -o /dev/null -w '%{http_code} %{http_version}')" '200 1.1'
is 'curl: three requests on one connection' \
    "$(curl -s -o /dev/null -o /dev/null -o /dev/null -w '%{num_connects} ' "$address/livez" "$address/livez" "$address/livez")" '1 0 0 '
is 'curl: HEAD has the length and no body' "$(get /openapi.json -I -o /dev/null -w '%{http_code} %{size_download}')" '200 0'
is 'curl: OPTIONS *' "$(status_of '' -X OPTIONS --request-target '*')" '204'
is 'curl: absolute-form, as a proxy is asked' "$(curl -s -o /dev/null -w '%{http_code}' -x "$address" http://shop.example/livez)" '200'
is 'curl: bytes above 0x80 in a value' "$(status_of /livez -H $'X-Name: caf\xc3\xa9')" '200'
is 'curl: raw brackets and bars in the target' "$(status_of "/livez|[]{}^\\" -g)" '404'
is 'curl: without Host on HTTP/1.1' "$(status_of /livez -H 'Host:')" '400'
is 'curl: lengths beside chunks' "$(status_of /v1/products -H 'Transfer-Encoding: chunked' -H 'Content-Length: 3' -d '{}')" '400'
is 'curl: a long target' "$(status_of "/$(printf 'a%.0s' {1..9000})")" '414'
is 'curl: a large header' "$(status_of /livez -H "X-Large: $(printf 'a%.0s' {1..40000})")" '431'
get /openapi.json > "$SOUK_TEST_DIR/plain"
ok 'curl: a document of some size' test "$(stat -c %s "$SOUK_TEST_DIR/plain")" -gt 10000
plain=$(sha256sum < "$SOUK_TEST_DIR/plain")
is 'gzip decodes to the same' "$(get /openapi.json -H 'Accept-Encoding: gzip' | gzip -dc | sha256sum)" "$plain"
is 'zstd decodes to the same' "$(get /openapi.json -H 'Accept-Encoding: zstd' | zstd -dc | sha256sum)" "$plain"
is 'brotli decodes to the same' "$(get /openapi.json -H 'Accept-Encoding: br' --compressed | sha256sum)" "$plain"
is 'encoded is smaller' "$(($(get /openapi.json -H 'Accept-Encoding: br' | wc -c) < $(wc -c < "$SOUK_TEST_DIR/plain") / 3))" 1
tag=$(get /openapi.json -I -H 'Accept-Encoding: gzip' | tr -d '\r' | sed -n 's/^ETag: //p')
has 'curl: the tag names the encoding' "$tag" '-gz"'
is 'curl: 304 for what it holds' "$(status_of /openapi.json -H 'Accept-Encoding: gzip' -H "If-None-Match: $tag")" '304'
is 'curl: refuses POST where there is none' "$(status_of /livez -X POST -d 'x=y')" '405'

# A body that waits for 100 Continue; the key is for nobody, so that the refusal needs no body.
printf '{"title":"%0100000d"}' 0 > "$SOUK_TEST_DIR/large"
is 'curl: Expect: 100-continue' "$(status_of /v1/products -H 'Expect: 100-continue' -H 'Content-Type: application/json' \
    -H "Authorization: Bearer $admin" --data-binary "@$SOUK_TEST_DIR/large" --expect100-timeout "$patience")" '422'
is 'curl: a chunked upload' "$(status_of /v1/products -H 'Transfer-Encoding: chunked' -H 'Content-Type: application/json' \
    -H "Authorization: Bearer $admin" --data-binary '{"unknown":1}')" '422'

# ---- ab: HTTP/1.0 with and without keep-alive ----

failed() { sed -n 's/^\(Failed requests\|Non-2xx responses\): *//p' <<< "$1" | paste -sd ' '; }
is 'ab: keep-alive' "$(failed "$(ab -q -s "$patience" -k -n 2000 -c 20 "$address/livez" 2>&1)")" '0'
is 'ab: a connection each' "$(failed "$(ab -q -s "$patience" -n 2000 -c 20 "$address/livez" 2>&1)")" '0'

# ---- nginx in front, with connections kept alive ----

nginx=$(free_address)
cat > "$SOUK_TEST_DIR/nginx.conf" << CONF
daemon off;
master_process off;
error_log $SOUK_TEST_DIR/nginx.log;
pid $SOUK_TEST_DIR/nginx.pid;
events { worker_connections 256; }
http {
    access_log off;
    client_body_temp_path $SOUK_TEST_DIR/n1; proxy_temp_path $SOUK_TEST_DIR/n2; fastcgi_temp_path $SOUK_TEST_DIR/n3;
    uwsgi_temp_path $SOUK_TEST_DIR/n4; scgi_temp_path $SOUK_TEST_DIR/n5;
    upstream souk { server $where; keepalive 8; }
    server {
        listen $nginx;
        location / {
            proxy_pass http://souk;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_connect_timeout ${patience}s;
            proxy_read_timeout ${patience}s;
            proxy_send_timeout ${patience}s;
            proxy_set_header Host \$host;
            proxy_set_header X-Forwarded-For \$proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto \$scheme;
        }
    }
}
CONF
nginx -c "$SOUK_TEST_DIR/nginx.conf" -e "$SOUK_TEST_DIR/nginx.log" &
pids+=("$!")
front=http://$nginx
ok 'nginx: answers' wait_for curl -sf -o /dev/null "$front/livez"
is 'nginx: the same document' "$(curl -s "$front/openapi.json" | sha256sum)" "$plain"
is 'nginx: 2000 requests' "$(failed "$(ab -q -s "$patience" -k -n 2000 -c 20 "$front/livez" 2>&1)")" '0'
is 'nginx: a chunked upload' "$(curl -s -o /dev/null -w '%{http_code}' -H 'Transfer-Encoding: chunked' -H 'Content-Type: application/json' \
    -H "Authorization: Bearer $admin" --data-binary '{"unknown":1}' "$front/v1/products")" '422'

# ---- HAProxy in front: checks by HTTP/1.0 without Host, connections shared ----

haproxy=$(free_address)
cat > "$SOUK_TEST_DIR/haproxy.cfg" << CONF
defaults
    mode http
    timeout connect ${patience}s
    timeout client ${patience}s
    timeout server ${patience}s
    timeout check ${patience}s
    option forwardfor
    option httpchk OPTIONS /livez
    http-check expect rstatus [2345]..
    http-reuse always
frontend front
    bind $haproxy
    default_backend souk
    monitor-uri /haproxy-itself
backend souk
    server one $where check inter 200ms
CONF
haproxy -q -f "$SOUK_TEST_DIR/haproxy.cfg" &
pids+=("$!")
front=http://$haproxy
ok 'HAProxy: its check succeeds and it answers' wait_for curl -sf -o /dev/null "$front/livez"
is 'HAProxy: the same document' "$(curl -s "$front/openapi.json" | sha256sum)" "$plain"
is 'HAProxy: 2000 requests' "$(failed "$(ab -q -s "$patience" -k -n 2000 -c 20 "$front/livez" 2>&1)")" '0'

# ---- what the server saw ----

refusals=$(get /metrics -H "Authorization: Bearer $admin" | sed -n 's/^souk_http_refusals_total{code="\(.*\)"} \(.*\)$/\1 \2/p' | grep -v ' 0$' | sort | paste -sd ',')
is 'counts each refusal once, and no other' "$refusals" \
    'head_too_large 1,host_missing 1,length_and_coding 1,target_too_long 1'

souk_stop
is 'ends well' "$status" 0
tap_end
