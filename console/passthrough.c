#include "console/passthrough.h"

#include "common/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* out: what becomes its standard output, or -1. Its pid or -errno. */
static pid_t start(char *const argv[], int out)
{
        pid_t pid = fork();

        if (pid != 0)
                return pid < 0 ? -errno : pid;
        if (out >= 0)
                dup2(out, STDOUT_FILENO);
        execv(argv[0], argv);
        dprintf(STDERR_FILENO, "%s: %s\n", argv[0], strerror(errno));
        _exit(1);
}

static int wait_for(pid_t pid)
{
        int status;

        while (waitpid(pid, &status, 0) < 0) {
                if (errno != EINTR)
                        return -errno;
        }
        return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int passthrough(char *const argv[])
{
        pid_t pid = start(argv, -1);

        return pid < 0 ? pid : wait_for(pid);
}

int passthrough_lines(char *const argv[], void (*fn)(const char *line, size_t len, void *userdata),
                      void *userdata)
{
        _cleanup_(fclosep) FILE *in = NULL;
        _cleanup_(freep) char *line = NULL;
        size_t size = 0;
        ssize_t len;
        int fds[2];
        pid_t pid;

        if (pipe2(fds, O_CLOEXEC) < 0)
                return -errno;
        pid = start(argv, fds[1]);
        close(fds[1]);
        in = fdopen(fds[0], "r");
        if (!in) {
                close(fds[0]);
                return pid < 0 ? pid : wait_for(pid);
        }
        if (pid < 0)
                return pid;
        while ((len = getline(&line, &size, in)) > 0) {
                if (line[len - 1] == '\n')
                        line[--len] = '\0';
                fn(line, (size_t)len, userdata);
        }
        return wait_for(pid);
}
