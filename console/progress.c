#include "console/progress.h"

#include "common/text.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/ioctl.h>

enum {
        FABRICS_SHOWN = 12,
        NAME_COLUMNS = 14,
        BAR_COLUMNS = 20,
        TELL_EVERY_MS = 5000,
        LINE_MAX_COLUMNS = 200,
};

struct progress {
        FILE *out;
        bool tty;
        unsigned drawn;   /* lines that stand on the terminal now */
        int64_t told_at;  /* elapsed_ms of the last line in a log */
        char told[32];    /* its phase; "": none yet */
        char *last_drawn; /* what progress_line puts back */
};

int progress_open(FILE *out, bool tty, struct progress **ret)
{
        struct progress *p = calloc(1, sizeof(*p));

        if (!p)
                return -ENOMEM;
        p->out = out;
        p->tty = tty;
        *ret = p;
        return 0;
}

void progress_close(struct progress *progress)
{
        if (!progress)
                return;
        progress_clear(progress);
        free(progress->last_drawn);
        free(progress);
}

/* What may be sent today: done of all. */
static void share_done(const struct report_publisher *r, uint64_t *done, uint64_t *all)
{
        uint64_t today = r->queued < r->quota.left ? r->queued : r->quota.left;

        *done = r->counts.sent + r->counts.failed;
        *all = *done + r->in_flight + today;
}

static void put_bar(FILE *out, uint64_t done, uint64_t all)
{
        uint64_t full = all > 0 ? done * BAR_COLUMNS / all : 0;

        fputc('[', out);
        for (uint64_t i = 0; i < BAR_COLUMNS; i++)
                fputc(i < full ? '#' : '-', out);
        fputc(']', out);
}

/* Until a publisher has heard of our sweep its counts are those of an earlier one. */
static bool counts_are_ours(const struct progress_view *view, const struct report_publisher *r)
{
        return r && view->sweep && r->sweep >= view->sweep->number;
}

static void put_fabric(FILE *out, const struct progress_view *view, const struct summary_fabric *f)
{
        const struct report_publisher *r = f->report;
        uint64_t done, all;

        fprintf(out, "%-*.*s ", NAME_COLUMNS, NAME_COLUMNS, f->name);
        if (!counts_are_ours(view, r)) {
                fputs("waits for the sweep", out);
                return;
        }
        share_done(r, &done, &all);
        put_bar(out, done, all);
        fprintf(out, " %s of %s sent", SUMMARY_N(done), SUMMARY_N(all));
        if (r->unanswered_since != 0)
                fprintf(out, ", no answer for %" PRId64 " s", view->wall_s - r->unanswered_since);
        else if (r->outbox > 0)
                fprintf(out, ", %s to write back", SUMMARY_N(r->outbox));
        else if (r->queued > 0 && r->quota.left == 0)
                fprintf(out, ", %s wait for quota", SUMMARY_N(r->queued));
}

static void put_head(FILE *out, const struct progress_view *view)
{
        int64_t s = view->elapsed_ms / 1000;

        fprintf(out, "%" PRId64 ":%02" PRId64 "  %s", s / 60, s % 60, view->phase);
        if (view->sweep)
                fprintf(out, "  sweep %" PRIu64 " (%s): %s indicators in %s pages",
                        view->sweep->number, view->sweep->kind, SUMMARY_N(view->sweep->fetched),
                        SUMMARY_N(view->sweep->pages));
        if (view->sweep && view->sweep->error[0])
                fprintf(out, ", %s", view->sweep->error);
}

typedef void (*put_fn)(FILE *out, const struct progress_view *view, size_t i);

static void put_view_head(FILE *out, const struct progress_view *view, size_t i)
{
        (void)i;
        put_head(out, view);
}

static void put_view_fabric(FILE *out, const struct progress_view *view, size_t i)
{
        put_fabric(out, view, &view->fabrics[i]);
}

static void put_view_more(FILE *out, const struct progress_view *view, size_t i)
{
        fprintf(out, "and %zu more fabrics", view->fabric_count - i);
}

/* One line, cut so that the terminal never wraps it: a wrapped line cannot be redrawn. */
static void draw_line(FILE *out, const struct progress_view *view, size_t i, unsigned columns,
                      put_fn put)
{
        char line[4 * LINE_MAX_COLUMNS] = "";
        FILE *f = fmemopen(line, sizeof(line), "w");
        unsigned shown = 0;

        if (f) {
                put(f, view, i);
                fclose(f);
        }
        line[sizeof(line) - 1] = '\0';
        for (const char *p = line; *p && shown < columns; p++) {
                fputc(*p, out);
                /* A continuation byte of UTF-8 takes no column. */
                shown += ((unsigned char)p[1] & 0xc0) != 0x80;
        }
        fputc('\n', out);
}

unsigned progress_draw(FILE *out, const struct progress_view *view, unsigned columns)
{
        size_t shown = view->fabric_count;
        unsigned lines = 1;

        if (shown > FABRICS_SHOWN)
                shown = FABRICS_SHOWN;
        draw_line(out, view, 0, columns, put_view_head);
        for (size_t i = 0; i < shown; i++, lines++)
                draw_line(out, view, i, columns, put_view_fabric);
        if (shown < view->fabric_count) {
                draw_line(out, view, shown, columns, put_view_more);
                lines++;
        }
        return lines;
}

void progress_tell(FILE *out, const struct progress_view *view)
{
        put_head(out, view);
        for (size_t i = 0; i < view->fabric_count; i++) {
                const struct summary_fabric *f = &view->fabrics[i];
                uint64_t done, all;

                if (!counts_are_ours(view, f->report))
                        continue;
                share_done(f->report, &done, &all);
                fprintf(out, "; %s %s of %s sent", f->name, SUMMARY_N(done), SUMMARY_N(all));
        }
        fputc('\n', out);
}

static unsigned terminal_columns(FILE *out)
{
        struct winsize size;

        if (ioctl(fileno(out), TIOCGWINSZ, &size) < 0 || size.ws_col < 20)
                return SUMMARY_COLUMNS;
        return size.ws_col < LINE_MAX_COLUMNS ? size.ws_col : LINE_MAX_COLUMNS;
}

void progress_clear(struct progress *progress)
{
        /* What was typed (^C) may stand at the start of the line. */
        if (progress->drawn > 0)
                fprintf(progress->out, "\r\033[%uA\033[J", progress->drawn);
        fflush(progress->out);
        progress->drawn = 0;
}

static void draw(struct progress *p, const struct progress_view *view)
{
        char *text = NULL;
        size_t size = 0;
        FILE *f = open_memstream(&text, &size);
        unsigned lines;

        if (!f)
                return;
        lines = progress_draw(f, view, terminal_columns(p->out));
        fclose(f);
        progress_clear(p);
        fputs(text, p->out);
        fflush(p->out);
        p->drawn = lines;
        free(p->last_drawn);
        p->last_drawn = text;
}

void progress_show(struct progress *progress, const struct progress_view *view)
{
        if (progress->tty) {
                draw(progress, view);
                return;
        }
        if (strcmp(progress->told, view->phase) == 0 &&
            view->elapsed_ms - progress->told_at < TELL_EVERY_MS)
                return;
        text_copy(text_of(view->phase), progress->told, sizeof(progress->told));
        progress->told_at = view->elapsed_ms;
        progress_tell(progress->out, view);
        fflush(progress->out);
}

void progress_line(struct progress *progress, const char *line)
{
        unsigned drawn = progress->drawn;

        progress_clear(progress);
        fprintf(progress->out, "%s\n", line);
        if (drawn > 0)
                fputs(progress->last_drawn, progress->out);
        fflush(progress->out);
        progress->drawn = drawn;
}
