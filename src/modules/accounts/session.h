/* A browser's session as an answer's headers. */
#ifndef MODULES_ACCOUNTS_SESSION_H
#define MODULES_ACCOUNTS_SESSION_H

#include "modules/accounts/accounts.h"

/* The user is logged in from now on, in place of whoever was in this browser: begins a session, ends
 * the one that came with the request, and returns the lines that set the cookie. */
Str session_begin(Request *rq, Id user, Id impersonator);

/* The same for who has just logged in: also the cookie by which his device is known. */
Str session_of_login(Request *rq, const Login *login);

/* Ends the session that came with the request; the lines that make the browser forget it. */
Str session_leave(Request *rq);

/* Only those lines: the session has ended otherwise. */
Str session_forget(Request *rq);

#endif
