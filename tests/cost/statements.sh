#!/usr/bin/env bash
# How many SQL statements each endpoint takes, pinned. See statements.mjs.
set -euo pipefail
exec node "$(dirname "$0")/statements.mjs"
