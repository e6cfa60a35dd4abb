#!/usr/bin/env bash
# Several writers of one thing at the same time. See race.mjs.
set -euo pipefail
exec node "$(dirname "$0")/race.mjs"
