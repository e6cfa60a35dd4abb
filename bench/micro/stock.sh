#!/usr/bin/env bash
# The hot row: reservations of one variant a second, against pgbench's own updates of one row with an insert, pipelined, by turns on one
# PostgreSQL that waits for its disk. Prints both rates of each round, and then both medians and their ratio.
#
# usage: bench/micro/stock.sh [ROUNDS [SECONDS [BUILD]]]
set -euo pipefail
cd "$(dirname "$0")/../.."
rounds=${1:-5} seconds=${2:-5} build=${3:-build}
work=$(mktemp -d)
chmod 711 "$work"
trap 'tests/lib/pg.sh stop "$work/pg" || true; rm -rf "$work"' EXIT
url=$(tests/lib/pg.sh start --durable "$work/pg")
psql -X -q "$url" -c "create database hot" -c "create database peer" > /dev/null
psql -X -q "${url%/*}/peer" -c "create table hot (id bigint primary key, n bigint not null)" -c "insert into hot values (1, 0)" \
    -c "create table log (id bigserial primary key, n bigint not null)"
cat > "$work/hot.sql" << 'END'
\startpipeline
begin;
update hot set n = n + 1 where id = 1 and n < 1000000000000;
insert into log (n) values (1);
end;
\endpipeline
END
for ((i = 0; i < rounds; i++)); do
    "$build/bench/micro/stock" "${url%/*}/hot" "$seconds" | awk '{print $1}' >> "$work/ours"
    pgbench -n -M prepared -c 16 -j 2 -T "$seconds" -f "$work/hot.sql" "${url%/*}/peer" 2> /dev/null | awk '/^tps/ {print $3}' >> "$work/theirs"
    echo "round $(tail -n 1 "$work/ours") $(tail -n 1 "$work/theirs")"
done
median() { sort -n "$1" | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'; }
ours=$(median "$work/ours") theirs=$(median "$work/theirs")
awk -v a="$ours" -v b="$theirs" 'BEGIN {printf "reservations/s %d, pgbench %d, ratio %.2f\n", a, b, a / b}'
