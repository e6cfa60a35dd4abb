#!/usr/bin/env bash
# Proves the two commands of the README on a fresh Debian: a minimal chroot, a clean clone of HEAD, nothing else.
#
# usage: tests/chroot/prove.sh bookworm|trixie      as root; needs debootstrap; takes several minutes
#
# What it shows, in this order: `make run` from nothing to an answer and its end after SIGTERM; the second `make run`
# and how long it takes; .ci/run without a terminal; and `make test` once more as an ordinary user without a network.
# The plain base systems are kept in $CHROOT_CACHE (/var/cache/souk-chroots); each run works in a copy.
set -euo pipefail
cd "$(dirname "$0")/../.."

case ${1:-} in
    bookworm | trixie) suite=$1 ;;
    *) sed -n '4s/^# //p' "$0" >&2; exit 2 ;;
esac

# Own mounts and processes: when the script ends, however it ends, both are gone.
if [ "${SOUK_TEST_PROVE:-}" != inside ]; then
    SOUK_TEST_PROVE=inside exec unshare --mount --pid --fork --kill-child --mount-proc "$0" "$@"
fi

cache=${CHROOT_CACHE:-/var/cache/souk-chroots}
base=$cache/$suite
mkdir -p "$cache"
# A port that no other server here is likely to take in the next minutes.
port=$((20000 + RANDOM % 20000))
say() { printf '\nprove %s: %s\n' "$suite" "$*"; }

if [ ! -d "$base" ]; then
    say 'debootstrap'
    debootstrap --variant=minbase "$suite" "$base.new" > "$base.log"
    mv "$base.new" "$base"
fi
root=$(mktemp -d "$cache/prove-$suite.XXXXXX")
clean_up() {
    local folder
    if [ $$ = 1 ]; then kill -KILL -1 2> /dev/null || true; fi # what is left in this process namespace
    for folder in proc sys dev; do umount -R "$root/$folder" 2> /dev/null || true; done
    rm -rf --one-file-system "$root"
}
trap clean_up EXIT
cp -a "$base/." "$root"

mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t tmpfs -o mode=755 dev "$root/dev"
mkdir "$root/dev/shm" "$root/dev/pts"
mount -t tmpfs shm "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=666 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
for device in null zero full random urandom tty; do
    touch "$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
done
ln -s /proc/self/fd "$root/dev/fd"
ln -s /proc/self/fd/0 "$root/dev/stdin"
ln -s /proc/self/fd/1 "$root/dev/stdout"
ln -s /proc/self/fd/2 "$root/dev/stderr"

# The network as this machine has it: names, and authorities that its owner trusts.
cp /etc/resolv.conf /etc/hosts "$root/etc/"
mkdir -p "$root/usr/local/share/ca-certificates"
cp /usr/local/share/ca-certificates/*.crt "$root/usr/local/share/ca-certificates/" 2> /dev/null || true
# A chroot starts no services.
printf '#!/bin/sh\nexit 101\n' > "$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"

git clone -q --no-hardlinks . "$root/root/souk"

clean_env=(env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin CI=true)
for name in http_proxy https_proxy no_proxy; do
    if [ -n "${!name:-}" ]; then clean_env+=("$name=${!name}"); fi
done
# inside USER FOLDER COMMAND…
inside() {
    local user=$1 folder=$2
    shift 2
    # shellcheck disable=SC2016 # the inner shell's arguments
    "${clean_env[@]}" HOME="$folder" chroot --userspec="$user" "$root" \
        /bin/bash -c 'cd "$1" && shift && exec "$@"' _ "$folder/souk" "$@" < /dev/null
}

ms() { date +%s%3N; }

# Starts `make run`, waits for an answer, ends the server by SIGTERM; leaves the time to the answer in `took_ms`.
run_once() {
    local limit_s=$1 begun pid souk
    begun=$(ms)
    inside root /root make run LISTEN=127.0.0.1:$port > "$root/run.log" 2>&1 &
    pid=$!
    until curl -sf -o /dev/null "http://127.0.0.1:$port/v1/products"; do
        if ! kill -0 "$pid" 2> /dev/null; then cat "$root/run.log"; say 'make run ended'; return 1; fi
        if (($(ms) - begun > limit_s * 1000)); then
            tail -n 50 "$root/run.log"
            say "no answer after $limit_s s"
            return 1
        fi
        sleep 0.02
    done
    took_ms=$(($(ms) - begun))
    souk=$(pgrep -x souk) || { say 'something answers, but no souk runs'; return 1; }
    kill -TERM "$souk"
    wait "$pid" || { cat "$root/run.log"; say "make run ended with status $?"; return 1; }
}

say 'what a fresh machine needs to have make'
inside root /root apt-get -q update > /dev/null
inside root /root env DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends make > /dev/null

say 'make run'
run_once 900
tail -n 15 "$root/run.log"
say "make run: first answer after $((took_ms / 1000)) s, a good end after SIGTERM"

run_once 20
say "second make run: first answer after $took_ms ms"
[ "$took_ms" -lt 1000 ] || { say 'that is not well under a second'; exit 1; }

say '.ci/run'
begun=$(ms)
inside root /root timeout 1200 .ci/run
say ".ci/run took $((($(ms) - begun) / 1000)) s, on $(nproc) cores, after what make run had installed"

say 'make test as an ordinary user, without a network'
inside root /root useradd --create-home tester
git clone -q --no-hardlinks . "$root/home/tester/souk"
for folder in . tests; do cp -a "$root/root/souk/$folder/node_modules" "$root/home/tester/souk/$folder/"; done
chroot "$root" chown -R tester: /home/tester/souk
unshare --net bash -c 'ip link set lo up && "$@"' _ \
    "${clean_env[@]}" HOME=/home/tester chroot --userspec=tester "$root" /bin/bash -c 'cd ~/souk && make test' < /dev/null

say 'proved'
