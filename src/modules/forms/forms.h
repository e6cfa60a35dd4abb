/* Pages with a form, and pages that say one sentence: the frame that they share. For the modules whose
 * pages people use to log in and to let programs in. They work without scripts, and nothing of them is
 * kept anywhere, since they hold what was typed, or a token. */
#ifndef MODULES_FORMS_FORMS_H
#define MODULES_FORMS_FORMS_H

#include "meta/markup.h"
#include "platform/module.h"

typedef struct FormPage {
    Request *rq;
    Buf out;
    int status;
} FormPage;

/* The page up to where its content begins; `problem`: what was wrong with the last try, if it was. */
FormPage form_page(Request *rq, int status, Str title, Str problem);

/* <form method="post" action=…>; who is logged in by a cookie sends along what proves that the form is
 * ours (platform/api/csrf.h). */
void form_begin(FormPage *page, Str action);

/* One labelled input. `kind`: its type attribute; `autocomplete` as the browsers' password managers want
 * it (HTML §4.10.18.7); `value` may be empty. */
void form_field(FormPage *page, const char *name, const char *label, const char *kind,
                const char *autocomplete, Str value);
void form_hidden(FormPage *page, const char *name, Str value); /* nothing when it is empty */

/* The form's end with a button; or with two, which send `name` as "yes" and "no". */
void form_end(FormPage *page, const char *button);
void form_end_with_choice(FormPage *page, const char *name, const char *yes, const char *no);

Reply form_reply(FormPage *page);

/* A page that is a title and one sentence. */
Reply page_saying(Request *rq, int status, Str title, Str sentence);

/* A page that leads on to `url` by itself, and by a link: where a form ends outside of the shop. A
 * redirect would be a part of the form's navigation, which browsers hold against `form-action` of the
 * policy as far as it goes, through redirects of other sites as well (CSP Level 3 §6.4.1), so that no
 * list of ours could be right. */
Reply page_leading_to(Request *rq, Str title, Str url);

/* 303 to a path of ours, after something was done. */
Reply see_other(Request *rq, Str path);

#endif
