/*
 * The publisher's channels: the sockets of its fabric, or standard input and output.
 */
#ifndef TQ_PUBLISHER_PORTS_H
#define TQ_PUBLISHER_PORTS_H

#include "common/chan.h"
#include "common/proc.h"
#include "common/wire.h"

struct ports {
        struct chan *in;       /* BATCH, SWEEP_END; with --stdio everything */
        struct chan *written;  /* WRITTEN, HELLO; NULL with --stdio */
        struct chan *acks;     /* ACK, HELLO */
        struct chan *outcomes; /* OUTCOMES; with --stdio the same as acks */
        msgpack_sbuffer frame; /* being sent to acks */
};

/* Opens them for the process's fabric. 0, or -errno after it logged why; ports_close in any case.
 */
int ports_open(const struct proc *proc, struct ports *ports);
/* Sends to acks; what nobody takes now is asked for again. 0 or -errno. */
int ports_answer(struct ports *ports, const struct wire_msg *msg);
void ports_close(struct ports *ports);

#endif
