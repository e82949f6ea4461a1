#include "publisher/provision/terminal.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum { ANSWER_MAX = 1024 };

static const int ending[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
enum { ENDING_COUNT = sizeof(ending) / sizeof(ending[0]) };

static volatile sig_atomic_t caught;

static void on_signal(int number)
{
        caught = number;
}

bool terminal_there(void)
{
        return isatty(STDIN_FILENO);
}

/* One line without its end. 0, -ENODATA at the end of the input, -EINTR. */
static int read_line(char out[ANSWER_MAX])
{
        size_t len = 0;
        char c;

        for (;;) {
                ssize_t n = caught ? -1 : read(STDIN_FILENO, &c, 1);

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
        int r;

        caught = 0;
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
        r = read_line(out);
        if (changed)
                tcsetattr(STDIN_FILENO, TCSADRAIN, &shown);
        if (!echo)
                fputc('\n', stderr);
        for (size_t i = 0; i < ENDING_COUNT; i++)
                sigaction(ending[i], &before[i], NULL);
        if (caught)
                raise(caught);
        return r;
}

int terminal_ask(const char *question, bool echo, char **ret, struct failure *why)
{
        char answer[ANSWER_MAX] = "";
        int r;

        do {
                r = ask_once(question, echo, answer);
        } while (r == -EINTR || (r == 0 && answer[0] == '\0'));
        if (r == 0)
                *ret = strdup(answer);
        explicit_bzero(answer, sizeof(answer));
        if (r < 0)
                return failure_set(why, r, "no answer to \"%s\"", question);
        return *ret ? 0 : failure_memory(why);
}

int terminal_ask_twice(const char *question, const char *again, char **ret, struct failure *why)
{
        for (;;) {
                char *first = NULL, *second = NULL;
                int r = terminal_ask(question, false, &first, why);
                bool same;

                if (r == 0)
                        r = terminal_ask(again, false, &second, why);
                same = first && second && strcmp(first, second) == 0;
                if (second)
                        explicit_bzero(second, strlen(second));
                free(second);
                if (same) {
                        *ret = first;
                        return 0;
                }
                if (first)
                        explicit_bzero(first, strlen(first));
                free(first);
                if (r < 0)
                        return r;
                fprintf(stderr, "The two are not the same. Once more.\n");
        }
}
