#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "common/clock.h"
#include "console/web/lookups.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>

static const char hash[] = "44d88612fea8a8f36de82e1278abb02f";
static const char *const names[] = {"emea"};

/* A publisher that answers when somebody has opened `gate` and closed it again. */
struct fixture {
        char folder[32];
        char gate[64];
        struct tools tools;
        struct explain_options options;
        struct lookups *lookups;
};

static int setup(void **state)
{
        struct fixture *f = calloc(1, sizeof(*f));
        FILE *script;

        snprintf(f->folder, sizeof(f->folder), "/tmp/tq-lookups-XXXXXX");
        assert_non_null(mkdtemp(f->folder));
        snprintf(f->gate, sizeof(f->gate), "%s/gate", f->folder);
        assert_int_equal(mkfifo(f->gate, 0600), 0);
        snprintf(f->tools.path[TOOL_PUBLISHER], PATH_MAX, "%s/publisher", f->folder);
        script = fopen(f->tools.path[TOOL_PUBLISHER], "w");
        assert_non_null(script);
        fprintf(script, "#!/bin/sh\ncat %s\necho '{\"pid\": 0, \"indicators\": []}'\n", f->gate);
        fclose(script);
        assert_int_equal(chmod(f->tools.path[TOOL_PUBLISHER], 0700), 0);
        f->options = (struct explain_options){.tools = &f->tools,
                                              .config = "/nowhere",
                                              .fabrics = names,
                                              .fabric_count = 1,
                                              .epoll = epoll_create1(EPOLL_CLOEXEC)};
        assert_int_equal(lookups_open(&f->options, &f->lookups), 0);
        *state = f;
        return 0;
}

static int teardown(void **state)
{
        struct fixture *f = *state;

        lookups_close(f->lookups);
        close(f->options.epoll);
        unlink(f->gate);
        unlink(f->tools.path[TOOL_PUBLISHER]);
        rmdir(f->folder);
        free(f);
        return 0;
}

static void wait_done(const struct fixture *f, uint64_t ticket)
{
        struct epoll_event event;

        while (!lookups_done(f->lookups, ticket)) {
                epoll_wait(f->options.epoll, &event, 1, 20);
                lookups_serve(f->lookups, clock_boot_ms());
        }
}

static void test_few_at_a_time_and_each_once(void **state)
{
        struct fixture *f = *state;
        uint64_t tickets[LOOKUPS_MAX];
        char *text;

        assert_int_equal(lookups_next(f->lookups), INT64_MAX);
        for (size_t i = 0; i < LOOKUPS_MAX; i++) {
                tickets[i] = lookups_start(f->lookups, hash, clock_boot_ms());
                assert_true(tickets[i] > 0 && (i == 0 || tickets[i] != tickets[i - 1]));
        }
        assert_int_equal(lookups_start(f->lookups, hash, clock_boot_ms()), 0);
        assert_false(lookups_done(f->lookups, tickets[0]));
        assert_true(lookups_next(f->lookups) < INT64_MAX);
        for (size_t i = 0; i < LOOKUPS_MAX; i++) {
                while (!lookups_done(f->lookups, tickets[i])) {
                        int gate = open(f->gate, O_WRONLY | O_NONBLOCK | O_CLOEXEC);

                        if (gate >= 0)
                                close(gate);
                        lookups_serve(f->lookups, clock_boot_ms());
                }
                text = lookups_take(f->lookups, tickets[i]);
                assert_non_null(text);
                assert_non_null(strstr(text, "\"emea\":{\"pid\":0,\"indicators\":[]}"));
                free(text);
                assert_null(lookups_take(f->lookups, tickets[i]));
        }
        assert_true(lookups_start(f->lookups, hash, clock_boot_ms()) > tickets[LOOKUPS_MAX - 1]);
}

/* Whoever asked and went away leaves nothing behind. */
static void test_what_nobody_fetches_is_dropped(void **state)
{
        struct fixture *f = *state;
        uint64_t ticket;

        unlink(f->gate);
        ticket = lookups_start(f->lookups, hash, clock_boot_ms());
        assert_true(ticket > 0);
        wait_done(f, ticket);
        assert_false(lookups_serve(f->lookups, lookups_next(f->lookups)));
        assert_true(lookups_done(f->lookups, ticket));
        assert_null(lookups_take(f->lookups, ticket));
        assert_int_equal(lookups_next(f->lookups), INT64_MAX);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_few_at_a_time_and_each_once, setup, teardown),
            cmocka_unit_test_setup_teardown(test_what_nobody_fetches_is_dropped, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
