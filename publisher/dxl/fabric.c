#include "publisher/dxl/fabric.h"

#include "common/clock.h"
#include "publisher/dxl/dxlconfig.h"
#include "publisher/dxl/handover.h"
#include "publisher/dxl/session.h"
#include "publisher/dxl/thumbprint.h"
#include "publisher/dxl/tie.h"
#include "publisher/dxl/uuid.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { REQUEST_TIMEOUT_MS = 30000, WINDOW = 64, JOIN_TRY_MS = 100 };

struct dxl_fabric {
        struct dxl_config *config;
        struct dxl_handover *handover;
        struct dxl_session *session;
        char thumbprint[DXL_THUMBPRINT_LEN + 1];
        pthread_t thread;
        bool started;
        bool dry_run;
};

const char *dxl_result_name(enum dxl_result result)
{
        static const char *const names[] = {
            [DXL_ANSWERED] = "answered", [DXL_ERROR] = "error",
            [DXL_TIMEOUT] = "timeout",   [DXL_DISCONNECTED] = "disconnected",
            [DXL_NOT_SENT] = "not sent",
        };
        return (unsigned)result < sizeof(names) / sizeof(*names) ? names[result] : "?";
}

static void *run(void *userdata)
{
        dxl_session_run(userdata);
        return NULL;
}

static int start(struct dxl_fabric *f)
{
        /* Signals belong to the caller's thread. */
        sigset_t all, before;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before);
        int rc = -pthread_create(&f->thread, NULL, run, f->session);
        pthread_sigmask(SIG_SETMASK, &before, NULL);
        if (rc == 0) {
                f->started = true;
                pthread_setname_np(f->thread, "dxl");
        }
        return rc;
}

static int set_up(struct dxl_fabric *f, const struct dxl_options *options, struct log *log)
{
        unsigned window = options->window ? options->window : WINDOW;
        if (window > DXL_WINDOW_MAX)
                return -EINVAL;
        int rc = dxl_handover_open(2 * window, &f->handover);
        if (rc < 0)
                return rc;
        char random_id[DXL_UUID_LEN + 1];
        dxl_uuid_new(random_id);
        const char *id = options->client_id ? options->client_id : f->config->client_id;
        const struct dxl_session_options session = {
            .config = f->config,
            .handover = f->handover,
            .log = log,
            .client_id = id ? id : random_id,
            .request_timeout_ms =
                options->request_timeout_ms ? options->request_timeout_ms : REQUEST_TIMEOUT_MS,
            .window = window,
        };
        rc = dxl_session_open(&session, &f->session);
        return rc == 0 ? start(f) : rc;
}

int dxl_fabric_open(const struct dxl_options *options, struct log *log, struct dxl_fabric **ret,
                    char **error)
{
        _cleanup_(dxl_fabric_closep) struct dxl_fabric *f = calloc(1, sizeof(*f));
        if (!f) {
                *error = NULL;
                return -ENOMEM;
        }
        /* paho would go through these for every connection, and only [Proxy] is meant to. */
        unsetenv("https_proxy");
        unsetenv("http_proxy");
        const struct dxl_config_options how = {.key_passphrase_file = options->key_passphrase_file,
                                               .verify_hostname = options->verify_hostname};
        int rc = dxl_config_load(options->config_path, &how, &f->config, error);
        if (rc < 0)
                return rc;
        dxl_thumbprint(f->config->cert_file, f->thumbprint);
        f->dry_run = options->dry_run;
        rc = set_up(f, options, log);
        if (rc < 0) {
                *error = strdup(strerror(-rc));
                return rc;
        }
        *ret = f;
        f = NULL;
        return 0;
}

/* Waits for the thread; a connection that is just being made could hold it for long. */
static void join(struct dxl_fabric *f)
{
        struct timespec until;

        do {
                dxl_session_hurry(f->session);
                clock_gettime(CLOCK_REALTIME, &until);
                until.tv_nsec += JOIN_TRY_MS * 1000000L;
                if (until.tv_nsec >= 1000000000L) {
                        until.tv_nsec -= 1000000000L;
                        until.tv_sec++;
                }
        } while (pthread_timedjoin_np(f->thread, NULL, &until) == ETIMEDOUT);
}

void dxl_fabric_close(struct dxl_fabric *fabric)
{
        if (!fabric)
                return;
        if (fabric->started) {
                dxl_session_stop(fabric->session);
                join(fabric);
        }
        dxl_session_close(fabric->session);
        dxl_handover_close(fabric->handover);
        dxl_config_free(fabric->config);
        free(fabric);
}

int dxl_fabric_fd(const struct dxl_fabric *fabric)
{
        return dxl_handover_fd(fabric->handover);
}

int dxl_fabric_request(struct dxl_fabric *fabric, uint64_t tag, const char *topic,
                       const void *payload, size_t len)
{
        /* Every request passes here: in a dry run none that sets gets any further. */
        if (fabric->dry_run && strcmp(topic, tie_topic_set) == 0)
                return -EPERM;
        return dxl_handover_put(fabric->handover, tag, topic, payload, len,
                                clock_boot_ms() + DXL_SEND_MS);
}

bool dxl_fabric_next(struct dxl_fabric *fabric, struct dxl_completion *ret)
{
        return dxl_handover_next(fabric->handover, ret);
}

void dxl_fabric_state(struct dxl_fabric *fabric, struct dxl_state *ret)
{
        dxl_session_state(fabric->session, ret);
}

const char *dxl_fabric_thumbprint(const struct dxl_fabric *fabric)
{
        return fabric->thumbprint;
}
