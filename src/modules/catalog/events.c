#include "modules/catalog/events.h"

static const Type product_event_type =
    TYPE(ProductEvent, "A product, of which something is told.",
         FIELD(ProductEvent, product, "Which one.", .prefix = "prod"));

const Event product_created = {"product.created", "A product was made.", &product_event_type};
const Event product_updated = {
    "product.updated", "Staff or an import have changed a product, its variants, prices or texts.",
    &product_event_type};
const Event product_deleted = {"product.deleted", "A product was deleted.", &product_event_type};
