#include "platform/api/refusals.h"

#include "platform/api/errors.h"
#include "platform/api/throttle.h"
#include "platform/http/fault.h"

#include <assert.h>

/* Behind those of the same status, so that the order of adding is kept among them. */
static void add(Refusals *all, const Error *error)
{
    size_t at = all->n;
    for (size_t i = 0; i < all->n; i++) {
        if (all->items[i] == error) return;
        if (all->items[i]->status > error->status && at == all->n) at = i;
    }
    assert(all->n < REFUSALS_MAX);
    memmove(&all->items[at + 1], &all->items[at], (all->n - at) * sizeof(const Error *));
    all->items[at] = error;
    all->n++;
}

static void add_of_input(Refusals *all, const Route *route)
{
    if (!route->lenient || route->query || route->body) add(all, &error_invalid);
    if (route->list) add(all, &error_answer_too_large);
    if (strchr(route->path, '{')) add(all, &error_not_found);
    if (route->tx == TX_WRITE) add(all, &error_version_changed);
    add(all, &http_faults[HTTP_LARGE_BODY]);
    if (!route->body && !route->takes) return;
    if (route->body) add(all, route->takes ? &error_malformed_form : &error_malformed_json);
    add(all, &error_unsupported_media_type);
}

static void add_of_caller(Refusals *all, const Route *route)
{
    bool open = route_is_public(route);
    if (route->own_credentials) return; /* the handler knows who asks, and refuses him */
    if (!open || route->tx != TX_NONE) add(all, &error_unauthenticated);
    if (!open) add(all, route->owner ? &error_not_found : &error_forbidden);
    if (route->method != METHOD_GET && route->tx != TX_NONE) add(all, &error_cross_site);
}

static void add_of_database(Refusals *all, const Route *route)
{
    bool writes = route->tx == TX_WRITE;
    if (route->tx == TX_NONE && route_is_public(route) && route->lane == ROUTE_LANE_BY_TX) return;
    add(all, &error_overloaded);
    if (route->tx == TX_NONE && route_is_public(route)) return;
    add(all, &error_unavailable);
    add(all, &error_timeout);
    if (!writes) return;
    add(all, &error_conflict);
    add(all, &error_storage_full);
    add(all, &error_read_only);
    if (route->method != METHOD_POST || route->secret) return;
    add(all, &error_bad_idempotency_key);
    add(all, &error_idempotency_key_reused);
    add(all, &error_in_flight);
    if (route->key_required) add(all, &error_idempotency_key_missing);
}

Refusals refusals_of(const Route *route)
{
    Refusals all = {.n = 0};
    add_of_input(&all, route);
    add_of_caller(&all, route);
    if (route_limit(route)) add(&all, &error_rate_limited);
    for (const Error *const *error = route->errors; error && *error; error++) add(&all, *error);
    add_of_database(&all, route);
    return all;
}

Refusals refusals_of_all(void)
{
    Refusals all = {.n = 0};
    for (size_t i = 0; i < HTTP_FAULT_COUNT; i++)
        if (http_faults[i].code && i != HTTP_LARGE_BODY) add(&all, &http_faults[i]);
    add(&all, &error_internal);
    return all;
}
