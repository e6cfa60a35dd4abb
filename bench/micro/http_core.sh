#!/usr/bin/env bash
# The HTTP core alone against nginx `return 200`: the same 1.2 KB, one loop against one worker, 64 keep-alive connections,
# the same core, alternating. Prints requests per CPU-second (user and system, from /proc/PID/stat) of each round and the
# median of the ratios. A round in which anything failed voids the run.
#
# usage: bench/micro/http_core.sh [ROUNDS (5) [SECONDS (3)]]     after: ninja -C build bench-programs
set -euo pipefail
rounds=${1:-5}
seconds=${2:-3}
program=${HTTP_HELLO:-build/bench/http_hello}
folder=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2> /dev/null || true; rm -rf "$folder"' EXIT

body=$(printf 'x%.0s' {1..1200})
cat > "$folder/nginx.conf" << CONF
worker_processes 1;
daemon off;
master_process off;
error_log $folder/error.log;
pid $folder/pid;
events { worker_connections 1024; }
http {
    access_log off;
    keepalive_requests 1000000000;
    client_body_temp_path $folder/a; proxy_temp_path $folder/b; fastcgi_temp_path $folder/c;
    uwsgi_temp_path $folder/d; scgi_temp_path $folder/e;
    server {
        listen unix:$folder/unused;
        listen 127.0.0.1:${NGINX_PORT:-18231};
        default_type text/plain;
        add_header ETag '"d330c2d9affdab82"';
        add_header Accept-Ranges bytes;
        location / { return 200 "$body"; }
    }
}
CONF
taskset -c 0 nginx -c "$folder/nginx.conf" &
nginx=$!
pids+=("$nginx")
taskset -c 0 "$program" 127.0.0.1:0 > "$folder/address" &
souk=$!
pids+=("$souk")
until [ -s "$folder/address" ] && curl -so /dev/null "http://127.0.0.1:${NGINX_PORT:-18231}/"; do sleep 0.1; done
address=$(cat "$folder/address")

ticks() { awk '{ print $14 + $15 }' "/proc/$1/stat"; }

measure() { # PID URL: requests per CPU-second
    local before after requests
    before=$(ticks "$1")
    taskset -c 1 wrk -t1 -c64 -d"$seconds" "$2" > "$folder/wrk"
    after=$(ticks "$1")
    if grep -q 'Non-2xx\|Socket errors' "$folder/wrk"; then
        echo "void: $2 failed" >&2
        cat "$folder/wrk" >&2
        exit 1
    fi
    requests=$(awk '/requests in/ { print $1 }' "$folder/wrk")
    awk -v r="$requests" -v t="$((after - before))" -v hz="$(getconf CLK_TCK)" 'BEGIN { printf "%.0f\n", r * hz / t }'
}

for ((round = 1; round <= rounds; round++)); do
    a=$(measure "$souk" "http://$address/")
    b=$(measure "$nginx" "http://127.0.0.1:${NGINX_PORT:-18231}/")
    awk -v a="$a" -v b="$b" 'BEGIN { printf "souk %d nginx %d requests per CPU-second, ratio %.3f\n", a, b, a / b }' | tee -a "$folder/ratios"
done
sort -t' ' -k8 "$folder/ratios" | awk '{ r[NR] = $NF } END { printf "median ratio %.3f\n", r[int((NR + 1) / 2)] }'
