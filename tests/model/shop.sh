#!/usr/bin/env bash
# Random operations against a model of a shop, on both databases.
exec node tests/model/shop.mjs
