/* Texts with {places}. Pure. */
#ifndef PLATFORM_MAIL_TEMPLATE_H
#define PLATFORM_MAIL_TEMPLATE_H

#include "base/buf.h"
#include "platform/mail/mail.h"

/* Appends the text, with the values of `type` in its {places}; escaped for HTML if `html`. False: a
 * place is no scalar field of the type, or does not end. */
bool template_fill(Buf *out, const char *text, const Type *type, const void *values, bool html);

#endif
