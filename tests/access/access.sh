#!/usr/bin/env bash
# Who gets through which route: every row of `souk routes` is tried. See access.mjs.
set -euo pipefail
exec node "$(dirname "$0")/access.mjs"
