#include "common/lines.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { READ_BYTES = 65536 };

struct lines {
        int fd;
        int more_fd;
        bool more;  /* more_fd is set */
        bool ended; /* the end of input was read */
        char *buf;
        size_t size;    /* bytes of buf */
        size_t start;   /* first byte not yet given out */
        size_t end;     /* one after the last byte read */
        size_t scanned; /* no newline between start and here */
};

int lines_open(int fd, struct lines **ret)
{
        _cleanup_(lines_closep) struct lines *lines = calloc(1, sizeof(*lines));

        if (!lines)
                return -ENOMEM;
        lines->fd = fd;
        lines->more_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (lines->more_fd < 0)
                return -errno;
        *ret = lines;
        lines = NULL;
        return 0;
}

void lines_close(struct lines *lines)
{
        if (!lines)
                return;
        if (lines->more_fd >= 0)
                close(lines->more_fd);
        free(lines->buf);
        free(lines);
}

int lines_fd(const struct lines *lines)
{
        return lines->fd;
}

int lines_more_fd(const struct lines *lines)
{
        return lines->more_fd;
}

/* Makes room for READ_BYTES more: moves what is left to the front, then grows. */
static int make_room(struct lines *lines)
{
        size_t held = lines->end - lines->start, size = lines->size ? lines->size : READ_BYTES;
        char *buf;

        if (lines->start > 0) {
                memmove(lines->buf, lines->buf + lines->start, held);
                lines->scanned -= lines->start;
                lines->start = 0;
                lines->end = held;
        }
        if (held > LINES_MAX)
                return -EMSGSIZE;
        while (size < held + READ_BYTES)
                size *= 2;
        if (size == lines->size)
                return 0;
        buf = realloc(lines->buf, size);
        if (!buf)
                return -ENOMEM;
        lines->buf = buf;
        lines->size = size;
        return 0;
}

/* Reads once when something is there: 0, LINES_E_AGAIN, -errno. */
static int fill(struct lines *lines)
{
        struct pollfd p = {.fd = lines->fd, .events = POLLIN};
        ssize_t n;
        int r = make_room(lines);

        if (r < 0)
                return r;
        if (poll(&p, 1, 0) <= 0)
                return LINES_E_AGAIN;
        n = read(lines->fd, lines->buf + lines->end, READ_BYTES);
        if (n < 0)
                return errno == EINTR || errno == EAGAIN ? LINES_E_AGAIN : -errno;
        lines->ended = n == 0;
        lines->end += (size_t)n;
        return 0;
}

/* Length of the first whole line; false when there is none yet. */
static bool find(struct lines *lines, size_t *ret)
{
        const char *newline = NULL;

        if (lines->end > lines->scanned)
                newline = memchr(lines->buf + lines->scanned, '\n', lines->end - lines->scanned);
        lines->scanned = newline ? (size_t)(newline - lines->buf) : lines->end;
        *ret = lines->scanned - lines->start;
        return newline || (lines->ended && *ret > 0);
}

/* Keeps the eventfd readable exactly as long as a whole line is buffered. */
static int tell(struct lines *lines)
{
        uint64_t one = 1;
        size_t len;
        bool more = find(lines, &len);
        ssize_t n = sizeof(one);

        if (more && !lines->more)
                n = write(lines->more_fd, &one, sizeof(one));
        else if (!more && lines->more)
                n = read(lines->more_fd, &one, sizeof(one));
        lines->more = more;
        return n == sizeof(one) ? 0 : -errno;
}

int lines_next(struct lines *lines, struct text *ret)
{
        size_t len;
        int r;

        while (!find(lines, &len)) {
                if (lines->ended)
                        return -ENODATA;
                r = fill(lines);
                if (r != 0)
                        return r;
        }
        *ret = (struct text){.ptr = lines->buf + lines->start, .len = len};
        lines->start += len;
        if (lines->start < lines->end)
                lines->start++; /* the newline */
        lines->scanned = lines->start;
        return tell(lines);
}

static int write_all(int fd, const char *data, size_t len)
{
        while (len > 0) {
                ssize_t n = write(fd, data, len);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                data += n;
                len -= (size_t)n;
        }
        return 0;
}

int lines_write(int fd, const char *s)
{
        int r = write_all(fd, s, strlen(s));

        return r < 0 ? r : write_all(fd, "\n", 1);
}
