#include "mapper/mapper.h"

#include "mapper/batch.h"
#include "mapper/terms.h"
#include "mapper/trace.h"

#include <errno.h>
#include <inttypes.h>

enum { FRAMES_PER_TURN = 16 }; /* then signals and timers have their turn */

struct target {
        const char *fabric;
        struct terms *terms;
        struct reported reported;
        struct chan *out; /* stdio: shared, owned by the mapper */
        bool dropping;    /* said once per burst */
};

struct mapper {
        struct proc *proc;
        struct chan *pages;
        struct chan *lines_out; /* stdio */
        struct batch *batch;
        struct target *targets;
        size_t target_count;
        struct mapper_counters counters;
        bool bad_burst;
};

static int send_frame(struct mapper *mapper, struct target *target, const void *frame, size_t len)
{
        int r = chan_send(target->out, frame, len);

        if (r < 0)
                return r;
        if (r == CHAN_E_AGAIN) {
                mapper->counters.dropped++;
                if (!target->dropping)
                        log_info(mapper->proc->log,
                                 "publisher takes nothing fabric=%s: dropped, the fetcher will "
                                 "send again",
                                 target->fabric);
        } else {
                mapper->counters.batches++;
        }
        target->dropping = r == CHAN_E_AGAIN;
        return 0;
}

/* What an analyst ordered and nobody can carry out must not pass unseen. */
static void report_overrides(struct mapper *mapper, const struct target *target,
                             const struct batch_tally *tally)
{
        static const struct {
                enum verdict verdict;
                const char *what;
        } reported[] = {
            {VERDICT_BAD_OVERRIDE, "override names no reputation"},
            {VERDICT_CONFLICTING_OVERRIDE, "two different overrides"},
        };

        for (size_t i = 0; i < sizeof reported / sizeof *reported; i++) {
                enum verdict verdict = reported[i].verdict;

                if (tally->reported[verdict] > 0)
                        log_warn(mapper->proc->log,
                                 "%s fabric=%s indicators=%" PRIu32 " first_id=%" PRIu64
                                 ": nothing is pushed for them until the attribute is mended",
                                 reported[i].what, target->fabric, tally->reported[verdict],
                                 tally->first[verdict]);
        }
}

/* The terms that came with the page for this fabric; false when there are none. */
static bool find_terms(struct wire_list list, const char *fabric, struct wire_terms *ret)
{
        while (wire_next_terms(&list, ret)) {
                if (text_eq_str(ret->fabric, fabric))
                        return true;
        }
        return false;
}

static int send_batch(struct mapper *mapper, struct target *target, const struct wire_page *page)
{
        struct wire_push push = {0};
        const struct mapping *mapping;
        struct batch_tally tally;
        struct wire_terms terms;
        struct text frame;
        int r;

        push.given = find_terms(page->terms, target->fabric, &terms);
        if (push.given) {
                push.active = true;
                push.daily_limit = terms.daily_limit;
                push.enrichment = terms.enrichment;
        }
        r = terms_mapping(target->terms, push.given ? &terms : NULL, &mapping);
        if (r < 0)
                return r;
        frame =
            batch_judge(mapper->batch, mapping, target->fabric, &push, &target->reported, &tally);
        report_overrides(mapper, target, &tally);
        trace_batch(mapper->proc->log, page, frame);
        return send_frame(mapper, target, frame.ptr, frame.len);
}

static struct target *find_target(struct mapper *mapper, struct text fabric)
{
        for (size_t i = 0; i < mapper->target_count; i++) {
                if (text_eq_str(fabric, mapper->targets[i].fabric))
                        return &mapper->targets[i];
        }
        /* Fetcher and mapper were started with different configurations. */
        if (mapper->counters.unknown_fabric++ == 0)
                log_warn(mapper->proc->log,
                         "the fetcher names a fabric that the configuration lacks fabric=%s: "
                         "restart the stage whose configuration is old",
                         LOG_Q(fabric));
        return NULL;
}

static int take_page(struct mapper *mapper, const struct wire_page *page)
{
        struct wire_list names = page->targets;
        struct text name;
        int r = batch_read(mapper->batch, page);

        mapper->counters.pages++;
        mapper->counters.rows += page->rows.count;
        if (names.count == 0) {
                for (size_t i = 0; i < mapper->target_count && r == 0; i++)
                        r = send_batch(mapper, &mapper->targets[i], page);
        }
        while (r == 0 && wire_next_text(&names, &name)) {
                struct target *target = find_target(mapper, name);

                if (target)
                        r = send_batch(mapper, target, page);
        }
        return r;
}

static int take_frame(struct mapper *mapper, const void *frame, size_t len)
{
        struct wire_msg msg;

        if (wire_decode(frame, len, &msg) == 0) {
                if (msg.type == WIRE_PAGE) {
                        mapper->bad_burst = false;
                        return take_page(mapper, &msg.page);
                }
                if (msg.type == WIRE_SWEEP_END) {
                        struct target *target = find_target(mapper, msg.sweep_end.fabric);

                        mapper->bad_burst = false;
                        return target ? send_frame(mapper, target, frame, len) : 0;
                }
        }
        mapper->counters.bad_frames++;
        if (!mapper->bad_burst)
                log_warn(mapper->proc->log,
                         "frame is no PAGE or SWEEP_END of version %d bytes=%zu: dropped",
                         WIRE_VERSION, len);
        mapper->bad_burst = true;
        return 0;
}

static int on_pages(void *userdata)
{
        struct mapper *mapper = userdata;

        for (int i = 0; i < FRAMES_PER_TURN; i++) {
                const void *frame;
                size_t len;
                int r = chan_recv(mapper->pages, &frame, &len);

                if (r == CHAN_E_AGAIN)
                        return 0;
                if (r == -ENODATA) { /* stdio: the end of input is the end of work */
                        loop_stop(mapper->proc->loop);
                        return 0;
                }
                if (r == 0)
                        r = take_frame(mapper, frame, len);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int open_stdio(struct mapper *mapper)
{
        int r = chan_open_stdio(CHAN_PULL, &mapper->pages);

        if (r < 0)
                return r;
        r = chan_open_stdio(CHAN_PUSH, &mapper->lines_out);
        for (size_t i = 0; i < mapper->target_count; i++)
                mapper->targets[i].out = mapper->lines_out;
        return r;
}

static int open_sockets(struct mapper *mapper)
{
        struct links *links = mapper->proc->links;

        for (size_t i = 0; i < mapper->target_count; i++) {
                struct target *target = &mapper->targets[i];
                int r = links_connect(links, CHAN_PUSH, CONFIG_IN, target->fabric, &target->out);

                if (r < 0)
                        return r;
        }
        return links_connect(links, CHAN_PULL, CONFIG_PAGES, NULL, &mapper->pages);
}

static int open_targets(struct mapper *mapper)
{
        const struct config *config = mapper->proc->config;

        mapper->targets = calloc(config->fabric_count, sizeof *mapper->targets);
        if (!mapper->targets)
                return -ENOMEM;
        for (size_t i = 0; i < config->fabric_count; i++) {
                struct target *target = &mapper->targets[mapper->target_count++];
                int r;

                target->fabric = config->fabrics[i].name;
                r = terms_open(&config->fabrics[i], config->adopt ? config->share_status : NULL,
                               &target->terms);
                if (r < 0)
                        return r;
        }
        return 0;
}

int mapper_open(struct proc *proc, struct mapper **ret)
{
        _cleanup_(mapper_closep) struct mapper *mapper = calloc(1, sizeof *mapper);
        int r;

        if (!mapper)
                return -ENOMEM;
        mapper->proc = proc;
        r = batch_open(&mapper->batch);
        if (r == 0)
                r = open_targets(mapper);
        if (r == 0)
                r = proc->stdio ? open_stdio(mapper) : open_sockets(mapper);
        if (r == 0)
                r = chan_watch(mapper->pages, proc->loop, on_pages, mapper);
        if (r < 0)
                return r;
        *ret = mapper;
        mapper = NULL;
        return 0;
}

void mapper_close(struct mapper *mapper)
{
        if (!mapper)
                return;
        for (size_t i = 0; i < mapper->target_count; i++) {
                terms_close(mapper->targets[i].terms);
                if (mapper->targets[i].out != mapper->lines_out)
                        chan_close(mapper->targets[i].out);
        }
        chan_close(mapper->lines_out);
        chan_close(mapper->pages);
        batch_close(mapper->batch);
        free(mapper->targets);
        free(mapper);
}

const struct mapper_counters *mapper_counters(const struct mapper *mapper)
{
        return &mapper->counters;
}
