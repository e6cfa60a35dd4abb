/* What the program serves of its documentation: the API to read and to try, the guide, /llms.txt. */
#ifndef APP_DOCUMENTS_H
#define APP_DOCUMENTS_H

#include "platform/module.h"

extern const Module documents_module;

#endif
