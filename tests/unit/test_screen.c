#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "console/health.h"
#include "console/screen.h"

#include <string.h>

enum { NOW = 1777636800, FABRICS = 64 };

static const struct report_sweep sweep = {.number = 3,
                                          .kind = "full",
                                          .state = "idle",
                                          .fetched = 3000,
                                          .pages = 3,
                                          .finished_at = "2026-05-01T11:48:00Z"};
static const struct report_publisher report = {
    .pid = 1,
    .connected = true,
    .broker = "{guid} host:8883",
    .queued = 1234567,
    .in_flight = 1024,
    .outbox = 99999,
    .oldest_waiting_at = "2026-04-28T12:00:00Z",
    .quota = {.limit = 100000, .used = 100000, .next_free_at = "2026-05-01T13:00:00Z"},
};
static const struct trouble_line trouble = {.at = "2026-05-01T11:00:00Z",
                                            .error = true,
                                            .text = "cannot write to ThreatQ: a long story "
                                                    "that does not end before the edge does"};

/* The view at this size, whatever fits; the caller frees. */
static char *view(unsigned rows, unsigned columns, size_t fabric_count)
{
        static struct health health;
        static struct summary_fabric fabrics[FABRICS];
        static struct summary_stage stages[FABRICS + 3];
        struct summary summary = {.sweep = &sweep,
                                  .fabrics = fabrics,
                                  .fabric_count = fabric_count,
                                  .stages = stages,
                                  .stage_count = fabric_count + 3,
                                  .health = &health};
        struct canvas_form form = {.ascii = true};
        _cleanup_(canvas_closep) struct canvas *canvas = NULL;
        _cleanup_(history_closep) struct history *history = NULL;
        struct screen_view screen = {.summary = &summary, .now_s = NOW};
        char *text = NULL;
        size_t size = 0;
        FILE *out;

        health = (struct health){.level = HEALTH_DEGRADED, .count = 1};
        strcpy(health.reasons[0], "no enricher runs: results wait");
        stages[0] = (struct summary_stage){.stage = "fetcher", .pid = 1, .running = true};
        stages[1] = (struct summary_stage){.stage = "mapper", .pid = 1, .running = true};
        for (size_t i = 0; i < fabric_count; i++) {
                fabrics[i] =
                    (struct summary_fabric){.name = "a-rather-long-name", .report = &report};
                stages[2 + i] = (struct summary_stage){
                    .stage = "publisher", .fabric = "a-rather-long-name", .running = true};
        }
        stages[fabric_count + 2] = (struct summary_stage){.stage = "enricher", .trouble = &trouble};
        assert_int_equal(history_open(fabric_count, 4, &history), 0);
        history_add(history, &summary, 0, NOW);
        screen.history = history;
        assert_int_equal(canvas_open(rows, columns, &canvas), 0);
        screen_draw(canvas, &screen);
        out = open_memstream(&text, &size);
        canvas_write(canvas, &form, out);
        fclose(out);
        return text;
}

static void test_at_80_columns(void **state)
{
        static const char *const said[] = {
            "* degraded   sweep 3 (full) complete, 12 min ago: 3,000 indicators in 3 pages",
            "no enricher runs",
            "1,234,567",
            "quota used up, next free 05-01 13:00",
            "oldest waiting 3 d",
            "##########",
            "100%",
            "cannot write to ThreatQ",
            "60 min ago",
            "q quits",
        };
        char *text = view(24, 80, 2);

        (void)state;
        for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
                if (!strstr(text, said[i]))
                        fail_msg("'%s' is missing in\n%s", said[i], text);
        }
        free(text);
}

/* Any size holds any number of fabrics, and the last line stays the last. */
static void test_any_size(void **state)
{
        static const unsigned sizes[][2] = {{1, 1},   {2, 10},  {5, 20},   {8, 40},   {15, 60},
                                            {24, 79}, {24, 80}, {50, 120}, {200, 250}};
        static const size_t counts[] = {1, 2, 7, FABRICS};

        (void)state;
        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
                for (size_t k = 0; k < sizeof(counts) / sizeof(counts[0]); k++) {
                        char *text = view(sizes[i][0], sizes[i][1], counts[k]);

                        if (sizes[i][0] > 1 && sizes[i][1] >= 60)
                                assert_non_null(strstr(text, "q quits"));
                        free(text);
                }
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_at_80_columns),
            cmocka_unit_test(test_any_size),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
