#include "common/log.h"

#include "common/cleanup.h"
#include "common/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
        LINE_MAX_BYTES = 8192, /* a longer line is cut */
        QUOTED_BYTES = 200,    /* foreign text is cut after so many bytes */
        LOG_MODE = 0640,
};

struct log {
        char *name;
        char *path; /* NULL: not a file of ours */
        int fd;
        int verbosity;
        log_fn fn; /* NULL: nobody listens */
        void *userdata;
};

static const char *const level_names[] = {"error", "warn", "info", "debug"};

/* The bytes of the well-formed and printable UTF-8 character at the head of t, else 0. */
static size_t printable(struct text t)
{
        const uint8_t *p = (const uint8_t *)t.ptr;
        size_t n = p[0] < 0x80 ? 1 : p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;

        if (p[0] < 0x20 || p[0] == 0x7f || (p[0] >= 0x80 && p[0] < 0xc2) || p[0] > 0xf4)
                return 0;
        if (n > t.len || (p[0] == 0xc2 && p[1] < 0xa0)) /* C1 controls steer terminals too */
                return 0;
        for (size_t i = 1; i < n; i++) {
                if ((p[i] & 0xc0) != 0x80)
                        return 0;
        }
        return n;
}

/* Copies t into out, what is not printable as \xNN, and with `quoted` also quotes and backslashes
 * escaped. Stops before a character that no longer fits into size - 1 bytes. Returns the bytes
 * written; *left is what did not fit. */
static size_t escape(struct text t, bool quoted, char *out, size_t size, size_t *left)
{
        size_t used = 0;

        while (t.len > 0) {
                size_t n = printable(t), take = n ? n : 1, need = n ? n : 4;
                bool slash = quoted && (t.ptr[0] == '"' || t.ptr[0] == '\\');

                if (used + need + slash >= size)
                        break;
                if (slash)
                        out[used++] = '\\';
                if (n)
                        memcpy(out + used, t.ptr, n);
                else
                        snprintf(out + used, size - used, "\\x%02x", (uint8_t)t.ptr[0]);
                used += need;
                t.ptr += take;
                t.len -= take;
        }
        out[used] = '\0';
        *left = t.len;
        return used;
}

const char *log_quote(struct text t, char out[LOG_QUOTED_MAX])
{
        bool cut = t.len > QUOTED_BYTES;
        size_t used, left;

        if (cut)
                t.len = QUOTED_BYTES;
        out[0] = '"';
        used = 1 + escape(t, true, out + 1, LOG_QUOTED_MAX - 8, &left);
        snprintf(out + used, LOG_QUOTED_MAX - used, "%s\"", cut ? "…" : "");
        return out;
}

/* The mode is set past the umask, which a stage has at 077: a group may read the log. */
static int open_file(const char *path)
{
        int fd =
            open(path, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, LOG_MODE);

        if (fd >= 0) {
                fchmod(fd, LOG_MODE);
                return fd;
        }
        if (errno != EEXIST)
                return -errno;
        fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, LOG_MODE);
        return fd < 0 ? -errno : fd;
}

int log_open(const char *name, const char *path, int verbosity, struct log **ret)
{
        struct log *log = calloc(1, sizeof(*log));
        bool file = path && strcmp(path, LOG_STDOUT) != 0;

        if (!log)
                return -ENOMEM;
        log->verbosity = verbosity;
        log->fd = path ? STDOUT_FILENO : STDERR_FILENO;
        log->name = strdup(name);
        log->path = file ? strdup(path) : NULL;
        if (!log->name || (file && !log->path)) {
                log_close(log);
                return -ENOMEM;
        }
        if (file) {
                int fd = open_file(path);

                if (fd < 0) {
                        log->fd = STDERR_FILENO;
                        log_close(log);
                        return fd;
                }
                log->fd = fd;
        }
        *ret = log;
        return 0;
}

void log_close(struct log *log)
{
        if (!log)
                return;
        if (log->path && log->fd > STDERR_FILENO)
                close(log->fd);
        free(log->name);
        free(log->path);
        free(log);
}

/* The new file takes the old one's number in one step, so a thread that is just writing meets one
 * of the two. */
int log_reopen(struct log *log)
{
        int fd, r = 0;

        if (!log || !log->path)
                return 0;
        fd = open_file(log->path);
        if (fd < 0)
                return fd;
        if (dup3(fd, log->fd, O_CLOEXEC) < 0)
                r = -errno;
        close(fd);
        return r;
}

void log_listen(struct log *log, log_fn fn, void *userdata)
{
        log->fn = fn;
        log->userdata = userdata;
}

bool log_wants(const struct log *log, enum log_level level)
{
        return log && (int)level <= log->verbosity;
}

/* A log that cannot be written is no reason to stop: the line is given up. */
static void write_line(int fd, const char *line, size_t len)
{
        while (len > 0) {
                ssize_t n = write(fd, line, len);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return;
                line += n;
                len -= (size_t)n;
        }
}

void log_write(struct log *log, enum log_level level, const char *format, ...)
{
        char text[LINE_MAX_BYTES / 2], line[LINE_MAX_BYTES], when[32];
        int64_t now;
        int saved_errno = errno, n;
        size_t used, left;
        va_list args;

        if (!log_wants(log, level))
                return;
        va_start(args, format);
        n = vsnprintf(text, sizeof(text), format, args);
        va_end(args);
        if (n < 0)
                return;

        now = clock_wall_ms();
        clock_format_utc(now / 1000, when);
        when[strcspn(when, "Z")] = '\0';
        used = (size_t)snprintf(line, sizeof(line) / 2, "%s.%03dZ %s %s ", when, (int)(now % 1000),
                                log->name, level_names[level]);
        if (used >= sizeof(line) / 2)
                used = sizeof(line) / 2 - 1;
        used += escape(text_of(text), false, line + used, sizeof(line) - used - 8, &left);
        used += (size_t)snprintf(line + used, sizeof(line) - used, "%s\n",
                                 left > 0 || (size_t)n >= sizeof(text) ? "…" : "");
        write_line(log->fd, line, used);
        if (log->fn)
                log->fn(level, line, log->userdata);
        errno = saved_errno;
}
