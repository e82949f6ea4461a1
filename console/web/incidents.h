/*
 * The warnings and errors of the stages that were seen lately: each stage keeps only its last one,
 * here they are collected. Bounded: the oldest is dropped. Pure.
 */
#ifndef TQ_CONSOLE_INCIDENTS_H
#define TQ_CONSOLE_INCIDENTS_H

#include "console/summary.h"

#include <stddef.h>

enum { INCIDENTS_MAX = 64 };

struct incident {
        const char *stage;            /* "fetcher" … */
        char fabric[REPORT_NAME_MAX]; /* "": not of one fabric */
        struct trouble_line line;
};

struct incidents {
        struct incident ring[INCIDENTS_MAX];
        size_t count; /* ever; the newest is at (count - 1) % INCIDENTS_MAX */
};

/* Takes what is new in the stages of this look. */
void incidents_note(struct incidents *incidents, const struct summary *summary);
size_t incidents_count(const struct incidents *incidents);
/* The i-th, the newest first. */
const struct incident *incidents_at(const struct incidents *incidents, size_t i);

#endif
