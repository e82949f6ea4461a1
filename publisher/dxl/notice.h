/*
 * Speaks in the log of certificates that end soon.
 */
#ifndef TQ_PUBLISHER_DXL_NOTICE_H
#define TQ_PUBLISHER_DXL_NOTICE_H

#include "common/log.h"
#include "publisher/dxl/dxlconfig.h"
#include "publisher/dxl/expiry.h"

enum { DXL_NOTICE_AGAIN_MS = 24 * 3600 * 1000 /* how long once said is enough */ };

/* broker is the name of the one connected to. log may be NULL. */
void dxl_notice(struct log *log, const struct dxl_config *config, const char *broker,
                const struct dxl_expiries *expiries);

#endif
