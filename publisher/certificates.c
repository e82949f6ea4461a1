#include "publisher/certificates.h"

#include "common/clock.h"

static const char *const names[] = {"client", "ca", "broker"};

json_t *certificates_status(const struct dxl_expiries *expiries)
{
        return json_pack("{s:I, s:I, s:I}", names[0], (json_int_t)expiries->client_s, names[1],
                         (json_int_t)expiries->ca_s, names[2], (json_int_t)expiries->broker_s);
}

static json_t *one(int64_t expires_s, int64_t now_s)
{
        char when[32];

        if (expires_s == 0)
                return json_pack("{s:n, s:n, s:s}", "expires_at", "days", "state",
                                 dxl_expiry_name(DXL_EXPIRY_UNKNOWN));
        clock_format_utc(expires_s, when);
        return json_pack("{s:s, s:I, s:s}", "expires_at", when, "days",
                         (json_int_t)dxl_expiry_days(expires_s, now_s), "state",
                         dxl_expiry_name(dxl_expiry_level(expires_s, now_s)));
}

json_t *certificates_report(const json_t *status, int64_t now_s)
{
        json_t *report = json_object();

        for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
                json_object_set_new(
                    report, names[i],
                    one(json_integer_value(json_object_get(status, names[i])), now_s));
        return report;
}
