#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "console/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct report_sweep sweep = {
    .number = 3, .kind = "full", .state = "running", .fetched = 3000, .pages = 3};

static const struct report_publisher halfway = {
    .sweep = 3, .queued = 500, .in_flight = 64, .quota = {.left = 436}, .counts = {.sent = 500}};
static const struct report_publisher silent = {
    .sweep = 3, .queued = 10, .quota = {.left = 100}, .unanswered_since = 1000};
static const struct report_publisher used_up = {
    .sweep = 3, .queued = 1500, .counts = {.sent = 500}, .quota = {.limit = 500}};

static const struct report_publisher earlier = {.sweep = 2, .counts = {.sent = 99}};

static const struct summary_fabric fabrics[] = {
    {.name = "emea", .report = &halfway},
    {.name = "apac", .report = &silent},
    {.name = "a-very-long-name-indeed", .report = &used_up},
    {.name = "new"},
    {.name = "late", .report = &earlier},
};

static const struct progress_view view = {
    .phase = "sweeping",
    .elapsed_ms = 72000,
    .wall_s = 1012,
    .sweep = &sweep,
    .fabrics = fabrics,
    .fabric_count = 5,
};

static void test_draw(void **state)
{
        char *text = NULL;
        size_t size = 0;
        FILE *f = open_memstream(&text, &size);

        (void)state;
        assert_int_equal(progress_draw(f, &view, 80), 6);
        fclose(f);
        assert_string_equal(
            text, "1:12  sweeping  sweep 3 (full): 3,000 indicators in 3 pages\n"
                  "emea           [##########----------] 500 of 1,000 sent\n"
                  "apac           [--------------------] 0 of 10 sent, no answer for 12 s\n"
                  "a-very-long-na [####################] 500 of 500 sent, 1,500 wait for "
                  "quota\n"
                  "new            waits for the sweep\n"
                  "late           waits for the sweep\n");
        free(text);
}

/* A line that the terminal wraps cannot be redrawn. */
static void test_draw_in_any_width(void **state)
{
        (void)state;
        for (unsigned columns = 20; columns < 120; columns++) {
                char *text = NULL, *at;
                size_t size = 0;
                FILE *f = open_memstream(&text, &size);
                unsigned lines = progress_draw(f, &view, columns), seen = 0;

                fclose(f);
                for (at = text; *at; seen++) {
                        size_t len = strcspn(at, "\n");

                        assert_in_range(len, 1, columns);
                        at += len + 1;
                }
                assert_int_equal(seen, lines);
                free(text);
        }
}

static void test_many_fabrics_are_summed_up(void **state)
{
        struct summary_fabric many[64];
        struct progress_view all = view;
        char *text = NULL;
        size_t size = 0;
        FILE *f = open_memstream(&text, &size);

        (void)state;
        for (size_t i = 0; i < 64; i++)
                many[i] = fabrics[0];
        all.fabrics = many;
        all.fabric_count = 64;
        assert_int_equal(progress_draw(f, &all, 80), 14);
        fclose(f);
        assert_non_null(strstr(text, "and 52 more fabrics\n"));
        free(text);
}

/* Without a terminal: a line each five seconds and when the phase changes, no escape sequence. */
static void test_log(void **state)
{
        struct progress *p = NULL;
        struct progress_view now = view;
        char *text = NULL;
        size_t size = 0;
        FILE *f = open_memstream(&text, &size);

        (void)state;
        assert_int_equal(progress_open(f, false, &p), 0);
        for (now.elapsed_ms = 0; now.elapsed_ms <= 10000; now.elapsed_ms += 250)
                progress_show(p, &now);
        now = (struct progress_view){.phase = "pushing", .elapsed_ms = 10250};
        progress_show(p, &now);
        progress_line(p, "a line");
        progress_close(p);
        fclose(f);
        assert_string_equal(
            text, "0:00  sweeping  sweep 3 (full): 3,000 indicators in 3 pages; emea 500 of 1,000 "
                  "sent; apac 0 of 10 sent; a-very-long-name-indeed 500 of 500 sent\n"
                  "0:05  sweeping  sweep 3 (full): 3,000 indicators in 3 pages; emea 500 of 1,000 "
                  "sent; apac 0 of 10 sent; a-very-long-name-indeed 500 of 500 sent\n"
                  "0:10  sweeping  sweep 3 (full): 3,000 indicators in 3 pages; emea 500 of 1,000 "
                  "sent; apac 0 of 10 sent; a-very-long-name-indeed 500 of 500 sent\n"
                  "0:10  pushing\n"
                  "a line\n");
        free(text);
}

static void test_terminal(void **state)
{
        struct progress_view small = {.phase = "starting"};
        struct progress *p = NULL;
        char *text = NULL;
        size_t size = 0;
        FILE *f = open_memstream(&text, &size);

        (void)state;
        assert_int_equal(progress_open(f, true, &p), 0);
        progress_show(p, &small);
        progress_line(p, "a line");
        progress_show(p, &small);
        progress_close(p);
        fclose(f);
        assert_string_equal(text, "0:00  starting\n\r\033[1A\033[Ja line\n0:00  starting\n"
                                  "\r\033[1A\033[J0:00  starting\n\r\033[1A\033[J");
        free(text);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_draw),
            cmocka_unit_test(test_draw_in_any_width),
            cmocka_unit_test(test_many_fabrics_are_summed_up),
            cmocka_unit_test(test_log),
            cmocka_unit_test(test_terminal),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
