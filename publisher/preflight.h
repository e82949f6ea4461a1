/*
 * Asks a fabric what it offers, without changing anything and without quota: the service registry
 * for TIE's instances, and TIE for the reputation of the empty file. Nothing waits for the
 * answers: a fabric that gives none is used all the same.
 */
#ifndef TQ_PUBLISHER_PREFLIGHT_H
#define TQ_PUBLISHER_PREFLIGHT_H

#include "publisher/dxl/fabric.h"
#include "publisher/dxl/registry.h"

#include <stdbool.h>
#include <stdint.h>

enum preflight_reply {
        PREFLIGHT_NONE, /* not asked, or the connection broke */
        PREFLIGHT_AWAITED,
        PREFLIGHT_ANSWERED,
        PREFLIGHT_REFUSED, /* an error answer */
        PREFLIGHT_BAD,     /* an answer that is none of a registry, or of TIE */
        PREFLIGHT_SILENT,
};

/* One question and what came of it. */
struct preflight_question {
        enum preflight_reply reply;
        uint32_t error_code;
        char error_text[128];
};

struct preflight {
        struct preflight_question registry;
        struct preflight_question get;
        struct dxl_registry services; /* of the last registry that answered */
        uint32_t round;
};

enum { PREFLIGHT_REQUESTS = 2 /* that are out at a time */ };

/* Asks both questions anew; answers to earlier ones are dropped from now on. */
void preflight_ask(struct preflight *p, struct dxl_fabric *fabric);
/* Takes a completion; false when it is none of the preflight's. */
bool preflight_take(struct preflight *p, const struct dxl_completion *c);
/* Questions without a reply so far. */
unsigned preflight_awaited(const struct preflight *p);
/* "none", "awaited", "answered", "refused", "bad", "silent". */
const char *preflight_reply_name(enum preflight_reply reply);

#endif
