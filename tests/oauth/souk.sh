#!/usr/bin/env bash
# Souk as clients of OAuth 2 and OpenID Connect see it: the checks that witness.sh proves, and more. See souk.mjs.
set -euo pipefail
exec node "$(dirname "$0")/souk.mjs"
