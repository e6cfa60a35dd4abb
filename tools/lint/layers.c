/* Who may include whom: base < meta < platform < modules < app, and a module only its own files and
 * the public headers of the modules that it is allowed to know. Also what a header's guard must be
 * called. */
#include "lint.h"

#include <ctype.h>
#include <stdio.h>
#include <unistd.h>

static const char *const layers[] = {"base", "meta", "platform", "modules", "app"};

enum { MODULES = 3, LAYERS = sizeof layers / sizeof layers[0] };

/* Modules meet through events. Where one must ask another, the row says so, and why. */
static const struct {
    const char *module, *knows, *why;
} acquaintances[] = {
    {"catalog", "pricing", "a price is on a price list"},
    {"catalog", "inventory", "a product shows what is in stock"},
    {"catalog", "categories", "a product stands in categories"},
    {"catalog", "collections", "a product is in collections, whose rules look at it"},
    {"browse", "catalog", "a list shows products"},
    {"browse", "categories", "a product is found in all categories above it"},
    {"browse", "collections", "a list may be a collection"},
    {"storefront", "browse", "the shop window is a list"},
    {"storefront", "catalog", "and shows products"},
    {"storefront", "categories", "its navigation is the tree"},
    {"catalog", "media", "a product shows pictures, which stay as long as it does"},
    {"catalog", "display", "a product has a page of its own"},
    {"categories", "display", "a category has a page of its own"},
    {"accounts", "forms", "its pages have the frame of all pages with a form"},
    {"accounts", "auth", "who logs in gets a session, and what he may do is asked there"},
    {"oauth", "auth", "tokens and sessions are auth's"},
    {"oauth", "forms", "its pages have the frame of all pages with a form"},
    {"oauth", "accounts", "a user proves who he is there"},
    {"credit", "ledger", "credit is an account of the book"},
    {"credit", "accounts", "and belongs to a user"},
    {"payments", "accounts", "saved methods are a user's, and go with him"},
    {"customers", "accounts", "a customer is a user"},
    {"customers", "display", "and has addresses"},
    {"orders", "display", "an order has addresses and totals"},
    {"orders", "inventory", "its stock is promised, sent, and comes back"},
    {"orders", "ledger", "its money is in the book"},
    {"orders", "accounts", "it may be a user's"},
    {"orders", "payments", "it is paid, and money goes back"},
    {"cart", "catalog", "a cart holds variants, at what the catalogue offers"},
    {"cart", "display", "and comes to a sum"},
    {"cart", "inventory", "what is promised to a cart is given back with it"},
    {"cart", "accounts", "a cart belongs to a user, and goes with him"},
    {"checkout", "cart", "a cart is bought"},
    {"checkout", "orders", "it becomes an order"},
    {"checkout", "payments", "which is paid"},
    {"checkout", "inventory", "its goods are promised"},
    {"checkout", "display", "it goes to an address, and comes to a sum"},
    {"checkout", "accounts", "what a user has said is forgotten with him"},
    {"collections", "display", "a collection has a page of its own"},
};

/* The layer that a path like "platform/db/db.h" belongs to; -1 when to none. */
static int layer_of(Str path)
{
    Str folder, rest;
    str_cut(path, '/', &folder, &rest);
    for (int i = 0; i < LAYERS; i++)
        if (str_eq(folder, str_from(layers[i]))) return i;
    return -1;
}

/* "modules/cart/store.c": "cart". */
static Str module_of(Str path)
{
    Str layer, module, rest;
    str_cut(path, '/', &layer, &rest);
    str_cut(rest, '/', &module, &rest);
    return module;
}

static bool module_may_include(Lint *lint, Str from, Str included)
{
    Str to = module_of(included);
    if (str_eq(from, to)) return true;
    if (!str_eq(included, str_format(lint->arena, "modules/%.*s/%.*s.h", STR_ARG(to), STR_ARG(to))))
        return false;
    for (size_t i = 0; i < sizeof acquaintances / sizeof acquaintances[0]; i++)
        if (str_eq(from, str_from(acquaintances[i].module)) &&
            str_eq(to, str_from(acquaintances[i].knows)))
            return true;
    return false;
}

static bool app_may_include(Lint *lint, Str included)
{
    Str module = module_of(included);
    return str_eq(included,
                  str_format(lint->arena, "modules/%.*s/%.*s.h", STR_ARG(module), STR_ARG(module)));
}

static void check_include(Lint *lint, const Source *source, int line, Str included)
{
    Str self = str_slice(str_from(source->path), strlen("src/"), strlen(source->path));
    int from = layer_of(self), to = layer_of(included);
    if (to < 0) {
        lint_error(lint, source, line, "include \"%.*s\" by its path from src/", STR_ARG(included));
        return;
    }
    if (access(str_z(lint->arena,
                     str_format(lint->arena, "%s/src/%.*s", lint->root, STR_ARG(included))),
               R_OK) != 0)
        lint_error(lint, source, line, "there is no src/%.*s", STR_ARG(included));
    if (from < 0) return; /* src/main.c stands above all layers */
    if (to > from)
        lint_error(lint, source, line, "%s must not know %s: \"%.*s\"", layers[from], layers[to],
                   STR_ARG(included));
    else if (to == MODULES && from == MODULES &&
             !module_may_include(lint, module_of(self), included))
        lint_error(lint, source, line,
                   "module %.*s must not know \"%.*s\" (the table in tools/lint/layers.c)",
                   STR_ARG(module_of(self)), STR_ARG(included));
    else if (to == MODULES && from > MODULES && !app_may_include(lint, included))
        lint_error(lint, source, line, "\"%.*s\" is the module's own; include its public header",
                   STR_ARG(included));
}

/* "src/platform/db/db.h" -> PLATFORM_DB_DB_H or, since a folder and its header may share a name,
 * PLATFORM_DB_H. */
static bool guard_fits(Lint *lint, const char *path, Str guard)
{
    char *full = str_z(lint->arena, str_from(strncmp(path, "src/", 4) == 0 ? path + 4 : path));
    for (char *c = full; *c; c++)
        *c = isalnum((unsigned char)*c) ? (char)toupper((unsigned char)*c) : '_';
    if (str_eq(guard, str_from(full))) return true;
    char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : full;
    size_t cut = strlen(name) + 1; /* "_DB_H" */
    size_t head = strlen(full) - cut;
    Str folders = {full, head}, last = {full + head, cut - 2};
    return str_ends(folders, last) &&
           str_eq(guard, str_format(lint->arena, "%.*s_H", STR_ARG(folders)));
}

static void check_guard(Lint *lint, const Source *source)
{
    Str rest = source->code, line, word = S("#ifndef ");
    for (int number = 1; source_next_line(&rest, &line); number++) {
        line = str_trim(line);
        if (line.n == 0) continue;
        if (!str_starts(line, word))
            lint_error(lint, source, number, "a header begins with its guard");
        else if (!guard_fits(lint, source->path, str_slice(line, word.n, line.n)))
            lint_error(lint, source, number, "the guard %.*s does not follow the path",
                       STR_ARG(str_slice(line, word.n, line.n)));
        return;
    }
}

void check_includes(Lint *lint, const Source *source)
{
    if (str_ends(str_from(source->path), S(".h"))) check_guard(lint, source);
    if (!path_is_in(source->path, "src/")) return;
    Str rest = source->text, line, name, after;
    for (int number = 1; source_next_line(&rest, &line); number++) {
        if (!str_starts(line, S("#include \""))) continue;
        str_cut(str_slice(line, strlen("#include \""), line.n), '"', &name, &after);
        check_include(lint, source, number, name);
    }
}
