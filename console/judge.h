/*
 * What ThreatQ says of an indicator now, and what the mapper makes of that for each fabric: also of
 * one that no sweep asks for. Asks the fetcher's program, then the mapper's, without waiting.
 *
 * {"indicators": [{"id", "hash": {"type", "value"}, "status", "score", "created_at",
 *                  "fabrics": {"emea": {"verdict", "rule", "level"}, …}, "story": ["…", …]}, …],
 *  "story": ["…"]}, or {"error": "…"}. A story stands beside `indicators` when there are none.
 */
#ifndef TQ_CONSOLE_JUDGE_H
#define TQ_CONSOLE_JUDGE_H

#include "common/cleanup.h"
#include "console/explain.h"

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

struct judge;

/* Begins to ask about a text that question_parse takes; all that is given stays with the caller. 0
 * or -errno. */
int judge_open(const struct explain_options *options, const char *about, int64_t deadline_boot_ms,
               struct judge **ret);
void judge_close(struct judge *judge);
DEFINE_CLEANUP(struct judge *, judge_close);

/* Call it when the options' `epoll` is readable, on SIGCHLD and at the deadline. Whether it is
 * through. */
bool judge_serve(struct judge *judge, int64_t boot_ms);
/* Then: a new reference. */
json_t *judge_answer(const struct judge *judge);

/* The rest is pure: the answer from what the two programs printed, lines of PAGE and BATCH. NULL
 * when they are none. */
json_t *judge_read(const char *pages, size_t pages_len, const char *batches, size_t batches_len,
                   const struct explain_options *options);

#endif
