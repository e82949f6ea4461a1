/*
 * Hands the outbox to the enrichers and takes their receipts. What was handed over is remembered,
 * in memory only and bounded, until its receipt is there, an enricher starts anew, or it is late;
 * then it is handed over again.
 */
#ifndef TQ_PUBLISHER_DELIVERY_H
#define TQ_PUBLISHER_DELIVERY_H

#include "common/chan.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "common/wire.h"
#include "publisher/record.h"

struct store;
struct delivery;

/* Everything given must outlive it. `state` is the publisher's copy of the state record. 0 or
 * -errno. */
int delivery_open(struct store *store, struct state *state, const char *fabric,
                  struct chan *outcomes, struct log *log, struct delivery **ret);
void delivery_close(struct delivery *delivery);
DEFINE_CLEANUP(struct delivery *, delivery_close);

/* Sends nothing from now on: what is in the outbox stays there. */
void delivery_hold(struct delivery *delivery);
/* Sends what is in the outbox and not on its way, as far as the bound and the channel allow. */
int delivery_pump(struct delivery *delivery);
/* The outbox may have new entries. */
void delivery_wake(struct delivery *delivery);
/* An enricher started: what was on its way may have died with its predecessor. */
void delivery_again(struct delivery *delivery);
/* Takes the receipts of one WRITTEN in one transaction. */
int delivery_receive(struct delivery *delivery, const struct wire_written *written);

#endif
