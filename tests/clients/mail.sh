#!/usr/bin/env bash
# Mail as a real mail server takes it (npm smtp-server) and a real reader reads it (npm mailparser). See mail.mjs.
set -euo pipefail
exec node "$(dirname "$0")/mail.mjs"
