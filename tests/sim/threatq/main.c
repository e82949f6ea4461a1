/*
 * threatq-sim: a ThreatQ server for tests.
 *
 * Takes  requests of ThreatQ's REST API over HTTPS on 127.0.0.1, and a test's wishes on a plain
 *        HTTP admin port, also on 127.0.0.1 (--help lists both).
 * Gives  a library of indicators made from a seed, with attributes that can be written; tokens that
 *        expire; faults on demand; one line "ready port=… admin=…" on stdout.
 * Keeps  changes in memory; with --log, a line of JSON per write in a file.
 * Security  for tests only: its accounts are on its command line and the admin port asks for none.
 * Exits  0 after SIGTERM or SIGINT, 1 when it cannot serve, 2 for wrong arguments.
 */
#include "tests/sim/threatq/admin.h"
#include "tests/sim/threatq/api.h"
#include "tests/sim/threatq/mutate.h"
#include "tests/sim/threatq/options.h"

#include <errno.h>
#include <signal.h>

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

static void sim_open(struct sim *sim, const struct options *options)
{
        *sim = (struct sim){.options = options->sim};
        library_open(&sim->library, &options->library, options->source);
        sim->cache = cache_open(&sim->library);
        sim->auth = auth_open(&options->auth);
        sim->faults = faults_open();
        sim->connectors = api_connectors_default();
        pthread_mutex_init(&sim->log_mutex, NULL);
}

static void sim_close(struct sim *sim)
{
        mutate_clear(sim);
        for (size_t i = 0; i < sim->n_saved; i++)
                json_decref(sim->saved[i].json);
        json_decref(sim->connectors);
        cache_close(sim->cache);
        library_close(&sim->library);
        auth_close(sim->auth);
        faults_close(sim->faults);
        if (sim->log)
                fclose(sim->log);
        pthread_mutex_destroy(&sim->log_mutex);
}

static int serve(struct sim *sim, const struct options *options, const sigset_t *ends)
{
        _cleanup_(freep) char *cert = options->cert ? read_file(options->cert) : NULL;
        _cleanup_(freep) char *key = options->key ? read_file(options->key) : NULL;
        struct server_options api = {.port = options->port,
                                     .cert = options->plain ? NULL : cert,
                                     .key = key,
                                     .idle_s = options->idle_s,
                                     .handler = api_handle,
                                     .userdata = sim};
        struct server_options admin = {
            .port = options->admin_port, .handler = admin_handle, .userdata = sim};
        int number;

        if (!options->plain && (!cert || !key)) {
                fprintf(stderr, "threatq-sim: cannot read the certificate or its key\n");
                return 1;
        }
        _cleanup_(server_closep) struct server *api_server = server_open(&api);
        _cleanup_(server_closep) struct server *admin_server =
            api_server ? server_open(&admin) : NULL;
        if (!admin_server) {
                fprintf(stderr, "threatq-sim: cannot serve: %s\n", strerror(errno));
                return 1;
        }
        printf("ready port=%u admin=%u\n", server_port(api_server), server_port(admin_server));
        fflush(stdout);
        sigwait(ends, &number);
        faults_stop(sim->faults);
        return 0;
}

int main(int argc, char **argv)
{
        struct options options;
        struct sim sim;
        sigset_t ends;

        options_read(&options, argc, argv);
        sigemptyset(&ends);
        sigaddset(&ends, SIGTERM);
        sigaddset(&ends, SIGINT);
        pthread_sigmask(SIG_BLOCK, &ends, NULL);
        signal(SIGPIPE, SIG_IGN);
        sim_open(&sim, &options);
        if (options.log && !(sim.log = fopen(options.log, "ae"))) {
                fprintf(stderr, "threatq-sim: cannot open \"%s\": %s\n", options.log,
                        strerror(errno));
                sim_close(&sim);
                return 1;
        }
        int result = serve(&sim, &options, &ends);
        sim_close(&sim);
        return result;
}
