#!/usr/bin/env bash
# databases: none
# Does the house lint find what it is there to find, and leave alone what is right? Each case is a tree of one fault.
# shellcheck disable=SC2016 # the $1 of SQL is meant
set -u
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
lint=$SOUK_TEST_BUILD/tools/lint/lint
tree=$SOUK_TEST_DIR/tree

fresh() {
    rm -rf "$tree"
    mkdir -p "$tree"/src/{base,platform/db,modules/cart,modules/orders/migrations,app} "$tree"/{tools,tests,bench}
    : > "$tree/src/base/str.h"
    write src/platform/db/db.h '#ifndef PLATFORM_DB_H' '#define PLATFORM_DB_H' '#endif'
    write src/base/str.h '#ifndef BASE_STR_H' '#define BASE_STR_H' '#endif'
    write src/modules/cart/cart.h '#ifndef MODULES_CART_H' '#define MODULES_CART_H' '#endif'
}

write() {
    local path=$tree/$1
    shift
    printf '%s\n' "$@" > "$path"
}

repeat() { for ((i = 0; i < $2; i++)); do printf '%s\n' "$1"; done; }

# refuses NAME PART FILE LINES…: with this file in the tree, the lint fails and says PART at the file.
refuses() {
    local name=$1 part=$2 file=$3 out status
    shift 2
    fresh
    write "$@"
    out=$("$lint" "$tree") && status=0 || status=$?
    has "$name" "$status $out" "$part"
    has "$name: says where" "$status $out" "1 $file:"
}

# accepts NAME FILE LINES…
accepts() {
    local name=$1
    shift
    fresh
    write "$@"
    has "$name" "$("$lint" "$tree")" 'lint: 0 errors, 0 warnings'
}

refuses 'a lower layer knows a higher one' 'base must not know platform' src/base/a.c '#include "platform/db/db.h"'
accepts 'a higher layer knows a lower one' src/platform/a.c '#include "base/str.h"'
refuses 'a module reaches into another' 'module orders must not know' src/modules/orders/a.c '#include "modules/cart/cart.h"'
accepts 'a module includes its own header' src/modules/cart/a.c '#include "modules/cart/cart.h"'
accepts 'the app includes a public header' src/app/a.c '#include "modules/cart/cart.h"'
refuses 'an include by its bare name' 'by its path from src/' src/base/a.c '#include "str.h"'
refuses 'an include of what is not there' 'there is no src/base/nothing.h' src/base/a.c '#include "base/nothing.h"'
refuses 'a guard that does not follow the path' 'does not follow the path' src/base/a.h '#ifndef A_H' '#define A_H' '#endif'

refuses 'a banned function' 'strcpy():' src/base/a.c 'void f(char *a) { strcpy(a, "x"); }'
refuses 'a banned function behind return' 'atoi():' src/base/a.c 'int f(char *a) { return atoi(a); }'
accepts 'the word in a comment or a text' src/base/a.c '/* strcpy(a) */' 'const char *a = "strcpy(a)";'
accepts 'a member of that name' src/base/a.c 'void f(T *t) { t->time(1); }'
refuses 'printing from library code' 'printf():' src/platform/a.c 'void f(void) { printf("x"); }'
accepts 'printing from the edge' src/app/a.c 'void f(void) { printf("x"); }'
refuses 'the environment outside the configuration' 'getenv():' src/platform/a.c 'char *f(void) { return getenv("X"); }'
refuses 'the heap in a module' 'malloc():' src/modules/cart/a.c 'void *f(void) { return malloc(1); }'
refuses 'a sleep in a test' 'sleep():' src/base/test_a.c 'void f(void) { sleep(1); }'
refuses 'a log event that no list would have' 'made by LOG_EVENT' src/app/a.c 'static const LogEvent gone = {"a.gone", LOG_INFO, "Gone."};'
accepts 'a log event as they are made' src/app/a.c 'LOG_EVENT(gone, "a.gone", LOG_INFO, "Gone.");' 'const LogEvent *a = &gone;'
refuses 'unfinished work' 'unfinished' src/base/a.c "/* TO""DO: more */"
refuses 'a letter outside ASCII in a name' 'outside ASCII' src/base/a.c 'int größe;'
accepts 'letters outside ASCII in a comment' src/base/a.c '/* größe */'

refuses 'SQL from a format' 'use parameters' src/modules/cart/store.c 'char *q = "select a from t where id = %d";'
refuses 'SQL from a format in two parts' 'use parameters' src/modules/cart/store.c 'char *q = "select a "' '"from t where id = %s";'
accepts 'SQL with parameters' src/modules/cart/store.c 'char *q = "select a from t where id = $1";'
refuses 'SQL outside the store' "the module's store" src/modules/cart/routes.c 'char *q = "delete from t";'
refuses 'LIKE' 'LIKE folds case' src/modules/cart/store.c 'char *q = "select a from t where b like $1";'
accepts 'prose that begins like SQL' src/modules/cart/routes.c 'char *q = "Select a product from the list";' 'char *r = "update the cart";'
refuses 'an open dialect section' 'without' src/modules/orders/migrations/0001_a.sql 'create table a (b ID);' '-- only sqlite' 'create table c (d ID);'

many=$(repeat 'create table a (b ID);' 30)
fresh
write src/modules/orders/migrations/0001_a.sql "$many" '-- only sqlite' 'create table c (d ID);' '-- end'
has 'few statements for one database' "$("$lint" "$tree")" '31 statements of SQL in the modules, 1 of them'
fresh
write src/modules/orders/migrations/0001_a.sql 'create table a (b ID);' '-- only sqlite' 'create table c (d ID);' '-- end'
has 'too many statements for one database' "$("$lint" "$tree")" 'more than 5 %'

body=$(repeat '    f();' 101)
refuses 'a function of 101 lines' 'a function of 101 lines' src/base/a.c 'void f(void)' '{' "$body" '}'
accepts 'a function of 100 lines' src/base/a.c 'void f(void)' '{' "${body%$'\n'*}" '}'
blanks=$(repeat 'int x;' 201)
refuses 'a long file without an essay' 'without an essay' src/base/a.c "$blanks"
accepts 'a long file with an essay' src/base/a.c '/* What it is.' ' * Why so.' ' * What was rejected. */' "$blanks"
fresh
write src/base/a.c '/* What it is.' ' * Why so.' ' * What was rejected. */' "$(repeat 'int x;' 600)"
has 'a very long file' "$("$lint" "$tree")" 'src/base/a.c:1: warning: 603 lines'

tap_end
