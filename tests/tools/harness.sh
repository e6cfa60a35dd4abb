#!/usr/bin/env bash
# databases: none
# Tests of the test harness: a comparison that finds nothing would pass everything.
exec node tests/tools/harness.mjs
