#ifndef MODULES_CUSTOMERS_TYPES_H
#define MODULES_CUSTOMERS_TYPES_H

#include "modules/customers/customers.h"

enum {
    ADDRESSES_MAX = 50,     /* of one customer: all are listed at once */
    GROUPS_MAX = 200,       /* of a shop: the same */
    CUSTOMER_TAGS_MAX = 50, /* of one customer */
    TAG_MAX = 64,
    GROUP_NAME_MAX = 100,
    CUSTOMER_NOTE_MAX = 5000,
};

typedef struct CustomerGroup {
    Present present;
    Id id;
    Str name, description;
    Time created_at, updated_at;
} CustomerGroup;

typedef struct CustomerGroupList {
    CustomerGroup *items;
    size_t n;
} CustomerGroupList;

/* What staff see of a customer, besides his account. */
typedef struct Customer {
    Present present;
    Id id; /* the user */
    Str email, name;
    IdList groups;
    StrList tags;
} Customer;

typedef struct CustomerNote {
    Id id;
    Str text, author;
    Time at;
} CustomerNote;

typedef struct CustomerQuery {
    Present present;
    Id group;
    Str tag;
    int64_t limit;
    Str cursor;
} CustomerQuery;

typedef struct CustomerPageQuery {
    int64_t limit;
    Str cursor;
} CustomerPageQuery;

typedef struct CustomerCursor {
    Id id;
} CustomerCursor;

/* ---- Rows ------------------------------------------------------------------------------------ */

typedef struct CustomerAddressRow {
    Id id, user_id;
    Address address;
    bool default_shipping, default_billing;
    Time created_at, updated_at;
} CustomerAddressRow;

typedef struct CustomerNoteRow {
    Id id, user_id;
    Str author, text;
} CustomerNoteRow;

typedef struct CustomerTagRow {
    Str tag;
    Id user_id;
} CustomerTagRow;

typedef struct CustomerMemberRow {
    Id group_id, user_id;
} CustomerMemberRow;

extern const Type customer_address_type, customer_group_type, customer_type, customer_note_type,
    customer_query_type, customer_page_query_type, customer_cursor_type, customer_address_row_type,
    customer_note_row_type, customer_tag_row_type, customer_member_row_type;

#endif
