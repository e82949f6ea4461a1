/*
 * The story of one indicator: asks ThreatQ what it says of a hash or an indicator now, and each
 * fabric's publisher what its store knows, a few at a time, without waiting. It works whether the
 * stages run or not, and whether ThreatQ answers or not.
 *
 * {"about": "…", "threatq": {…}, "fabrics": {"emea": {"pid": 0, "quota": {…}, "indicators": [{…,
 *  "story": ["…", …]}]}, "apac": {"error": "…"}}}: see console/judge.h for ThreatQ, and
 * publisher/story.h for an indicator.
 */
#ifndef TQ_CONSOLE_EXPLAIN_H
#define TQ_CONSOLE_EXPLAIN_H

#include "common/cleanup.h"
#include "console/tools.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

struct explain;

struct explain_options {
        const struct tools *tools;
        const char *config;
        const char *const *fabrics; /* names; all of the options stay with the caller */
        size_t fabric_count;
        int epoll; /* becomes readable when explain_serve has something to do */
};

/* Begins to ask; `about` is copied, and must be a text that question_parse takes. 0 or -errno. */
int explain_open(const struct explain_options *options, const char *about, int64_t boot_ms,
                 struct explain **ret);
void explain_close(struct explain *explain);
DEFINE_CLEANUP(struct explain *, explain_close);

/* Call it when `epoll` is readable, on SIGCHLD and at explain_deadline. Whether all is said. */
bool explain_serve(struct explain *explain, int64_t boot_ms);
int64_t explain_deadline(const struct explain *explain);
/* What is known so far; whole when explain_serve said so. Valid until explain_close. */
const json_t *explain_story(const struct explain *explain);
/* Whether a fabric gave no answer. */
bool explain_failed(const struct explain *explain);

#endif
