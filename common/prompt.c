#include "common/prompt.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* More than a terminal gives in a line. */
enum { ANSWER_MAX = 4096 };

static const int ending[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
enum { ENDING_COUNT = sizeof(ending) / sizeof(ending[0]) };

static volatile sig_atomic_t caught;

static void on_signal(int number)
{
        caught = number;
}

bool prompt_there(void)
{
        return isatty(STDIN_FILENO);
}

/* One line without its end. The ending signals are blocked, and come only while it waits, with the
 * mask `waiting`: none is lost. 0, -ENODATA at the end of the input, -EINTR. */
static int read_line(const sigset_t *waiting, char out[ANSWER_MAX])
{
        struct pollfd keys = {.fd = STDIN_FILENO, .events = POLLIN};
        size_t len = 0;
        char c;

        for (;;) {
                ssize_t n = ppoll(&keys, 1, NULL, waiting) < 0 ? -1 : read(STDIN_FILENO, &c, 1);

                if (n < 0)
                        return caught ? -EINTR : -errno;
                if (n == 0)
                        return -ENODATA;
                if (c == '\n' || c == '\r')
                        break;
                if (len < ANSWER_MAX - 1)
                        out[len++] = c;
        }
        out[len] = '\0';
        return 0;
}

static int ask_once(const char *question, bool echo, char out[ANSWER_MAX])
{
        struct sigaction action = {.sa_handler = on_signal}, before[ENDING_COUNT];
        struct termios shown, hidden;
        bool changed = !echo && tcgetattr(STDIN_FILENO, &shown) == 0;
        sigset_t ends, mask;
        int r;

        caught = 0;
        sigemptyset(&ends);
        for (size_t i = 0; i < ENDING_COUNT; i++)
                sigaddset(&ends, ending[i]);
        sigprocmask(SIG_BLOCK, &ends, &mask);
        for (size_t i = 0; i < ENDING_COUNT; i++)
                sigaction(ending[i], &action, &before[i]);
        if (changed) {
                hidden = shown;
                hidden.c_lflag &= (tcflag_t) ~(ECHO | ECHONL);
                /* What was typed before the question is no answer to it. */
                tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
        }
        fprintf(stderr, "%s: ", question);
        fflush(stderr);
        r = read_line(&mask, out);
        if (changed)
                tcsetattr(STDIN_FILENO, TCSADRAIN, &shown);
        if (!echo)
                fputc('\n', stderr);
        for (size_t i = 0; i < ENDING_COUNT; i++)
                sigaction(ending[i], &before[i], NULL);
        sigprocmask(SIG_SETMASK, &mask, NULL);
        if (caught)
                raise(caught);
        return r;
}

int prompt_ask(const char *question, bool echo, char **ret)
{
        char answer[ANSWER_MAX] = "";
        char *copy = NULL;
        int r;

        do {
                r = ask_once(question, echo, answer);
        } while (r == -EINTR);
        if (r == 0)
                copy = strdup(answer);
        explicit_bzero(answer, sizeof(answer));
        if (r < 0)
                return r;
        *ret = copy;
        return copy ? 0 : -ENOMEM;
}
