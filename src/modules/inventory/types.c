#include "modules/inventory/inventory.h"

const EnumNames availability_names = ENUM_NAMES("out", "low", "in");

const Type location_type =
    TYPE(Location, "A place that holds stock.",
         FIELD(Location, id, "Identifier.", .prefix = "loc", .read_only = true),
         FIELD(Location, name, "\"Warehouse Nord\", unique in the shop.", .required = true,
               .min = 1, .max = 100));

const Type stock_level_type =
    TYPE(StockLevel, "How many of a variant lie at a location.",
         FIELD(StockLevel, variant, "Which variant.", .prefix = "var", .read_only = true),
         FIELD(StockLevel, location, "Where.", .prefix = "loc", .read_only = true),
         FIELD(StockLevel, on_hand, "As counted.", .required = true, .min = 0, .max = STOCK_MAX),
         FIELD(StockLevel, reserved, "Promised to carts and orders.", .read_only = true),
         FIELD(StockLevel, updated_at, "When it last changed.", .read_only = true));
