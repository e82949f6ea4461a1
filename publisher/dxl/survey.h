/*
 * A look at many brokers at once, each on a thread of its own, so that the slow ones cost the
 * others no time.
 */
#ifndef TQ_PUBLISHER_DXL_SURVEY_H
#define TQ_PUBLISHER_DXL_SURVEY_H

#include "publisher/dxl/probe.h"

#include <stdbool.h>
#include <stddef.h>

struct dxl_finding {
        bool wanted; /* in: look at this broker */
        bool by_ip;  /* its host name did not answer; the address did, or not */
        struct dxl_probe probe;
};

struct dxl_survey {
        SSL_CTX *ctx;
        const struct dxl_config *config;
        int64_t bound_ms;             /* for each look; a broker's name and its address are two */
        struct dxl_finding *findings; /* one per broker of config, in its order */
        /* Called every 100 ms; false ends the survey at once, and what is not known is said to be
         * -ECANCELED. */
        bool (*go_on)(void *userdata);
        void *userdata;
};

/* Fills the findings that are wanted. 0 or -errno of starting. */
int dxl_survey_run(struct dxl_survey *survey);

#endif
