#include "publisher/check.h"

#include "common/clock.h"
#include "publisher/dxl/uuid.h"
#include "publisher/verdict.h"

#include <poll.h>
#include <stdio.h>

enum { CONNECT_MS = 15000, ANSWER_MS = 10000 };

struct check {
        const char *fabric;
        struct dxl_fabric *dxl;
        struct preflight preflight;
        bool failed;
};

static void print(struct check *c, const struct finding *finding)
{
        c->failed |= finding->level == FINDING_FAILED;
        if (finding_write(stdout, finding) < 0)
                c->failed = true;
}

/* Until something came from the fabric, or the time is over: false. */
static bool await(const struct check *c, int64_t until)
{
        int64_t left = until - clock_boot_ms();
        struct pollfd p = {.fd = dxl_fabric_fd(c->dxl), .events = POLLIN};

        if (left <= 0)
                return false;
        poll(&p, 1, (int)left);
        return true;
}

static void take(struct check *c)
{
        struct dxl_completion completion;

        while (dxl_fabric_next(c->dxl, &completion)) {
                preflight_take(&c->preflight, &completion);
                free(completion.payload);
        }
}

static void certificate(struct check *c, const char *what, const char *where, int64_t expires_s)
{
        struct finding finding;

        if (verdict_certificate(&finding, c->fabric, what, where, expires_s, clock_wall_s()))
                print(c, &finding);
}

/* Of a broker that took no connection nothing is known; its CA is one of the bundle. */
static void certificates(struct check *c, const struct dxl_state *state)
{
        certificate(c, "client-certificate", "the client certificate", state->expiries.client_s);
        certificate(c, "ca-certificate",
                    state->connected ? "the first of the CAs that the broker's comes from"
                                     : "the first of the CAs in the bundle",
                    state->expiries.ca_s);
        certificate(c, "broker-certificate", state->broker, state->expiries.broker_s);
}

static bool connect_fabric(struct check *c)
{
        int64_t until = clock_boot_ms() + CONNECT_MS;
        struct dxl_state state;
        struct finding finding;

        do {
                take(c);
                dxl_fabric_state(c->dxl, &state);
        } while (!state.connected && await(c, until));
        verdict_connection(&finding, c->fabric, &state, CONNECT_MS);
        print(c, &finding);
        certificates(c, &state);
        return state.connected;
}

static void ask(struct check *c)
{
        int64_t until = clock_boot_ms() + ANSWER_MS + DXL_SEND_MS;

        preflight_ask(&c->preflight, c->dxl);
        do
                take(c);
        while (preflight_awaited(&c->preflight) > 0 && await(c, until));
}

static void look(struct check *c, const struct proc *proc)
{
        const char *thumbprint = dxl_fabric_thumbprint(c->dxl);
        struct finding finding;

        if (!connect_fabric(c))
                return;
        ask(c);
        verdict_registry(&finding, c->fabric, &c->preflight);
        print(c, &finding);
        verdict_get(&finding, c->fabric, &c->preflight, thumbprint);
        print(c, &finding);
        _cleanup_(freep) char *status = proc_running_pid(proc) > 0 ? proc_read_status(proc) : NULL;
        verdict_set(&finding, c->fabric, status, thumbprint);
        print(c, &finding);
}

int check_print(const struct proc *proc)
{
        struct check c = {.fabric = proc->fabric->name};
        _cleanup_(freep) char *error = NULL;
        char id[DXL_UUID_LEN + 1];
        struct dxl_options dxl = {
            .config_path = proc->fabric->dxl_config,
            .key_passphrase_file = proc->fabric->key_passphrase_file,
            .verify_hostname = proc->fabric->verify_hostname,
            .client_id = id, /* not the file's: a broker drops the older of two of one id */
            .request_timeout_ms = ANSWER_MS,
        };
        struct finding finding;

        dxl_uuid_new(id);
        if (dxl_fabric_open(&dxl, NULL, &c.dxl, &error) != 0) {
                finding_set(&finding, "dxl-config", c.fabric, FINDING_FAILED,
                            "correct dxlclient.config, or the file it names", "%s",
                            error ? error : "out of memory");
                print(&c, &finding);
                return PROC_EXIT_FAILED;
        }
        finding_set(&finding, "dxl-config", c.fabric, FINDING_OK, NULL,
                    "%s and the certificate and key it names can be used",
                    proc->fabric->dxl_config);
        print(&c, &finding);
        look(&c, proc);
        dxl_fabric_close(c.dxl);
        return c.failed ? PROC_EXIT_FAILED : PROC_EXIT_OK;
}
