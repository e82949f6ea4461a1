#include "console/spawn.h"

#include "common/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static _Noreturn void child(char *const argv[], pid_t parent, int in, int out, int err)
{
        sigset_t none;

        setpgid(0, 0);
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        /* It may have died before the line above. */
        if (getppid() != parent)
                _exit(0);
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        signal(SIGPIPE, SIG_DFL);
        dup2(in >= 0 ? in : open("/dev/null", O_RDONLY), STDIN_FILENO);
        dup2(out >= 0 ? out : STDERR_FILENO, STDOUT_FILENO);
        dup2(err, STDERR_FILENO);
        execv(argv[0], argv);
        dprintf(STDERR_FILENO, "%s: %s\n", argv[0], strerror(errno));
        _exit(SPAWN_EXIT_NO_EXEC);
}

/* Our end does not block; the child's end does, as programs expect it. */
static int make_pipe(int fds[2])
{
        if (pipe2(fds, O_CLOEXEC) < 0)
                return -errno;
        if (fcntl(fds[0], F_SETFL, O_NONBLOCK) < 0)
                return -errno;
        return 0;
}

int spawn(char *const argv[], int in_fd, pid_t *pid, int *out_fd, int *err_fd)
{
        _cleanup_(closep) int out_read = -1;
        _cleanup_(closep) int out_write = -1;
        _cleanup_(closep) int err_read = -1;
        _cleanup_(closep) int err_write = -1;
        pid_t parent = getpid(), started;
        int fds[2], r;

        r = make_pipe(fds);
        if (r < 0)
                return r;
        err_read = fds[0];
        err_write = fds[1];
        if (out_fd) {
                r = make_pipe(fds);
                if (r < 0)
                        return r;
                out_read = fds[0];
                out_write = fds[1];
        }
        started = fork();
        if (started < 0)
                return -errno;
        if (started == 0)
                child(argv, parent, in_fd, out_write, err_write);
        *pid = started;
        *err_fd = err_read;
        err_read = -1;
        if (out_fd)
                *out_fd = out_read;
        out_read = -1;
        return 0;
}
