#include "publisher/publisher.h"

#include "common/clock.h"
#include "common/kept.h"
#include "publisher/delivery.h"
#include "publisher/disk.h"
#include "publisher/facts.h"
#include "publisher/inbox.h"
#include "publisher/ports.h"
#include "publisher/push.h"
#include "publisher/report.h"
#include "publisher/requests.h"
#include "publisher/trace.h"
#include "publisher/vault.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
        TICK_MS = 1000,  /* HELLO, status, and whatever only time brings */
        FRAMES_MAX = 32, /* read in one go before the other sources have their turn */
};

struct publisher {
        struct proc *proc;
        struct log *log;
        const char *fabric;
        struct vault vault;
        struct dxl_fabric *dxl;
        struct push *push;
        struct delivery *delivery;
        struct inbox *inbox;
        struct ports ports;
        char *status;        /* as last written */
        bool said_connected; /* in it */
        int tick, pump;
        int64_t last_page_ms;
        uint64_t bad_frames;
        bool await_sweep; /* what is queued waits for the sweep to compete with */
        bool dry_run;     /* all but the settings, and what ThreatQ is told */
        bool stopping;
        bool input_ended; /* --stdio */
        struct disk disk;
};

/* ---- out ---- */

static int send_hello(struct publisher *p)
{
        struct wire_msg msg = {.type = WIRE_HELLO,
                               .hello = {.fabric = text_of(p->fabric),
                                         .incarnation = p->proc->incarnation,
                                         .store = text_of(p->vault.id)}};

        return ports_answer(&p->ports, &msg);
}

static int send_ack(struct publisher *p, uint64_t sweep, uint32_t page)
{
        struct wire_msg msg = {.type = WIRE_ACK,
                               .ack = {.fabric = text_of(p->fabric), .sweep = sweep, .page = page}};

        return ports_answer(&p->ports, &msg);
}

/* ---- the work ---- */

static bool may_push(const struct publisher *p)
{
        int64_t quiet = clock_boot_ms() - p->last_page_ms;

        return !p->stopping && !p->dry_run && p->vault.rule.active &&
               ((p->vault.state.ended && !p->await_sweep) ||
                quiet >= p->proc->config->publisher.settle_timeout_ms);
}

static void write_status(struct publisher *p)
{
        char *status = report_status(p->dxl, p->push, p->dry_run);

        p->said_connected = push_health(p->push)->connected;
        if (!status || (p->status && strcmp(status, p->status) == 0)) {
                free(status);
                return;
        }
        if (proc_write_status(p->proc, status) < 0)
                log_debug(p->log, "the status could not be written");
        free(p->status);
        p->status = status;
}

static int pump(void *userdata)
{
        struct publisher *p = userdata;
        uint64_t version = p->vault.state.version;
        int64_t wait;
        int r = push_pump(p->push);

        if (push_health(p->push)->connected != p->said_connected)
                write_status(p);
        if (p->vault.state.version != version)
                delivery_wake(p->delivery);
        /* a pump that committed nothing says nothing of the disk */
        if (r != 0 || p->vault.state.version != version)
                r = disk_judge(&p->disk, r);
        if (r == 0)
                r = delivery_pump(p->delivery);
        if (r != 0)
                return r;
        if (p->stopping && push_outstanding(p->push) == 0)
                loop_stop(p->proc->loop);
        wait = push_wait_ms(p->push);
        if (wait >= 0)
                loop_arm(p->proc->loop, p->pump, p->disk.full ? DISK_PAUSE_MS : wait);
        return 0;
}

static int acknowledge(struct publisher *p)
{
        int r = 0;

        for (unsigned i = 0; i < inbox_count(p->inbox) && r == 0; i++) {
                const struct wire_msg *msg = inbox_at(p->inbox, i);

                if (msg->type == WIRE_BATCH)
                        r = send_ack(p, msg->batch.sweep, msg->batch.page);
                else
                        r = send_ack(p, msg->sweep_end.sweep, WIRE_PAGE_END);
        }
        return r;
}

static int commit_inbox(struct publisher *p)
{
        bool was_ended = p->vault.state.ended;
        int r;

        if (inbox_count(p->inbox) == 0)
                return 0;
        r = disk_judge(&p->disk, inbox_commit(p->inbox, p->proc->fabric, &p->vault, p->log));
        if (r == 0 && !p->disk.full) {
                p->await_sweep = false;
                trace_taken(p->log, p->vault.store, p->inbox);
                r = acknowledge(p);
        }
        inbox_clear(p->inbox);
        if (!was_ended && p->vault.state.ended)
                log_info(p->log, "sweep taken number=%llu kind=%s indicators=%llu queued=%llu",
                         (unsigned long long)p->vault.state.sweep,
                         sweep_kind_name(p->vault.state.kind),
                         (unsigned long long)p->vault.state.fetched,
                         (unsigned long long)p->vault.state.counts[REASON_QUEUED]);
        push_allow(p->push, may_push(p));
        return r == 0 ? pump(p) : r;
}

/* ---- in ---- */

static void bad_frame(struct publisher *p, const char *why)
{
        if (p->bad_frames++ % 1000 == 0)
                log_warn(p->log, "a message is dropped: %s count=%llu", why,
                         (unsigned long long)p->bad_frames);
}

static int take_sweep_frame(struct publisher *p, struct text fabric, const void *frame, size_t len)
{
        if (!text_eq_str(fabric, p->fabric)) {
                bad_frame(p, "it is for another fabric");
                return 0;
        }
        p->last_page_ms = clock_boot_ms();
        return inbox_add(p->inbox, frame, len);
}

static int take_written(struct publisher *p, const struct wire_written *written)
{
        int r;

        if (!text_eq_str(written->fabric, p->fabric)) {
                bad_frame(p, "it is for another fabric");
                return 0;
        }
        r = disk_judge(&p->disk, delivery_receive(p->delivery, written));
        return r == 0 ? delivery_pump(p->delivery) : r;
}

static int take_frame(struct publisher *p, const void *frame, size_t len)
{
        struct wire_msg msg;

        if (wire_decode(frame, len, &msg) != 0) {
                kept_put(p->proc->config->state_dir, p->fabric, ".msgpack", frame, len);
                bad_frame(p, "it is not one of this version");
                return 0;
        }
        switch (msg.type) {
        case WIRE_BATCH:
                return take_sweep_frame(p, msg.batch.fabric, frame, len);
        case WIRE_SWEEP_END:
                return take_sweep_frame(p, msg.sweep_end.fabric, frame, len);
        case WIRE_WRITTEN:
                return take_written(p, &msg.written);
        case WIRE_HELLO:
                delivery_again(p->delivery);
                return delivery_pump(p->delivery);
        case WIRE_PAGE:
        case WIRE_ACK:
        case WIRE_OUTCOMES:
        case WIRE_SWEEP_REQUEST:
        default:
                bad_frame(p, "it is not meant for a publisher");
                return 0;
        }
}

static int take_frames(struct publisher *p, struct chan *chan)
{
        const void *frame;
        size_t len;
        int r = 0;

        for (unsigned i = 0; i < FRAMES_MAX && r == 0; i++) {
                r = chan_recv(chan, &frame, &len);
                if (r == 0)
                        r = take_frame(p, frame, len);
                if (r == 0 && inbox_full(p->inbox))
                        r = commit_inbox(p);
        }
        if (r == -ENODATA) {
                p->input_ended = true;
                r = 0;
        }
        return r < 0 ? r : commit_inbox(p);
}

static int on_in(void *userdata)
{
        struct publisher *p = userdata;

        return take_frames(p, p->ports.in);
}

static int on_written(void *userdata)
{
        struct publisher *p = userdata;

        return take_frames(p, p->ports.written);
}

/* ---- time ---- */

static int on_tick(void *userdata)
{
        struct publisher *p = userdata;
        int64_t now = quota_time(p->vault.quota, clock_boot_ms());
        struct facts facts;
        int r = requests_serve(p->proc, &p->vault, &p->disk);

        if (r == 0)
                r = facts_read(p->vault.store, &facts);
        if (r == 0)
                r = send_hello(p);
        if (r != 0)
                return r;
        push_allow(p->push, may_push(p));
        if (facts.ready == 0 && (facts.first_due == 0 || facts.first_due > now))
                push_rest(p->push);
        r = pump(p);
        write_status(p);
        if (p->input_ended &&
            facts_idle(&facts, p->dry_run ? 0 : rule_left(&p->vault.rule, p->vault.quota), now, 0))
                loop_stop(p->proc->loop);
        loop_arm(p->proc->loop, p->tick, TICK_MS);
        return r;
}

static int on_stop(void *userdata)
{
        struct publisher *p = userdata;

        p->stopping = true;
        push_allow(p->push, false);
        log_info(p->log, "stopping in_flight=%u", push_outstanding(p->push));
        return pump(p);
}

static void on_counters(void *userdata)
{
        struct publisher *p = userdata;

        report_counters(p->log, p->vault.store, p->dxl, p->bad_frames);
}

/* ---- opening ---- */

static int open_push(struct publisher *p)
{
        struct push_options options = {
            .store = p->vault.store,
            .quota = p->vault.quota,
            .state = &p->vault.state,
            .dxl = p->dxl,
            .config = p->proc->config,
            .rule = &p->vault.rule,
            .log = p->log,
        };
        int r = push_open(&options, &p->push);

        if (r == 0)
                r = delivery_open(p->vault.store, &p->vault.state, p->fabric, p->ports.outcomes,
                                  p->log, &p->delivery);
        if (r == 0 && p->dry_run)
                delivery_hold(p->delivery);
        return r == 0 ? inbox_open(&p->inbox) : r;
}

static int watch(struct publisher *p)
{
        struct loop *loop = p->proc->loop;
        int r = chan_watch(p->ports.in, loop, on_in, p);

        if (r == 0 && p->ports.written)
                r = chan_watch(p->ports.written, loop, on_written, p);
        if (r == 0)
                r = loop_add_fd(loop, dxl_fabric_fd(p->dxl), pump, p);
        if (r != 0)
                return r;
        p->tick = loop_add_timer(loop, on_tick, p);
        p->pump = loop_add_timer(loop, pump, p);
        if (p->tick < 0 || p->pump < 0)
                return -ENOMEM;
        loop_arm(loop, p->tick, 0);
        p->proc->on_stop = on_stop;
        p->proc->on_counters = on_counters;
        p->proc->userdata = p;
        return 0;
}

int publisher_open(struct proc *proc, const struct publisher_options *options,
                   struct publisher **ret)
{
        _cleanup_(publisher_closep) struct publisher *p = calloc(1, sizeof(*p));
        _cleanup_(freep) char *error = NULL;
        struct dxl_options dxl = {
            .config_path = proc->fabric->dxl_config,
            .key_passphrase_file = proc->fabric->key_passphrase_file,
            .verify_hostname = proc->fabric->verify_hostname,
            .request_timeout_ms = proc->config->publisher.request_timeout_ms,
            .window = push_carried(proc->config->publisher.window),
            .dry_run = proc->config->publisher.dry_run,
        };
        int r;

        if (!p)
                return PROC_EXIT_FAILED;
        p->proc = proc;
        p->log = proc->log;
        p->fabric = proc->fabric->name;
        p->disk = (struct disk){.log = proc->log, .folder = proc->config->state_dir};
        p->await_sweep = options->await_sweep;
        p->dry_run = proc->config->publisher.dry_run;
        p->last_page_ms = clock_boot_ms();
        r = vault_open_at_work(proc, options->cache, &p->vault);
        if (r != 0)
                return r == VAULT_E_STOPPED ? 0 : PROC_EXIT_FAILED;
        if (dxl_fabric_open(&dxl, proc->log, &p->dxl, &error) != 0) {
                log_error(p->log, "%s", error ? error : "cannot open the fabric");
                return PROC_EXIT_CONFIG;
        }
        r = ports_open(proc, &p->ports);
        if (r == 0)
                r = open_push(p);
        if (r == 0)
                r = watch(p);
        if (r != 0) {
                log_error(p->log, "cannot start: %s", strerror(-r));
                return PROC_EXIT_FAILED;
        }
        *ret = p;
        p = NULL;
        return 0;
}

void publisher_close(struct publisher *p)
{
        if (!p)
                return;
        if (p->push)
                write_status(p);
        dxl_fabric_close(p->dxl);
        delivery_close(p->delivery);
        push_close(p->push);
        inbox_close(p->inbox);
        ports_close(&p->ports);
        vault_close(&p->vault);
        free(p->status);
        free(p);
}
