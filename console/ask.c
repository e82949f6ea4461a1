#include "console/ask.h"

#include "console/spawn.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/wait.h>

enum { ERRORS_MAX = 2048 };

struct ask {
        pid_t pid;  /* 0: has been waited for */
        int status; /* of waitpid */
        int out_fd; /* -1: at its end */
        int err_fd;
        int64_t deadline;
        size_t max;
        bool broken;
        char *output;
        size_t output_len;
        size_t output_size;
        char errors[ERRORS_MAX];
        size_t errors_len;
};

static int watch(int epoll, int fd)
{
        struct epoll_event event = {.events = EPOLLIN};

        return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

/* A file without a name that holds the text, to be read from its start; -errno. */
static int file_of(const char *text, size_t len)
{
        _cleanup_(closep) int fd = memfd_create("input", MFD_CLOEXEC);
        int whole;

        if (fd < 0)
                return -errno;
        for (size_t at = 0; at < len;) {
                ssize_t n = pwrite(fd, text + at, len - at, (off_t)at);

                if (n < 0 && errno != EINTR)
                        return -errno;
                at += n > 0 ? (size_t)n : 0;
        }
        whole = fd;
        fd = -1;
        return whole;
}

int ask_start(char *const argv[], int epoll, size_t bytes_max, int64_t deadline_boot_ms,
              struct ask **ret)
{
        return ask_start_fed(argv, "", 0, epoll, bytes_max, deadline_boot_ms, ret);
}

int ask_start_fed(char *const argv[], const char *input, size_t input_len, int epoll,
                  size_t bytes_max, int64_t deadline_boot_ms, struct ask **ret)
{
        _cleanup_(closep) int in_fd = -1;
        _cleanup_(ask_freep) struct ask *ask = calloc(1, sizeof(*ask));
        int r;

        if (!ask)
                return -ENOMEM;
        ask->out_fd = -1;
        ask->err_fd = -1;
        ask->max = bytes_max;
        ask->deadline = deadline_boot_ms;
        if (input_len > 0) {
                in_fd = file_of(input, input_len);
                if (in_fd < 0)
                        return in_fd;
        }
        r = spawn(argv, in_fd, &ask->pid, &ask->out_fd, &ask->err_fd);
        if (r < 0)
                return r;
        r = watch(epoll, ask->out_fd);
        if (r == 0)
                r = watch(epoll, ask->err_fd);
        if (r < 0)
                return r;
        *ret = ask;
        ask = NULL;
        return 0;
}

void ask_free(struct ask *ask)
{
        if (!ask)
                return;
        if (ask->pid > 0) {
                kill(ask->pid, SIGKILL);
                while (waitpid(ask->pid, NULL, 0) < 0 && errno == EINTR)
                        ;
        }
        closep(&ask->out_fd);
        closep(&ask->err_fd);
        free(ask->output);
        free(ask);
}

static void take_output(struct ask *ask, const char *data, size_t len)
{
        if (ask->output_len + len > ask->max) {
                ask->broken = true;
                return;
        }
        if (ask->output_len + len + 1 > ask->output_size) {
                size_t size = 2 * (ask->output_len + len + 1);
                char *grown = realloc(ask->output, size);

                if (!grown) {
                        ask->broken = true;
                        return;
                }
                ask->output = grown;
                ask->output_size = size;
        }
        memcpy(ask->output + ask->output_len, data, len);
        ask->output_len += len;
        ask->output[ask->output_len] = '\0';
}

static void take_errors(struct ask *ask, const char *data, size_t len)
{
        size_t room = ERRORS_MAX - 1;

        if (len > room) {
                data += len - room;
                len = room;
        }
        if (ask->errors_len + len > room) {
                size_t drop = ask->errors_len + len - room;

                memmove(ask->errors, ask->errors + drop, ask->errors_len - drop);
                ask->errors_len -= drop;
        }
        memcpy(ask->errors + ask->errors_len, data, len);
        ask->errors_len += len;
        ask->errors[ask->errors_len] = '\0';
}

static void drain(struct ask *ask, int *fd, void (*take)(struct ask *, const char *, size_t))
{
        char buffer[4096];

        while (*fd >= 0 && !ask->broken) {
                ssize_t n = read(*fd, buffer, sizeof(buffer));

                if (n > 0) {
                        take(ask, buffer, (size_t)n);
                } else if (n < 0 && errno == EINTR) {
                        continue;
                } else if (n < 0 && errno == EAGAIN) {
                        return;
                } else {
                        close(*fd);
                        *fd = -1;
                }
        }
}

enum ask_state ask_serve(struct ask *ask, int64_t boot_ms)
{
        drain(ask, &ask->out_fd, take_output);
        drain(ask, &ask->err_fd, take_errors);
        if (ask->pid > 0 && waitpid(ask->pid, &ask->status, WNOHANG) == ask->pid)
                ask->pid = 0;
        if (ask->broken)
                return ASK_BROKEN;
        if (ask->pid == 0 && ask->out_fd < 0 && ask->err_fd < 0)
                return WIFEXITED(ask->status) ? ASK_ANSWERED : ASK_BROKEN;
        return boot_ms >= ask->deadline ? ASK_BROKEN : ASK_UNDER_WAY;
}

int ask_exit_code(const struct ask *ask)
{
        return WEXITSTATUS(ask->status);
}

const char *ask_output(const struct ask *ask, size_t *len)
{
        *len = ask->output_len;
        return ask->output ? ask->output : "";
}

const char *ask_errors(const struct ask *ask)
{
        return ask->errors;
}
