#include "fetcher/fetcher_internal.h"
#include "common/clock.h"
#include "fetcher/report.h"
#include "fetcher/trace.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

enum {
        FRAMES_PER_TURN = 64,
        TICK_MS = 100,
        BLOCKED_TICK_MS = 20, /* while the mappers take nothing */
        STATUS_MS = 250,
};

/* With nobody to acknowledge, what is written is taken. */
static void take_as_acked(struct fetcher *f, const struct sweep_send *send, int64_t now)
{
        uint64_t fabrics = send->end ? (uint64_t)1 << send->fabric : send->targets;
        uint32_t page = send->page;

        for (unsigned i = 0; i < f->config->fabric_count; i++) {
                if (fabrics >> i & 1)
                        sweep_acked(f->sweep, i, page, now);
        }
}

static int send_due(struct fetcher *f, int64_t now)
{
        struct sweep_send send;

        f->blocked = false;
        while (sweep_next_send(f->sweep, now, &send)) {
                int r;

                msgpack_sbuffer_clear(&f->frame);
                if (send.end)
                        fetcher_pack_end(f, &send);
                else
                        fetcher_pack_page(f, &send);
                r = chan_send(f->pages, f->frame.data, f->frame.size);
                if (r == CHAN_E_AGAIN) {
                        f->blocked = true;
                        return 0;
                }
                if (r < 0)
                        return r;
                sweep_sent(f->sweep, &send, now);
                trace_sent(f, &send);
                f->sent++;
                if (f->acks_ended)
                        take_as_acked(f, &send, now);
        }
        return 0;
}

static void watch_fetch(struct fetcher *f)
{
        bool want = f->sweep && sweep_wants_page(f->sweep) && !f->failing;

        if (want != f->fetch_watched)
                loop_enable_fd(f->proc->loop, fetch_fd(f->fetch), want);
        f->fetch_watched = want;
}

static int take_events(struct fetcher *f, int64_t now)
{
        struct fetch_event event;
        int r = 0;

        while (r == 0 && sweep_wants_page(f->sweep) && !f->failing && fetch_next(f->fetch, &event))
                r = fetcher_take_event(f, &event, now);
        return r;
}

static const char *state_name(const struct fetcher *f)
{
        if (f->sweep)
                return "running";
        if (f->waiting)
                return "waiting";
        return f->record.failed ? "failed" : "idle";
}

static void write_status(struct fetcher *f, int64_t now)
{
        char trouble[256] = "";
        char *text;

        if (f->proc->stdio || now - f->status_at < STATUS_MS)
                return;
        f->status_at = now;
        fetch_trouble(f->fetch, trouble);
        text = report_json(f->config, &f->record, f->fabrics, state_name(f),
                           f->sweep ? trouble : f->record.error);
        if (!text || (f->status && strcmp(text, f->status) == 0)) {
                free(text);
                return;
        }
        if (proc_write_status(f->proc, text) < 0)
                log_warn(f->proc->log, "cannot write the status file");
        free(f->status);
        f->status = text;
}

/* All that may be due, in the order that keeps the promise: what was acknowledged is saved before
 * anything new leaves. */
static int turn(struct fetcher *f)
{
        int64_t now = clock_boot_ms();
        bool was_open = f->sweep != NULL;
        uint64_t sent = f->sent;
        int64_t next_ms;
        int r = 0;

        if (!f->sweep && !(f->proc->stdio && f->swept))
                r = fetcher_schedule(f, now);
        if (r == 0 && f->sweep)
                r = fetcher_settle(f, now);
        if (r == 0 && f->sweep) {
                r = take_events(f, now);
                if (r == 0)
                        r = send_due(f, now);
        }
        if (r < 0)
                return r;
        /* The end of a sweep is told at once. */
        if (was_open != (f->sweep != NULL))
                f->status_at = 0;
        watch_fetch(f);
        write_status(f, now);
        /* Without acknowledgements what was sent is settled at once and makes room. */
        next_ms = f->acks_ended && sent != f->sent ? 0 : f->blocked ? BLOCKED_TICK_MS : TICK_MS;
        loop_arm(f->proc->loop, f->timer, next_ms);
        return 0;
}

static int on_turn(void *userdata)
{
        return turn(userdata);
}

static int find_fabric(struct fetcher *f, struct text name)
{
        for (size_t i = 0; i < f->config->fabric_count; i++) {
                if (text_eq_str(name, f->config->fabrics[i].name))
                        return (int)i;
        }
        if (!f->unknown_said)
                log_warn(f->proc->log,
                         "a publisher serves a fabric that the configuration lacks fabric=%s: "
                         "restart the stage whose configuration is old",
                         LOG_Q(name));
        f->unknown_said = true;
        return -1;
}

static void take_ack(struct fetcher *f, const struct wire_ack *ack, int64_t now)
{
        int fabric = find_fabric(f, ack->fabric);

        f->acks_taken++;
        trace_acked(f, ack);
        if (fabric >= 0 && f->sweep && ack->sweep == f->record.number)
                sweep_acked(f->sweep, (unsigned)fabric, ack->page, now);
}

static int take_hello(struct fetcher *f, const struct wire_hello *hello, int64_t now)
{
        int fabric = find_fabric(f, hello->fabric);
        bool restarted;
        uint64_t bit;

        if (fabric < 0 || hello->store.len >= CHECKPOINT_STORE_MAX)
                return 0;
        bit = (uint64_t)1 << fabric;
        restarted =
            roster_hello(&f->roster, (unsigned)fabric, hello->incarnation, hello->store, now);
        if (!f->sweep)
                return 0;
        sweep_heard(f->sweep, (unsigned)fabric, restarted, now);
        if ((sweep_active(f->sweep) & bit) &&
            !text_eq_str(hello->store, f->fabrics[fabric].sweep_store))
                return fetcher_leave(f, bit, "its publisher's store is another one", now);
        return 0;
}

static void take_request(struct fetcher *f, const struct wire_sweep_request *request)
{
        /* Asked again until the report names it: the same number is the same request. */
        if (request->request == 0 || request->request == f->record.request ||
            request->request == f->request)
                return;
        f->request = request->request;
        f->request_full = request->full;
        log_info(f->proc->log, "sweep requested request=%" PRIu64 " full=%d%s", request->request,
                 request->full, f->sweep ? ": after the one under way" : "");
}

static int take_frame(struct fetcher *f, const void *frame, size_t len, int64_t now)
{
        struct wire_msg msg;
        bool known = wire_decode(frame, len, &msg) == 0;

        if (known && msg.type == WIRE_ACK)
                take_ack(f, &msg.ack, now);
        else if (known && msg.type == WIRE_HELLO)
                return take_hello(f, &msg.hello, now);
        else if (known && msg.type == WIRE_SWEEP_REQUEST)
                take_request(f, &msg.sweep_request);
        else
                known = false;
        if (known) {
                f->bad_burst = false;
                return 0;
        }
        f->bad_frames++;
        if (!f->bad_burst)
                log_warn(f->proc->log,
                         "frame is no ACK, HELLO or SWEEP_REQUEST of version %d bytes=%zu: dropped",
                         WIRE_VERSION, len);
        f->bad_burst = true;
        return 0;
}

static int on_acks(void *userdata)
{
        struct fetcher *f = userdata;
        int64_t now = clock_boot_ms();

        for (int i = 0; i < FRAMES_PER_TURN; i++) {
                const void *frame;
                size_t len;
                int r = chan_recv(f->acks, &frame, &len);

                if (r == -ENODATA) {
                        f->acks_ended = true;
                        break;
                }
                if (r == CHAN_E_AGAIN)
                        break;
                if (r == 0)
                        r = take_frame(f, frame, len, now);
                if (r < 0)
                        return r;
        }
        return turn(f);
}

static int open_channels(struct fetcher *f)
{
        int r;

        if (f->proc->stdio) {
                r = chan_open_stdio(CHAN_PUSH, &f->pages);
                return r < 0 ? r : chan_open_stdio(CHAN_PULL, &f->acks);
        }
        r = links_bind(f->proc->links, CHAN_PUSH, CONFIG_PAGES, NULL, &f->pages);
        return r < 0 ? r : links_bind(f->proc->links, CHAN_PULL, CONFIG_ACKS, NULL, &f->acks);
}

static int open_store(struct fetcher *f)
{
        _cleanup_(freep) char *path = f->proc->stdio ? NULL : proc_store_path(f->proc);
        int r;

        if (!path && !f->proc->stdio)
                return -ENOMEM;
        r = checkpoint_open(path, false, &f->checkpoint);
        return r < 0 ? r : checkpoint_load(f->checkpoint, f->config, &f->record, f->fabrics);
}

static int watch(struct fetcher *f)
{
        struct loop *loop = f->proc->loop;
        int r = chan_watch(f->acks, loop, on_acks, f);

        if (r >= 0)
                r = loop_add_fd(loop, fetch_fd(f->fetch), on_turn, f);
        if (r >= 0)
                r = f->timer = loop_add_timer(loop, on_turn, f);
        if (r < 0)
                return r;
        loop_enable_fd(loop, fetch_fd(f->fetch), false);
        loop_arm(loop, f->timer, 0);
        return 0;
}

/* With --stdio every fabric is there. */
static void hear_all(struct fetcher *f)
{
        for (unsigned i = 0; i < f->config->fabric_count; i++)
                roster_hello(&f->roster, i, 1, text_of("stdio"), clock_boot_ms());
}

int fetcher_open(struct proc *proc, bool on_request, struct fetcher **ret)
{
        _cleanup_(fetcher_closep) struct fetcher *f = calloc(1, sizeof(*f));
        const char *what = "memory";
        int r = f ? 0 : -ENOMEM;

        if (r == 0) {
                f->proc = proc;
                f->config = proc->config;
                f->on_request = on_request && !proc->stdio;
                f->gathering_since = -1;
                f->status_at = INT64_MIN / 2;
                what = "store";
                r = open_store(f);
        }
        if (r == 0) {
                what = "channels";
                r = open_channels(f);
        }
        if (r == 0) {
                what = "ThreatQ client";
                r = fetch_open(f->config, proc->log, &f->fetch);
        }
        if (r == 0 && !proc->stdio)
                fetch_keep(f->fetch, f->config->state_dir);
        if (r == 0)
                r = watch(f);
        if (r < 0) {
                log_error(proc->log, "cannot open the %s error=\"%s\"", what, strerror(-r));
                return r;
        }
        if (proc->stdio)
                hear_all(f);
        *ret = f;
        f = NULL;
        return 0;
}

void fetcher_close(struct fetcher *f)
{
        if (!f)
                return;
        fetch_close(f->fetch);
        sweep_close(f->sweep);
        chan_close(f->pages);
        chan_close(f->acks);
        checkpoint_close(f->checkpoint);
        msgpack_sbuffer_destroy(&f->frame);
        checkpoint_fabrics_done(f->fabrics, SWEEP_FABRICS_MAX);
        terms_free(f->terms);
        free(f->status);
        free(f);
}

bool fetcher_failed(const struct fetcher *f)
{
        return f->record.failed;
}

void fetcher_log_counters(struct fetcher *f)
{
        log_info(f->proc->log,
                 "counters sweep=%" PRIu64 " state=%s fetched=%" PRIu64 " pages=%u sent=%" PRIu64
                 " acks=%" PRIu64 " bad_rows=%" PRIu64 " bad_frames=%" PRIu64,
                 f->record.number, state_name(f), f->record.fetched, f->record.pages, f->sent,
                 f->acks_taken, fetch_bad_rows(f->fetch), f->bad_frames);
}
