/* The columns of Shopify's product CSV, of both generations: one table of names, read by import and
 * export. */
#ifndef MODULES_CATALOG_TRANSFER_COLUMNS_H
#define MODULES_CATALOG_TRANSFER_COLUMNS_H

#include "base/money.h"
#include "meta/csv.h"

/* What a column says, in the order in which the new generation has them. */
typedef enum ColumnKind {
    COLUMN_TITLE,
    COLUMN_HANDLE,
    COLUMN_DESCRIPTION,
    COLUMN_VENDOR,
    COLUMN_CATEGORY,
    COLUMN_TYPE,
    COLUMN_TAGS,
    COLUMN_PUBLISHED,
    COLUMN_STATUS,
    COLUMN_SKU,
    COLUMN_BARCODE,
    COLUMN_OPTION1_NAME,
    COLUMN_OPTION1_VALUE,
    COLUMN_OPTION2_NAME,
    COLUMN_OPTION2_VALUE,
    COLUMN_OPTION3_NAME,
    COLUMN_OPTION3_VALUE,
    COLUMN_PRICE,
    COLUMN_COMPARE_AT,
    COLUMN_COST,
    COLUMN_TAX_CODE,
    COLUMN_QUANTITY,
    COLUMN_WEIGHT,
    COLUMN_IMAGE,
    COLUMN_IMAGE_POSITION,
    COLUMN_IMAGE_ALT,
    COLUMN_SEO_TITLE,
    COLUMN_SEO_DESCRIPTION,
    COLUMN_FIXED, /* so many have one name in each generation */

    COLUMN_ATTRIBUTE = COLUMN_FIXED, /* a metafield: "Fabric (product.metafields.custom.fabric)" */
    COLUMN_MARKET_PRICE,             /* "Price / International" */
    COLUMN_MARKET_COMPARE_AT,
    COLUMN_OTHER, /* what Souk does not keep */
} ColumnKind;

typedef enum Generation { GENERATION_NEW, GENERATION_OLD } Generation;

/* The names of a fixed column. */
Str column_name(ColumnKind kind, Generation generation);

/* A market's prices: the columns of one currency. */
typedef struct Market {
    Str name;
    Currency currency;
    size_t price, compare_at; /* columns; NO_COLUMN: there is none */
} Market;

typedef struct AttributeColumn {
    Str name; /* of the attribute */
    size_t column;
} AttributeColumn;

#define NO_COLUMN SIZE_MAX

/* What the header of a file says. */
typedef struct Columns {
    Arena *arena;
    Str *names; /* as they stand in the header */
    size_t n;
    size_t fixed[COLUMN_FIXED]; /* columns; NO_COLUMN: there is none */
    Market *markets; /* the first one is the shop's own prices, which the columns Price have */
    size_t market_count;
    AttributeColumn *attributes;
    size_t attribute_count;
    bool *other; /* by column: it is not kept */
    bool *used;  /* of such a column: a cell that is not blank was met */
} Columns;

/* In which currency the prices of a market are: "International" = USD. */
typedef struct MarketCurrency {
    Str market;
    Currency currency;
} MarketCurrency;

typedef struct MarketCurrencies {
    MarketCurrency *items;
    size_t n;
} MarketCurrencies;

/* Reads a header. A market whose name is a currency code needs no row in `markets`; one that is
 * neither is not kept. False, with a sentence in *problem, when the file is none of products. */
bool columns_read(Arena *arena, const CsvRecord *header, Currency currency,
                  const MarketCurrencies *markets, Columns *out, Str *problem);

/* A cell, without the guard against formulas; its p is NULL when there is no such column. */
Str cell_of(const Columns *columns, const CsvRecord *record, ColumnKind kind);

/* Is there such a column? */
static inline bool has_column(const Columns *columns, ColumnKind kind)
{
    return columns->fixed[kind] != NO_COLUMN;
}

/* The header's name of a column: what a message says. */
Str column_shown(const Columns *columns, ColumnKind kind);

/* The names of an attribute's column and of a market's, as exports write them. In `arena`. */
Str attribute_column_name(Arena *arena, Str attribute);
Str market_column_name(Arena *arena, Str market, ColumnKind kind, Generation generation);

#endif
