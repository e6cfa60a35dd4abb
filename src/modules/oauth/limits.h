/* What the OAuth server allows, each with its reason. */
#ifndef MODULES_OAUTH_LIMITS_H
#define MODULES_OAUTH_LIMITS_H

enum {
    CLIENTS_MAX = 1000,      /* all are one answer; programs are registered by people */
    CLIENT_NAME_MAX = 100,   /* stands on the page that asks for consent */
    CLIENT_URIS_MAX = 20,    /* compared one by one */
    CLIENT_URI_MAX = 500,    /* characters */
    CLIENT_GRANTS_MAX = 8,   /* there are fewer kinds */
    CLIENT_SCOPES_MAX = 300, /* every permission, and the scopes that are none */
    SCOPE_MAX = 4096,        /* bytes of `scope`: as sessions of auth keep it */
    SECRET_MAX = 200,        /* ours have 47 characters */
    CODE_MAX = 200,          /* the same */
    NONCE_MAX = 500,         /* comes back in the ID token */
    FORM_TEXT_MAX = 8192,    /* of any other parameter: a token of ours has less than a kilobyte */

    QUESTION_MAX =
        1900, /* of a request for a code, escaped: it goes through the log-in page as a path */
    LOGOUT_MAX = 7000,     /* of a request to log out, as part of a target: HTTP_TARGET_MAX */
    CHALLENGE_LENGTH = 43, /* base64url of SHA-256 */
    VERIFIER_MIN = 43,     /* RFC 7636 §4.1 */
    VERIFIER_MAX = 128,
    MAX_AGE_MAX_S = 90 * 86400, /* no log-in is older */

    CODE_S = 300, /* RFC 6749 §4.1.2 wants ten minutes at most; a browser goes on at once, its
                     network may not */
    CODE_KEPT_S = 86400, /* so long it is known again when it has been used */

    /* So long after the next refresh token was handed out, the one before it gives the same one again:
     * its answer may have been lost. See docs/decisions/refresh-tokens.md. */
    RETRY_S = 60,
};

#endif
