#!/usr/bin/env bash
# Carts that are bought by Stripe: what it has charged and what was ordered are the same, however webhooks and buyers race, and whenever Souk is killed. See
# steps.mjs.
set -euo pipefail
exec node "$(dirname "$0")/steps.mjs"
