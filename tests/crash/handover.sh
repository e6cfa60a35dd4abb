#!/usr/bin/env bash
# SIGUSR2 under load: no connection is lost while one process takes over from another. See handover.mjs.
set -euo pipefail
exec node "$(dirname "$0")/handover.mjs"
