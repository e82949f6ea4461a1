#include "console/history.h"

#include <errno.h>

/* A number that grows, and begins again at 0 with each new era. */
struct counter {
        uint64_t era; /* as reported last */
        uint64_t value;
};

struct history {
        size_t fabrics;
        size_t size;
        size_t count;
        size_t newest; /* meaningful when count > 0 */
        struct history_sample *samples;
        struct history_fabric *numbers; /* fabrics of them for each sample */
        struct counter *pushed;         /* by fabric */
        struct counter fetched;
        struct counter written;
};

int history_open(size_t fabrics, size_t samples, struct history **ret)
{
        _cleanup_(history_closep) struct history *h = calloc(1, sizeof(*h));

        if (!h)
                return -ENOMEM;
        h->fabrics = fabrics;
        h->size = samples;
        h->samples = calloc(samples, sizeof(*h->samples));
        h->numbers = calloc(samples * fabrics, sizeof(*h->numbers));
        h->pushed = calloc(fabrics, sizeof(*h->pushed));
        if (!h->samples || !h->numbers || !h->pushed)
                return -ENOMEM;
        *ret = h;
        h = NULL;
        return 0;
}

void history_close(struct history *history)
{
        if (!history)
                return;
        free(history->samples);
        free(history->numbers);
        free(history->pushed);
        free(history);
}

/* How much it grew since it was reported last. */
static uint64_t grown(struct counter *before, uint64_t era, uint64_t now)
{
        bool again = era != before->era || now < before->value;
        uint64_t by = again ? now : now - before->value;

        *before = (struct counter){.era = era, .value = now};
        return by;
}

static void add_fabric(struct history *h, size_t i, const struct report_publisher *r, bool first,
                       struct history_fabric *ret)
{
        uint64_t by;

        if (!r)
                return;
        by = grown(&h->pushed[i], r->sweep, r->counts.sent + r->counts.failed);
        ret->pushed += first ? 0 : by;
        ret->queued = r->queued;
        ret->in_flight = r->in_flight;
        ret->outbox = r->outbox;
        ret->used = r->quota.used;
}

void history_add(struct history *history, const struct summary *summary, int64_t boot_ms,
                 int64_t wall_s)
{
        struct history *h = history;
        bool first = h->count == 0;
        size_t place = first ? 0 : (h->newest + 1) % h->size;
        struct history_sample sample = first ? (struct history_sample){0} : h->samples[h->newest];
        uint64_t written = 0, by;

        for (size_t i = 0; i < h->fabrics; i++) {
                const struct report_publisher *r = summary->fabrics[i].report;
                struct history_fabric f = {0};

                if (!first)
                        f = h->numbers[h->newest * h->fabrics + i];
                add_fabric(h, i, r, first, &f);
                h->numbers[place * h->fabrics + i] = f;
                written += r ? r->enrichment_written : 0;
        }
        by = grown(&h->fetched, summary->sweep->number, summary->sweep->fetched);
        sample.fetched += first ? 0 : by;
        by = grown(&h->written, 0, written);
        sample.written += first ? 0 : by;
        sample.at_ms = boot_ms;
        sample.wall_s = wall_s;
        h->samples[place] = sample;
        h->newest = place;
        if (h->count < h->size)
                h->count++;
}

size_t history_count(const struct history *history)
{
        return history->count;
}

static size_t place_of(const struct history *h, size_t i)
{
        return (h->newest + h->size + 1 - h->count + i) % h->size;
}

const struct history_sample *history_at(const struct history *history, size_t i,
                                        const struct history_fabric **fabrics)
{
        size_t place = place_of(history, i);

        *fabrics = &history->numbers[place * history->fabrics];
        return &history->samples[place];
}

/* The oldest sample within the window. */
static size_t window_start(const struct history *h, int64_t window_ms)
{
        int64_t from = h->samples[h->newest].at_ms - window_ms;
        size_t i = 0;

        while (i + 1 < h->count && h->samples[place_of(h, i)].at_ms < from)
                i++;
        return place_of(h, i);
}

static double per_second(const struct history *h, size_t start, uint64_t from, uint64_t to)
{
        int64_t ms = h->samples[h->newest].at_ms - h->samples[start].at_ms;

        return ms > 0 && to > from ? (double)(to - from) * 1000 / (double)ms : 0;
}

double history_push_rate(const struct history *history, size_t fabric, int64_t window_ms)
{
        const struct history *h = history;
        size_t start;

        if (h->count < 2)
                return 0;
        start = window_start(h, window_ms);
        return per_second(h, start, h->numbers[start * h->fabrics + fabric].pushed,
                          h->numbers[h->newest * h->fabrics + fabric].pushed);
}

double history_fetch_rate(const struct history *history, int64_t window_ms)
{
        const struct history *h = history;
        size_t start;

        if (h->count < 2)
                return 0;
        start = window_start(h, window_ms);
        return per_second(h, start, h->samples[start].fetched, h->samples[h->newest].fetched);
}

double history_write_rate(const struct history *history, int64_t window_ms)
{
        const struct history *h = history;
        size_t start;

        if (h->count < 2)
                return 0;
        start = window_start(h, window_ms);
        return per_second(h, start, h->samples[start].written, h->samples[h->newest].written);
}
