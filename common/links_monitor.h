/*
 * The connections of one channel to or from other hosts: says when one is lost, back, turned away
 * or refused, and connects anew where libzmq has given up.
 */
#ifndef TQ_COMMON_LINKS_MONITOR_H
#define TQ_COMMON_LINKS_MONITOR_H

#include "common/chan.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "common/loop.h"

#include <stdbool.h>
#include <stdint.h>

struct links_monitor;

struct links_monitor_spec {
        void *zmq;
        struct loop *loop;
        struct log *log;
        bool bound;                     /* others connect to it */
        const char *endpoint;           /* copied */
        const char *public_key;         /* this host's, NULL: plain text; stays with the caller */
        void (*on_due)(void *userdata); /* links_monitor_next has changed */
        void *userdata;
};

/* Makes the address for struct chan_guard's events; before the channel is opened. 0 or -errno. */
int links_monitor_open(const struct links_monitor_spec *spec, struct links_monitor **ret);
const char *links_monitor_address(const struct links_monitor *monitor);
/* Begins, once the channel is open, which stays open as long as the loop runs. 0 or -errno. */
int links_monitor_start(struct links_monitor *monitor, struct chan *chan);
/* When it is the monitor of this channel: calls fn each time its connection is back after a loss.
 */
void links_monitor_when_back(struct links_monitor *monitor, const struct chan *chan, loop_fn fn,
                             void *userdata);
/* After the loop has ended. Takes NULL. */
void links_monitor_close(struct links_monitor *monitor);
DEFINE_CLEANUP(struct links_monitor *, links_monitor_close);

/* When links_monitor_serve wants to be called; -1: not by the clock. */
int64_t links_monitor_next(const struct links_monitor *monitor);
/* Connects anew when it is time. 0 or -errno. */
int links_monitor_serve(struct links_monitor *monitor, int64_t now_ms);

#endif
