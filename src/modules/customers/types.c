#include "modules/customers/types.h"

#include "platform/api/limits.h"

const Type customer_address_type = TYPE_WITH_ABSENCE(
    CustomerAddress, "An address that a customer has written down once.",
    FIELD(CustomerAddress, id, "Identifier.", .prefix = "addr", .read_only = true),
    OBJECT(CustomerAddress, address, "The address.", address_type, .required = true,
           .personal = true),
    FIELD(CustomerAddress, default_shipping,
          "Things are sent here when nobody says otherwise: one of all. The first one is.",
          .initial = "false"),
    FIELD(CustomerAddress, default_billing,
          "Bills go here when nobody says otherwise: one of all. The first one is.",
          .initial = "false"),
    FIELD(CustomerAddress, created_at, "When it was written down.", .read_only = true),
    FIELD(CustomerAddress, updated_at, "When it last changed.", .read_only = true));

const Type customer_group_type =
    TYPE_WITH_ABSENCE(CustomerGroup, "A group of customers: wholesale, staff, friends.",
                      FIELD(CustomerGroup, id, "Identifier.", .prefix = "cgrp", .read_only = true),
                      FIELD(CustomerGroup, name, "Unique in the shop.", .required = true, .min = 1,
                            .max = GROUP_NAME_MAX),
                      FIELD(CustomerGroup, description, "For staff.", .max = 500, .initial = ""),
                      FIELD(CustomerGroup, created_at, "When it was made.", .read_only = true),
                      FIELD(CustomerGroup, updated_at, "When it last changed.", .read_only = true));

const Type customer_type = TYPE_WITH_ABSENCE(
    Customer, "What staff note of a customer, besides his account.",
    FIELD(Customer, id, "The user.", .prefix = "user", .read_only = true),
    FIELD(Customer, email, "Of his account.", .read_only = true, .personal = true),
    FIELD(Customer, name, "Of his account.", .read_only = true, .personal = true),
    FIELD(Customer, groups, "The groups that he is in.", .prefix = "cgrp", .max = GROUPS_MAX),
    FIELD(Customer, tags, "Words to find him by.", .min = 0, .max = CUSTOMER_TAGS_MAX,
          .item_max = TAG_MAX));

const Type customer_note_type =
    TYPE(CustomerNote, "What staff tell each other of a customer.",
         FIELD(CustomerNote, id, "Identifier.", .prefix = "note", .read_only = true),
         FIELD(CustomerNote, text, "The note.", .required = true, .min = 1,
               .max = CUSTOMER_NOTE_MAX, .personal = true),
         FIELD(CustomerNote, author, "Who wrote it, an id.", .read_only = true),
         FIELD(CustomerNote, at, "When.", .read_only = true));

#define PAGE_FIELDS(T)                                                                             \
    FIELD(T, limit, "Items on a page.", .min = 1, .max = LIMIT_PAGE, .initial = "20"),             \
        FIELD(T, cursor, "`next_cursor` of the page before.", .max = 1400)

const Type customer_query_type = TYPE_WITH_ABSENCE(
    CustomerQuery, "Which customers: those of a group, or those with a tag; the newest first.",
    FIELD(CustomerQuery, group, "Only those of this group.", .prefix = "cgrp"),
    FIELD(CustomerQuery, tag, "Only those with this tag.", .min = 1, .max = TAG_MAX),
    PAGE_FIELDS(CustomerQuery));

const Type customer_page_query_type =
    TYPE(CustomerPageQuery, "Which part, the newest first.", PAGE_FIELDS(CustomerPageQuery));

const Type customer_cursor_type =
    TYPE(CustomerCursor, "Where a list of customers goes on.",
         FIELD(CustomerCursor, id, "", .prefix = "id", .required = true));

/* ---- Rows ------------------------------------------------------------------------------------ */

#define WHOSE "Whose it is."

const Type customer_address_row_type =
    TYPE(CustomerAddressRow, "A row of customer_addresses.",
         FIELD(CustomerAddressRow, id, "Identifier.", .prefix = "addr"),
         FIELD(CustomerAddressRow, user_id, WHOSE, .prefix = "user"),
         OBJECT(CustomerAddressRow, address, "The address.", address_type, .personal = true),
         FIELD(CustomerAddressRow, default_shipping, "Things are sent here."),
         FIELD(CustomerAddressRow, default_billing, "Bills go here."),
         FIELD(CustomerAddressRow, created_at, "When it was written down."),
         FIELD(CustomerAddressRow, updated_at, "When it last changed."));

const Type customer_note_row_type =
    TYPE(CustomerNoteRow, "A row of customer_notes.",
         FIELD(CustomerNoteRow, id, "Identifier.", .prefix = "note"),
         FIELD(CustomerNoteRow, user_id, WHOSE, .prefix = "user"),
         FIELD(CustomerNoteRow, author, "Who wrote it."),
         FIELD(CustomerNoteRow, text, "The note.", .personal = true));

const Type customer_tag_row_type =
    TYPE(CustomerTagRow, "A row of customer_tags.", FIELD(CustomerTagRow, tag, "The word."),
         FIELD(CustomerTagRow, user_id, WHOSE, .prefix = "user"));

const Type customer_member_row_type =
    TYPE(CustomerMemberRow, "A row of customer_group_members.",
         FIELD(CustomerMemberRow, group_id, "Of which group.", .prefix = "cgrp"),
         FIELD(CustomerMemberRow, user_id, WHOSE, .prefix = "user"));
