/* Types that only pricing itself uses. */
#ifndef MODULES_PRICING_TYPES_H
#define MODULES_PRICING_TYPES_H

#include "modules/pricing/pricing.h"

enum {
    PRICE_LISTS_MAX = 1000, /* all are one answer; a few more, when several are made at once */
    PRICE_LIST_NAME_MAX = 100,
    PRICE_LIST_NOTE_MAX = 1000,
};

typedef struct PriceList {
    Present present;
    Id id;
    Str handle;
    Str name;
    Str note;
    int64_t version;
    Time created_at, updated_at;
} PriceList;

typedef struct PriceListList {
    PriceList *items;
    size_t n;
} PriceListList;

extern const Type price_list_type;

#endif
