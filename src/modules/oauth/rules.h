/* What OAuth decides: values in, a verdict out; no database, no clock. */
#ifndef MODULES_OAUTH_RULES_H
#define MODULES_OAUTH_RULES_H

#include "modules/oauth/types.h"

/* A scope that is no permission. */
typedef struct OauthScope {
    const char *name, *doc;
    const char *says; /* to who is asked for it: "It could then …" */
} OauthScope;

enum { OAUTH_SCOPES = 5 };
extern const OauthScope oauth_scopes[OAUTH_SCOPES];

/* ---- Clients ---- */

/* Is it a client that can be: grants that there are and that fit its kind, known scopes, URIs that
 * are safe to send somebody to? */
Verdict rules_client_is_sound(Arena *arena, const OauthClient *client);

bool rules_has_grant(const OauthClient *client, Str grant);

/* ---- Redirects ---- */

/* May users be sent there: an absolute URI without fragment; https, http on a loopback address, or,
 * of a public client, a scheme of an app's own with a dot in it (RFC 8252 §7)? */
bool rules_redirect_is_sound(Str uri, bool public);

/* Is it one of those that are registered: the same bytes (RFC 9700 §2.1), or, of http on 127.0.0.1 or
 * [::1], the same but for the port (RFC 8252 §7.3)? */
bool rules_redirect_is_registered(StrList registered, Str uri);

/* ---- Scopes ---- */

/* "a b" as a list; false when it is not written as RFC 6749 §3.3 wants it. */
bool rules_scope_read(Arena *arena, Str scope, StrList *names);

/* May a client whose scopes are these have the scope? */
bool rules_scope_is_within(StrList scopes, Str name);

/* What a client with these scopes gets that asks for `asked`: that, each name once; empty: all that
 * it may have. oauth_invalid_scope when it asks for more. *granted is untouched then. */
Verdict rules_scope_grant(Arena *arena, StrList scopes, Str asked, Str *granted);

/* What of `scope` a client with these scopes may still have. */
Str rules_scope_common(Arena *arena, StrList scopes, Str scope);

/* What a scope means, for who is asked whether he gives it. */
Str rules_scope_says(Str name);

bool rules_scope_has(Str scope, Str name); /* does the text name it? */

extern const Error error_unknown_scope, error_unknown_grant, error_client_unsound,
    error_bad_redirect_uri;

#endif
