/*
 * The certificates of a fabric in the status file and in the report. Pure.
 */
#ifndef TQ_PUBLISHER_CERTIFICATES_H
#define TQ_PUBLISHER_CERTIFICATES_H

#include "publisher/dxl/expiry.h"

#include <stdint.h>

#include <jansson.h>

/* What the status file keeps: {"client": s, "ca": s, "broker": s}, 0: not known. */
json_t *certificates_status(const struct dxl_expiries *expiries);
/* What the report says, from that (NULL: nothing is known): {"client": {"expires_at", "days",
 * "state"}, "ca": …, "broker": …}; the state is "ok", "warning", "expired" or "unknown". */
json_t *certificates_report(const json_t *status, int64_t now_s);

#endif
