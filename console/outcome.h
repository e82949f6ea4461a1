/*
 * How a run ended: its exit code, the sentences that explain it, and the summary.
 */
#ifndef TQ_CONSOLE_OUTCOME_H
#define TQ_CONSOLE_OUTCOME_H

#include "console/decide.h"
#include "console/summary.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct outcome {
        const struct decide *decide;
        const struct summary_fabric *fabrics;
        size_t fabric_count;
        const struct summary_stage *stages;
        size_t stage_count;
        bool interrupted;
        int64_t elapsed_ms;
        bool json; /* the object in one line, else the table */
};

/* Prints the summary; returns the exit code. */
int outcome_print(const struct outcome *outcome, FILE *out);

#endif
