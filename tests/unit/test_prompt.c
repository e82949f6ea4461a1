#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "common/cleanup.h"
#include "common/prompt.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static int person = -1; /* the terminal's other end; ours is standard input */

static const int ending[] = {SIGINT, SIGTERM, SIGHUP};
enum { ENDING_COUNT = sizeof(ending) / sizeof(ending[0]) };

static bool echo_is_on(void)
{
        struct termios t;

        assert_int_equal(tcgetattr(STDIN_FILENO, &t), 0);
        return (t.c_lflag & ECHO) != 0;
}

static void type(const char *keys)
{
        assert_int_equal(write(person, keys, strlen(keys)), strlen(keys));
}

static int open_terminal(void **state)
{
        int fd;

        (void)state;
        person = posix_openpt(O_RDWR | O_NOCTTY);
        if (person < 0 || grantpt(person) < 0 || unlockpt(person) < 0)
                return -1;
        fd = open(ptsname(person), O_RDWR | O_NOCTTY);
        if (fd < 0 || dup2(fd, STDIN_FILENO) < 0)
                return -1;
        close(fd);
        return 0;
}

static int close_terminal(void **state)
{
        (void)state;
        return close(person);
}

static void test_somebody_is_there(void **state)
{
        int kept = dup(STDIN_FILENO), null = open("/dev/null", O_RDONLY | O_CLOEXEC);

        (void)state;
        assert_true(prompt_there());
        dup2(null, STDIN_FILENO);
        assert_false(prompt_there());
        dup2(kept, STDIN_FILENO);
        close(kept);
        close(null);
}

static void test_answers(void **state)
{
        static const struct {
                const char *keys;
                const char *answer; /* NULL: the end of the input */
        } cases[] = {
            {"one\n", "one"},
            {"\n", ""},
            {" a b \n", " a b "},
            {"ab\x7f"
             "c\n",
             "ac"},
            {"\x04", NULL},
            {"half\x04\x04", NULL},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                _cleanup_(freep) char *answer = NULL;
                int r;

                type(cases[i].keys);
                r = prompt_ask("Question", true, &answer);
                assert_int_equal(r, cases[i].answer ? 0 : -ENODATA);
                if (cases[i].answer)
                        assert_string_equal(answer, cases[i].answer);
                assert_true(echo_is_on());
        }
}

/* A child asks without echo; the person waits until it is off. */
static pid_t ask_in_child(void)
{
        pid_t pid = fork();

        assert_true(pid >= 0);
        if (pid == 0) {
                char *answer = NULL;

                for (size_t i = 0; i < ENDING_COUNT; i++)
                        signal(ending[i], SIG_DFL); /* nohup ignores one of them */
                if (prompt_ask("Secret", false, &answer) != 0)
                        _exit(1);
                _exit(strcmp(answer, "hidden") == 0 ? 0 : 2);
        }
        while (echo_is_on())
                usleep(1000);
        return pid;
}

static void test_a_secret_is_not_shown(void **state)
{
        pid_t pid;
        int status;

        (void)state;
        pid = ask_in_child();
        type("hidden\n");
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
        assert_true(echo_is_on());
}

static void test_a_signal_takes_its_effect(void **state)
{
        (void)state;
        for (size_t i = 0; i < ENDING_COUNT; i++) {
                pid_t pid = ask_in_child();
                int status;

                kill(pid, ending[i]);
                assert_int_equal(waitpid(pid, &status, 0), pid);
                assert_true(WIFSIGNALED(status));
                assert_int_equal(WTERMSIG(status), ending[i]);
                assert_true(echo_is_on());
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_somebody_is_there),
            cmocka_unit_test(test_answers),
            cmocka_unit_test(test_a_secret_is_not_shown),
            cmocka_unit_test(test_a_signal_takes_its_effect),
        };

        return cmocka_run_group_tests(tests, open_terminal, close_terminal);
}
