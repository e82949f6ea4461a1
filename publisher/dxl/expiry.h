/*
 * How long a certificate lasts, and from when on to speak of it. Pure.
 */
#ifndef TQ_PUBLISHER_DXL_EXPIRY_H
#define TQ_PUBLISHER_DXL_EXPIRY_H

#include <stddef.h>
#include <stdint.h>

enum { DXL_EXPIRY_WARN_DAYS = 30, DXL_EXPIRY_TEXT_MAX = 64 };

enum dxl_expiry {
        DXL_EXPIRY_UNKNOWN, /* the time is 0 */
        DXL_EXPIRY_FINE,
        DXL_EXPIRY_SOON, /* in DXL_EXPIRY_WARN_DAYS or less */
        DXL_EXPIRY_PAST,
};

/* Ends of validity, wall clock in s; 0: not known (yet). */
struct dxl_expiries {
        int64_t client_s;
        /* The first to end of the CAs that the broker's certificate comes from; before the first
         * connection, of all in the bundle. */
        int64_t ca_s;
        int64_t broker_s;
};

/* Whole days from now_s until expires_s; below 0 when it is over: -1 on the first day after. */
int64_t dxl_expiry_days(int64_t expires_s, int64_t now_s);
enum dxl_expiry dxl_expiry_level(int64_t expires_s, int64_t now_s);
/* "unknown", "ok", "warning", "expired". */
const char *dxl_expiry_name(enum dxl_expiry level);
/* "expires in 12 days (2026-12-06)", "has expired on 2026-12-06". */
const char *dxl_expiry_text(int64_t expires_s, int64_t now_s, char out[DXL_EXPIRY_TEXT_MAX]);

#endif
