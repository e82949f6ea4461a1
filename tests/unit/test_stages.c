#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "common/clock.h"
#include "console/gather.h"
#include "console/stages.h"
#include "console/watch.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Stages of shell, in a folder of their own, found as the real ones are. */
struct fixture {
        char folder[64];
        struct tools tools;
        struct watch watch;
        char lines[8192];
        char notes[8192];
};

static const char *const emea[] = {"emea"};

static void write_stage(const struct fixture *f, const char *name, const char *script)
{
        char path[PATH_MAX];
        FILE *file;

        snprintf(path, sizeof(path), "%s/tie-%s", f->folder, name);
        file = fopen(path, "w");
        assert_non_null(file);
        fprintf(file, "#!/bin/sh\n%s\n", script);
        fclose(file);
        assert_int_equal(chmod(path, 0700), 0);
}

static int setup(void **state)
{
        struct fixture *f = calloc(1, sizeof(*f));
        enum tool missing;

        snprintf(f->folder, sizeof(f->folder), "/tmp/test_stages.XXXXXX");
        assert_non_null(mkdtemp(f->folder));
        for (int i = 0; i < TOOL_COUNT; i++)
                write_stage(f, tool_name((enum tool)i), "exec sleep 1000");
        assert_int_equal(tools_find(f->folder, &f->tools, &missing), 0);
        assert_int_equal(watch_init(&f->watch), 0);
        *state = f;
        return 0;
}

static int teardown(void **state)
{
        struct fixture *f = *state;

        for (int i = 0; i < TOOL_COUNT; i++)
                unlink(f->tools.path[i]);
        rmdir(f->folder);
        watch_done(&f->watch);
        free(f);
        return 0;
}

static void take_line(const char *line, void *userdata)
{
        struct fixture *f = userdata;
        size_t used = strlen(f->lines);

        snprintf(f->lines + used, sizeof(f->lines) - used, "%s|", line);
}

static void take_note(const char *line, void *userdata)
{
        struct fixture *f = userdata;
        size_t used = strlen(f->notes);

        snprintf(f->notes + used, sizeof(f->notes) - used, "%s|", line);
}

static struct stages *open_stages(struct fixture *f)
{
        struct stages_options options = {
            .tools = &f->tools,
            .config = "/config",
            .verbosity = 3,
            .fabrics = emea,
            .fabric_count = 1,
            .patience_ms = 60000,
            .epoll = f->watch.epoll,
            .on_line = take_line,
            .on_note = take_note,
            .userdata = f,
        };
        struct stages *stages;

        assert_int_equal(stages_open(&options, &stages), 0);
        return stages;
}

/* Serves the stages until `done` holds, at most for ten seconds. */
static void serve_until(struct fixture *f, struct stages *stages,
                        bool (*done)(struct fixture *, struct stages *))
{
        int64_t until = clock_boot_ms() + 10000;

        while (stages_serve(stages, clock_boot_ms()), !done(f, stages)) {
                int64_t next = stages_next(stages);

                assert_true(clock_boot_ms() < until);
                assert_int_equal(watch_wait(&f->watch, next < until ? next : until), 0);
        }
}

static void find_stage(struct stages *stages, const char *name, struct summary_stage *ret)
{
        for (size_t i = 0; i < stages_count(stages); i++) {
                stages_describe(stages, i, ret);
                if (strcmp(ret->stage, name) == 0)
                        return;
        }
        fail();
}

static bool none_runs(struct fixture *f, struct stages *stages)
{
        (void)f;
        return !stages_running(stages);
}

static bool four_lines(struct fixture *f, struct stages *stages)
{
        int lines = 0;

        (void)stages;
        for (const char *p = f->lines; *p; p++)
                lines += *p == '|';
        return lines >= 4;
}

static void test_command_lines(void **state)
{
        struct fixture *f = *state;
        struct stages *stages;

        for (int i = 0; i < TOOL_COUNT; i++)
                write_stage(f, tool_name((enum tool)i),
                            "echo \"${0##*/} $*\" >&2; exec sleep 1000");
        stages = open_stages(f);
        serve_until(f, stages, four_lines);
        assert_non_null(strstr(f->lines, "tie-fetcher -c /config --on-request -v3|"));
        assert_non_null(strstr(f->lines, "tie-mapper -c /config -v3|"));
        assert_non_null(
            strstr(f->lines, "tie-publisher -c /config --fabric emea --await-sweep -v3|"));
        assert_non_null(strstr(f->lines, "tie-enricher -c /config -v3|"));
        stages_stop(stages);
        serve_until(f, stages, none_runs);
        assert_string_equal(f->notes, "");
        stages_close(stages);
}

static bool restarted(struct fixture *f, struct stages *stages)
{
        struct summary_stage mapper;

        (void)f;
        find_stage(stages, "mapper", &mapper);
        return mapper.restarts == 2 && mapper.running;
}

static void test_one_that_dies_is_started_again(void **state)
{
        struct fixture *f = *state;
        struct stages *stages = open_stages(f);
        struct summary_stage mapper;
        bool misconfigured;
        int64_t first;

        stages_serve(stages, clock_boot_ms());
        find_stage(stages, "mapper", &mapper);
        first = mapper.pid;
        while (!restarted(f, stages)) {
                find_stage(stages, "mapper", &mapper);
                if (mapper.running)
                        kill((pid_t)mapper.pid, SIGKILL);
                assert_int_equal(watch_wait(&f->watch, clock_boot_ms() + 50), 0);
                stages_serve(stages, clock_boot_ms());
        }
        find_stage(stages, "mapper", &mapper);
        assert_int_not_equal(mapper.pid, first);
        assert_non_null(strstr(f->notes, "mapper was ended by signal 9"));
        assert_null(stages_unusable(stages, &misconfigured));
        stages_close(stages);
}

static bool one_unusable(struct fixture *f, struct stages *stages)
{
        bool misconfigured;

        (void)f;
        return stages_unusable_fabric(stages, 0, &misconfigured) != NULL;
}

static void test_a_misconfigured_one_is_not(void **state)
{
        struct fixture *f = *state;
        struct stages *stages;
        bool misconfigured = false;

        write_stage(f, "publisher",
                    "echo '2026-05-01T10:00:00.123Z publisher[emea] error no such file' >&2; "
                    "exit 2");
        stages = open_stages(f);
        serve_until(f, stages, one_unusable);
        assert_string_equal(stages_unusable_fabric(stages, 0, &misconfigured),
                            "tie-publisher refuses its configuration: no such file");
        assert_true(misconfigured);
        assert_null(stages_unusable(stages, &misconfigured));
        stages_close(stages);
}

static bool any_unusable(struct fixture *f, struct stages *stages)
{
        bool misconfigured;

        (void)f;
        return stages_unusable(stages, &misconfigured) != NULL;
}

static void test_one_that_cannot_be_executed(void **state)
{
        struct fixture *f = *state;
        struct stages *stages;
        bool misconfigured = true;

        unlink(f->tools.path[TOOL_ENRICHER]);
        stages = open_stages(f);
        serve_until(f, stages, any_unusable);
        assert_non_null(strstr(stages_unusable(stages, &misconfigured), "No such file"));
        assert_false(misconfigured);
        stages_close(stages);
}

static void test_kill_ends_what_ignores_the_stop(void **state)
{
        struct fixture *f = *state;
        struct stages *stages;

        for (int i = 0; i < TOOL_COUNT; i++)
                write_stage(f, tool_name((enum tool)i),
                            "trap '' TERM; echo up >&2; exec sleep 1000");
        stages = open_stages(f);
        serve_until(f, stages, four_lines);
        stages_stop(stages);
        assert_true(stages_running(stages));
        stages_kill(stages);
        serve_until(f, stages, none_runs);
        stages_close(stages);
}

static void one_round(struct fixture *f, struct gather *gather)
{
        assert_int_equal(gather_start(gather, clock_boot_ms()), 0);
        while (!gather_serve(gather, clock_boot_ms()))
                assert_int_equal(watch_wait(&f->watch, gather_deadline(gather)), 0);
}

static struct gather *open_gather(struct fixture *f)
{
        struct gather_options options = {
            .tools = &f->tools,
            .config = "/config",
            .fabrics = emea,
            .fabric_count = 1,
            .epoll = f->watch.epoll,
        };
        struct gather *gather;

        assert_int_equal(gather_open(&options, &gather), 0);
        return gather;
}

static void test_reports(void **state)
{
        struct fixture *f = *state;
        struct gather *gather;

        write_stage(f, "fetcher", "[ \"$*\" = '-c /config --report' ] && echo '{\"pid\":7}'");
        write_stage(f, "publisher",
                    "[ \"$*\" = '-c /config --fabric emea --report' ] && echo '{\"queued\":8}'");
        gather = open_gather(f);
        assert_null(gather_fetcher(gather, false));
        one_round(f, gather);
        assert_int_equal(gather_fetcher(gather, true)->pid, 7);
        assert_int_equal(gather_publisher(gather, 0, true)->queued, 8);
        assert_string_equal(gather_error(gather), "");
        /* What was learned is kept when the next round learns nothing. */
        write_stage(f, "publisher", "echo broken >&2; exit 1");
        one_round(f, gather);
        assert_non_null(gather_fetcher(gather, true));
        assert_null(gather_publisher(gather, 0, true));
        assert_int_equal(gather_publisher(gather, 0, false)->queued, 8);
        assert_string_equal(gather_error(gather), "emea: broken");
        gather_close(gather);
}

/* Without a bound a report that never ends would fill the memory. */
static void test_an_endless_report_is_no_report(void **state)
{
        struct fixture *f = *state;
        struct gather *gather;

        write_stage(f, "fetcher", "exec cat /dev/zero");
        write_stage(f, "publisher", "echo '{}'");
        gather = open_gather(f);
        one_round(f, gather);
        assert_null(gather_fetcher(gather, true));
        assert_non_null(gather_publisher(gather, 0, true));
        assert_string_equal(gather_error(gather), "fetcher: it did not answer");
        gather_close(gather);
}

static void test_tools_missing(void **state)
{
        struct fixture *f = *state;
        struct tools tools;
        enum tool missing = TOOL_COUNT;

        unlink(f->tools.path[TOOL_PUBLISHER]);
        assert_int_equal(tools_find(f->folder, &tools, &missing), -ENOENT);
        assert_int_equal(missing, TOOL_PUBLISHER);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_command_lines, setup, teardown),
            cmocka_unit_test_setup_teardown(test_one_that_dies_is_started_again, setup, teardown),
            cmocka_unit_test_setup_teardown(test_a_misconfigured_one_is_not, setup, teardown),
            cmocka_unit_test_setup_teardown(test_one_that_cannot_be_executed, setup, teardown),
            cmocka_unit_test_setup_teardown(test_kill_ends_what_ignores_the_stop, setup, teardown),
            cmocka_unit_test_setup_teardown(test_reports, setup, teardown),
            cmocka_unit_test_setup_teardown(test_an_endless_report_is_no_report, setup, teardown),
            cmocka_unit_test_setup_teardown(test_tools_missing, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
