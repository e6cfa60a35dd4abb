#!/usr/bin/env bash
# databases: none
# What `make install` leaves: a program that runs from there, and units that name it.
set -u
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
root=$SOUK_TEST_DIR/root
units=$root/opt/shop/lib/systemd/system

ok 'make install' make --silent install BUILD="$SOUK_TEST_BUILD" DESTDIR="$root" PREFIX=/opt/shop
ok 'the program runs' "$root/opt/shop/bin/souk" help
has 'the service starts it' "$(cat "$units/souk.service")" 'ExecStart=/opt/shop/bin/souk serve'
is 'no placeholder is left' "$(grep -r '@[A-Z]*@' "$units")" ''
ok 'the socket unit is there' test -s "$units/souk.socket"
tap_end
