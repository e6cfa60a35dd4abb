/* What the protocol's routes answer (protocol.c has their rows). */
#ifndef MODULES_OAUTH_ENDPOINTS_H
#define MODULES_OAUTH_ENDPOINTS_H

#include "modules/oauth/types.h"

/* The rows (protocol.c). */
enum { OAUTH_ROUTES = 6 };
extern const Route oauth_routes[OAUTH_ROUTES];

enum { OAUTH_LIMITS = 1 };
extern const LimitClass *const oauth_limits[OAUTH_LIMITS];

/* token.c: the three steps of a request for tokens. */
Reply token_look(Request *rq, const TokenRequest *in);
Reply token_ahead(Request *rq, const TokenRequest *in);
Reply token_give(Request *rq, const TokenRequest *in);

/* state.c */
Reply token_revoke(Request *rq, const TokenQuestion *in);
Reply token_introspect(Request *rq, const TokenQuestion *in);

/* metadata.c */
Reply metadata_show(Request *rq);
Reply configuration_show(Request *rq);
Reply keys_show(Request *rq);

#endif
