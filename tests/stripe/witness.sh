#!/usr/bin/env bash
# Stripe's own client against the stub that Souk is tried on: it proves the stub. See witness.mjs.
# databases: none
set -euo pipefail
exec node "$(dirname "$0")/witness.mjs"
