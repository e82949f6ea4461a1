/*
 * Frames of the queue's input that wait for their commit: BATCH and SWEEP_END, applied many in one
 * transaction and acknowledged after it.
 */
#ifndef TQ_PUBLISHER_INBOX_H
#define TQ_PUBLISHER_INBOX_H

#include "common/cleanup.h"
#include "common/config.h"
#include "common/wire.h"
#include "publisher/vault.h"

#include <stdbool.h>
#include <stddef.h>

struct inbox;

enum { INBOX_MAX = 8 /* frames of one commit */ };

int inbox_open(struct inbox **ret);
void inbox_close(struct inbox *inbox);
DEFINE_CLEANUP(struct inbox *, inbox_close);

/* Copies a decoded frame in. There must be room. 0 or -ENOMEM. */
int inbox_add(struct inbox *inbox, const void *frame, size_t len);
bool inbox_full(const struct inbox *inbox);
unsigned inbox_count(const struct inbox *inbox);
/* Applies all frames to the store, the state and the rule in one transaction. 0 when durable; else
 * -errno and nothing changed. Another rule is said in the log. */
int inbox_commit(struct inbox *inbox, const struct config_fabric *fabric, struct vault *vault,
                 struct log *log);
/* The i-th frame as decoded; valid until inbox_clear. */
const struct wire_msg *inbox_at(const struct inbox *inbox, unsigned i);
void inbox_clear(struct inbox *inbox);

#endif
