#!/usr/bin/env bash
# What users are told when the database is in trouble, and that it heals by itself. See trouble.mjs.
set -euo pipefail
exec node "$(dirname "$0")/trouble.mjs"
