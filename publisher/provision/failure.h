/*
 * Why something failed, in words for the person at the terminal: what is wrong, and the mend.
 */
#ifndef TQ_PUBLISHER_PROVISION_FAILURE_H
#define TQ_PUBLISHER_PROVISION_FAILURE_H

#include "common/text.h"

enum { FAILURE_MAX = 2048 };

struct failure {
        char text[FAILURE_MAX]; /* cut when it is longer */
};

/* Writes the text and returns `code`, a -errno. */
int failure_set(struct failure *failure, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* "out of memory"; returns -ENOMEM. */
int failure_memory(struct failure *failure);

#endif
