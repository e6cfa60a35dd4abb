#!/usr/bin/env bash
# Checkouts: many at once, and with a server that dies. See checkout.mjs.
set -euo pipefail
exec node "$(dirname "$0")/checkout.mjs"
