/* Store credit: what the shop owes its customers, as they and staff see it. Owns nothing: the book is
 * the ledger's, and customers are accounts'. */
#ifndef MODULES_CREDIT_CREDIT_H
#define MODULES_CREDIT_CREDIT_H

#include "platform/module.h"

extern const Module credit_module;

#endif
