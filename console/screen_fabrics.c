/* A line or two for each fabric. */
#include "common/clock.h"
#include "console/eta.h"
#include "console/screen_internal.h"
#include "console/span.h"

#include <stdio.h>
#include <string.h>

enum {
        NAME_AT = 3,
        NAME_COLUMNS = 13,
        QUEUED_END = 26,
        FLIGHT_END = 34,
        RESULTS_END = 43,
        RATE_END = 51,
        ETA_END = 60,
        BAR_AT = 62,
        PERCENT_COLUMNS = 5,
        CELL_MAX = 48,
};

static void put_head(struct canvas *c, unsigned row)
{
        canvas_put(c, row, NAME_AT, CANVAS_DIM, "FABRIC");
        canvas_put_right(c, row, QUEUED_END, CANVAS_DIM, "QUEUED");
        canvas_put_right(c, row, FLIGHT_END, CANVAS_DIM, "FLYING");
        canvas_put_right(c, row, RESULTS_END, CANVAS_DIM, "RESULTS");
        canvas_put_right(c, row, RATE_END, CANVAS_DIM, "PUSHES");
        canvas_put_right(c, row, ETA_END, CANVAS_DIM, "DONE IN");
        canvas_put(c, row, BAR_AT, CANVAS_DIM, "QUOTA OF 24 H");
}

static const char *eta_cell(struct eta eta, char out[CELL_MAX])
{
        switch (eta.kind) {
        case ETA_NOTHING:
                return "-";
        case ETA_UNKNOWN:
                return "?";
        case ETA_RATE:
                snprintf(out, CELL_MAX, "%s", SPAN(eta.s));
                return out;
        case ETA_QUOTA:
                snprintf(out, CELL_MAX, ">%s", SPAN(eta.s));
                return out;
        }
        abort();
}

static void put_bar(struct canvas *c, unsigned row, const struct report_quota *quota)
{
        unsigned end = canvas_columns(c) > BAR_AT + PERCENT_COLUMNS + 4
                           ? canvas_columns(c) - PERCENT_COLUMNS - 1
                           : BAR_AT + 4;
        uint64_t limit = quota->limit ? quota->limit : 1, used = quota->used;
        unsigned width, full;
        char percent[CELL_MAX];

        if (end > BAR_AT + 40)
                end = BAR_AT + 40;
        if (used > limit)
                used = limit;
        width = end - BAR_AT;
        full = (unsigned)((used * width + limit - 1) / limit);
        for (unsigned i = 0; i < width; i++)
                canvas_put(c, row, BAR_AT + i,
                           i >= full       ? CANVAS_DIM
                           : used == limit ? CANVAS_WARN
                                           : CANVAS_ACCENT,
                           i < full ? "█" : "░");
        snprintf(percent, sizeof(percent), "%u%%", (unsigned)(used * 100 / limit));
        canvas_put_right(c, row, end + PERCENT_COLUMNS, CANVAS_PLAIN, percent);
}

static bool well(const struct summary_fabric *f)
{
        return f->report && f->report->pid != 0 && f->report->connected && !f->lagging &&
               f->report->unanswered_since == 0;
}

static void put_numbers(struct canvas *c, unsigned row, const struct screen_view *view, size_t i)
{
        const struct summary_fabric *f = &view->summary->fabrics[i];
        const struct report_publisher *r = f->report;
        double rate = history_push_rate(view->history, i, SCREEN_WINDOW_MS);
        char name[REPORT_NAME_MAX], cell[CELL_MAX];

        snprintf(name, sizeof(name), "%s", f->name);
        if (canvas_width(name) > NAME_COLUMNS)
                snprintf(name + NAME_COLUMNS - 1, sizeof(name) - NAME_COLUMNS + 1, "…");
        canvas_put(c, row, 1,
                   well(f)       ? CANVAS_GOOD
                   : r && r->pid ? CANVAS_WARN
                                 : CANVAS_BAD,
                   r && r->pid ? "●" : "○");
        canvas_put(c, row, NAME_AT, CANVAS_BOLD, name);
        if (!r) {
                canvas_put(c, row, NAME_AT + NAME_COLUMNS + 2, CANVAS_DIM, "no report yet");
                return;
        }
        canvas_put_right(c, row, QUEUED_END, CANVAS_PLAIN, SUMMARY_N(r->queued));
        canvas_put_right(c, row, FLIGHT_END, CANVAS_PLAIN, SUMMARY_N(r->in_flight));
        canvas_put_right(c, row, RESULTS_END, CANVAS_PLAIN, SUMMARY_N(r->outbox));
        canvas_put_right(c, row, RATE_END, CANVAS_PLAIN, SCREEN_RATE(rate));
        canvas_put_right(c, row, ETA_END, CANVAS_PLAIN,
                         eta_cell(eta_of(r, rate, view->now_s), cell));
        put_bar(c, row, &r->quota);
}

static const char *broker_place(const char *broker)
{
        const char *last = strrchr(broker, ' ');

        return last ? last + 1 : broker;
}

static void put_details(struct canvas *c, unsigned row, const struct screen_view *view, size_t i)
{
        const struct report_publisher *r = view->summary->fabrics[i].report;
        unsigned column = NAME_AT;
        int64_t oldest;

        if (!r)
                return;
        if (r->pid == 0)
                column = canvas_put(c, row, column, CANVAS_WARN, "stopped");
        else if (!r->connected)
                column = canvas_put(c, row, column, CANVAS_BAD, "no broker");
        else if (r->unanswered_since != 0)
                column = canvas_printf(c, row, column, CANVAS_WARN, "TIE silent for %s",
                                       SPAN(view->now_s - r->unanswered_since));
        else
                column = canvas_put(c, row, column, CANVAS_DIM, broker_place(r->broker));
        if (clock_parse_utc(text_of(r->oldest_waiting_at), &oldest))
                column = canvas_printf(c, row, column, CANVAS_DIM, " · oldest waiting %s",
                                       SPAN(view->now_s - oldest));
        if (r->quota.left == 0 && strlen(r->quota.next_free_at) >= 16)
                canvas_printf(c, row, column, CANVAS_WARN, " · quota used up, next free %.5s %.5s",
                              r->quota.next_free_at + 5, r->quota.next_free_at + 11);
        else
                canvas_printf(c, row, column, CANVAS_DIM, " · %s of %s used",
                              SUMMARY_N(r->quota.used), SUMMARY_N(r->quota.limit));
}

unsigned screen_fabrics(struct canvas *canvas, unsigned row, unsigned rows,
                        const struct screen_view *view)
{
        size_t count = view->summary->fabric_count, shown = count;
        unsigned each = count * 2 + 1 <= rows ? 2 : 1;

        if (rows < 3)
                return row;
        put_head(canvas, row++);
        if (shown + 1 > rows)
                shown = rows - 2;
        for (size_t i = 0; i < shown; i++) {
                put_numbers(canvas, row, view, i);
                if (each == 2)
                        put_details(canvas, row + 1, view, i);
                row += each;
        }
        if (shown < count)
                canvas_printf(canvas, row++, NAME_AT, CANVAS_DIM, "and %zu more fabrics",
                              count - shown);
        return row;
}
