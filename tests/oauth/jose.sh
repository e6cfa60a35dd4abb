#!/usr/bin/env bash
# Tokens and keys of ours for npm jose, and its for ours. See jose.mjs.
# databases: none
set -euo pipefail
exec node "$(dirname "$0")/jose.mjs"
