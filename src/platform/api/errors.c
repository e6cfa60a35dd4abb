#include "platform/api/errors.h"

const Error error_malformed_json = {"malformed_json", 400, "The body is not valid JSON.", LOG_DEBUG,
                                    "The detail names the line and column where reading stopped."};
const Error error_malformed_form = {
    "malformed_form", 400, "The body is not a valid form.", LOG_DEBUG,
    "The detail says where reading stopped. Let a library write `multipart/form-data` (RFC 7578)."};
const Error error_invalid = {
    "invalid", 422, "The request has fields that are not acceptable.", LOG_DEBUG,
    "`errors` lists every violation with a JSON Pointer into the body, or the query parameter."};
const Error error_bad_cursor = {
    "bad_cursor", 400, "The cursor is not one of this list.", LOG_DEBUG,
    "Use `next_cursor` of the page before, unchanged, with the same filters and order."};
const Error error_unauthenticated = {"unauthenticated", 401, "This needs somebody who is known.",
                                     LOG_DEBUG,
                                     "Send `Authorization: Bearer …` with a key or an access token "
                                     "that is valid; `souk key add` makes "
                                     "a key. A browser that is logged in sends its cookie."};
const Error error_forbidden = {"forbidden", 403, "This is more than the sender may do.", LOG_INFO,
                               "The detail names the permission that is missing."};
const Error error_cross_site = {
    "cross_site", 403, "A page of another site may have sent this.", LOG_INFO,
    "Whoever is known by a browser's cookie sends `X-CSRF-Token` with whatever changes something; "
    "`GET /v1/sessions/current` tells it. Programs send `Authorization` instead."};
const Error error_not_found = {
    "not_found", 404, "There is nothing here.", LOG_DEBUG,
    "The path is wrong, or the object does not exist or is not visible to this caller."};
const Error error_method_not_allowed = {"method_not_allowed", 405,
                                        "This path does not take that method.", LOG_DEBUG,
                                        "The `Allow` header lists the methods that it takes."};
const Error error_version_changed = {
    "version_changed", 412, "The object has changed since you read it.", LOG_DEBUG,
    "Read it again, apply your change to what it is now, and send the new ETag in `If-Match`."};
const Error error_conflict = {"conflict", 409, "The change is at odds with what the shop has.",
                              LOG_DEBUG, "The detail names the rule of the data that was broken."};
const Error error_bad_idempotency_key = {
    "bad_idempotency_key", 400, "The Idempotency-Key is not acceptable.", LOG_DEBUG,
    "Send a fresh random value, such as a UUID, for each new operation."};
const Error error_idempotency_key_reused = {
    "idempotency_key_reused", 422, "The Idempotency-Key belongs to another request.", LOG_DEBUG,
    "A key repeats one request with the same body; take a new key for a new operation."};
const Error error_idempotency_key_missing = {
    "idempotency_key_missing", 400, "This needs an Idempotency-Key.", LOG_DEBUG,
    "Send a fresh random value, such as a UUID, in `Idempotency-Key`, and the same one when you "
    "repeat the request because its answer was lost."};
const Error error_in_flight = {
    "in_flight", 409, "The same is being done at this moment.", LOG_DEBUG,
    "Another request with the same `Idempotency-Key`, or about the same object, has not ended. "
    "`Retry-After` says how many seconds to wait before asking again, with the same key."};
const Error error_unsupported_media_type = {"unsupported_media_type", 415,
                                            "This path does not take that content type.", LOG_DEBUG,
                                            "Send `Content-Type: application/json` (PATCH: "
                                            "`application/merge-patch+json`), in UTF-8; where "
                                            "a path takes another one, the detail names it."};
const Error error_answer_too_large = {"answer_too_large", 422,
                                      "The answer would be larger than one answer may be.",
                                      LOG_INFO, "Ask for fewer objects at once with `limit`."};
const Error error_rate_limited = {
    "rate_limited", 429, "Too many requests; wait a moment.", LOG_DEBUG,
    "`Retry-After` says how many seconds to wait, `RateLimit-Policy` which limits there are and "
    "`RateLimit` what is left of each."};
const Error error_overloaded = {"overloaded", 503, "The shop is busy; try again in a moment.",
                                LOG_WARN,
                                "A queue is full. `Retry-After` says how many seconds to wait."};
const Error error_unavailable = {
    "unavailable", 503, "The database cannot be reached; try again in a moment.", LOG_ERROR,
    "A write whose answer was this may or may not have happened: read before you repeat it."};
const Error error_storage_full = {
    "storage_full", 503, "The shop's disk is full; nothing was changed.", LOG_ERROR,
    "Free space on the data folder's disk; writes work again by themselves."};
const Error error_read_only = {
    "read_only", 503, "The shop's storage does not take writes; nothing was changed.", LOG_ERROR,
    "Make the data folder (or the PostgreSQL server) writable; writes work again by themselves."};
const Error error_timeout = {
    "timeout", 503, "The answer took too long; nothing was changed.", LOG_WARN,
    "Try again; when it happens often, look at `souk_db_*` and the slow-statement log."};
const Error error_internal = {"internal", 500, "Something is wrong on our side.", LOG_ERROR,
                              "The log has the particulars under the request id."};

const Error *const api_errors[] = {
    &error_malformed_json,
    &error_malformed_form,
    &error_invalid,
    &error_bad_cursor,
    &error_unauthenticated,
    &error_forbidden,
    &error_cross_site,
    &error_not_found,
    &error_method_not_allowed,
    &error_version_changed,
    &error_conflict,
    &error_bad_idempotency_key,
    &error_idempotency_key_reused,
    &error_idempotency_key_missing,
    &error_in_flight,
    &error_unsupported_media_type,
    &error_answer_too_large,
    &error_rate_limited,
    &error_overloaded,
    &error_unavailable,
    &error_storage_full,
    &error_read_only,
    &error_timeout,
    &error_internal,
};
const size_t api_error_count = sizeof api_errors / sizeof *api_errors;
