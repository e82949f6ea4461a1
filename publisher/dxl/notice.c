#include "publisher/dxl/notice.h"

#include "common/clock.h"

static void one(struct log *log, const char *what, const char *where, int64_t expires_s)
{
        char text[DXL_EXPIRY_TEXT_MAX];
        int64_t now_s = clock_wall_s();

        if (dxl_expiry_level(expires_s, now_s) >= DXL_EXPIRY_SOON)
                log_warn(log, "%s %s: renew it in time where=%s", what,
                         dxl_expiry_text(expires_s, now_s, text), LOG_Q(text_of(where)));
}

void dxl_notice(struct log *log, const struct dxl_config *config, const char *broker,
                const struct dxl_expiries *expiries)
{
        one(log, "the client certificate", config->cert_file, expiries->client_s);
        one(log, "a CA of the broker's certificate", config->ca_file, expiries->ca_s);
        one(log, "the broker's certificate", broker, expiries->broker_s);
}
