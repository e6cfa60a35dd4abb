/* What machines read of a product's page. */
#ifndef MODULES_STOREFRONT_PRODUCT_DATA_H
#define MODULES_STOREFRONT_PRODUCT_DATA_H

#include "modules/storefront/frame.h"

PageHead product_head(Arena *arena, const Product *product);

/* A schema.org Product as JSON-LD. A script of that type is data: browsers do not run it, so the
 * policy of the pages has nothing to allow. */
void put_product_data(Page *page, const Product *product, const PageHead *head);

#endif
