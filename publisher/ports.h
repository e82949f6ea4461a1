/*
 * The publisher's channels: the sockets of its fabric, or standard input and output.
 */
#ifndef TQ_PUBLISHER_PORTS_H
#define TQ_PUBLISHER_PORTS_H

#include "common/chan.h"
#include "common/proc.h"

struct ports {
        struct chan *in;       /* BATCH, SWEEP_END; with --stdio everything */
        struct chan *written;  /* WRITTEN, HELLO; NULL with --stdio */
        struct chan *acks;     /* ACK, HELLO */
        struct chan *outcomes; /* OUTCOMES; with --stdio the same as acks */
};

/* Opens them for the process's fabric. 0, or -errno after it logged why; ports_close in any case.
 */
int ports_open(const struct proc *proc, struct ports *ports);
void ports_close(struct ports *ports);

#endif
