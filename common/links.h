/*
 * The channels of a stage as the configuration has them: by ipc on one host, by tcp to others,
 * guarded by keys. Opens them, lets in whom links.allow knows, and looks after their connections.
 */
#ifndef TQ_COMMON_LINKS_H
#define TQ_COMMON_LINKS_H

#include "common/chan.h"
#include "common/cleanup.h"
#include "common/config.h"
#include "common/log.h"
#include "common/loop.h"

struct links;

/* Opens nothing yet. All of it stays with the caller. 0 or -errno. */
int links_open(void *zmq, struct loop *loop, const struct config *config, struct log *log,
               struct links **ret);
/* After the channels, which the caller closes, and before the ZeroMQ context. Takes NULL. */
void links_close(struct links *links);
DEFINE_CLEANUP(struct links *, links_close);

/* Opens a channel, which must stay open as long as the loop runs. `fabric` as in config_endpoint.
 * 0, or -errno after it was logged. */
int links_bind(struct links *links, enum chan_kind kind, enum config_channel channel,
               const char *fabric, struct chan **ret);
int links_connect(struct links *links, enum chan_kind kind, enum config_channel channel,
                  const char *fabric, struct chan **ret);

/* Calls fn whenever the connection of a channel that links_connect opened is back after a loss:
 * what was on its way is gone. By ipc there is no such loss but by the death of a stage. */
void links_when_back(struct links *links, const struct chan *chan, loop_fn fn, void *userdata);

/* Connects a channel by itself, for one message: nobody looks after its connection. */
int links_connect_once(void *zmq, const struct config *config, enum chan_kind kind,
                       enum config_channel channel, struct chan **ret);

#endif
