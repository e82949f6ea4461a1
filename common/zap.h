/*
 * Who may connect: the authenticator of libzmq's CURVE sockets, on the process's own loop
 * (https://rfc.zeromq.org/spec/27/). libzmq asks it at inproc://zeromq.zap.01 for each connection
 * that has shown a key of its own. A key that is not in the list is refused and, once in a while,
 * said. The refusal is the temporary one (300): a host whose key is added later gets in by its next
 * try, where after a 400 libzmq would never try again.
 */
#ifndef TQ_COMMON_ZAP_H
#define TQ_COMMON_ZAP_H

#include "common/cleanup.h"
#include "common/curve.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/text.h"

#include <stddef.h>

#define ZAP_DOMAIN "tq-trellix-tie"

/* A request, as its frames came. */
enum { ZAP_VERSION, ZAP_ID, ZAP_ASKED_DOMAIN, ZAP_ADDRESS, ZAP_IDENTITY, ZAP_MECHANISM, ZAP_KEY };
enum { ZAP_FRAMES = 7 };

enum zap_verdict {
        ZAP_LET_IN,
        ZAP_STRANGER,  /* its key is in no list: in *key */
        ZAP_MALFORMED, /* not what libzmq asks of CURVE sockets */
};

/* Judges a request by the public keys that may connect (NULL ends the list). */
enum zap_verdict zap_judge(const struct text *frames, size_t count, const char *const *allowed,
                           char key[CURVE_KEY_SIZE]);

struct zap;

/* Answers from now on; before any guarded socket is bound. `allowed` (NULL ends it) stays with the
 * caller. 0 or -errno. */
int zap_open(void *zmq_ctx, struct loop *loop, const char *const *allowed, struct log *log,
             struct zap **ret);
/* After the loop has ended. Takes NULL. */
void zap_close(struct zap *zap);
DEFINE_CLEANUP(struct zap *, zap_close);

#endif
