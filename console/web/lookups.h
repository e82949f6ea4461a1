/*
 * The searches of the page: stories of indicators that are being asked for, a few at a time, and
 * kept until they were fetched, for a short while only.
 */
#ifndef TQ_CONSOLE_LOOKUPS_H
#define TQ_CONSOLE_LOOKUPS_H

#include "common/cleanup.h"
#include "console/explain.h"

#include <stdbool.h>
#include <stdint.h>

struct lookups;

enum { LOOKUPS_MAX = 4 };

/* The options are copied; what they point to stays with the caller. */
int lookups_open(const struct explain_options *options, struct lookups **ret);
void lookups_close(struct lookups *lookups);
DEFINE_CLEANUP(struct lookups *, lookups_close);

/* Begins to ask about a text that question_parse takes. Its ticket (> 0); 0: too many are under
 * way, or memory is out. */
uint64_t lookups_start(struct lookups *lookups, const char *about, int64_t boot_ms);
/* Whether it has ended, also because its ticket is too old. */
bool lookups_done(const struct lookups *lookups, uint64_t ticket);
/* The story as JSON, once: the caller frees. NULL when there is none any more. */
char *lookups_take(struct lookups *lookups, uint64_t ticket);
/* Call it when the options' `epoll` is readable, and at lookups_next. Whether one has ended. */
bool lookups_serve(struct lookups *lookups, int64_t boot_ms);
int64_t lookups_next(const struct lookups *lookups);

#endif
