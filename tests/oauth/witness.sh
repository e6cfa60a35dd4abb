#!/usr/bin/env bash
# The checks of OAuth 2 and OpenID Connect against a server that is not ours, which proves the checks. See witness.mjs.
# databases: none
set -euo pipefail
exec node "$(dirname "$0")/witness.mjs"
