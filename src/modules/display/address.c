/* Addresses. What one may say is only what every country's post can read: lengths,
 * one line each, a country that exists. Rules of single countries (which need a region, how a postal
 * code looks) change without telling us, and a wrong one turns a customer away; carriers check what
 * they need. */
#include "modules/display/display.h"

enum {
    ADDRESS_NAME_MAX = 120, /* carriers print 35 to 60 */
    ADDRESS_LINE_MAX = 200, /* a street with its stairs and floors */
    ADDRESS_CITY_MAX = 120,
    POSTAL_CODE_MAX = 16, /* the longest in use have 10 */
    PHONE_MAX = 40,       /* E.164 has 15 digits, and people write blanks and an extension */
};

/* One line: no control characters. */
#define ONE_LINE "^[^\\x00-\\x1f\\x7f]*$"

/* Latin letters and digits, with single blanks or hyphens inside, as all postal codes of the
 * Universal Postal Union are written on international mail; or nothing, for countries without. */
#define POSTAL_CODE "^([A-Za-z0-9]+([ -][A-Za-z0-9]+)*)?$"

#define PHONE       "^(\\+?[0-9(][0-9 ()/.-]*)?$"

#define LINE(member, doc, longest, ...)                                                            \
    FIELD(Address, member, doc, .max = (longest), .pattern = ONE_LINE, .personal = true,           \
          __VA_ARGS__)

const Type address_type =
    TYPE(Address, "Where somebody can be reached by post.",
         LINE(name, "Who gets it.", ADDRESS_NAME_MAX, .required = true, .min = 1),
         LINE(company, "The company, when it goes to one.", ADDRESS_NAME_MAX, .initial = ""),
         LINE(line1, "Street and number, or what stands for them.", ADDRESS_LINE_MAX,
              .required = true, .min = 1),
         LINE(line2, "Floor, stairs, and the like.", ADDRESS_LINE_MAX, .initial = ""),
         LINE(city, "Town or city.", ADDRESS_CITY_MAX, .required = true, .min = 1),
         LINE(region, "State, province or county, where letters need it.", ADDRESS_CITY_MAX,
              .initial = ""),
         FIELD(Address, postal_code, "Postal code, where the country has any.",
               .max = POSTAL_CODE_MAX, .pattern = POSTAL_CODE, .initial = "", .personal = true),
         FIELD(Address, country, "ISO 3166-1 code of two letters.", .required = true,
               .format = FORMAT_COUNTRY, .personal = true),
         FIELD(Address, phone, "For who brings it.", .max = PHONE_MAX, .pattern = PHONE,
               .initial = "", .personal = true));

bool address_is_same(const Address *a, const Address *b)
{
    for (size_t i = 0; i < address_type.field_count; i++) {
        size_t at = address_type.fields[i].offset;
        const Str *x = (const void *)((const char *)a + at),
                  *y = (const void *)((const char *)b + at);
        if (!str_eq(*x, *y)) return false;
    }
    return true;
}
