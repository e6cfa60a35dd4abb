# shellcheck shell=bash
# For shell tests of the program: starts it on the database that the run asks for ($SOUK_TEST_DRIVER). Needs tap.sh.

data=$SOUK_TEST_DIR/data
if [ "${SOUK_TEST_DRIVER:-sqlite}" = postgresql ]; then export DATABASE_URL=$SOUK_TEST_PG; fi

# How long a test waits for what must come: only a hang comes to its end.
patience=300

# wait_for COMMAND…: until it succeeds.
wait_for() {
    local deadline=$((SECONDS + patience))
    until "$@"; do
        if ((SECONDS > deadline)); then return 1; fi
        sleep 0.02
    done
}

# souk_start ARGUMENTS…: sets server (the process), address (http://…) and admin (the key of a first start, or nothing).
# What it prints is in $SOUK_TEST_DIR/out, its log in $SOUK_TEST_DIR/log.
# shellcheck disable=SC2120 # most tests need no arguments
souk_start() {
    local out=$SOUK_TEST_DIR/out log=$SOUK_TEST_DIR/log
    : > "$out"
    "$SOUK" serve --listen 127.0.0.1:0 --data "$data" "$@" > "$out" 2> "$log" &
    server=$!
    wait_for souk_is_up || { cat "$out" "$log" >&2; return 1; }
    address=$(grep -o 'http://127\.0\.0\.1:[0-9]*' "$out" | head -n 1)
    # shellcheck disable=SC2034 # for the test
    admin=$(grep -o 'sk_[A-Za-z0-9_-]*' "$out" | head -n 1)
}

souk_is_up() {
    kill -0 "$server" 2> /dev/null || return 0 # it has ended: no use in waiting
    # The ready line and what follows it are printed at once.
    grep -q 'http://127\.0\.0\.1:' "$SOUK_TEST_DIR/out"
}

# free_address: HOST:PORT where nobody listens and nobody else is about to: the host is this test's own, of the loopback
# network. For programs that cannot say which port they got from port 0.
free_address() {
    # shellcheck disable=SC2016 # programs in other languages have dollars of their own
    node -e '
        const pid = Number(process.argv[1]), host = `127.${64 + (pid >> 16) % 64}.${(pid >> 8) % 256}.${pid % 256}`;
        const server = require("net").createServer().listen(0, host, () => {
            console.log(`${host}:${server.address().port}`);
            server.close();
        });' $$
}

# souk_stop: SIGTERM; sets status, its exit status.
souk_stop() {
    kill -TERM "$server"
    wait "$server"
    # shellcheck disable=SC2034 # for the test
    status=$?
}

# get PATH [CURL ARGUMENTS…]: the body of the answer.
get() {
    local path=$1
    shift
    curl -s --max-time "$patience" "$@" "$address$path"
}

# status_of PATH [CURL ARGUMENTS…]: the status of the answer.
status_of() {
    local path=$1
    shift
    curl -s -o /dev/null --max-time "$patience" -w '%{http_code}' "$@" "$address$path"
}
