#include "modules/categories/types.h"

#include "meta/slug.h"

static const Type category_ref_type = TYPE(CategoryRef, "A category on the way to another.",
                                           FIELD(CategoryRef, id, "Identifier.", .prefix = "cat"),
                                           FIELD(CategoryRef, handle, "Its name in addresses."),
                                           FIELD(CategoryRef, title, "Name as customers see it."));

const Type category_type = TYPE_WITH_ABSENCE(
    Category, "A place in the shop where products of one sort are found.",
    FIELD(Category, id, "Identifier.", .prefix = "cat", .read_only = true),
    FIELD(Category, handle,
          "Its name in addresses, unique among categories; made from the title if left out.",
          .format = FORMAT_SLUG, .min = 1, .max = SLUG_MAX),
    FIELD(Category, title, "Name as customers see it.", .required = true, .min = 1,
          .max = PAGE_TITLE_MAX),
    FIELD(Category, description, "Markdown.", .format = FORMAT_MARKDOWN,
          .max = PAGE_DESCRIPTION_MAX, .initial = ""),
    FIELD(Category, parent, "The category above it; null: none, it is a root.", .prefix = "cat",
          .nullable = true),
    FIELD(Category, position,
          "Its place among those with the same parent, from 0; the others make room. Left out: the "
          "last.",
          .min = 0, .max = CATEGORIES_MAX),
    OBJECT(Category, image, "A picture of it.", image_type, .nullable = true),
    OBJECT(Category, seo, "What search engines are told.", seo_type),
    FIELD(Category, hidden,
          "Is it kept from customers, with all that is below it? Its products are still shown "
          "elsewhere.",
          .initial = "false"),
    FIELD(Category, visible, "Do customers see it: is neither it nor one above it hidden?",
          .read_only = true, .derived = true),
    FIELD(Category, depth, "How many are above it.", .read_only = true, .derived = true),
    LIST(Category, path, "The way to it: from the root down to itself.", category_ref_type,
         .read_only = true, .derived = true),
    FIELD(Category, version, "Counts changes of it and of its texts in other languages.",
          .read_only = true),
    FIELD(Category, created_at, "When it was made.", .read_only = true),
    FIELD(Category, updated_at, "When it last changed.", .read_only = true));

#define LOCALE_FIELD(T)                                                                            \
    FIELD(T, locale, "Language of the texts; those not translated come in the shop's own.",        \
          .format = FORMAT_LOCALE)

const Type category_view_type =
    TYPE(CategoryView, "How a category is seen.", LOCALE_FIELD(CategoryView));

const Type category_query_type = TYPE_WITH_ABSENCE(
    CategoryQuery, "Which part of the tree.", LOCALE_FIELD(CategoryQuery),
    FIELD(CategoryQuery, root, "Only this category and what is below it.", .prefix = "cat"),
    FIELD(CategoryQuery, depth, "How many levels from the top; 1: the top alone.", .min = 1,
          .max = CATEGORY_LEVELS_MAX));

const Type category_row_type =
    TYPE(CategoryRow, "What the tree is made of.", FIELD(CategoryRow, id, "", .prefix = "cat"),
         FIELD(CategoryRow, parent, "", .prefix = "cat"), FIELD(CategoryRow, hidden, ""));

const Type category_step_type =
    TYPE(CategoryStep, "A step on the way to a category.",
         FIELD(CategoryStep, leaf, "", .prefix = "cat"),
         FIELD(CategoryStep, id, "", .prefix = "cat"), FIELD(CategoryStep, handle, ""),
         FIELD(CategoryStep, title, ""), FIELD(CategoryStep, hidden, ""));
