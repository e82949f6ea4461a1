/*
 * What a program said on standard error: its lines one by one as they come, and the last of them to
 * explain its end. Bounded, whatever it prints. Pure.
 */
#ifndef TQ_CONSOLE_TAIL_H
#define TQ_CONSOLE_TAIL_H

#include <stddef.h>

enum { TAIL_LINE_MAX = 2048 };

typedef void (*tail_fn)(const char *line, void *userdata);

struct tail {
        char line[TAIL_LINE_MAX]; /* begun; a longer line is cut */
        size_t len;
        char last[TAIL_LINE_MAX]; /* the last whole line that was not empty */
};

/* Takes bytes, calls fn (may be NULL) for each line that is whole now, without its newline. */
void tail_take(struct tail *tail, const char *data, size_t len, tail_fn fn, void *userdata);
/* The program has ended: a line without newline is whole too. */
void tail_end(struct tail *tail, tail_fn fn, void *userdata);
/* The message of a log line, without time, stage and level; any other text as it is. Points into
 * `line`. */
const char *tail_plain(const char *line);

#endif
