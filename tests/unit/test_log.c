#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "common/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct fixture {
        char dir[64];
        char path[96];
        char moved[96];
        char text[32768];
};

static int setup(void **state)
{
        static struct fixture f;

        f = (struct fixture){.dir = "/tmp/test-log-XXXXXX"};
        assert_non_null(mkdtemp(f.dir));
        snprintf(f.path, sizeof(f.path), "%s/a.log", f.dir);
        snprintf(f.moved, sizeof(f.moved), "%s/a.log.1", f.dir);
        *state = &f;
        return 0;
}

static int teardown(void **state)
{
        struct fixture *f = *state;

        unlink(f->path);
        unlink(f->moved);
        return rmdir(f->dir);
}

static const char *content(struct fixture *f, const char *path)
{
        FILE *file = fopen(path, "re");
        size_t n;

        assert_non_null(file);
        n = fread(f->text, 1, sizeof(f->text) - 1, file);
        f->text[n] = '\0';
        fclose(file);
        return f->text;
}

static void test_a_line_has_time_name_and_level(void **state)
{
        struct fixture *f = *state;
        struct log *log;
        const char *text;
        int year, month, day, hour, minute, second, ms, n = 0;

        assert_int_equal(log_open("publisher[emea]", f->path, 2, &log), 0);
        log_info(log, "connected tries=%d", 3);
        log_close(log);
        text = content(f, f->path);
        assert_int_equal(sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d.%3dZ %n", &year, &month, &day, &hour,
                                &minute, &second, &ms, &n),
                         7);
        assert_string_equal(text + n, "publisher[emea] info connected tries=3\n");
}

static void test_verbosity_decides(void **state)
{
        static const struct {
                int verbosity;
                size_t lines;
        } cases[] = {{1, 2}, {2, 3}, {3, 4}};
        struct fixture *f = *state;

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct log *log;
                size_t lines = 0;

                assert_int_equal(log_open("x", f->path, cases[i].verbosity, &log), 0);
                log_error(log, "e");
                log_warn(log, "w");
                log_info(log, "i");
                log_debug(log, "d");
                assert_int_equal(log_wants(log, LOG_LEVEL_DEBUG), cases[i].verbosity == 3);
                log_close(log);
                for (const char *p = content(f, f->path); *p; p++)
                        lines += *p == '\n';
                assert_int_equal(lines, cases[i].lines);
                unlink(f->path);
        }
        log_error(NULL, "goes nowhere");
        assert_false(log_wants(NULL, LOG_LEVEL_ERROR));
}

static void test_foreign_text_makes_no_second_line(void **state)
{
        struct fixture *f = *state;
        struct log *log;

        assert_int_equal(log_open("x", f->path, 2, &log), 0);
        log_info(log, "raw %s", "a\nb\x1b[31m\xff");
        log_info(log, "value=%s", LOG_Q(text_of("a \"b\"\n\\")));
        log_close(log);
        content(f, f->path);
        assert_non_null(strstr(f->text, "x info raw a\\x0ab\\x1b[31m\\xff\n"));
        assert_non_null(strstr(f->text, "x info value=\"a \\\"b\\\"\\x0a\\\\\"\n"));
}

static void test_quotes(void **state)
{
        static const struct {
                struct text in;
                const char *out;
        } cases[] = {
            {{NULL, 0}, "\"\""},
            {{"plain", 5}, "\"plain\""},
            {{"a\0b", 3}, "\"a\\x00b\""},
            {{"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", 9},
             "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\""},
            {{"\xc3", 1}, "\"\\xc3\""},
            {{"\xe2\x82", 2}, "\"\\xe2\\x82\""},
            {{"\xc2\x9b", 2}, "\"\\xc2\\x9b\""},
            {{"\x7f\xff", 2}, "\"\\x7f\\xff\""},
        };
        char out[LOG_QUOTED_MAX], longest[1000];

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_string_equal(log_quote(cases[i].in, out), cases[i].out);

        memset(longest, 1, sizeof(longest));
        log_quote((struct text){longest, sizeof(longest)}, out);
        assert_int_equal(strlen(out), 1 + 200 * 4 + strlen("…\""));
        assert_string_equal(out + 1 + 200 * 4, "…\"");
}

static void test_a_long_line_is_cut(void **state)
{
        struct fixture *f = *state;
        char longest[20000];
        struct log *log;

        memset(longest, 'x', sizeof(longest) - 1);
        longest[sizeof(longest) - 1] = '\0';
        assert_int_equal(log_open("x", f->path, 2, &log), 0);
        log_info(log, "%s", longest);
        memset(longest, 1, sizeof(longest) - 1);
        log_info(log, "%s", longest);
        log_close(log);
        content(f, f->path);
        assert_non_null(strstr(f->text, "xxxx…\n"));
        assert_non_null(strstr(f->text, "\\x01…\n"));
        assert_true(strlen(f->text) < 2 * 8192);
}

static void test_reopen_follows_a_rotation(void **state)
{
        struct fixture *f = *state;
        struct log *log;
        struct stat st;
        mode_t old = umask(077);

        assert_int_equal(log_open("x", f->path, 2, &log), 0);
        log_info(log, "one");
        assert_int_equal(rename(f->path, f->moved), 0);
        log_info(log, "two");
        assert_int_equal(log_reopen(log), 0);
        log_info(log, "three");
        log_close(log);
        umask(old);
        content(f, f->moved);
        assert_non_null(strstr(f->text, "one\n"));
        assert_non_null(strstr(f->text, "two\n"));
        assert_null(strstr(f->text, "three"));
        content(f, f->path);
        assert_non_null(strstr(f->text, "three\n"));
        assert_int_equal(stat(f->path, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0640);
}

static void test_says_why_it_cannot_open(void **state)
{
        struct fixture *f = *state;
        struct log *log = NULL;

        assert_int_equal(log_open("x", f->dir, 2, &log), -EISDIR);
        assert_int_equal(log_open("x", "/nonexistent/x.log", 2, &log), -ENOENT);
        assert_null(log);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_a_line_has_time_name_and_level, setup, teardown),
            cmocka_unit_test_setup_teardown(test_verbosity_decides, setup, teardown),
            cmocka_unit_test_setup_teardown(test_foreign_text_makes_no_second_line, setup,
                                            teardown),
            cmocka_unit_test(test_quotes),
            cmocka_unit_test_setup_teardown(test_a_long_line_is_cut, setup, teardown),
            cmocka_unit_test_setup_teardown(test_reopen_follows_a_rotation, setup, teardown),
            cmocka_unit_test_setup_teardown(test_says_why_it_cannot_open, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
