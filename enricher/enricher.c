#include "enricher/enricher.h"

#include "common/chan.h"
#include "common/wire.h"
#include "enricher/gate.h"
#include "enricher/jobs.h"
#include "enricher/lane.h"
#include "enricher/workers.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
        JOBS_CAPACITY = 2 * WIRE_OUTCOMES_MAX, /* a whole message must fit beside those in work */
        FRAMES_AT_ONCE = 8,                    /* before other sources of the loop get their turn */
        SEND_AGAIN_MS = 100,
        STOP_PATIENCE_MS = 2000, /* calls under way may end by themselves before they are cut */
};

struct enricher {
        struct proc *proc;
        struct threatq_account *account;
        struct gate *gate;
        struct jobs *jobs;
        struct workers *workers;
        struct workers_stats stats;
        char *claims;      /* the file that keeps enrichers apart */
        struct chan **in;  /* one per fabric; with --stdio only the first */
        struct chan **out; /* likewise */
        size_t in_count;
        size_t turn;        /* the fabric that is read next, so that none keeps others waiting */
        struct lane *lanes; /* one per fabric */
        int send_timer;
        int stop_timer;
        bool reading;
        bool ended; /* --stdio: no more input */
        bool stopping;
        bool last_bad;
        uint64_t outcomes;
        uint64_t known;
        uint64_t bad_frames;
        uint64_t strangers; /* outcomes of fabrics that are not in the configuration */
};

static int lanes_flush(struct enricher *enricher)
{
        int r;

        for (size_t i = 0; i < enricher->proc->config->fabric_count; i++) {
                r = lane_flush(&enricher->lanes[i]);
                if (r < 0)
                        return r;
                if (r == CHAN_E_AGAIN)
                        loop_arm(enricher->proc->loop, enricher->send_timer, SEND_AGAIN_MS);
        }
        return 0;
}

static bool lanes_empty(const struct enricher *enricher)
{
        for (size_t i = 0; i < enricher->proc->config->fabric_count; i++)
                if (enricher->lanes[i].count > 0)
                        return false;
        return true;
}

/* Stops the loop when nothing is left to do. */
static void maybe_end(struct enricher *enricher)
{
        if (enricher->stopping
                ? jobs_working(enricher->jobs) == 0
                : enricher->ended && jobs_count(enricher->jobs) == 0 && lanes_empty(enricher))
                loop_stop(enricher->proc->loop);
}

static void read_on(struct enricher *enricher, bool on)
{
        if (enricher->reading == on || enricher->ended)
                return;
        enricher->reading = on;
        for (size_t i = 0; i < enricher->in_count; i++)
                chan_enable(enricher->in[i], enricher->proc->loop, on);
}

static void take_outcomes(struct enricher *enricher, struct wire_outcomes *msg)
{
        const struct config *config = enricher->proc->config;
        struct wire_outcome outcome;
        size_t fabric = 0;

        while (fabric < config->fabric_count &&
               !text_eq_str(msg->fabric, config->fabrics[fabric].name))
                fabric++;
        if (fabric == config->fabric_count) {
                if (enricher->strangers == 0)
                        log_warn(enricher->proc->log,
                                 "outcomes of a fabric that is not in the configuration "
                                 "fabric=%s; left alone",
                                 LOG_Q(msg->fabric));
                enricher->strangers += msg->outcomes.count;
                return;
        }
        while (wire_next_outcome(&msg->outcomes, &outcome)) {
                enricher->outcomes++;
                if (jobs_put(enricher->jobs, fabric, &outcome) != JOBS_TAKEN)
                        enricher->known++;
        }
}

static void take_frame(struct enricher *enricher, const void *frame, size_t len)
{
        struct wire_msg msg;

        if (wire_decode(frame, len, &msg) == 0 && msg.type == WIRE_OUTCOMES) {
                enricher->last_bad = false;
                take_outcomes(enricher, &msg.outcomes);
                return;
        }
        enricher->bad_frames++;
        if (!enricher->last_bad)
                log_warn(enricher->proc->log,
                         "dropped a message that is no OUTCOMES of this version len=%zu; are all "
                         "stages of one version?",
                         len);
        enricher->last_bad = true;
}

/* As chan_recv, of the fabric whose turn it is or the next that has something. */
static int recv_in_turn(struct enricher *enricher, const void **frame, size_t *len)
{
        int r = CHAN_E_AGAIN;

        for (size_t i = 0; i < enricher->in_count && r == CHAN_E_AGAIN; i++) {
                r = chan_recv(enricher->in[enricher->turn], frame, len);
                enricher->turn = (enricher->turn + 1) % enricher->in_count;
        }
        return r;
}

static int on_outcomes(void *userdata)
{
        struct enricher *enricher = userdata;
        const void *frame;
        size_t len;
        int r;

        for (unsigned n = 0; n < FRAMES_AT_ONCE; n++) {
                if (enricher->stopping || jobs_room(enricher->jobs) < WIRE_OUTCOMES_MAX) {
                        read_on(enricher, false);
                        return 0;
                }
                r = recv_in_turn(enricher, &frame, &len);
                if (r == CHAN_E_AGAIN)
                        return 0;
                if (r == -ENODATA && enricher->proc->stdio) {
                        read_on(enricher, false);
                        enricher->ended = true;
                        maybe_end(enricher);
                        return 0;
                }
                if (r < 0)
                        return r;
                take_frame(enricher, frame, len);
        }
        return 0;
}

static int on_finished(void *userdata)
{
        struct enricher *enricher = userdata;
        struct job job;
        int r;

        while (jobs_collect(enricher->jobs, &job)) {
                if (!job.settled)
                        continue;
                r = lane_add(&enricher->lanes[job.fabric], &job.receipt);
                if (r < 0)
                        return r;
        }
        r = lanes_flush(enricher);
        if (r < 0)
                return r;
        if (!enricher->stopping && jobs_room(enricher->jobs) >= WIRE_OUTCOMES_MAX)
                read_on(enricher, true);
        maybe_end(enricher);
        return 0;
}

static int on_send_timer(void *userdata)
{
        struct enricher *enricher = userdata;
        int r = lanes_flush(enricher);

        if (r < 0)
                return r;
        maybe_end(enricher);
        return 0;
}

static int on_stop_timer(void *userdata)
{
        struct enricher *enricher = userdata;

        workers_cancel(enricher->workers);
        return 0;
}

/* What is in work is finished or, after a while, cut off; what waits is the publisher's again. */
static int on_stop(void *userdata)
{
        struct enricher *enricher = userdata;

        enricher->stopping = true;
        read_on(enricher, false);
        jobs_stop(enricher->jobs);
        gate_stop(enricher->gate);
        loop_arm(enricher->proc->loop, enricher->stop_timer, STOP_PATIENCE_MS);
        maybe_end(enricher);
        return 0;
}

static void on_counters(void *userdata)
{
        struct enricher *enricher = userdata;
        struct workers_stats *stats = &enricher->stats;
        uint64_t dropped = 0;

        for (size_t i = 0; i < enricher->proc->config->fabric_count; i++)
                dropped += enricher->lanes[i].dropped;
        log_info(enricher->proc->log,
                 "counters outcomes=%" PRIu64 " known=%" PRIu64 " waiting=%zu done=%" PRIu64
                 " gone=%" PRIu64 " refused=%" PRIu64 " given_up=%" PRIu64 " attributes=%" PRIu64
                 " gets=%" PRIu64 " puts=%" PRIu64 " posts=%" PRIu64 " deletes=%" PRIu64
                 " bad_frames=%" PRIu64 " strangers=%" PRIu64 " dropped=%" PRIu64,
                 enricher->outcomes, enricher->known, jobs_count(enricher->jobs),
                 atomic_load(&stats->done), atomic_load(&stats->gone), atomic_load(&stats->refused),
                 atomic_load(&stats->given_up), atomic_load(&stats->attributes),
                 atomic_load(&stats->gets), atomic_load(&stats->puts), atomic_load(&stats->posts),
                 atomic_load(&stats->deletes), enricher->bad_frames, enricher->strangers, dropped);
}

static int open_sockets(struct enricher *enricher)
{
        const struct config *config = enricher->proc->config;
        struct links *links = enricher->proc->links;

        for (size_t i = 0; i < config->fabric_count; i++) {
                const char *fabric = config->fabrics[i].name;
                int r = links_connect(links, CHAN_PULL, CONFIG_OUTCOMES, fabric, &enricher->in[i]);

                if (r < 0)
                        return r;
                enricher->in_count++;
                r = links_connect(links, CHAN_PUSH, CONFIG_WRITTEN, fabric, &enricher->out[i]);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int open_stdio(struct enricher *enricher)
{
        int r = chan_open_stdio(CHAN_PULL, &enricher->in[0]);

        if (r < 0)
                return r;
        enricher->in_count = 1;
        return chan_open_stdio(CHAN_PUSH, &enricher->out[0]);
}

static int open_lanes(struct enricher *enricher)
{
        const struct proc *proc = enricher->proc;
        int r = proc->stdio ? open_stdio(enricher) : open_sockets(enricher);

        for (size_t i = 0; i < proc->config->fabric_count && r >= 0; i++) {
                lane_init(&enricher->lanes[i], proc->config->fabrics[i].name,
                          enricher->out[proc->stdio ? 0 : i]);
                if (proc->stdio)
                        continue;
                links_when_back(proc->links, enricher->in[i], lane_back, &enricher->lanes[i]);
                links_when_back(proc->links, enricher->out[i], lane_back, &enricher->lanes[i]);
                r = lane_hello(&enricher->lanes[i], proc->incarnation);
        }
        return r;
}

static int open_workers(struct enricher *enricher)
{
        struct workers_setup setup = {.config = enricher->proc->config,
                                      .log = enricher->proc->log,
                                      .stats = &enricher->stats};
        int r;

        if (!enricher->proc->stdio && asprintf(&enricher->claims, "%s/enricher.claims",
                                               enricher->proc->config->run_dir) < 0) {
                enricher->claims = NULL;
                return -ENOMEM;
        }
        enricher->proc->config->threatq.dry_run = enricher->proc->config->publisher.dry_run;
        r = threatq_account_open(&enricher->proc->config->threatq, &enricher->account);
        if (r < 0)
                return r;
        r = gate_open(&enricher->gate);
        if (r < 0)
                return r;
        r = jobs_open(JOBS_CAPACITY, &enricher->jobs);
        if (r < 0)
                return r;
        setup.claims = enricher->claims;
        setup.account = enricher->account;
        setup.gate = enricher->gate;
        setup.jobs = enricher->jobs;
        return workers_start(&setup, &enricher->workers);
}

static int join_loop(struct enricher *enricher)
{
        struct proc *proc = enricher->proc;
        int r;

        enricher->send_timer = loop_add_timer(proc->loop, on_send_timer, enricher);
        if (enricher->send_timer < 0)
                return enricher->send_timer;
        enricher->stop_timer = loop_add_timer(proc->loop, on_stop_timer, enricher);
        if (enricher->stop_timer < 0)
                return enricher->stop_timer;
        r = loop_add_fd(proc->loop, jobs_fd(enricher->jobs), on_finished, enricher);
        if (r < 0)
                return r;
        proc->on_stop = on_stop;
        proc->on_counters = on_counters;
        proc->userdata = enricher;
        for (size_t i = 0; i < enricher->in_count && r >= 0; i++)
                r = chan_watch(enricher->in[i], proc->loop, on_outcomes, enricher);
        return r;
}

int enricher_open(struct proc *proc, struct enricher **ret)
{
        _cleanup_(enricher_closep) struct enricher *enricher = calloc(1, sizeof(*enricher));
        int r;

        if (!enricher)
                return -ENOMEM;
        enricher->proc = proc;
        enricher->reading = true;
        enricher->in = calloc(proc->config->fabric_count, sizeof(*enricher->in));
        enricher->out = calloc(proc->config->fabric_count, sizeof(*enricher->out));
        enricher->lanes = calloc(proc->config->fabric_count, sizeof(*enricher->lanes));
        if (!enricher->in || !enricher->out || !enricher->lanes)
                return -ENOMEM;
        r = open_lanes(enricher);
        if (r < 0)
                return r;
        r = open_workers(enricher);
        if (r < 0)
                return r;
        r = join_loop(enricher);
        if (r < 0)
                return r;
        *ret = enricher;
        enricher = NULL;
        return 0;
}

void enricher_close(struct enricher *enricher)
{
        if (!enricher)
                return;
        workers_close(enricher->workers);
        jobs_close(enricher->jobs);
        gate_close(enricher->gate);
        threatq_account_close(enricher->account);
        for (size_t i = 0; i < enricher->proc->config->fabric_count; i++) {
                if (enricher->in)
                        chan_close(enricher->in[i]);
                if (enricher->out)
                        chan_close(enricher->out[i]);
                if (enricher->lanes)
                        lane_done(&enricher->lanes[i]);
        }
        free(enricher->in);
        free(enricher->out);
        free(enricher->lanes);
        free(enricher->claims);
        free(enricher);
}

bool enricher_settled(const struct enricher *enricher)
{
        return atomic_load(&enricher->stats.given_up) == 0;
}
