#!/usr/bin/env bash
# Installs what is missing for one section of scripts/packages.txt, and the npm packages of the lock files.
#
# usage: scripts/setup.sh [build|run|test|browser|san|fuzz|coverage|bench|lint]
#
# Every `make run` and `make test` calls this, so nothing missing must cost nothing: one dpkg-query and one
# checksum a lock file, a few hundredths of a second in all. It asks no questions.
set -euo pipefail
cd "$(dirname "$0")/.."
section=${1:-build}

say() { printf 'setup: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# The lines of a section and of those that it takes in, without comments.
section_lines() {
    local wanted=$1 found=0 current='' line
    while IFS= read -r line; do
        line=${line%%#*}
        line=${line//[[:space:]]/}
        if [[ $line =~ ^\[([a-z]+)(:([a-z]+))?\]$ ]]; then
            current=${BASH_REMATCH[1]}
            if [ "$current" = "$wanted" ]; then
                found=1
                [ -z "${BASH_REMATCH[3]}" ] || section_lines "${BASH_REMATCH[3]}"
            fi
        elif [ -n "$line" ] && [ "$current" = "$wanted" ]; then
            printf '%s\n' "$line"
        fi
    done < scripts/packages.txt
    [ "$found" = 1 ] || die "no section [$wanted] in scripts/packages.txt"
}

has_one_of() {
    local alternative
    for alternative in ${1//|/ }; do
        case $alternative in
            bin:*) if command -v "${alternative#bin:}" > /dev/null; then return 0; fi ;;
            *) if [[ $installed == *" $alternative "* ]]; then return 0; fi ;;
        esac
    done
    return 1
}

# The first alternative that this release of Debian has.
choose() {
    local alternative
    for alternative in ${1//|/ }; do
        case $alternative in bin:*) continue ;; esac
        if apt-cache show --no-all-versions "$alternative" > /dev/null 2>&1; then
            printf '%s\n' "$alternative"
            return
        fi
    done
    die "this system's package lists have none of: ${1//|/, }"
}

apt() {
    local options=(-q -y -o DPkg::Lock::Timeout=300)
    # A machine of CI does not outlive a power loss; not syncing each file there takes a third of the time.
    if [ -n "${CI:-}" ]; then options+=(-o Dpkg::Options::=--force-unsafe-io); fi
    $become_root env DEBIAN_FRONTEND=noninteractive apt-get "${options[@]}" "$@" < /dev/null >&2
}

install_packages() {
    local lines line packages=() names chosen become_root=''
    lines=$(section_lines "$section")
    names=$(printf '%s\n' "$lines" | tr '|' '\n' | grep -v '^bin:' || true)
    # dpkg-query fails when it does not know one of the names; what it prints about the others still counts.
    # shellcheck disable=SC2016,SC2086 # dpkg's own ${…}; one word a package
    installed=$(dpkg-query -W -f='${db:Status-Status} ${Package} \n' $names 2> /dev/null | sed -n 's/^installed / /p' || true)
    missing=()
    while IFS= read -r line; do
        if [ -n "$line" ] && ! has_one_of "$line"; then missing+=("$line"); fi
    done <<< "$lines"
    [ ${#missing[@]} -gt 0 ] || return 0

    command -v apt-get > /dev/null || die "this is no Debian system; please install: ${missing[*]}"
    if [ "$(id -u)" != 0 ] && command -v sudo > /dev/null; then
        if [ -t 0 ] || sudo -n true 2> /dev/null; then become_root=sudo; fi
    fi
    if [ "$(id -u)" != 0 ] && [ -z "$become_root" ]; then
        die "not root, and no sudo; please run as root: apt-get install --no-install-recommends ${missing[*]}"
    fi
    compgen -G '/var/lib/apt/lists/*Packages*' > /dev/null || apt update
    for line in "${missing[@]}"; do
        chosen=$(choose "$line")
        packages+=("$chosen")
    done
    say "installing ${packages[*]}"
    # Lists older than the archive name files that are gone: fetch them anew, once.
    apt install --no-install-recommends "${packages[@]}" || {
        apt update
        apt install --no-install-recommends "${packages[@]}"
    }
}

# npm ci when the lock file is another one than last time. The stamp lies in node_modules, so it goes with it.
install_npm() {
    local folder=$1 stamp=$1/node_modules/.souk-lock sum
    [ -f "$folder/package-lock.json" ] || return 0
    sum=$(sha256sum < "$folder/package-lock.json")
    if [ -f "$stamp" ] && [ "$(< "$stamp")" = "$sum" ]; then return 0; fi
    say "npm ci in $folder"
    (cd "$folder" && npm ci --ignore-scripts --omit=dev --no-audit --no-fund --loglevel=error < /dev/null >&2)
    printf '%s\n' "$sum" > "$stamp"
}

install_packages
install_npm .
case $section in
    test | browser | san | coverage) install_npm tests ;;
    bench) install_npm bench/peers/fastify ;;
esac
