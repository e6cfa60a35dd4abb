#include "modules/display/display.h"

#include "meta/limits.h"

enum {
    ALT_MAX = 500,             /* a sentence or two, read aloud */
    SEO_TITLE_MAX = 200,       /* search engines show about 60 characters */
    SEO_DESCRIPTION_MAX = 500, /* and about 160 of this */
};

const Type image_type =
    TYPE(Image, "A picture.",
         FIELD(Image, url, "Where it is: a URL, or a path of this shop.", .required = true,
               .format = FORMAT_URL_REFERENCE, .max = URL_MAX),
         FIELD(Image, alt, "What it shows, for who cannot see it.", .max = ALT_MAX));

const Type seo_type =
    TYPE(Seo, "What search engines are told.",
         FIELD(Seo, title, "Empty: the title.", .max = SEO_TITLE_MAX, .initial = ""),
         FIELD(Seo, description, "Empty: the beginning of the description.",
               .max = SEO_DESCRIPTION_MAX, .initial = ""));

const Type locale_texts_type = TYPE_WITH_ABSENCE(
    LocaleTexts, "The texts of a category or collection in another language than the shop's own.",
    FIELD(LocaleTexts, locale, "Language tag, BCP 47.", .read_only = true, .format = FORMAT_LOCALE),
    FIELD(LocaleTexts, title, "Name as customers see it.", .required = true, .min = 1,
          .max = PAGE_TITLE_MAX),
    FIELD(LocaleTexts, description, "Markdown; empty: the shop's own is shown.",
          .format = FORMAT_MARKDOWN, .max = PAGE_DESCRIPTION_MAX, .initial = ""),
    OBJECT(LocaleTexts, seo, "What search engines are told; null: the same as in the shop's own.",
           seo_type, .nullable = true));

const Type totals_type = TYPE(
    Totals, "What it comes to: total = subtotal - discount + shipping + tax.",
    FIELD(Totals, currency, "ISO 4217 code of all amounts, in minor units.", .read_only = true),
    FIELD(Totals, subtotal, "The lines, before discounts.", .read_only = true),
    FIELD(Totals, discount, "What is taken off; never more than the subtotal.", .read_only = true),
    FIELD(Totals, shipping, "What shipping costs.", .read_only = true),
    FIELD(Totals, tax, "Tax that is added to it.", .read_only = true),
    FIELD(Totals, total, "What is to be paid.", .read_only = true));
