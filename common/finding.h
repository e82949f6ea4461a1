/*
 * What a check found: one JSON object in a line, printed by a stage's --check and read by
 * `tq-trellix-tie check`:
 *   {"check":"threatq-login","subject":"https://…","level":"ok","text":"…","mend":""}
 * Pure but for the stream that is written to.
 */
#ifndef TQ_COMMON_FINDING_H
#define TQ_COMMON_FINDING_H

#include "common/text.h"

#include <stdio.h>

enum finding_level { FINDING_OK, FINDING_WARNING, FINDING_FAILED };

enum {
        FINDING_E_BAD = 1, /* no such object */

        FINDING_LINE_MAX = 16 << 10, /* a longer line is none of ours */
};

/* Texts that do not fit are cut between two characters. */
struct finding {
        char check[48];    /* what was looked at, for programs: "threatq-login" */
        char subject[512]; /* which one: a host, a fabric, a path; may be "" */
        enum finding_level level;
        char text[1024]; /* what was found, in plain words */
        char mend[1024]; /* what to do; "" when it is ok */
};

/* "ok", "warning", "failed". */
const char *finding_level_name(enum finding_level level);

/* Fills *ret; the text comes last, as for printf. Control bytes become spaces and what is no UTF-8
 * becomes '?', so that a foreign text does no harm on a terminal. `mend` NULL: "". */
void finding_set(struct finding *ret, const char *check, const char *subject,
                 enum finding_level level, const char *mend, const char *format, ...)
    __attribute__((format(printf, 6, 7)));

/* Writes the line and flushes, so that whoever reads sees it at once. 0 or -errno. */
int finding_write(FILE *out, const struct finding *finding);

/* Reads a line without its newline: check, level and text must be there, subject and mend read as
 * "" when they are not, other keys are passed over. 0, or FINDING_E_BAD with *ret untouched. */
int finding_read(struct text line, struct finding *ret);

#endif
