#include "common/config_internal.h"
#include "common/log.h"

#include <string.h>

enum { HOUR_S = 3600, DAY_S = 24 * HOUR_S, YEAR_S = 366 * DAY_S };

unsigned config_check_uint(struct config_check *check, const char *path, const char *value,
                           unsigned otherwise, unsigned min, unsigned max)
{
        unsigned n;

        if (!value)
                return otherwise;
        if (!config_parse_uint(text_of(value), &n))
                config_fault(check, path, "%s is not a whole number: write a number from %u to %u",
                             LOG_Q(text_of(value)), min, max);
        else if (n < min || n > max)
                config_fault(check, path, "%u is not in %u–%u: write a number from %u to %u", n,
                             min, max, min, max);
        else
                return n;
        return otherwise;
}

bool config_check_bool(struct config_check *check, const char *path, const char *value,
                       bool otherwise)
{
        bool on = otherwise;

        if (value && !config_parse_bool(text_of(value), &on))
                config_fault(check, path, "%s is neither true nor false: write true or false",
                             LOG_Q(text_of(value)));
        return on;
}

/* The shortest way to write it, as config_parse_duration reads it. */
static const char *format_duration(int64_t ms, char out[32])
{
        static const struct {
                int64_t ms;
                const char *unit;
        } units[] = {{86400000, "d"}, {3600000, "h"}, {60000, "m"}, {1000, "s"}, {1, "ms"}};
        size_t i = 0;

        while (ms % units[i].ms != 0)
                i++;
        snprintf(out, 32, "%lld%s", (long long)(ms / units[i].ms), units[i].unit);
        return out;
}

static int64_t check_duration(struct config_check *check, const char *path, const char *value,
                              int64_t otherwise_s, int64_t min_ms, int64_t max_s)
{
        char min[32], max[32];
        int64_t ms;

        if (!value)
                return otherwise_s * 1000;
        if (!config_parse_duration(text_of(value), &ms)) {
                config_fault(check, path,
                             "%s is not a duration: write a whole number and ms, s, m, h or d, as "
                             "in 90s or 2h, up to 366d",
                             LOG_Q(text_of(value)));
        } else if (ms < min_ms || ms > max_s * 1000) {
                format_duration(min_ms, min);
                format_duration(max_s * 1000, max);
                config_fault(check, path, "%s is not in %s–%s: write a duration from %s to %s",
                             LOG_Q(text_of(value)), min, max, min, max);
        } else {
                return ms;
        }
        return otherwise_s * 1000;
}

static char *take_text(const char *value, const char *otherwise)
{
        return value ? config_dup(value) : config_dup(otherwise);
}

static char *take_optional(const char *value)
{
        return value ? config_dup(value) : NULL;
}

static char *take_required(struct config_check *check, const char *path, const char *value,
                           const char *mend)
{
        if (!value)
                config_fault(check, path, "missing: write %s", mend);
        return take_optional(value);
}

static enum config_auth check_auth(struct config_check *check, const char *value)
{
        if (!value || strcmp(value, "password") == 0)
                return CONFIG_AUTH_PASSWORD;
        if (strcmp(value, "client_credentials") != 0)
                config_fault(check, "threatq.auth",
                             "%s is not known: write password or client_credentials",
                             LOG_Q(text_of(value)));
        return CONFIG_AUTH_CLIENT_CREDENTIALS;
}

/* A key that belongs to the other way to log in is a misunderstanding, not a spare. */
static void check_foreign_key(struct config_check *check, const char *key, const char *value,
                              const char *auth)
{
        if (value)
                config_fault(check, config_at("threatq.%s", key).path,
                             "is for auth: %s only: remove it, or write auth: %s", auth, auth);
}

static void check_login(struct config_check *check, const struct config_raw_threatq *raw,
                        struct config_threatq *ret)
{
        size_t before = check->fault_count;

        ret->auth = check_auth(check, raw->auth);
        if (check->fault_count > before)
                return;
        if (ret->auth == CONFIG_AUTH_PASSWORD) {
                check_foreign_key(check, "client_secret", raw->client_secret, "client_credentials");
                check_foreign_key(check, "client_secret_file", raw->client_secret_file,
                                  "client_credentials");
                ret->username = take_required(check, "threatq.username", raw->username,
                                              "the e-mail address of the ThreatQ user");
                before = check->fault_count;
                ret->password = config_secret(check, "password", raw->password, raw->password_file,
                                              "TQ_PASSWORD");
                if (!ret->password && check->fault_count == before)
                        config_fault(check, "threatq.password",
                                     "missing: write password_file: FILE (mode 600) or password:, "
                                     "or set TQ_PASSWORD in the environment");
                return;
        }
        check_foreign_key(check, "username", raw->username, "password");
        check_foreign_key(check, "password", raw->password, "password");
        check_foreign_key(check, "password_file", raw->password_file, "password");
        before = check->fault_count;
        ret->client_secret = config_secret(check, "client_secret", raw->client_secret,
                                           raw->client_secret_file, "TQ_CLIENT_SECRET");
        if (!ret->client_secret && check->fault_count == before)
                config_fault(check, "threatq.client_secret",
                             "missing: write client_secret_file: FILE (mode 600) or "
                             "client_secret:, or set TQ_CLIENT_SECRET in the environment");
}

void config_check_threatq(struct config_check *check, const struct config_raw_threatq *raw,
                          struct config_threatq *ret)
{
        if (!raw) {
                config_fault(check, "threatq",
                             "missing: write a threatq: block with host, "
                             "client_id, username and password_file");
                return;
        }
        if (!raw->host) {
                config_fault(check, "threatq.host", "missing: write https://HOST of ThreatQ");
        } else {
                const char *why = config_parse_host(text_of(raw->host), &ret->host);

                /* The value is not shown: it may hold user:password@. */
                if (why)
                        config_fault(check, "threatq.host", "%s", why);
        }
        ret->client_id = take_required(check, "threatq.client_id", raw->client_id,
                                       "the OAuth id from ThreatQ's User Management, API details");
        check_login(check, raw, ret);
        ret->ca_file = take_optional(raw->ca_file);
        ret->verify = config_check_bool(check, "threatq.verify", raw->verify, true);
        ret->data_collection = take_optional(raw->data_collection);
        ret->page_size =
            config_check_uint(check, "threatq.page_size", raw->page_size, 1000, 1, WIRE_ROWS_MAX);
}

static void check_connector(struct config_check *check, const struct config_raw_connector *raw,
                            struct config *config)
{
        static const struct config_raw_connector none;
        static const struct config_raw_share_status no_words;
        const struct config_raw_share_status *words;

        raw = raw ? raw : &none;
        words = raw->share_status ? raw->share_status : &no_words;
        config->status = take_text(raw->status, "Review");
        config->source = take_optional(raw->source);
        config->adopt = config_check_bool(check, "connector.adopt", raw->adopt, false);
        config->state_dir = take_text(raw->state_dir, CONFIG_STATE_DIR_DEFAULT);
        config->run_dir = take_text(raw->run_dir, CONFIG_RUN_DIR_DEFAULT);
        config->interval_ms =
            check_duration(check, "connector.interval", raw->interval, 2 * HOUR_S, 1000, YEAR_S);
        config->full_interval_ms = check_duration(check, "connector.full_interval",
                                                  raw->full_interval, DAY_S, 1000, YEAR_S);
        config->patience_ms =
            check_duration(check, "connector.patience", raw->patience, 60, 1, DAY_S);
        config->share_status[SHARE_SHARED] = take_text(words->shared, "Shared");
        config->share_status[SHARE_OVERRIDE] = take_text(words->override, "Shared (Override)");
        config->share_status[SHARE_FAILED] = take_text(words->failed, "Failed");
        config->share_status[SHARE_PENDING] = take_text(words->pending, "Pending");
}

static void check_stages(struct config_check *check, const struct config_raw *raw,
                         struct config *config)
{
        static const struct config_raw_stages none;
        const struct config_raw_stages *fetcher = raw->fetcher ? raw->fetcher : &none;
        const struct config_raw_stages *mapper = raw->mapper ? raw->mapper : &none;
        const struct config_raw_stages *publisher = raw->publisher ? raw->publisher : &none;
        const struct config_raw_stages *enricher = raw->enricher ? raw->enricher : &none;

        config->fetcher.window =
            config_check_uint(check, "fetcher.window", fetcher->window, 8, 1, 64);
        config->mapper.processes =
            config_check_uint(check, "mapper.processes", mapper->processes, 1, 1, 64);
        config->publisher.window =
            config_check_uint(check, "publisher.window", publisher->window, 64, 1, 1024);
        config->publisher.request_timeout_ms = check_duration(
            check, "publisher.request_timeout", publisher->request_timeout, 30, 1, HOUR_S);
        config->publisher.settle_timeout_ms = check_duration(
            check, "publisher.settle_timeout", publisher->settle_timeout, 60, 1, DAY_S);
        config->publisher.retry_delay_ms =
            check_duration(check, "publisher.retry_delay", publisher->retry_delay, 30, 1, DAY_S);
        config->publisher.dry_run =
            config_check_bool(check, "publisher.dry_run", publisher->dry_run, false);
        config->enricher.connections =
            config_check_uint(check, "enricher.connections", enricher->connections, 8, 1, 32);
        config->enricher.processes =
            config_check_uint(check, "enricher.processes", enricher->processes, 1, 1, 64);
}

void config_check_all(struct config_check *check, const struct config_raw *raw,
                      struct config *config)
{
        config_check_threatq(check, raw->threatq, &config->threatq);
        check_connector(check, raw->connector, config);
        check_stages(check, raw, config);
        config_check_fabrics(check, raw, config);
        config_check_links(check, raw->links, config);
}
