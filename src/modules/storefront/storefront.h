/* The shop window: pages for people, made on the server, without scripts. Owns nothing; shows what
 * the catalogue publishes. See docs/internals/pages.md. */
#ifndef MODULES_STOREFRONT_STOREFRONT_H
#define MODULES_STOREFRONT_STOREFRONT_H

#include "platform/module.h"

extern const Module storefront_module;

#endif
