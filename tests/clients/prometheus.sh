#!/usr/bin/env bash
# `/metrics` as Prometheus sees it: both formats by Accept, and what promtool says of the text (when it is installed: its
# Debian package brings a server that nobody asked for, so the tests do not install it).
set -u
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
# shellcheck source=tests/lib/souk.sh
. tests/lib/souk.sh

openmetrics='Accept: application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5'
with_key() { get /metrics -H "Authorization: Bearer $admin" "$@"; }
type_of() { with_key -o /dev/null -w '%{content_type}' "$@"; }

ok 'starts' souk_start
for path in '/v1/products' '/v1/products/prod_0000000000001' '/nowhere/"' '/livez'; do status_of "$path" > /dev/null; done

is 'they are for who may' "$(status_of /metrics)" 401
is 'text is the default' "$(type_of)" 'text/plain; version=0.0.4; charset=utf-8'
is 'OpenMetrics is there for who asks' "$(type_of -H "$openmetrics")" 'application/openmetrics-text; version=1.0.0; charset=utf-8'

with_key > "$SOUK_TEST_DIR/text"
with_key -H "$openmetrics" > "$SOUK_TEST_DIR/openmetrics"
is 'OpenMetrics ends with its mark' "$(tail -n 1 "$SOUK_TEST_DIR/openmetrics")" '# EOF'
is 'text has no mark' "$(grep -c '^# EOF' "$SOUK_TEST_DIR/text")" 0
is 'no counter of OpenMetrics has _total in its name' "$(grep -c '^# TYPE .*_total counter$' "$SOUK_TEST_DIR/openmetrics")" 0
for name in souk_build_info process_cpu_seconds_total process_resident_memory_bytes process_open_fds process_start_time_seconds; do
    is "has $name" "$(grep -c "^${name}[ {]" "$SOUK_TEST_DIR/text")" 1
done
is 'each sample comes once' "$(grep -v '^#' "$SOUK_TEST_DIR/text" | sed 's/ [^ ]*$//' | sort | uniq -d)" ''

if command -v promtool > /dev/null; then
    is 'promtool has nothing to say' "$(promtool check metrics < "$SOUK_TEST_DIR/text" 2>&1)" ''
else
    tap_count=$((tap_count + 1))
    printf 'ok %d - promtool has nothing to say # SKIP promtool is not installed\n' "$tap_count"
fi
souk_stop
is 'ends well' "$status" 0
tap_end
