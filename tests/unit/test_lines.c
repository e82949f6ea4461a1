#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "common/lines.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

struct fixture {
        int in; /* the writing end of what lines reads */
        int out;
        struct lines *lines;
};

static int setup(void **state)
{
        static struct fixture f;
        int fds[2];

        assert_int_equal(pipe(fds), 0);
        f = (struct fixture){.in = fds[1], .out = fds[0]};
        assert_int_equal(lines_open(f.out, &f.lines), 0);
        *state = &f;
        return 0;
}

static int teardown(void **state)
{
        struct fixture *f = *state;

        lines_close(f->lines);
        close(f->out);
        if (f->in >= 0)
                close(f->in);
        return 0;
}

static void feed(struct fixture *f, const char *s)
{
        assert_int_equal(write(f->in, s, strlen(s)), strlen(s));
}

static void end_input(struct fixture *f)
{
        close(f->in);
        f->in = -1;
}

static bool readable(int fd)
{
        struct pollfd p = {.fd = fd, .events = POLLIN};

        return poll(&p, 1, 0) == 1;
}

static void expect(struct fixture *f, const char *line)
{
        struct text t;

        assert_int_equal(lines_next(f->lines, &t), 0);
        assert_int_equal(t.len, strlen(line));
        assert_memory_equal(t.ptr, line, t.len);
}

static void test_gives_whole_lines_only(void **state)
{
        struct fixture *f = *state;
        struct text t;

        assert_int_equal(lines_next(f->lines, &t), LINES_E_AGAIN);
        feed(f, "on");
        assert_int_equal(lines_next(f->lines, &t), LINES_E_AGAIN);
        feed(f, "e\ntwo\n\nfo");
        expect(f, "one");
        expect(f, "two");
        expect(f, "");
        assert_int_equal(lines_next(f->lines, &t), LINES_E_AGAIN);
        feed(f, "ur\n");
        expect(f, "four");
}

static void test_last_line_needs_no_newline(void **state)
{
        struct fixture *f = *state;
        struct text t;

        feed(f, "one\ntwo");
        end_input(f);
        expect(f, "one");
        expect(f, "two");
        assert_int_equal(lines_next(f->lines, &t), -ENODATA);
        assert_int_equal(lines_next(f->lines, &t), -ENODATA);
}

static void test_more_fd_says_when_lines_wait(void **state)
{
        struct fixture *f = *state;

        assert_false(readable(lines_more_fd(f->lines)));
        feed(f, "one\ntwo\nthree\n");
        expect(f, "one");
        assert_false(readable(lines_fd(f->lines)));
        assert_true(readable(lines_more_fd(f->lines)));
        expect(f, "two");
        assert_true(readable(lines_more_fd(f->lines)));
        expect(f, "three");
        assert_false(readable(lines_more_fd(f->lines)));
}

static void test_a_long_line_grows_the_buffer(void **state)
{
        enum { PIECE = 4096, PIECES = 64 };
        struct fixture *f = *state;
        char piece[PIECE];
        struct text t;

        memset(piece, 'x', sizeof(piece));
        for (int i = 0; i < PIECES; i++) {
                assert_int_equal(write(f->in, piece, sizeof(piece)), PIECE);
                assert_int_equal(lines_next(f->lines, &t), LINES_E_AGAIN);
        }
        feed(f, "\nnext\n");
        assert_int_equal(lines_next(f->lines, &t), 0);
        assert_int_equal(t.len, PIECE * PIECES);
        assert_int_equal(t.ptr[0], 'x');
        assert_int_equal(t.ptr[t.len - 1], 'x');
        expect(f, "next");
}

static void test_writes(void **state)
{
        struct fixture *f = *state;

        assert_int_equal(lines_write(f->in, "a line"), 0);
        expect(f, "a line");
        assert_int_equal(lines_write(-1, "x"), -EBADF);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_gives_whole_lines_only, setup, teardown),
            cmocka_unit_test_setup_teardown(test_last_line_needs_no_newline, setup, teardown),
            cmocka_unit_test_setup_teardown(test_more_fd_says_when_lines_wait, setup, teardown),
            cmocka_unit_test_setup_teardown(test_a_long_line_grows_the_buffer, setup, teardown),
            cmocka_unit_test_setup_teardown(test_writes, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
