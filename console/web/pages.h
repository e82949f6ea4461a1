/*
 * What the web server answers to a request: who is let in, which page it is, and what the page
 * shows now.
 */
#ifndef TQ_CONSOLE_PAGES_H
#define TQ_CONSOLE_PAGES_H

#include "common/cleanup.h"
#include "console/history.h"
#include "console/snapshot.h"
#include "console/web/access.h"
#include "console/web/lookups.h"
#include "console/web/server.h"

#include <stdbool.h>
#include <stdint.h>

struct pages;

/* Policy and lookups stay with the caller. */
int pages_open(const struct access_policy *policy, struct lookups *lookups, struct pages **ret);
void pages_close(struct pages *pages);
DEFINE_CLEANUP(struct pages *, pages_close);

/* A round of reports begins: requests that came before are answered with what it finds. */
void pages_round_begins(struct pages *pages);
/* It ended: what the pages show is made anew. The history's last sample may be older than the
 * snapshot. 0 or -ENOMEM. */
int pages_round_ended(struct pages *pages, const struct snapshot *snapshot,
                      const struct history *history);
/* Whether a request waits for a round that has not begun. */
bool pages_want_round(const struct pages *pages);

/* A server_fn. */
bool pages_answer(const struct server_request *request, struct server_reply *ret, void *pages);

#endif
