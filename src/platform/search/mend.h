/* Mending a question that found nothing. Inside of platform/search. */
#ifndef PLATFORM_SEARCH_MEND_H
#define PLATFORM_SEARCH_MEND_H

#include "platform/search/engine.h"

/* The nearest question that finds something, with what it finds; NULL when there is none. */
const SearchQuery *mend_query(Ctx *cx, const Engine *engine, const char *kind,
                              const SearchQuery *query, HitList *hits);

#endif
