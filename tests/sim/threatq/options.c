#include "tests/sim/threatq/options.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>

enum key {
        KEY_PORT = 'p',
        KEY_COUNT = 'n',
        KEY_SEED = 's',
        KEY_LOG = 'l',
        KEY_CERT = 256,
        KEY_KEY,
        KEY_PLAIN,
        KEY_ADMIN,
        KEY_IDLE,
        KEY_FIRST_ID,
        KEY_DAYS,
        KEY_NOW,
        KEY_ATTRIBUTES,
        KEY_ROW_BYTES,
        KEY_OTHER,
        KEY_INVALID,
        KEY_UPPER,
        KEY_MANUAL,
        KEY_NO_SCORE,
        KEY_ACTIVE,
        KEY_OVERRIDE,
        KEY_VIEW,
        KEY_SCORE,
        KEY_NO_CURSOR,
        KEY_EMPTY,
        KEY_STRICT,
        KEY_UNASKED,
        KEY_SOURCES,
        KEY_GZIP,
        KEY_CHUNKED,
        KEY_MAX_LIMIT,
        KEY_USER,
        KEY_PASSWORD,
        KEY_CLIENT,
        KEY_OAUTH_ID,
        KEY_OAUTH_SECRET,
        KEY_EXPIRES,
        KEY_TOKEN_TYPE,
        KEY_REFUSED,
        KEY_SOURCE,
};

static const struct argp_option table[] = {
    {NULL, 0, NULL, 0, "Serving:", 1},
    {"cert", KEY_CERT, "FILE", 0, "certificate (chain), PEM", 0},
    {"key", KEY_KEY, "FILE", 0, "its private key, PEM", 0},
    {"plain", KEY_PLAIN, NULL, 0, "no TLS (for measurements only)", 0},
    {"port", KEY_PORT, "PORT", 0, "of the API (0, the default: a free one)", 0},
    {"admin-port", KEY_ADMIN, "PORT", 0, "of the admin port (0, the default: a free one)", 0},
    {"idle", KEY_IDLE, "S", 0, "close connections idle for so long (65)", 0},
    {"log", KEY_LOG, "FILE", 0, "append each write as a line of JSON", 0},
    {NULL, 0, NULL, 0, "Library:", 2},
    {"count", KEY_COUNT, "N", 0, "indicators (1000)", 0},
    {"seed", KEY_SEED, "N", 0, "what they are made from (1)", 0},
    {"first-id", KEY_FIRST_ID, "ID", 0, "where ids start (1001)", 0},
    {"created-days", KEY_DAYS, "N", 0, "created over the past N days (60)", 0},
    {"now", KEY_NOW, "DATE", 0, "the end of those days, \"YYYY-MM-DD HH:MM:SS\" (the start)", 0},
    {"attributes", KEY_ATTRIBUTES, "N", 0, "attributes per row, about (5; at most 38)", 0},
    {"row-bytes", KEY_ROW_BYTES, "N", 0, "pad rows with a description to N bytes", 0},
    {"other-types", KEY_OTHER, "PERCENT", 0, "rows that are no MD5, SHA-1, SHA-256 (20)", 0},
    {"active", KEY_ACTIVE, "PERCENT", 0, "rows with status Active (70)", 0},
    {"invalid", KEY_INVALID, "PERCENT", 0, "hashes that are no hash (1)", 0},
    {"upper", KEY_UPPER, "PERCENT", 0, "hashes in upper case (5)", 0},
    {"manual", KEY_MANUAL, "PERCENT", 0, "rows with a manual score, 0 among them (5)", 0},
    {"no-score", KEY_NO_SCORE, "PERCENT", 0, "rows without a generated score (0)", 0},
    {"override", KEY_OVERRIDE, "FABRIC=PERCENT", 0,
     "rows with \"Reputation Override - FABRIC\"; may be given for several", 0},
    {NULL, 0, NULL, 0, "Version and defects of the server:", 3},
    {"view", KEY_VIEW, "index|relational|ids", 0, "shape of rows that searches return (index)", 0},
    {"score", KEY_SCORE, "number|string|object", 0, "shape of score (as the view has it)", 0},
    {"no-cursor", KEY_NO_CURSOR, NULL, 0, "ignores cursorMark", 0},
    {"empty-object", KEY_EMPTY, NULL, 0, "empty data is {}", 0},
    {"strict-names", KEY_STRICT, NULL, 0,
     "an unknown type_name or status_name is an error (else it matches nothing)", 0},
    {"no-unasked-attributes", KEY_UNASKED, NULL, 0,
     "searches return attributes only when `fields` names them", 0},
    {"attribute-sources", KEY_SOURCES, "asked|always|never", 0,
     "when attribute rows show their sources (asked: by with=)", 0},
    {"chunked", KEY_CHUNKED, NULL, 0, "send answers in chunks, without their length", 0},
    {"gzip", KEY_GZIP, NULL, 0, "compress answers for clients that accept it", 0},
    {"max-limit", KEY_MAX_LIMIT, "N", 0, "largest page; also the limit when none is sent (10000)",
     0},
    {NULL, 0, NULL, 0, "Accounts:", 4},
    {"user", KEY_USER, "EMAIL", 0, "(connector@example.org)", 0},
    {"password", KEY_PASSWORD, "TEXT", 0, "(connector-password)", 0},
    {"client-id", KEY_CLIENT, "ID", 0, "of the password grant (0f3c9a17be5d4e22a8c1d6b790e4f512)",
     0},
    {"oauth-id", KEY_OAUTH_ID, "ID", 0, "of client_credentials (oauth-client)", 0},
    {"oauth-secret", KEY_OAUTH_SECRET, "TEXT", 0, "(oauth-secret)", 0},
    {"expires-in", KEY_EXPIRES, "S", 0, "lifetime of tokens (3600)", 0},
    {"token-type", KEY_TOKEN_TYPE, "TEXT", 0, "as answered, e.g. bearer (Bearer)", 0},
    {"refused-status", KEY_REFUSED, "400|401", 0, "of wrong credentials (400)", 0},
    {"source", KEY_SOURCE, "NAME", 0, "the account's source (connector@example.org)", 0},
    {0},
};

static long long number(struct argp_state *state, const char *arg, long long min, long long max)
{
        char *end;

        errno = 0;
        long long n = strtoll(arg, &end, 10);
        if (end == arg || *end || errno || n < min || n > max)
                argp_error(state, "\"%s\" is not a number from %lld to %lld", arg, min, max);
        return n;
}

static double percent(struct argp_state *state, const char *arg)
{
        char *end;
        double n = strtod(arg, &end);

        if (end == arg || *end || !(n >= 0 && n <= 100))
                argp_error(state, "\"%s\" is not a percentage", arg);
        return n;
}

/* The position of a word in "a|b|c". */
static int choice(struct argp_state *state, const char *arg, const char *words)
{
        const char *at = words;

        for (int i = 0;; i++) {
                size_t n = strcspn(at, "|");
                if (strlen(arg) == n && memcmp(arg, at, n) == 0)
                        return i;
                if (!at[n])
                        break;
                at += n + 1;
        }
        argp_error(state, "\"%s\" is none of %s", arg, words);
        return 0;
}

static void add_override(struct library_options *library, char *arg, struct argp_state *state)
{
        char *equals = strrchr(arg, '=');

        if (!equals || library->n_overrides == LIBRARY_OVERRIDES_MAX) {
                argp_error(state, "\"%s\" is not FABRIC=PERCENT, or one too many", arg);
                return;
        }
        *equals = '\0';
        library->overrides[library->n_overrides++] =
            (struct library_override){arg, percent(state, equals + 1)};
}

static error_t parse_serving(int key, char *arg, struct argp_state *state, struct options *options)
{
        switch (key) {
        case KEY_CERT:
                options->cert = arg;
                break;
        case KEY_KEY:
                options->key = arg;
                break;
        case KEY_PLAIN:
                options->plain = true;
                break;
        case KEY_PORT:
                options->port = (uint16_t)number(state, arg, 0, 65535);
                break;
        case KEY_ADMIN:
                options->admin_port = (uint16_t)number(state, arg, 0, 65535);
                break;
        case KEY_IDLE:
                options->idle_s = (unsigned)number(state, arg, 0, 86400);
                break;
        case KEY_LOG:
                options->log = arg;
                break;
        case ARGP_KEY_END:
                if (!options->plain && (!options->cert || !options->key))
                        argp_error(state, "--cert and --key are needed");
                break;
        default:
                return ARGP_ERR_UNKNOWN;
        }
        return 0;
}

static error_t parse_library(int key, char *arg, struct argp_state *state,
                             struct library_options *library)
{
        switch (key) {
        case KEY_COUNT:
                library->count = (uint32_t)number(state, arg, 0, 50000000);
                break;
        case KEY_SEED:
                library->seed = (uint64_t)number(state, arg, 0, INT64_MAX);
                break;
        case KEY_FIRST_ID:
                library->first_id = (uint32_t)number(state, arg, 1, 1000000000);
                break;
        case KEY_DAYS:
                library->created_days = number(state, arg, 1, 10000);
                break;
        case KEY_NOW:
                library->now = buf_parse_date(arg);
                if (library->now < 0)
                        argp_error(state, "\"%s\" is not a date", arg);
                break;
        case KEY_ATTRIBUTES:
                library->attributes = (uint32_t)number(state, arg, 0, 38);
                break;
        case KEY_OVERRIDE:
                add_override(library, arg, state);
                break;
        case KEY_OTHER:
                library->other_types_percent = percent(state, arg);
                break;
        case KEY_INVALID:
                library->invalid_percent = percent(state, arg);
                break;
        case KEY_UPPER:
                library->upper_percent = percent(state, arg);
                break;
        case KEY_MANUAL:
                library->manual_percent = percent(state, arg);
                break;
        case KEY_NO_SCORE:
                library->no_score_percent = percent(state, arg);
                break;
        case KEY_ACTIVE:
                library->active_percent = percent(state, arg);
                break;
        default:
                return ARGP_ERR_UNKNOWN;
        }
        return 0;
}

static error_t parse_version(int key, char *arg, struct argp_state *state, struct sim_options *sim)
{
        switch (key) {
        case KEY_VIEW:
                sim->view = (enum sim_view)choice(state, arg, "index|relational|ids");
                break;
        case KEY_SCORE:
                sim->score = choice(state, arg, "number|string|object");
                break;
        case KEY_NO_CURSOR:
                sim->no_cursor = true;
                break;
        case KEY_EMPTY:
                sim->empty_object = true;
                break;
        case KEY_STRICT:
                sim->strict_names = true;
                break;
        case KEY_UNASKED:
                sim->no_unasked_attributes = true;
                break;
        case KEY_SOURCES:
                sim->attribute_sources = (enum sim_sources)choice(state, arg, "asked|always|never");
                break;
        case KEY_GZIP:
                sim->gzip = true;
                break;
        case KEY_CHUNKED:
                sim->chunked = true;
                break;
        case KEY_ROW_BYTES:
                sim->row_bytes = (size_t)number(state, arg, 0, 1 << 20);
                break;
        case KEY_MAX_LIMIT:
                sim->max_limit = number(state, arg, 1, 1000000);
                break;
        default:
                return ARGP_ERR_UNKNOWN;
        }
        return 0;
}

static error_t parse_account(int key, char *arg, struct argp_state *state, struct options *options)
{
        struct auth_options *auth = &options->auth;

        switch (key) {
        case KEY_USER:
                auth->user = arg;
                break;
        case KEY_PASSWORD:
                auth->password = arg;
                break;
        case KEY_CLIENT:
                auth->client_id = arg;
                break;
        case KEY_OAUTH_ID:
                auth->oauth_id = arg;
                break;
        case KEY_OAUTH_SECRET:
                auth->oauth_secret = arg;
                break;
        case KEY_EXPIRES:
                auth->expires_in_s = number(state, arg, 0, 10000000);
                break;
        case KEY_TOKEN_TYPE:
                auth->token_type = arg;
                break;
        case KEY_REFUSED:
                auth->refused_status = (unsigned)number(state, arg, 400, 401);
                break;
        case KEY_SOURCE:
                options->source = arg;
                break;
        default:
                return ARGP_ERR_UNKNOWN;
        }
        return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
        struct options *options = state->input;
        error_t result = parse_serving(key, arg, state, options);

        if (result == ARGP_ERR_UNKNOWN)
                result = parse_library(key, arg, state, &options->library);
        if (result == ARGP_ERR_UNKNOWN)
                result = parse_version(key, arg, state, &options->sim);
        if (result == ARGP_ERR_UNKNOWN)
                result = parse_account(key, arg, state, options);
        return result;
}

void options_read(struct options *ret, int argc, char **argv)
{
        const struct argp argp = {table, parse, NULL, options_manual, NULL, NULL, NULL};

        *ret = (struct options){
            .library = {.seed = 1,
                        .count = 1000,
                        .first_id = 1001,
                        .created_days = 60,
                        .now = (int64_t)time(NULL),
                        .attributes = 5,
                        .other_types_percent = 20,
                        .invalid_percent = 1,
                        .upper_percent = 5,
                        .manual_percent = 5,
                        .active_percent = 70},
            .sim = {.score = -1, .max_limit = 10000},
            .auth = {.user = "connector@example.org",
                     .password = "connector-password",
                     .client_id = "0f3c9a17be5d4e22a8c1d6b790e4f512",
                     .oauth_id = "oauth-client",
                     .oauth_secret = "oauth-secret",
                     .expires_in_s = 3600,
                     .token_type = "Bearer",
                     .refused_status = 400},
            .source = "connector@example.org",
            .idle_s = 65,
        };
        argp_err_exit_status = 2;
        argp_parse(&argp, argc, argv, 0, NULL, ret);
}
