/* By what a request says who sends it: a token in Authorization (RFC 6750), or the cookie of a
 * browser's session. Parsing only; whose it is, is for the module auth to say. */
#ifndef PLATFORM_API_CREDENTIAL_H
#define PLATFORM_API_CREDENTIAL_H

#include "platform/http/exchange.h"

typedef enum CredentialKind {
    CREDENTIAL_NONE,
    CREDENTIAL_BEARER,
    CREDENTIAL_COOKIE,
    CREDENTIAL_UNREADABLE, /* an Authorization that is no Bearer token, or two of them */
} CredentialKind;

typedef struct Credential {
    CredentialKind kind;
    Str token;         /* of BEARER and COOKIE: ASCII without blanks, not empty */
    NetAddress client; /* where it was sent from */
} Credential;

/* Longer ones are nobody's: a JWT of ours has less than a kilobyte, and a header has its own limit. */
enum { CREDENTIAL_MAX = 4096 };

/* Authorization comes before the cookie: whoever sends it means it, while a browser sends a cookie
 * with everything. Two cookies of the name that differ are none. */
Credential credential_of(const HttpRequest *http);

/* The session's cookie as a line of an answer, "Set-Cookie: …\r\n". By https its name begins with
 * __Host-, which keeps other hosts of the domain from setting it (RFC 6265bis §4.1.3.2); by http
 * (only for trying things) that is not allowed, and it goes without. `life_s`: how long the browser
 * keeps it. */
Str credential_cookie(Arena *arena, const HttpRequest *http, Str token, int64_t life_s);

/* The line that makes the browser forget it. */
Str credential_no_cookie(Arena *arena, const HttpRequest *http);

#endif
