/* Pages with a form: what they have in common. They work without scripts, and nothing of them is kept
 * anywhere, since they hold what was typed, or a token. */
#ifndef MODULES_ACCOUNTS_PAGE_H
#define MODULES_ACCOUNTS_PAGE_H

#include "meta/markup.h"
#include "platform/module.h"

typedef struct FormPage {
    Request *rq;
    Buf out;
    int status;
} FormPage;

/* The page up to where its content begins; `problem`: what was wrong with the last try, if it was. */
FormPage form_page(Request *rq, int status, Str title, Str problem);

/* One labelled input. `kind`: its type attribute; `autocomplete` as the browsers' password managers want
 * it (HTML §4.10.18.7); `value` may be empty. */
void form_field(FormPage *page, const char *name, const char *label, const char *kind,
                const char *autocomplete, Str value);
void form_hidden(FormPage *page, const char *name, Str value); /* nothing when it is empty */

/* <form method="post" action=…> and its end with a button. */
void form_begin(FormPage *page, Str action);
void form_end(FormPage *page, const char *button);

Reply form_reply(FormPage *page);

/* 303 to a path of ours, after something was done. */
Reply see_other(Request *rq, Str path);

#endif
