/* Limits of accounts, each with its reason. */
#ifndef MODULES_ACCOUNTS_LIMITS_H
#define MODULES_ACCOUNTS_LIMITS_H

enum {
    USER_NAME_MAX = 200,   /* characters; the longest names of people are shorter */
    USER_EMAIL_MAX = 254,  /* RFC 5321 §4.5.3.1, with erratum 1690 of RFC 3696 */
    USER_AVATAR_MAX = 500, /* a URL */
    USER_WORDS_MAX = 12,   /* by which a name is found */
    BAN_REASON_MAX = 500,

    VERIFY_LINK_S = 86400, /* a mail may be read tomorrow */
    EMAIL_LINK_S = 86400,  /* the same */
    RESET_LINK_S = 3600,   /* it opens the account: no longer than somebody needs */
    SETUP_LINK_S = 86400,  /* shown on the terminal of the first start */
    CHALLENGE_S = 300,     /* from the password to the code */
    PENDING_DAYS = 7,      /* an address that nobody has confirmed is kept no longer */

    /* Of a million codes three are right at any time. After ten wrong ones in a row none is taken for
     * a quarter of an hour, after ten more for half an hour, and so on up to a day: who knows the
     * password has one chance in a hundred within a year. A new password ends it. */
    WRONG_CODES_MAX = 10,
    WRONG_CODES_BLOCK_S = 900,
    WRONG_CODES_BLOCK_MAX_S = 86400,
};

#endif
