#include "console/screen.h"

#include "common/clock.h"
#include "console/health.h"
#include "console/screen_internal.h"
#include "console/span.h"

#include <stdio.h>
#include <string.h>

enum {
        REASONS_SHOWN = 3,
        ERROR_ROWS = 5, /* of the errors, their head with them, when it is narrow */
        WHEN_AT = 20,
        TEXT_AT = 33,
};

static enum canvas_style health_style(enum health_level level)
{
        return level == HEALTH_FINE       ? CANVAS_GOOD
               : level == HEALTH_DEGRADED ? CANVAS_WARN
                                          : CANVAS_BAD;
}

/* Puts text and, where the edge cuts it, a mark. */
static void put_cut(struct canvas *c, unsigned row, unsigned column, enum canvas_style style,
                    const char *text)
{
        if (canvas_put(c, row, column, style, text) > canvas_columns(c))
                canvas_put(c, row, canvas_columns(c) - 1, style, "…");
}

static void put_sweep(struct canvas *c, unsigned row, unsigned column,
                      const struct screen_view *view)
{
        const struct report_sweep *sweep = view->summary->sweep;
        bool running = strcmp(sweep->state, "running") == 0;
        char when[64] = "", text[256];
        int64_t at;

        if (sweep->number == 0) {
                canvas_put(c, row, column, CANVAS_DIM, "no sweep yet");
                return;
        }
        if (clock_parse_utc(text_of(running ? sweep->started_at : sweep->finished_at), &at))
                snprintf(when, sizeof(when), running ? ", since %s" : ", %s ago",
                         SPAN(view->now_s - at));
        snprintf(text, sizeof(text), "sweep %llu (%s) %s%s: %s indicators in %s pages",
                 (unsigned long long)sweep->number, sweep->kind,
                 strcmp(sweep->state, "idle") == 0 ? "complete" : sweep->state, when,
                 SUMMARY_N(sweep->fetched), SUMMARY_N(sweep->pages));
        put_cut(c, row, column, CANVAS_PLAIN, text);
}

static unsigned put_head(struct canvas *c, const struct screen_view *view)
{
        const struct health *health = view->summary->health;
        enum canvas_style style = health_style(health->level);
        unsigned row = 2, column;
        char date[32];

        clock_format_utc(view->now_s, date);
        canvas_put(c, 0, 1, CANVAS_BOLD, "tq-trellix-tie");
        date[19] = '\0';
        date[10] = ' ';
        canvas_put_right(c, 0, canvas_columns(c) - 5, CANVAS_DIM, date);
        canvas_put_right(c, 0, canvas_columns(c) - 1, CANVAS_DIM, "UTC");
        column = canvas_printf(c, 1, 1, style, "● %s", health_name(health->level));
        put_sweep(c, 1, column + 3, view);
        for (size_t i = 0; i < health->count && i < REASONS_SHOWN; i++)
                put_cut(c, row++, 3, style, health->reasons[i]);
        if (health->count > REASONS_SHOWN)
                canvas_printf(c, row++, 3, style, "and %zu more reasons",
                              health->count - REASONS_SHOWN);
        return row + 1;
}

static void stage_name(const struct summary_stage *stage, char *out, size_t size)
{
        if (stage->fabric)
                snprintf(out, size, "%s[%s]", stage->stage, stage->fabric);
        else
                snprintf(out, size, "%s", stage->stage);
        if (canvas_width(out) > WHEN_AT - 4)
                snprintf(out + WHEN_AT - 5, size - WHEN_AT + 5, "…");
}

static void put_error(struct canvas *c, unsigned row, const struct summary_stage *stage,
                      int64_t now_s)
{
        const struct trouble_line *t = stage->trouble;
        char name[REPORT_NAME_MAX + 32];
        int64_t at;

        stage_name(stage, name, sizeof(name));
        canvas_put(c, row, 3, CANVAS_PLAIN, name);
        if (!t) {
                canvas_put(c, row, WHEN_AT, CANVAS_DIM, "none");
                return;
        }
        if (clock_parse_utc(text_of(t->at), &at))
                canvas_printf(c, row, WHEN_AT, CANVAS_DIM, "%s ago", SPAN(now_s - at));
        put_cut(c, row, TEXT_AT, t->error ? CANVAS_BAD : CANVAS_WARN, t->text);
}

/* Whether an earlier process of the same stage stands in the list: they share their last error. */
static bool listed(const struct summary *s, size_t i)
{
        return i > 0 && !s->stages[i].fabric &&
               strcmp(s->stages[i].stage, s->stages[i - 1].stage) == 0;
}

/* All stages when there is room, else those that have one. */
static void put_errors(struct canvas *c, unsigned row, unsigned rows,
                       const struct screen_view *view)
{
        const struct summary *s = view->summary;
        size_t stages = 0, left = 0, troubles = 0;

        if (rows < 2)
                return;
        canvas_put(c, row, 3, CANVAS_DIM, "LAST ERROR");
        for (size_t i = 0; i < s->stage_count; i++) {
                stages += !listed(s, i);
                troubles += s->stages[i].trouble != NULL;
        }
        if (troubles == 0)
                canvas_put(c, row, WHEN_AT, CANVAS_DIM, "none");
        for (size_t i = 0, shown = 0; i < s->stage_count; i++) {
                if (listed(s, i) || ((troubles == 0 || stages + 1 > rows) && !s->stages[i].trouble))
                        continue;
                if (shown + 2 < rows || (shown + 2 == rows && i + 1 == s->stage_count))
                        put_error(c, row + 1 + (unsigned)shown++, &s->stages[i], view->now_s);
                else
                        left++;
        }
        if (left > 0)
                canvas_printf(c, row + rows - 1, 3, CANVAS_DIM, "and %zu more", left);
}

void screen_draw(struct canvas *canvas, const struct screen_view *view)
{
        unsigned rows = canvas_rows(canvas), row = put_head(canvas, view), errors;

        row = screen_flow(canvas, row, view);
        errors = rows > row + 3 * ERROR_ROWS ? (rows - row) / 2 : ERROR_ROWS;
        if (errors > view->summary->stage_count + 1)
                errors = (unsigned)view->summary->stage_count + 1;
        if (rows > row + errors + 2)
                row = screen_fabrics(canvas, row, rows - row - errors - 2, view) + 1;
        if (rows > row + 1)
                put_errors(canvas, row, rows - row - 1, view);
        canvas_put(
            canvas, rows - 1, 1, CANVAS_DIM,
            "q quits · rates are of the last minute · results wait to be written to ThreatQ");
}
