#include "console/live.h"

#include "common/clock.h"
#include "console/screen.h"
#include "console/terminal.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

enum {
        EVERY_MS = 2000,
        SAMPLES = 64, /* two minutes: the rates are of one */
};

struct live {
        const struct live_view *view;
        struct history *history;
        bool drawing;
        bool known; /* there was a whole round */
};

static int draw(struct live *live)
{
        struct canvas_form form = {
            .ansi = true, .color = terminal_has_color(), .ascii = !terminal_has_utf8()};
        _cleanup_(canvas_closep) struct canvas *canvas = NULL;
        struct screen_view view = {
            .summary = snapshot_summary(live->view->snapshot),
            .history = live->history,
            .now_s = clock_wall_s(),
        };
        unsigned rows, columns;
        int r;

        terminal_size(&rows, &columns);
        r = canvas_open(rows, columns, &canvas);
        if (r < 0)
                return r;
        if (live->known)
                screen_draw(canvas, &view);
        else
                canvas_put(canvas, 0, 1, CANVAS_DIM, "asking the stages …");
        canvas_write(canvas, &form, stdout);
        return fflush(stdout) == 0 ? 0 : -errno;
}

static int print(const struct live *live)
{
        _cleanup_(freep) char *text = summary_table(snapshot_summary(live->view->snapshot));

        if (!text)
                return -ENOMEM;
        printf("%s\n", text);
        return fflush(stdout) == 0 ? 0 : -errno;
}

static int look(struct live *live)
{
        const struct live_view *v = live->view;
        int64_t now_s = clock_wall_s();

        snapshot_take(v->snapshot, v->gather, now_s, v->service);
        history_add(live->history, snapshot_summary(v->snapshot), clock_boot_ms(), now_s);
        live->known = true;
        return live->drawing ? draw(live) : print(live);
}

static bool quits(struct live *live)
{
        bool quit = live->view->watch->interrupts > 0;
        char key;

        while (live->drawing && (key = terminal_key()) != '\0')
                quit = quit || key == 'q' || key == 'Q' || key == 4 /* Ctrl-D */;
        return quit;
}

/* A round may take as long as it does: keys and a new size are served meanwhile. */
static int loop(struct live *live)
{
        struct watch *watch = live->view->watch;
        struct gather *gather = live->view->gather;
        int64_t next = clock_boot_ms();
        unsigned resizes = watch->resizes;
        int r = live->drawing ? draw(live) : 0;

        while (r == 0) {
                int64_t now = clock_boot_ms();

                if (!gather_under_way(gather) && now >= next) {
                        r = gather_start(gather, now);
                        next = now + EVERY_MS;
                }
                if (r == 0)
                        r = watch_wait(watch,
                                       gather_under_way(gather) ? gather_deadline(gather) : next);
                if (quits(live))
                        return 0;
                if (r == 0 && gather_serve(gather, clock_boot_ms()))
                        r = look(live);
                else if (r == 0 && live->drawing && watch->resizes != resizes)
                        r = draw(live);
                resizes = watch->resizes;
        }
        return r;
}

int live_run(const struct live_view *view)
{
        _cleanup_(history_closep) struct history *history = NULL;
        struct live live = {.view = view, .drawing = terminal_usable()};
        int r = history_open(view->fabric_count, SAMPLES, &history);

        live.history = history;
        if (r == 0 && live.drawing)
                r = terminal_open(view->watch->epoll);
        if (r == 0)
                r = loop(&live);
        terminal_close();
        return r;
}
