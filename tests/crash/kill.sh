#!/usr/bin/env bash
# What was acknowledged is there after kill -9: 64 writers, on each database. See kill.mjs.
set -euo pipefail
exec node "$(dirname "$0")/kill.mjs"
