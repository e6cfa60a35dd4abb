#!/usr/bin/env bash
# databases: none
# Is the release build what the README promises: position-independent, read-only after start, with stack protector,
# fortified C library calls and frame pointers?
set -u
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh

header=$(readelf -h "$SOUK")
segments=$(readelf -lW "$SOUK")
dynamic=$(readelf -dW "$SOUK")
imports=$(readelf -W --dyn-syms "$SOUK")
compilers=$(readelf --debug-dump=info "$SOUK" 2> /dev/null | grep -o 'DW_AT_producer.*' | grep -v 'GNU AS' | sort -u)

without() { ! grep -q "$1" <<< "$2"; }

has 'position-independent' "$header" 'Type:                              DYN'
has 'a program, not a library' "$segments" 'INTERP'
has 'relocations become read-only' "$segments" 'GNU_RELRO'
has 'all symbols are bound at start' "$dynamic" 'NOW'
ok 'the stack cannot be executed' grep -qE 'GNU_STACK +(0x[0-9a-f]+ +){5}RW ' <<< "$segments"
ok 'no text relocations' without TEXTREL "$dynamic"
ok 'no library path built in' without 'R\(UN\)\?PATH' "$dynamic"
has 'stack protector' "$imports" '__stack_chk_fail'
ok 'fortified calls' grep -qE '__(memcpy|snprintf|vsnprintf|read)_chk' <<< "$imports"
if [[ $compilers == *GNU* ]]; then
    is 'every unit has frame pointers' "$(grep -vc -- '-fno-omit-frame-pointer' <<< "$compilers")" 0
else
    ok 'frame pointers # SKIP only gcc notes its flags in the program' true
fi
tap_end
