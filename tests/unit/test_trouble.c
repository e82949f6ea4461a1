#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "common/trouble.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct fixture {
        char dir[64];
        char path[96];
        struct log *log;
        struct trouble *trouble;
};

static int setup(void **state)
{
        static struct fixture f;

        f = (struct fixture){.dir = "/tmp/test-trouble-XXXXXX"};
        assert_non_null(mkdtemp(f.dir));
        snprintf(f.path, sizeof(f.path), "%s/mapper.trouble", f.dir);
        assert_int_equal(log_open("mapper", "/dev/null", 3, &f.log), 0);
        assert_int_equal(trouble_open(f.path, &f.trouble), 0);
        log_listen(f.log, trouble_note, f.trouble);
        *state = &f;
        return 0;
}

static int teardown(void **state)
{
        struct fixture *f = *state;

        log_close(f->log);
        trouble_close(f->trouble);
        unlink(f->path);
        /* fails when a temporary file was left */
        return rmdir(f->dir);
}

static void test_the_last_error_stays(void **state)
{
        struct fixture *f = *state;
        struct trouble_line line;
        struct stat st;

        assert_false(trouble_read(f->path, &line));
        log_info(f->log, "all is well");
        assert_false(trouble_read(f->path, &line));
        log_error(f->log, "first");
        log_error(f->log, "cannot write to %s", "ThreatQ");
        log_info(f->log, "again");
        assert_true(trouble_read(f->path, &line));
        assert_true(line.error);
        assert_string_equal(line.text, "cannot write to ThreatQ");
        assert_int_equal(strlen(line.at), 20);
        assert_int_equal(stat(f->path, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
}

/* A burst of warnings costs one write; an error after it is kept. */
static void test_warnings_are_rare_errors_are_not(void **state)
{
        struct fixture *f = *state;
        struct trouble_line line;

        log_warn(f->log, "warning 0");
        for (int i = 1; i < 100; i++)
                log_warn(f->log, "warning %d", i);
        assert_true(trouble_read(f->path, &line));
        assert_false(line.error);
        log_error(f->log, "error");
        assert_true(trouble_read(f->path, &line));
        assert_string_equal(line.text, "error");
}

static void test_lines(void **state)
{
        static const struct {
                const char *line;
                const char *text; /* NULL: no line of a log */
                bool error;
        } rows[] = {
            {"2026-05-01T10:00:00.123Z publisher[emea] warn no broker took it\n",
             "no broker took it", false},
            {"2026-05-01T10:00:00.123Z mapper error x", "x", true},
            {"2026-05-01T10:00:00.123Z mapper error ", "", true},
            {"2026-05-01T10:00:00.123Z mapper error a\nb", "a", true},
            {"2026-05-01T10:00:00.123Z mapper info x", NULL, false},
            {"2026-05-01T10:00:00.123Z mapper", NULL, false},
            {"yesterday mapper error x", NULL, false},
            {"", NULL, false},
            {"\n", NULL, false},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                struct trouble_line line;
                bool good = trouble_parse(rows[i].line, &line);

                assert_int_equal(good, rows[i].text != NULL);
                if (!good)
                        continue;
                assert_string_equal(line.text, rows[i].text);
                assert_string_equal(line.at, "2026-05-01T10:00:00Z");
                assert_int_equal(line.error, rows[i].error);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_the_last_error_stays, setup, teardown),
            cmocka_unit_test_setup_teardown(test_warnings_are_rare_errors_are_not, setup, teardown),
            cmocka_unit_test(test_lines),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
