/* The audit trail as administrators see it: a list, an export, and whether it is whole. What is written
 * into it, and how, is platform/audit. */
#ifndef MODULES_AUDIT_AUDIT_H
#define MODULES_AUDIT_AUDIT_H

#include "platform/module.h"

extern const Module audit_module;

#endif
