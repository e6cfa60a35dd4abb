#include "modules/catalog/price_trail.h"

#include "modules/catalog/rules.h"

const AuditAction prices_changed = {"product.prices_changed",
                                    "Prices of a product's variants were changed."};

typedef struct VariantPrices {
    Id variant;
    Str sku;
    Prices prices;
} VariantPrices;

typedef struct ProductPrices {
    struct {
        VariantPrices *items;
        size_t n;
    } variants;
} ProductPrices;

static const Type variant_prices_type =
    TYPE(VariantPrices, "What a variant costs.",
         FIELD(VariantPrices, variant, "The variant.", .prefix = "var"),
         FIELD(VariantPrices, sku, "Its stock keeping unit."),
         LIST(VariantPrices, prices, "All its prices.", price_type));

static const Type product_prices_type =
    TYPE(ProductPrices, "What a product's variants cost.",
         LIST(ProductPrices, variants, "Those whose prices differ.", variant_prices_type));

static void add(ProductPrices *list, const Variant *variant)
{
    list->variants.items[list->variants.n++] =
        (VariantPrices){variant->id, variant->sku, variant->prices};
}

void tell_prices(Ctx *cx, const Product *before, const Product *product,
                 bool (*same_prices)(Arena *arena, const Variant *a, const Variant *b))
{
    size_t most = product->variants.n;
    ProductPrices was = {{NEW_N(cx->arena, VariantPrices, most), 0}},
                  is = {{NEW_N(cx->arena, VariantPrices, most), 0}};
    for (size_t i = 0; i < most; i++) {
        const Variant *variant = &product->variants.items[i];
        const Variant *old = product_variant(before, variant->id);
        if (!old || same_prices(cx->arena, old, variant)) continue;
        add(&was, old);
        add(&is, variant);
    }
    if (was.variants.n)
        audit(cx, &prices_changed, "prod", product->id, &product_prices_type, &was, &is);
}
