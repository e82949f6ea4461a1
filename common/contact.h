/*
 * What is known of the connection to another host, and what to say and do about it, by the events
 * of libzmq's socket monitor (zmq_socket_monitor(3)). Pure.
 */
#ifndef TQ_COMMON_CONTACT_H
#define TQ_COMMON_CONTACT_H

#include "common/backoff.h"

#include <stdbool.h>
#include <stdint.h>

enum {
        CONTACT_ALONE_MS = 10 * 1000,    /* not reached for so long is said */
        CONTACT_AGAIN_MS = 1000,         /* the first gap before a new try of ours … */
        CONTACT_AGAIN_MAX_MS = 60 * 1000 /* … and the longest: libzmq remembers each for ever */
};

struct contact {
        bool up;
        bool said;           /* a trouble was said, and is not over */
        unsigned failures;   /* handshakes in a row */
        int64_t alone_since; /* boot clock */
        int64_t again_at;    /* when to connect anew; -1: libzmq tries by itself */
        struct backoff backoff;
};

enum contact_news {
        CONTACT_NOTHING,
        CONTACT_BACK,        /* a trouble is over */
        CONTACT_LOST,        /* it was up */
        CONTACT_UNREACHED,   /* nobody there */
        CONTACT_TURNED_AWAY, /* the other side ends the handshake: it does not take our key */
        CONTACT_FOREIGN,     /* it speaks another protocol or other security */
};

void contact_init(struct contact *contact, int64_t now_ms);
/* `event`: a ZMQ_EVENT_…. May set again_at. */
enum contact_news contact_event(struct contact *contact, unsigned event, int64_t now_ms,
                                uint32_t random);
/* Whether to connect anew now; then it waits for what comes of it. */
bool contact_due(struct contact *contact, int64_t now_ms);

#endif
