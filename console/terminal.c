#include "console/terminal.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

/* A signal handler has no other way to find it. */
static struct {
        bool taken;
        bool keys; /* standard input is the terminal too */
        struct termios before;
        struct termios raw;
} terminal;

static const int fatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGQUIT};

bool terminal_usable(void)
{
        const char *term = getenv("TERM");

        return isatty(STDOUT_FILENO) && term && term[0] && strcmp(term, "dumb") != 0;
}

/* The rest calls only what a signal handler may. */
static void write_all(const char *text)
{
        size_t len = strlen(text);

        while (len > 0) {
                ssize_t n = write(STDOUT_FILENO, text, len);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return;
                text += n;
                len -= (size_t)n;
        }
}

static void enter(void)
{
        if (terminal.keys)
                tcsetattr(STDIN_FILENO, TCSADRAIN, &terminal.raw);
        write_all("\033[?1049h\033[?25l\033[2J");
}

static void leave(void)
{
        write_all("\033[0m\033[?25h\033[?1049l");
        if (terminal.keys)
                tcsetattr(STDIN_FILENO, TCSADRAIN, &terminal.before);
}

static void on_fatal(int number)
{
        if (terminal.taken)
                leave();
        signal(number, SIG_DFL);
        raise(number);
}

/* SIGWINCH is a reason to draw again. */
static void on_stop(int number)
{
        int saved_errno = errno;

        (void)number;
        leave();
        raise(SIGSTOP);
        enter();
        raise(SIGWINCH);
        errno = saved_errno;
}

static void handle(int number, void (*fn)(int))
{
        struct sigaction action = {.sa_handler = fn};

        sigemptyset(&action.sa_mask);
        sigaction(number, &action, NULL);
}

int terminal_open(int epoll)
{
        struct epoll_event event = {.events = EPOLLIN};

        terminal.keys = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &terminal.before) == 0;
        if (terminal.keys && epoll_ctl(epoll, EPOLL_CTL_ADD, STDIN_FILENO, &event) < 0)
                return -errno;
        terminal.raw = terminal.before;
        terminal.raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
        terminal.raw.c_cc[VMIN] = 0;
        terminal.raw.c_cc[VTIME] = 0;
        for (size_t i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
                handle(fatal[i], on_fatal);
        handle(SIGTSTP, on_stop);
        terminal.taken = true;
        enter();
        return 0;
}

void terminal_close(void)
{
        if (!terminal.taken)
                return;
        leave();
        terminal.taken = false;
        for (size_t i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
                handle(fatal[i], SIG_DFL);
        handle(SIGTSTP, SIG_DFL);
}

char terminal_key(void)
{
        char key;

        return terminal.keys && read(STDIN_FILENO, &key, 1) == 1 ? key : '\0';
}

void terminal_size(unsigned *rows, unsigned *columns)
{
        struct winsize size;

        *rows = 24;
        *columns = 80;
        if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0) {
                *rows = size.ws_row;
                *columns = size.ws_col;
        }
}

bool terminal_has_utf8(void)
{
        static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};

        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
                const char *value = getenv(names[i]);

                if (value && value[0])
                        return strcasestr(value, "utf-8") || strcasestr(value, "utf8");
        }
        return false;
}

bool terminal_has_color(void)
{
        const char *no = getenv("NO_COLOR");

        return !no || !no[0];
}
