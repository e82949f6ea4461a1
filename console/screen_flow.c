/* The pipeline as a picture. */
#include "console/screen_internal.h"

#include <stdio.h>
#include <string.h>

enum {
        FLOW_COLUMNS = 79,
        BOX_COLUMNS = 13,
        THREATQ_AT = 1,
        FETCHER_AT = 12,
        MAPPER_AT = 33,
        PUBLISHER_AT = 54,
        TIE_AT = 75,
        DOWN_AT = PUBLISHER_AT + BOX_COLUMNS / 2,
};

const char *screen_rate(double rate, char out[SCREEN_RATE_MAX])
{
        if (rate >= 10)
                snprintf(out, SCREEN_RATE_MAX, "%s/s", SUMMARY_N((uint64_t)(rate + 0.5)));
        else if (rate > 0)
                snprintf(out, SCREEN_RATE_MAX, "%.1f/s", rate < 0.1 ? 0.1 : rate);
        else
                snprintf(out, SCREEN_RATE_MAX, "0/s");
        return out;
}

unsigned screen_running(const struct summary *summary, const char *stage)
{
        unsigned n = 0;

        for (size_t i = 0; i < summary->stage_count; i++)
                n += summary->stages[i].running && strcmp(summary->stages[i].stage, stage) == 0;
        return n;
}

static void put_mark(struct canvas *c, unsigned row, unsigned column, unsigned running,
                     unsigned wanted)
{
        enum canvas_style style = running == 0       ? CANVAS_BAD
                                  : running < wanted ? CANVAS_WARN
                                                     : CANVAS_GOOD;

        canvas_put(c, row, column, style, running == 0 ? "○" : "●");
}

static void put_line(struct canvas *c, unsigned row, unsigned from, unsigned to)
{
        while (from < to)
                from = canvas_put(c, row, from, CANVAS_DIM, "─");
}

static void put_box(struct canvas *c, unsigned row, unsigned at, const char *name, unsigned running,
                    unsigned wanted)
{
        canvas_put(c, row, at, CANVAS_DIM, "┌───────────┐");
        canvas_put(c, row + 1, at, CANVAS_DIM, "│           │");
        canvas_put(c, row + 2, at, CANVAS_DIM, "│           │");
        canvas_put(c, row + 3, at, CANVAS_DIM, "└───────────┘");
        canvas_put(c, row + 1, at + 2, CANVAS_BOLD, name);
        put_mark(c, row + 2, at + 2, running, wanted);
        if (running == 0)
                canvas_put(c, row + 2, at + 4, CANVAS_PLAIN, "stopped");
        else if (wanted > 1)
                canvas_printf(c, row + 2, at + 4, CANVAS_PLAIN, "%u of %u", running, wanted);
        else if (running > 1)
                canvas_printf(c, row + 2, at + 4, CANVAS_PLAIN, "running ×%u", running);
        else
                canvas_put(c, row + 2, at + 4, CANVAS_PLAIN, "running");
}

static void put_arrow(struct canvas *c, unsigned row, unsigned from, unsigned to, double rate)
{
        put_line(c, row, from, to - 1);
        canvas_put(c, row, to - 1, CANVAS_DIM, "▶");
        if (rate >= 0)
                canvas_printf(c, row + 1, from + 1, CANVAS_ACCENT, "%s", SCREEN_RATE(rate));
}

static double push_rate(const struct screen_view *view)
{
        double rate = 0;

        for (size_t i = 0; i < view->summary->fabric_count; i++)
                rate += history_push_rate(view->history, i, SCREEN_WINDOW_MS);
        return rate;
}

/* The way back: results to the enricher, attributes to ThreatQ. */
static void put_return(struct canvas *c, unsigned row, const struct screen_view *view,
                       uint64_t queued, uint64_t outbox)
{
        unsigned enrichers = screen_running(view->summary, "enricher"), column;

        canvas_put(c, row, THREATQ_AT, CANVAS_BOLD, "ThreatQ");
        canvas_put(c, row, THREATQ_AT + 8, CANVAS_DIM, "◀──");
        put_mark(c, row, FETCHER_AT + 2, enrichers, 1);
        column = canvas_put(c, row, FETCHER_AT + 4, CANVAS_BOLD, "enricher");
        if (enrichers > 1)
                column = canvas_printf(c, row, column + 1, CANVAS_PLAIN, "×%u", enrichers);
        else if (enrichers == 0)
                column = canvas_put(c, row, column + 1, CANVAS_PLAIN, "stopped");
        canvas_put(c, row, column + 1, CANVAS_DIM, "◀");
        put_line(c, row, column + 2, DOWN_AT);
        canvas_put(c, row, DOWN_AT, CANVAS_DIM, "┘");
        canvas_printf(c, row, 38, CANVAS_ACCENT, " %s results ", SUMMARY_N(outbox));
        canvas_printf(c, row, DOWN_AT + 3, CANVAS_ACCENT, "%s queued", SUMMARY_N(queued));
        canvas_printf(c, row + 1, FETCHER_AT + 4, CANVAS_ACCENT, "%s attributes",
                      SCREEN_RATE(history_write_rate(view->history, SCREEN_WINDOW_MS)));
}

static unsigned put_short(struct canvas *c, unsigned row, const struct summary *s)
{
        static const char *const stages[] = {"fetcher", "mapper", "publisher", "enricher"};
        unsigned column = 1;

        for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++) {
                unsigned n = screen_running(s, stages[i]);

                put_mark(c, row, column, n, i == 2 ? (unsigned)s->fabric_count : 1);
                column = canvas_printf(c, row, column + 2, CANVAS_PLAIN, "%s %u  ", stages[i], n);
        }
        return row + 2;
}

unsigned screen_flow(struct canvas *canvas, unsigned row, const struct screen_view *view)
{
        const struct summary *s = view->summary;
        unsigned mappers = screen_running(s, "mapper");
        uint64_t queued = 0, outbox = 0;

        if (canvas_columns(canvas) < FLOW_COLUMNS)
                return put_short(canvas, row, s);
        for (size_t i = 0; i < s->fabric_count; i++) {
                const struct report_publisher *r = s->fabrics[i].report;

                queued += r ? r->queued : 0;
                outbox += r ? r->outbox : 0;
        }
        canvas_put(canvas, row + 1, THREATQ_AT, CANVAS_BOLD, "ThreatQ");
        put_arrow(canvas, row + 1, THREATQ_AT + 8, FETCHER_AT, -1);
        put_box(canvas, row, FETCHER_AT, "fetcher", screen_running(s, "fetcher"), 1);
        put_arrow(canvas, row + 1, FETCHER_AT + BOX_COLUMNS, MAPPER_AT,
                  history_fetch_rate(view->history, SCREEN_WINDOW_MS));
        put_box(canvas, row, MAPPER_AT, "mapper", mappers, 1);
        put_arrow(canvas, row + 1, MAPPER_AT + BOX_COLUMNS, PUBLISHER_AT, -1);
        put_box(canvas, row, PUBLISHER_AT, "publisher", screen_running(s, "publisher"),
                (unsigned)s->fabric_count);
        put_arrow(canvas, row + 1, PUBLISHER_AT + BOX_COLUMNS, TIE_AT, push_rate(view));
        canvas_put(canvas, row + 1, TIE_AT + 1, CANVAS_BOLD, "TIE");
        canvas_put(canvas, row + 3, DOWN_AT, CANVAS_DIM, "┬");
        put_return(canvas, row + 4, view, queued, outbox);
        return row + 7;
}
