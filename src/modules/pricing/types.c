#include "modules/pricing/types.h"

#include "meta/slug.h"

const Type price_list_type = TYPE_WITH_ABSENCE(
    PriceList, "A set of prices for some of the customers, beside the prices for everybody.",
    FIELD(PriceList, id, "Identifier.", .prefix = "plist", .read_only = true),
    FIELD(PriceList, handle,
          "Its name in imports and exports, unique among price lists; made from the name if left "
          "out.",
          .format = FORMAT_SLUG, .min = 1, .max = SLUG_MAX),
    FIELD(PriceList, name, "\"Trade\", unique among price lists.", .required = true, .min = 1,
          .max = PRICE_LIST_NAME_MAX),
    FIELD(PriceList, note, "For whom it is, for staff.", .max = PRICE_LIST_NOTE_MAX, .initial = ""),
    FIELD(PriceList, version, "Counts its changes.", .read_only = true),
    FIELD(PriceList, created_at, "When it was made.", .read_only = true),
    FIELD(PriceList, updated_at, "When it last changed.", .read_only = true));
