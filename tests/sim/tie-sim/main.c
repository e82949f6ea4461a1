/*
 * tie-sim - a TIE server on a DXL fabric, for tests
 *
 * Takes requests to set and get file reputations from a real MQTT broker over TLS, as a service
 * that has registered itself; answers besides the broker's own topics that mosquitto lacks (service
 * registry, broker registry) as opendxl-broker does: version 3 messages with source ids, error
 * 0x80000001 for a topic without a service.
 *
 * Gives: answers; one line "ready admin=PORT" on standard output; a JSON line for each set in
 * --log; counters and faults on the admin port.
 * Keeps nothing over a restart but the log. Security: loopback only, for tests only.
 * Exits 0 on SIGTERM or SIGINT, 2 when the configuration is bad.
 */
#include "tests/sim/tie-sim/admin.h"
#include "tests/sim/tie-sim/server.h"

#include <argp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

struct arguments {
        const char *config;
        const char *log;
        uint16_t admin_port;
};

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
        (void)number;
        stop = 1;
}

static const struct argp_option options[] = {
    {"config", 'c', "FILE", 0, "dxlclient.config of the server's own DXL client", 0},
    {"log", 'l', "FILE", 0,
     "append a JSON line for each set: time_ms, mono_ns, hash, type, level, answer (ok, dropped, "
     "error), request, comment",
     0},
    {"admin-port", 'p', "PORT", 0, "admin port (default: any free one, told when ready)", 0},
    {0},
};

static error_t on_option(int key, char *value, struct argp_state *state)
{
        struct arguments *a = state->input;
        switch (key) {
        case 'c':
                a->config = value;
                return 0;
        case 'l':
                a->log = value;
                return 0;
        case 'p': {
                char *end;
                unsigned long port = strtoul(value, &end, 10);
                if (*end || port > UINT16_MAX)
                        argp_error(state, "--admin-port %s: a port is 0 to 65535", value);
                a->admin_port = (uint16_t)port;
                return 0;
        }
        case ARGP_KEY_END:
                if (!a->config)
                        argp_error(state, "--config FILE is wanted");
                return 0;
        default:
                return ARGP_ERR_UNKNOWN;
        }
}

static void on_ready(void *userdata)
{
        const uint16_t *port = userdata;
        printf("ready admin=%u\n", *port);
        fflush(stdout);
}

static int serve(struct sim *sim, const struct arguments *a, const struct dxl_config *config)
{
        FILE *log = a->log ? fopen(a->log, "ae") : NULL;
        if (a->log && !log) {
                perror(a->log);
                return 2;
        }
        uint16_t port;
        struct admin *admin = admin_open(sim, a->admin_port, &port);
        struct server *server = server_open(sim, config, log);
        int rc = 0;
        if (admin && server) {
                server_run(server, &stop, on_ready, &port);
        } else {
                fprintf(stderr, "tie-sim: cannot serve the admin port\n");
                rc = 2;
        }
        admin_close(admin);
        server_close(server);
        if (log)
                fclose(log);
        return rc;
}

int main(int argc, char **argv)
{
        char *doc;
        if (asprintf(&doc, "A TIE server on a DXL fabric, for tests.\v%s", admin_manual) < 0)
                return 2;
        struct arguments a = {0};
        const struct argp argp = {options, on_option, NULL, doc, NULL, NULL, NULL};
        argp_parse(&argp, argc, argv, 0, NULL, &a);
        free(doc);

        struct sigaction action = {.sa_handler = on_signal};
        sigaction(SIGTERM, &action, NULL);
        sigaction(SIGINT, &action, NULL);

        struct dxl_config *config;
        char *error = NULL;
        if (dxl_config_load(a.config, NULL, &config, &error) < 0) {
                fprintf(stderr, "%s\n", error ? error : "out of memory");
                free(error);
                return 2;
        }
        struct sim sim = {.lock = PTHREAD_MUTEX_INITIALIZER,
                          .faults = {.error_text = "simulated error"},
                          .reputations = reputations_open()};
        int rc = sim.reputations ? serve(&sim, &a, config) : 2;
        reputations_close(sim.reputations);
        dxl_config_free(config);
        return rc;
}
