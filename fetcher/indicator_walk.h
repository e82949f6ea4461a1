/*
 * From the events of a JSON parser to the rows of a page. Pure; for indicator.c alone. Every event
 * returns 1 to go on and 0 when the page cannot be read, as yajl wants it.
 */
#ifndef TQ_FETCHER_INDICATOR_WALK_H
#define TQ_FETCHER_INDICATOR_WALK_H

#include "fetcher/indicator.h"
#include "fetcher/indicator_key.h"
#include "fetcher/indicator_row.h"

#include <stdbool.h>
#include <stdint.h>

#include <msgpack/sbuffer.h>

/* Of places that are read: no answer can reach it. */
enum { INDICATOR_DEPTH_MAX = 12 };

struct indicator_level {
        enum indicator_place place;
        enum indicator_key key; /* the key whose value comes next */
};

struct indicator_walk {
        struct indicator_row *row;
        const struct names *names;
        struct indicator_level stack[INDICATOR_DEPTH_MAX];
        unsigned depth;
        unsigned skip;    /* depth inside something that is not read */
        bool skip_errors; /* … which is the answer's `errors` */
        int failed;       /* why an event returned 0 */

        struct indicator_page page;
        uint64_t known_id;
        char cursor[INDICATOR_CURSOR_MAX];
        msgpack_sbuffer rows;
        char error[200];
};

void indicator_walk_begin(struct indicator_walk *walk, uint64_t known_id);
int indicator_walk_start(struct indicator_walk *walk, bool map);
int indicator_walk_end(struct indicator_walk *walk);
int indicator_walk_key(struct indicator_walk *walk, struct text name);
/* A value that is no container. null: value is empty. */
int indicator_walk_scalar(struct indicator_walk *walk, struct text value, bool string, bool null);
/* Keeps the first reason. Returns 0. */
int indicator_walk_fail(struct indicator_walk *walk, int code, const char *text);
/* Valid until the next begin. */
void indicator_walk_page(const struct indicator_walk *walk, struct indicator_page *ret);

#endif
