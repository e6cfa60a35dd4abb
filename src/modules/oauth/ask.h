/* A request for a code (RFC 6749 §4.1.1, RFC 7636, OpenID Connect Core §3.1.2.1): what it says, and what
 * is to be done about it. Values in, a verdict out. */
#ifndef MODULES_OAUTH_ASK_H
#define MODULES_OAUTH_ASK_H

#include "modules/oauth/types.h"

typedef struct AuthorizeRequest {
    Str response_type, client_id, redirect_uri, scope, state;
    Str code_challenge, code_challenge_method;
    Str nonce, prompt, max_age, login_hint, id_token_hint, response_mode;
    Str request, request_uri, registration; /* known in order to be refused */
    Str asked;                              /* our own: the log-in page leads back with it */
} AuthorizeRequest;

extern const Type authorize_request_type;

enum { PROMPT_NONE = 1, PROMPT_LOGIN = 2, PROMPT_CONSENT = 4 };

/* What is asked for, in order. */
typedef struct Ask {
    unsigned prompt;   /* PROMPT_… */
    int64_t max_age_s; /* a log-in that is older does not count; -1: any age */
    Str scope;
} Ask;

/* Is the request in order? That the client is one, and the redirect URI its own, is known by now. *out is
 * untouched when it is not. */
Verdict ask_read(Arena *arena, const AuthorizeRequest *in, const OauthClient *client, Ask *out);

/* Who it is that asks, and what he has said before. */
typedef struct Situation {
    bool logged_in;    /* by the cookie of a browser */
    bool impersonated; /* somebody else acts as him */
    bool fresh;        /* he has logged in for this very request */
    bool other;        /* than id_token_hint tells of */
    bool consented;    /* to all of the scope */
    bool first_party;  /* the client */
    bool assured;      /* nobody else can be where the answer goes (ask_is_assured) */
    Time logged_in_at, now;
} Situation;

typedef enum NextStep {
    NEXT_LOG_IN,
    NEXT_CONSENT, /* ask the user whether he lets the client in */
    NEXT_GIVE,    /* the code */
    NEXT_REFUSE,
} NextStep;

/* Is it the client, and nobody else, who reads what is sent there? It has a secret, or the address is one
 * that only its owner answers at. An app's own scheme, and a port of somebody's machine, anybody's program
 * can take (RFC 8252 §8.6). */
bool ask_is_assured(const OauthClient *client, Str redirect_uri);

/* *error is the row that the client is told with NEXT_REFUSE, else untouched. */
NextStep ask_next(const Ask *ask, const Situation *situation, const Error **error);

/* The redirect URI with parameters added to it, percent-encoded; those without a pointer are left
 * out. */
typedef struct ReturnParameter {
    const char *name;
    Str value;
} ReturnParameter;
Str ask_return_url(Arena *arena, Str redirect_uri, const ReturnParameter *parameters, size_t n);

/* RFC 7636 §4.6, method S256; a verifier has 43 to 128 unreserved characters (§4.1). */
bool ask_verifier_fits(Arena *arena, Str verifier, Str challenge);

extern const Error oauth_unsupported_response_type, oauth_access_denied, oauth_login_required,
    oauth_consent_required, oauth_request_not_supported, oauth_request_uri_not_supported,
    oauth_registration_not_supported;

#endif
