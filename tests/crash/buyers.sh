#!/usr/bin/env bash
# Many buyers of few things. See buyers.mjs.
set -euo pipefail
exec node "$(dirname "$0")/buyers.mjs"
