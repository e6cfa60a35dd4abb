/* The refusals of the framework itself. Modules have their own rows beside their rules, and what is
 * no HTTP is refused below (platform/http/fault.h). */
#ifndef PLATFORM_API_ERRORS_H
#define PLATFORM_API_ERRORS_H

#include "base/error.h"

#include <stddef.h>

extern const Error error_malformed_json, error_malformed_form, error_invalid, error_bad_cursor,
    error_unauthenticated, error_forbidden, error_cross_site, error_not_found,
    error_method_not_allowed, error_version_changed, error_conflict, error_bad_idempotency_key,
    error_idempotency_key_reused, error_idempotency_key_missing, error_in_flight,
    error_unsupported_media_type, error_answer_too_large, error_rate_limited, error_overloaded,
    error_unavailable, error_storage_full, error_read_only, error_timeout, error_internal;

extern const Error *const api_errors[];
extern const size_t api_error_count;

#endif
