#!/usr/bin/env bash
# A private PostgreSQL for tests: its own folder, its own random loopback port and password, gone afterwards.
#
# usage: tests/lib/pg.sh start [--durable] DIR    prints the server's URL; DIR must not exist
#        tests/lib/pg.sh stop DIR                 stops it and removes DIR; no complaint when it never started
#        tests/lib/pg.sh crash DIR                ends it as a power cut would; `again` starts it on the same port
#        tests/lib/pg.sh halt DIR                 ends it well; `again` starts it
#        tests/lib/pg.sh again DIR
#
# initdb refuses root, so root hands over to the user postgres, whom the Debian package makes. Without --durable
# the server never syncs: nothing that a test writes is worth a disk's time. The default collation is a
# linguistic one on purpose: SQL that forgot its COLLATE "C" must show here and not at a customer's.
set -euo pipefail

export PGCTLTIMEOUT=300 # only a hang comes to its end

find_bin() {
    local candidate newest=''
    for candidate in /usr/lib/postgresql/*/bin; do
        if [ -x "$candidate/initdb" ]; then newest=$candidate; fi
    done
    [ -n "$newest" ] || { echo "pg.sh: no PostgreSQL server is installed" >&2; exit 1; }
    printf '%s\n' "$newest"
}

as_owner() {
    if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

configure() {
    cat <<CONF
listen_addresses = '127.0.0.1'
unix_socket_directories = '$dir'
max_connections = 500
shared_buffers = 128MB
timezone = 'UTC'
log_min_messages = warning
CONF
    [ "$durable" = yes ] || printf '%s = off\n' fsync synchronous_commit full_page_writes
}

# The server outlives this script; what the caller holds open (a lock, a pipe) must not live on in it.
close_inherited() {
    local fd
    for fd in "/proc/$BASHPID/fd"/*; do
        fd=${fd##*/}
        if [ "$fd" -gt 2 ] && [ "$fd" != 255 ]; then exec {fd}>&-; fi # 255 is this script
    done
}

start() {
    local durable=no dir bin password port
    close_inherited
    if [ "$1" = --durable ]; then durable=yes; shift; fi
    dir=$1
    bin=$(find_bin)
    mkdir -m 700 "$dir"
    dir=$(cd "$dir" && pwd)
    password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    printf '%s\n' "$password" > "$dir/password"
    if [ "$(id -u)" = 0 ]; then chown -R postgres "$dir"; fi
    cd "$dir"
    as_owner "$bin/initdb" -D "$dir/data" -U souk --auth=scram-sha-256 --pwfile="$dir/password" --no-sync \
        --encoding=UTF8 --locale=C.UTF-8 --locale-provider=icu --icu-locale=en-US > "$dir/initdb.log" 2>&1 ||
        { cat "$dir/initdb.log" >&2; exit 1; }
    configure >> "$dir/data/postgresql.conf"
    # PostgreSQL cannot pick a port itself; a taken one is answered by trying another. All are below those that the
    # kernel gives to outgoing connections (from 32768), or `again` would sometimes find its own in use.
    for _ in {1..20}; do
        port=$((20000 + RANDOM % 12000))
        if as_owner "$bin/pg_ctl" -D "$dir/data" -l "$dir/server.log" -o "-p $port" -w -s start 2> "$dir/start.log"; then
            printf 'postgresql://souk:%s@127.0.0.1:%s/postgres\n' "$password" "$port"
            return
        fi
    done
    cat "$dir/start.log" "$dir/server.log" >&2
    exit 1
}

stop() {
    local dir=$1 bin
    [ -d "$dir" ] || return 0
    bin=$(find_bin)
    if [ -e "$dir/data/postmaster.pid" ]; then
        (cd "$dir" && as_owner "$bin/pg_ctl" -D "$dir/data" -m immediate -s stop) || true
    fi
    rm -rf "$dir"
}

# leave DIR HOW: its folder stays.
leave() {
    local dir=$1
    cp "$dir/data/postmaster.opts" "$dir/last.opts"
    (cd "$dir" && as_owner "$(find_bin)/pg_ctl" -D "$dir/data" -m "$2" -s stop)
}

again() {
    local dir=$1 port
    close_inherited
    port=$(sed -n 's/.*"-p" "\([0-9]*\)".*/\1/p' "$dir/last.opts")
    (cd "$dir" && as_owner "$(find_bin)/pg_ctl" -D "$dir/data" -l "$dir/server.log" -o "-p $port" -w -s start)
}

case ${1:-} in
    crash) leave "$2" immediate ;;
    halt) leave "$2" fast ;;
    again) again "$2" ;;
    start) shift; start "$@" ;;
    stop) stop "$2" ;;
    *) sed -n '2,12s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
