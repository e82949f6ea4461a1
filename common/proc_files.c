/* The files of a stage in the state folder: lock, status, and the place of its store. */
#include "common/proc.h"
#include "common/proc_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
        STATUS_MAX = 1 << 20,
        LOCK_TRIES = 10, /* see proc_lock */
        LOCK_GAP_MS = 20,
};

char *proc_file(const struct proc *proc, const char *suffix)
{
        const char *fabric = proc->fabric ? proc->fabric->name : NULL;
        char *path;

        if (asprintf(&path, "%s/%s%s%s%s", proc->config->state_dir, proc->spec->name,
                     fabric ? "-" : "", fabric ? fabric : "", suffix) < 0)
                return NULL;
        return path;
}

char *proc_store_path(const struct proc *proc)
{
        return proc_file(proc, "");
}

int proc_make_dir(const char *path)
{
        _cleanup_(freep) char *copy = strdup(path);

        if (!copy)
                return -ENOMEM;
        for (char *p = copy + 1; *p; p++) {
                if (*p != '/')
                        continue;
                *p = '\0';
                if (mkdir(copy, 0755) < 0 && errno != EEXIST)
                        return -errno;
                *p = '/';
        }
        return mkdir(copy, 0700) < 0 && errno != EEXIST ? -errno : 0;
}

static int read_pid(int fd)
{
        char text[16];
        ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

        if (n <= 0)
                return 0;
        text[n] = '\0';
        return (int)strtol(text, NULL, 10);
}

/* Over the old one first: that needs no room on a full disk. */
static int write_pid(int fd)
{
        char text[16];
        int n = snprintf(text, sizeof(text), "%d\n", (int)getpid());

        ssize_t written = pwrite(fd, text, (size_t)n, 0);

        if (written < 0)
                return -errno;
        if (written != n)
                return -ENOSPC;
        return ftruncate(fd, n) < 0 ? -errno : 0;
}

/* The whole file. A lock of the open file description goes when the process does, however it ends,
 * and others can look at it without taking it. */
static struct flock whole_file(short type)
{
        return (struct flock){.l_type = type, .l_whence = SEEK_SET};
}

/* A process that was killed may hold its lock for the moments of its death. */
int proc_lock(const char *path, int *holder, int *ret)
{
        const struct timespec gap = {.tv_nsec = LOCK_GAP_MS * 1000000L};
        _cleanup_(closep) int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        struct flock lock = whole_file(F_WRLCK);
        int r;

        if (fd < 0)
                return -errno;
        for (int i = 1; fcntl(fd, F_OFD_SETLK, &lock) < 0; i++) {
                if (errno != EAGAIN && errno != EACCES && errno != EINTR)
                        return -errno;
                if (i == LOCK_TRIES) {
                        *holder = read_pid(fd);
                        return PROC_E_LOCKED;
                }
                nanosleep(&gap, NULL);
        }
        r = write_pid(fd);
        if (r < 0)
                return r;
        *ret = fd;
        fd = -1;
        return 0;
}

int proc_take_lock(struct proc *proc, int *holder)
{
        _cleanup_(freep) char *path = proc_file(proc, ".lock");

        return path ? proc_lock(path, holder, &proc->lock_fd) : -ENOMEM;
}

int proc_running_pid(const struct proc *proc)
{
        _cleanup_(freep) char *path = proc_file(proc, ".lock");
        _cleanup_(closep) int fd = -1;
        struct flock lock = whole_file(F_WRLCK);

        if (proc->lock_fd >= 0)
                return (int)getpid();
        if (!path)
                return 0;
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (fd < 0 || fcntl(fd, F_OFD_GETLK, &lock) < 0 || lock.l_type == F_UNLCK)
                return 0;
        return read_pid(fd);
}

int proc_write_status(struct proc *proc, const char *json)
{
        _cleanup_(freep) char *path = NULL;
        _cleanup_(freep) char *temporary = NULL;
        _cleanup_(fclosep) FILE *file = NULL;

        if (proc->lock_fd < 0) /* only the one that holds the lock speaks for the stage */
                return 0;
        path = proc_file(proc, ".status");
        temporary = proc_file(proc, ".status.new");
        if (!path || !temporary)
                return -ENOMEM;
        file = fopen(temporary, "we");
        if (!file)
                return -errno;
        if (fputs(json, file) < 0 || fflush(file) != 0 || rename(temporary, path) < 0) {
                int r = -errno;

                unlink(temporary);
                return r;
        }
        return 0;
}

char *proc_read_status(const struct proc *proc)
{
        _cleanup_(freep) char *path = proc_file(proc, ".status");
        _cleanup_(closep) int fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
        char *text;
        struct stat st;
        ssize_t n;

        if (fd < 0 || fstat(fd, &st) < 0 || st.st_size <= 0 || st.st_size > STATUS_MAX)
                return NULL;
        text = malloc((size_t)st.st_size + 1);
        if (!text)
                return NULL;
        n = read(fd, text, (size_t)st.st_size);
        if (n <= 0) {
                free(text);
                return NULL;
        }
        text[n] = '\0';
        return text;
}
