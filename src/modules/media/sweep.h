/* `souk media sweep`: deletes the blobs that no media object has any more. */
#ifndef MODULES_MEDIA_SWEEP_H
#define MODULES_MEDIA_SWEEP_H

#include "platform/cli/cli.h"

extern const Command media_sweep;

#endif
