#!/usr/bin/env bash
# People buy while the shop is killed again and again: SOUK_TEST_SOAK_KILLS times, 4 by default. `make crash` kills 100 times.
exec node tests/crash/soak.mjs
