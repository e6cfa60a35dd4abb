/* Pure decisions about accounts. */
#ifndef MODULES_ACCOUNTS_RULES_H
#define MODULES_ACCOUNTS_RULES_H

#include "modules/accounts/types.h"

/* The form in which addresses are compared. Case does not count, neither in the domain (RFC 1035) nor in
 * front of the @: servers that tell Ann from ann are gone, and two accounts by such a difference would
 * be a trap. Nothing else is folded: dots and +tags belong to the address. Domains of other scripts
 * come as the A-labels that browsers make of them (FORMAT_EMAIL takes no others). */
Str email_key(Arena *arena, Str email);

/* Text as users are searched by it: folded, blanks at the ends away. */
Str user_search_form(Arena *arena, Str text);

/* By what the user is found: the folded address, and the folded name from each of its words on. */
StrList user_words_of(Arena *arena, Str email, Str name);

/* May somebody of this status, whose password was right, log in? */
Verdict user_may_log_in(Arena *arena, const LoginLook *look);

/* How long no code is taken after so many wrong ones in a row; 0: the next one is. */
int64_t codes_blocked_s(int64_t wrong_codes);

/* Where a page leads to next: `next` when it is a path of this shop, else `otherwise`. */
Str next_path(Str next, Str otherwise);

extern const Error error_email_taken, error_weak_password, error_wrong_password, error_out_of_reach,
    error_not_yourself, error_totp_on, error_totp_off, error_not_active;

#endif
