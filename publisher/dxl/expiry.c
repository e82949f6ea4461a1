#include "publisher/dxl/expiry.h"

#include "common/clock.h"

#include <stdio.h>

enum { DAY_S = 24 * 3600 };

int64_t dxl_expiry_days(int64_t expires_s, int64_t now_s)
{
        int64_t left = expires_s - now_s;

        return left >= 0 ? left / DAY_S : -((-left + DAY_S - 1) / DAY_S);
}

enum dxl_expiry dxl_expiry_level(int64_t expires_s, int64_t now_s)
{
        if (expires_s == 0)
                return DXL_EXPIRY_UNKNOWN;
        if (expires_s < now_s)
                return DXL_EXPIRY_PAST;
        return dxl_expiry_days(expires_s, now_s) <= DXL_EXPIRY_WARN_DAYS ? DXL_EXPIRY_SOON
                                                                         : DXL_EXPIRY_FINE;
}

const char *dxl_expiry_name(enum dxl_expiry level)
{
        static const char *const names[] = {
            [DXL_EXPIRY_UNKNOWN] = "unknown",
            [DXL_EXPIRY_FINE] = "ok",
            [DXL_EXPIRY_SOON] = "warning",
            [DXL_EXPIRY_PAST] = "expired",
        };
        return (unsigned)level < sizeof(names) / sizeof(*names) ? names[level] : "?";
}

const char *dxl_expiry_text(int64_t expires_s, int64_t now_s, char out[DXL_EXPIRY_TEXT_MAX])
{
        char when[32];
        int64_t days = dxl_expiry_days(expires_s, now_s);

        clock_format_utc(expires_s, when);
        if (expires_s == 0)
                snprintf(out, DXL_EXPIRY_TEXT_MAX, "cannot be read");
        else if (days < 0)
                snprintf(out, DXL_EXPIRY_TEXT_MAX, "has expired on %.10s", when);
        else
                snprintf(out, DXL_EXPIRY_TEXT_MAX, "expires in %lld day%s (%.10s)", (long long)days,
                         days == 1 ? "" : "s", when);
        return out;
}
