/* The addresses of the shop window. */
#include "modules/storefront/frame.h"
#include "modules/storefront/pictures.h"
#include "modules/storefront/product.h"
#include "modules/storefront/storefront.h"
#include "modules/storefront/window.h"

#include "platform/api/errors.h"

HANDLER_PLAIN(show_window)
HANDLER_PLAIN(show_product_page)
HANDLER_PLAIN(show_stylesheet)
HANDLER_PLAIN(show_picture)

static const Error *const window_errors[] = {&error_bad_cursor, &error_not_loaded, NULL};

static const Route routes[] = {
    ROUTE(GET, "/", show_window, "The shop window: search, filters and a page of products.",
          .detail = "Takes the filters of `GET /v1/products`; answers HTML.", .tx = TX_READ,
          .query = &product_query_type, .lenient = true, .content_type = "text/html",
          .errors = window_errors, .cached = true),
    ROUTE(GET, "/products/{handle}", show_product_page, "The page of a product.", .tx = TX_READ,
          .status_failing = 404, .lenient = true, .content_type = "text/html", .cached = true),
    ROUTE(GET, "/assets/shop.css", show_stylesheet, "The stylesheet of the shop window.",
          .tx = TX_NONE, .lenient = true, .content_type = "text/css"),
    ROUTE(GET, "/pictures/{scheme}/{name}", show_picture,
          "A drawing of a made-up product, in one of six colour schemes.", .tx = TX_NONE,
          .lenient = true, .content_type = "image/svg+xml"),
};

const Module storefront_module = {
    .name = "storefront",
    .doc = "Pages for people: the shop window.",
    MODULE_ROWS(routes, route),
    .start = page_start,
};
