/*
 * Lines from a file descriptor without waiting, for the --stdio mode. A line is at most
 * LINES_MAX bytes; the buffer grows to the longest line met and is reused.
 */
#ifndef TQ_COMMON_LINES_H
#define TQ_COMMON_LINES_H

#include "common/cleanup.h"
#include "common/text.h"

#include <stddef.h>

struct lines;

enum {
        LINES_E_AGAIN = 1, /* no whole line is there now */

        LINES_MAX = 256 << 20, /* JSON takes about four times the room of a frame */
};

/* fd stays the caller's. 0 or -errno. */
int lines_open(int fd, struct lines **ret);
void lines_close(struct lines *lines);
DEFINE_CLEANUP(struct lines *, lines_close);
/* The next line without its newline, valid until the next call. 0, LINES_E_AGAIN, -ENODATA at the
 * end of input (what stands before it without a newline is a line too), -EMSGSIZE, -errno. */
int lines_next(struct lines *lines, struct text *ret);
/* What to poll: the input, and an eventfd that can be read as long as whole lines are buffered. */
int lines_fd(const struct lines *lines);
int lines_more_fd(const struct lines *lines);
/* Writes s and a newline, waiting as long as it takes. 0 or -errno. */
int lines_write(int fd, const char *s);

#endif
