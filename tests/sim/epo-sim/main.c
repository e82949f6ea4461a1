/*
 * epo-sim: the part of a Trellix ePO server that provisions DXL clients, for tests.
 *
 * Takes  remote commands over HTTPS with Basic authentication on 127.0.0.1, and a test's wishes on
 * a plain HTTP admin port, also on 127.0.0.1 (--help lists both). Gives  client certificates signed
 * by the CA it is given, lists of brokers, faults on demand; one line "ready port=… admin=…" on
 * stdout. Keeps  nothing over its end. Security  for tests only: its account is on its command line
 * and the admin port asks for none. Exits  0 after SIGTERM or SIGINT, 1 when it cannot serve, 2 for
 * wrong arguments.
 */
#include "tests/sim/epo-sim/admin.h"
#include "tests/sim/epo-sim/commands.h"

#include <argp.h>
#include <signal.h>

enum { KEY_USER = 1000, KEY_PASSWORD, KEY_CERT, KEY_KEY, KEY_CA, KEY_CA_KEY, KEY_BUNDLE };
enum { KEY_ADMIN = 1100, KEY_WEBSOCKET, KEY_DAYS, KEY_FAULT };

struct arguments {
        struct sim *sim;
        const char *cert, *key, *ca, *ca_key, *bundle;
        uint16_t port, admin_port;
};

static const struct argp_option options[] = {
    {"port", 'p', "PORT", 0, "of HTTPS (default: a free one, told when ready)", 0},
    {"admin-port", KEY_ADMIN, "PORT", 0, "(default: a free one, told when ready)", 0},
    {"user", KEY_USER, "NAME", 0, "the one account (default: admin)", 0},
    {"password", KEY_PASSWORD, "TEXT", 0, "its password (default: secret)", 0},
    {"cert", KEY_CERT, "FILE", 0, "certificate of HTTPS, PEM", 0},
    {"key", KEY_KEY, "FILE", 0, "its key, PEM", 0},
    {"ca", KEY_CA, "FILE", 0, "certificate of the CA that signs, PEM", 0},
    {"ca-key", KEY_CA_KEY, "FILE", 0, "its key, PEM", 0},
    {"bundle", KEY_BUNDLE, "FILE", 0, "CA certificates handed out (default: that of --ca)", 0},
    {"broker", 'b', "LINE", 0, "guid=guid;port;host;ip; may be repeated", 0},
    {"websocket-broker", KEY_WEBSOCKET, "LINE", 0, "the same, for WebSockets", 0},
    {"days", KEY_DAYS, "N", 0, "that a certificate is valid (default: 365)", 0},
    {"fault", KEY_FAULT, "NAME", 0, "from the start", 0},
    {0},
};

static uint16_t number(const char *arg, struct argp_state *state)
{
        char *end;
        unsigned long n = strtoul(arg, &end, 10);

        if (*end || n > UINT16_MAX)
                argp_error(state, "'%s' is none of 0 to 65535", arg);
        return (uint16_t)n;
}

static const char **file_of(int key, struct arguments *a)
{
        switch (key) {
        case KEY_CERT:
                return &a->cert;
        case KEY_KEY:
                return &a->key;
        case KEY_CA:
                return &a->ca;
        case KEY_CA_KEY:
                return &a->ca_key;
        case KEY_BUNDLE:
                return &a->bundle;
        case KEY_USER:
                return &a->sim->user;
        case KEY_PASSWORD:
                return &a->sim->password;
        default:
                return NULL;
        }
}

static error_t on_option(int key, char *arg, struct argp_state *state)
{
        struct arguments *a = state->input;
        const char **file = file_of(key, a);

        if (file) {
                *file = arg;
                return 0;
        }
        switch (key) {
        case 'p':
                a->port = number(arg, state);
                return 0;
        case KEY_ADMIN:
                a->admin_port = number(arg, state);
                return 0;
        case KEY_DAYS:
                a->sim->days = number(arg, state);
                return 0;
        case 'b':
        case KEY_WEBSOCKET:
                if (!admin_add_line(key == 'b' ? &a->sim->brokers : &a->sim->websockets, arg))
                        argp_error(state, "'%s' is no guid=guid;port;host;ip", arg);
                return 0;
        case KEY_FAULT:
                a->sim->fault = commands_fault(arg);
                if (!a->sim->fault)
                        argp_error(state, "there is no fault '%s'", arg);
                return 0;
        case ARGP_KEY_END:
                if (!a->cert || !a->key || !a->ca || !a->ca_key)
                        argp_error(state, "--cert, --key, --ca and --ca-key are wanted");
                return 0;
        default:
                return ARGP_ERR_UNKNOWN;
        }
}

static char *read_file(const char *path)
{
        _cleanup_(fclosep) FILE *file = fopen(path, "re");
        struct buf text = {0};
        char piece[4096];
        size_t n;

        if (!file)
                return NULL;
        while ((n = fread(piece, 1, sizeof(piece), file)) > 0)
                buf_put(&text, piece, n);
        buf_cstr(&text);
        return text.ptr;
}

static int serve(struct sim *sim, const struct arguments *a, const sigset_t *ends)
{
        _cleanup_(freep) char *cert = read_file(a->cert), *key = read_file(a->key);
        struct server_options api = {
            .port = a->port, .cert = cert, .key = key, .handler = commands_handle, .userdata = sim};
        struct server_options admin = {
            .port = a->admin_port, .handler = admin_handle, .userdata = sim};
        int signal_number;

        _cleanup_(server_closep) struct server *api_server = cert && key ? server_open(&api) : NULL;
        _cleanup_(server_closep) struct server *admin_server =
            api_server ? server_open(&admin) : NULL;
        if (!admin_server) {
                fprintf(stderr, "epo-sim: cannot serve: port, certificate or key\n");
                return 1;
        }
        printf("ready port=%u admin=%u\n", server_port(api_server), server_port(admin_server));
        fflush(stdout);
        sigwait(ends, &signal_number);
        pthread_mutex_lock(&sim->lock);
        sim->stop = true;
        pthread_cond_broadcast(&sim->changed);
        pthread_mutex_unlock(&sim->lock);
        return 0;
}

int main(int argc, char **argv)
{
        struct sim sim = {.user = "admin",
                          .password = "secret",
                          .days = 365,
                          .lock = PTHREAD_MUTEX_INITIALIZER,
                          .changed = PTHREAD_COND_INITIALIZER};
        struct arguments a = {.sim = &sim};
        _cleanup_(freep) char *doc = NULL;
        sigset_t ends;

        if (asprintf(&doc, "The part of ePO that provisions DXL clients, for tests.\v%s\n%s",
                     admin_manual, commands_manual) < 0)
                return 1;
        const struct argp argp = {options, on_option, NULL, doc, NULL, NULL, NULL};
        argp_err_exit_status = 2;
        argp_parse(&argp, argc, argv, 0, NULL, &a);
        sigemptyset(&ends);
        sigaddset(&ends, SIGTERM);
        sigaddset(&ends, SIGINT);
        sigprocmask(SIG_BLOCK, &ends, NULL);

        _cleanup_(issuer_closep) struct issuer *issuer = issuer_open(a.ca, a.ca_key);
        _cleanup_(freep) char *bundle = read_file(a.bundle ? a.bundle : a.ca);
        if (!issuer || !bundle) {
                fprintf(stderr, "epo-sim: cannot read the CA's certificate, key or bundle\n");
                return 1;
        }
        sim.issuer = issuer;
        sim.bundle = bundle;
        return serve(&sim, &a, &ends);
}
