#!/usr/bin/env bash
# databases: none
# What `make install` leaves: a program that runs from there, units that name it, the manual page, and completion where
# each shell looks for it.
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
share=$root/opt/shop/share
# same NAME FILE COMMAND…: the file has what the program prints.
same() { is "$1" "$(cat "$share/$2")" "$("$root/opt/shop/bin/souk" "${@:3}")"; }
same 'the manual page' man/man1/souk.1 man
same 'completion for bash' bash-completion/completions/souk completion bash
same 'completion for fish' fish/vendor_completions.d/souk.fish completion fish
same 'completion for zsh' zsh/site-functions/_souk completion zsh
is 'which everyone may read' "$(find "$share" -type f ! -perm 644)" ''
has 'man finds the page' "$(MANPATH=$share/man man -w souk 2>&1)" "$share/man/man1/souk.1"
found=$(bash --norc -c 'XDG_DATA_DIRS=$1
    . /usr/share/bash-completion/bash_completion && __load_completion souk; complete -p souk' bash "$share" 2>&1)
is 'bash loads its completion when it is wanted' "$found" 'complete -F _souk souk'
tap_end
