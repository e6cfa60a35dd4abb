/* POST /v1/batch: several requests in one transaction. */
#ifndef PLATFORM_API_BATCH_H
#define PLATFORM_API_BATCH_H

#include "platform/module.h"

extern const Module batch_module;

#endif
