/* What can grow with what a merchant writes or a shopper asks, and how far. One place, each with
 * its reason. */
#ifndef PLATFORM_COLUMNS_LIMITS_H
#define PLATFORM_COLUMNS_LIMITS_H

enum {
    /* Terms of one object in one column: a shop system of the neighbourhood allows 250 tags. Keeps
     * the inner offsets of a segment within 16 bits (64 slots times this). */
    COLUMNS_TERMS_MAX = 500,

    /* Terms, numbers and texts of one object in all columns: bounds the time of one put, which
     * readers wait for, to some tens of microseconds. */
    COLUMNS_VALUES_MAX = 2000,

    /* Bytes of a column's name and of a term: an attribute's name or value as people type it; what is
     * longer is no facet. */
    COLUMNS_NAME_MAX = 255,

    /* Bytes of a text that decide about its place in an order; objects that agree in all of them stand
     * as if the texts were equal. */
    COLUMNS_TEXT_MAX = 255,

    /* Columns of one kind: attributes are named by merchants, and importers invent names. At four
     * columns for each product type, a thousand types. */
    COLUMNS_COLUMNS_MAX = 4096,

    /* Objects of one page; the API gives 100. */
    COLUMNS_PAGE_MAX = 1000,

    /* Facets of one answer: "attribute:*" may match thousands of columns, and a page that shows more
     * than a hundred facets helps nobody. */
    COLUMNS_FACETS_MAX = 100,

    /* Terms listed of one facet, and buckets of one number column: what a page can show. */
    COLUMNS_FACET_TERMS_MAX = 1000,
    COLUMNS_BUCKETS_MAX = 64,

    /* Orders that are kept, at 4 to 8 bytes for each object: more than a shop has sort choices, channels
     * and currencies that are looked at every day. */
    COLUMNS_ORDERS_MAX = 32,

    /* Memory for the indexes of terms that filters have named: at a million objects 250 terms of the
     * frequent kind. */
    COLUMNS_INDEX_BYTES_MAX = 32 << 20,
};

#endif
