#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "console/supervisord_text.h"
#include "console/systemd_text.h"

#include <stdio.h>
#include <string.h>

static const char *const fabrics[] = {"emea", "as-ia"};
static struct tools tools;
static struct config config = {.state_dir = (char[]){"/var/lib/tq"},
                               .run_dir = (char[]){"/srv/run"},
                               .mapper = {.processes = 3},
                               .enricher = {.processes = 1}};

static unsigned without;
static bool serve;

static void make(struct units *units, const char *user, const char *log_dir)
{
        const struct console_options options = {.log_dir = log_dir};
        const struct console console = {.options = &options,
                                        .config = &config,
                                        .tools = &tools,
                                        .fabrics = fabrics,
                                        .fabric_count = 2};

        for (int i = 0; i < TOOL_COUNT; i++)
                snprintf(tools.path[i], sizeof(tools.path[i]), "/opt/t q/tie-%s",
                         tool_name((enum tool)i));
        config.path = (char[]){"/dev/null"};
        const struct units_wish wish = {
            .prefix = "tie", .user = user, .without = without, .serve = serve};

        snprintf(tools.console, sizeof(tools.console), "/opt/t q/tq-trellix-tie");
        assert_int_equal(units_make(&console, &wish, units), 0);
}

static void a_program_for_each(void **state)
{
        struct units units;
        char *text;

        (void)state;
        make(&units, "tq", "/var/log/50%");
        text = supervisord_text(&units);
        assert_non_null(text);
        assert_non_null(strstr(text,
                               "\n[program:tie-publisher-as-ia]\ncommand="
                               "\"/opt/t q/tie-publisher\" -c /dev/null --fabric as-ia -v2\n"));
        assert_non_null(strstr(text, "\n[program:tie-publisher-emea]\n"));
        assert_non_null(strstr(text, "\nnumprocs=3\n"));
        assert_non_null(
            strstr(text, "stdout_logfile=/var/log/50%%/tie-mapper-%(process_num)d.log"));
        assert_non_null(strstr(text, "stdout_logfile=/var/log/50%%/tie-fetcher.log"));
        assert_non_null(strstr(text, "\nuser=tq\n"));
        assert_null(strstr(text, "--on-request"));
        assert_null(strstr(text, "--await-sweep"));
        free(text);
        units_done(&units);
}

/* The fetcher and emea's publisher are on hosts of other keys; the enricher is left out by hand. */
static void only_the_stages_of_this_host(void **state)
{
        struct config_fabric two[] = {
            {.name = (char[]){"emea"}, .port = {.public_key = (char[]){"theirs"}}},
            {.name = (char[]){"as-ia"}, .port = {.public_key = (char[]){"ours"}}},
        };
        const struct config before = config;
        struct units units;

        (void)state;
        config.fabrics = two;
        config.fabric_count = 2;
        config.links.public_key = (char[]){"ours"};
        config.links.fetcher.public_key = (char[]){"theirs"};
        without = 1U << TOOL_ENRICHER;
        make(&units, NULL, NULL);
        config = before;
        without = 0;
        assert_int_equal(units.count, 2);
        assert_int_equal(units.all[0].kind, UNIT_MAPPER);
        assert_int_equal(units.all[1].kind, UNIT_PUBLISHER);
        assert_string_equal(units.all[1].fabric, "as-ia");
        units_done(&units);
}

static const char *text_of_unit(const struct systemd_file *files, size_t count, const char *name)
{
        for (size_t i = 0; i < count; i++) {
                if (strcmp(files[i].name, name) == 0)
                        return files[i].text;
        }
        return NULL;
}

static void a_template_for_each_stage(void **state)
{
        struct systemd_file files[SYSTEMD_FILES_MAX] = {0};
        const char *publisher, *target;
        struct units units;
        size_t count;

        (void)state;
        make(&units, NULL, NULL);
        assert_int_equal(systemd_files(&units, files, &count), 0);
        assert_int_equal(count, 5);
        publisher = text_of_unit(files, count, "tie-publisher@.service");
        target = text_of_unit(files, count, "tie.target");
        assert_non_null(publisher);
        assert_non_null(target);
        assert_non_null(strstr(publisher, "--fabric %i -v2\n"));
        assert_non_null(strstr(publisher, "\nStateDirectory=tq\n"));
        assert_non_null(strstr(publisher, "\nReadWritePaths=/srv/run\n"));
        assert_null(strstr(publisher, "User="));
        assert_non_null(strstr(target, "\nWants=tie-fetcher.service tie-mapper@1.service "
                                       "tie-mapper@2.service tie-mapper@3.service "
                                       "tie-publisher@emea.service tie-publisher@as-ia.service "
                                       "tie-enricher@1.service\n"));
        systemd_files_done(files, count);
        units_done(&units);
}

static void serve_too(void **state)
{
        struct systemd_file files[SYSTEMD_FILES_MAX] = {0};
        struct units units;
        size_t count;
        char *text;

        (void)state;
        serve = true;
        make(&units, NULL, NULL);
        serve = false;
        text = supervisord_text(&units);
        assert_non_null(strstr(text,
                               "\n[program:tie-serve]\ncommand=\"/opt/t q/tq-trellix-tie\" serve "
                               "-c /dev/null\n"));
        free(text);
        assert_int_equal(systemd_files(&units, files, &count), 0);
        assert_int_equal(count, 6);
        assert_non_null(text_of_unit(files, count, "tie-serve.service"));
        assert_non_null(strstr(text_of_unit(files, count, "tie.target"), " tie-serve.service\n"));
        systemd_files_done(files, count);
        units_done(&units);
}

static void words_that_would_be_read_otherwise_are_found(void **state)
{
        static const char *const bad[] = {"a;b", "a #b", "a\nb", "a\"b", "a$b", "a\\b"};
        struct units units;

        (void)state;
        make(&units, "tq", "/var/log");
        assert_null(units_bad_word(&units));
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
                units.log_dir = bad[i];
                assert_ptr_equal(units_bad_word(&units), bad[i]);
        }
        units_done(&units);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_program_for_each),
            cmocka_unit_test(only_the_stages_of_this_host),
            cmocka_unit_test(a_template_for_each_stage),
            cmocka_unit_test(serve_too),
            cmocka_unit_test(words_that_would_be_read_otherwise_are_found),
        };

        return cmocka_run_group_tests_name("units", tests, NULL, NULL);
}
