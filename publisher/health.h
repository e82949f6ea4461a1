/*
 * What a publisher knows of its fabric: whether it is connected and answers, how many requests may
 * be out, and what is wrong, in words.
 */
#ifndef TQ_PUBLISHER_HEALTH_H
#define TQ_PUBLISHER_HEALTH_H

#include "common/log.h"
#include "publisher/breaker.h"
#include "publisher/diagnosis.h"
#include "publisher/dxl/fabric.h"
#include "publisher/preflight.h"

#include <stdbool.h>
#include <stdint.h>

struct health {
        struct dxl_fabric *dxl; /* this and the next three are the caller's */
        struct log *log;
        int64_t request_timeout_ms;
        int64_t retry_delay_ms;
        struct breaker set;
        struct breaker get;
        struct preflight preflight;
        int64_t asked_ms; /* the preflight, CLOCK_BOOTTIME; 0: never */
        bool explain;     /* a set was silent since: the preflight's answers say why */
        bool connected;
        uint64_t connections;
        int64_t unanswered_since; /* wall clock, s: something is to be sent and the fabric has not
                                     answered; 0: all is well */
        char last_error[DIAGNOSIS_MAX]; /* "" when nothing went wrong since the last answer */
        char said[DIAGNOSIS_MAX];       /* the explanation logged last */
};

/* Looks whether the connection is a new one, or gone. */
void health_look(struct health *h, int64_t now_ms);
/* Takes the completion of a question that it asked itself; false when it is another one's. */
bool health_take(struct health *h, const struct dxl_completion *c);
/* How a set, and a get, ended. */
void health_set_ended(struct health *h, const struct dxl_completion *c, int64_t now_ms);
void health_get_ended(struct health *h, const struct dxl_completion *c, int64_t now_ms);
/* Something is to be sent. */
void health_wants(struct health *h);

#endif
