#!/usr/bin/env bash
# `souk key` and `souk role`: with a server and without one; what a key may do, and that a revocation is felt at once.
set -uo pipefail
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
# shellcheck source=tests/lib/souk.sh
. tests/lib/souk.sh

# secret ARGUMENTS…: makes a key and prints its secret.
secret() { "$SOUK" key add --data "$data" --json "$@" | grep -o '[sp]k_[A-Za-z0-9_-]*'; }

before=$(secret --name before)
has 'a key is made where no server runs' "$before" sk_
is 'an unknown permission is refused' "$("$SOUK" key add --name x --scope clouds:write --data "$data" > /dev/null 2>&1; echo $?)" 1
is 'a public key has no permissions' "$("$SOUK" key add --name x --public-key --scope products:read --data "$data" > /dev/null 2>&1; echo $?)" 1
is 'an address is checked' "$("$SOUK" key add --name x --address here --data "$data" > /dev/null 2>&1; echo $?)" 1

souk_start
is 'there is a key, so no other is made' "$admin" ''
is 'it may everything' "$(status_of /v1/locations -H "Authorization: Bearer $before")" 200
part=$(secret --name part --scope products:read --scope pricing:read)
is 'a key with a part may that' "$(status_of /v1/price-lists -H "Authorization: Bearer $part")" 200
is '… and no more' "$(status_of /v1/locations -H "Authorization: Bearer $part")" 403
public=$(secret --name window --public-key)
has 'a public key is told by its name' "$public" pk_
is '… may see what all see' "$(status_of /v1/products -H "Authorization: Bearer $public")" 200
is '… and no more' "$(status_of /v1/price-lists -H "Authorization: Bearer $public")" 403
away=$(secret --name away --address 192.0.2.0/24)
is 'a key for elsewhere does not work here' "$(status_of /v1/locations -H "Authorization: Bearer $away")" 401
here=$(secret --name here --address 127.0.0.0/8 --days 1)
is 'one for here does' "$(status_of /v1/locations -H "Authorization: Bearer $here")" 200

has 'they are listed' "$("$SOUK" key list --data "$data")" window
is 'without a secret' "$("$SOUK" key list --data "$data" --json | grep -c "$part")" 0
id=$("$SOUK" key list --data "$data" --json | tr '}' '\n' | grep '"name":"part"' | grep -o 'key_[0-9a-z]*' | head -n 1)
ok 'one is revoked' "$SOUK" key revoke "$id" --data "$data"
is 'and refused by the next request' "$(status_of /v1/price-lists -H "Authorization: Bearer $part")" 401
is 'there is none any more' "$("$SOUK" key revoke "$id" --data "$data" > /dev/null 2>&1; echo $?)" 1
is 'what is no id is refused' "$("$SOUK" key revoke part --data "$data" > /dev/null 2>&1; echo $?)" 1

has 'roles are listed' "$("$SOUK" role list --data "$data")" moderator
has 'a role is shown with what it may' "$("$SOUK" role show manager --data "$data" --json)" '"products:write"'
has 'the owner may what nobody else may' "$("$SOUK" role show owner --data "$data" --json)" '"shop:own"'
is 'not the administrator' "$("$SOUK" role show administrator --data "$data" --json | grep -c '"shop:own"')" 0
is 'no such role' "$("$SOUK" role show hero --data "$data" > /dev/null 2>&1; echo $?)" 1
souk_stop
tap_end
