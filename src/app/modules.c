#include "app/modules.h"

#include "app/app.h"
#include "app/documents.h"
#include "app/pages.h"
#include "app/system.h"
#include "modules/accounts/accounts.h"
#include "modules/audit/audit.h"
#include "modules/auth/auth.h"
#include "modules/browse/browse.h"
#include "modules/cart/cart.h"
#include "modules/catalog/catalog.h"
#include "modules/categories/categories.h"
#include "modules/checkout/checkout.h"
#include "modules/collections/collections.h"
#include "modules/credit/credit.h"
#include "modules/customers/customers.h"
#include "modules/inventory/inventory.h"
#include "modules/ledger/ledger.h"
#include "modules/media/media.h"
#include "modules/oauth/oauth.h"
#include "modules/orders/orders.h"
#include "modules/payments/payments.h"
#include "modules/pricing/pricing.h"
#include "modules/storefront/storefront.h"
#include "platform/api/batch.h"
#include "platform/api/errors.h"
#include "platform/api/openapi.h"
#include "platform/audit/audit.h"
#include "platform/changes.h"
#include "platform/check/check.h"
#include "platform/http/fault.h"
#include "platform/jobs/jobs.h"
#include "platform/mail/mail.h"
#include "platform/outbox/outbox.h"
#include "platform/saga/saga.h"
#include "platform/search/search.h"
#include "platform/vault/bind.h"

/* In the order of their migrations: a module's tables may refer to those of modules before it. */
/* clang-format off */
const Module *const app_modules[] = {
    &system_module,
    &documents_module,
    &changes_module,
    &vault_module,
    &audit_trail_module,
    &check_module,
    &jobs_module,
    &sagas_module,
    &mail_module,
    &outbox_module,
    &batch_module,
    &search_module,
    &auth_module,
    &keys_module,
    &audit_module,
    &grants_module,
    &sessions_module,
    &accounts_module,
    &users_module,
    &account_pages_module,
    &oauth_module,
    &oauth_pages_module,
    &oauth_logout_module,
    &oauth_identity_module,
    &oauth_clients_module,
    &ledger_module,
    &credit_module,
    &payments_module,
    &payment_actions_module,
    &payment_methods_module,
    &payment_refunds_module,
    &payment_trials_module,
    &payment_webhooks_module,
    &inventory_module,
    &stock_holds_module,
    &stock_transfers_module,
    &media_module,
    &categories_module,
    &collections_module,
    &pricing_module,
    &catalog_module,
    &product_types_module,
    &transfer_module,
    &cart_module,
    &lists_module,
    &browse_module,
    &storefront_module,
    &orders_module,
    &order_changes_module,
    &customers_module,
    &customer_staff_module,
    &checkout_module,
};
/* clang-format on */
const size_t app_module_count = ROWS(app_modules);

void app_modules_start(const ModuleWorld *world)
{
    for (size_t i = 0; i < app_module_count; i++)
        if (app_modules[i]->start) app_modules[i]->start(world);
}

void app_modules_stop(void)
{
    for (size_t i = app_module_count; i-- > 0;)
        if (app_modules[i]->stop) app_modules[i]->stop();
}

const Migration *app_migrations(Arena *arena, size_t *count)
{
    size_t total = 0, at = 0;
    for (size_t i = 0; i < app_module_count; i++) total += app_modules[i]->migration_count;
    Migration *all = NEW_N(arena, Migration, total);
    for (size_t i = 0; i < app_module_count; i++) {
        const Module *module = app_modules[i];
        for (size_t k = 0; k < module->migration_count; k++) all[at++] = module->migrations[k];
    }
    *count = total;
    return all;
}

static void add_errors(ErrorList *list, const Error *const *errors, size_t count)
{
    for (size_t i = 0; i < count; i++) list->items[list->n++] = errors[i];
}

ErrorList app_errors(Arena *arena)
{
    size_t most = HTTP_FAULT_COUNT + api_error_count;
    for (size_t i = 0; i < app_module_count; i++) most += app_modules[i]->error_count;
    ErrorList list = {NEW_N(arena, const Error *, most), 0};
    for (size_t i = 0; i < HTTP_FAULT_COUNT; i++)
        if (http_faults[i].code) list.items[list.n++] = &http_faults[i];
    add_errors(&list, api_errors, api_error_count);
    for (size_t i = 0; i < app_module_count; i++)
        add_errors(&list, app_modules[i]->errors, app_modules[i]->error_count);
    return list;
}

extern const char golden_examples[];
extern const size_t golden_examples_size;

void app_write_openapi(Buf *out)
{
    static const OpenapiLogin login = {OAUTH_TOKEN_PATH, OAUTH_DOCS_CLIENT};
    OpenapiText text = {.version = S(SOUK_VERSION),
                        .introduction = guide_text(S("api-conventions")),
                        .examples = {golden_examples, golden_examples_size},
                        .login = &login};
    openapi_write(out, app_modules, app_module_count, &text);
}
