#include "common/links.h"

#include "common/clock.h"
#include "common/links_monitor.h"
#include "common/tap.h"
#include "common/zap.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { MONITORS_MAX = 160 /* an enricher's: two for each of 64 fabrics */ };

struct links {
        void *zmq;
        struct loop *loop;
        const struct config *config;
        struct log *log;
        const char **allowed; /* NULL ends it */
        struct zap *zap;      /* opened with the first guarded socket that is bound */
        struct links_monitor *monitors[MONITORS_MAX];
        unsigned count;
        int timer;
};

/* Those that are named as partners, too: they have to connect to one another. */
static int list_allowed(struct links *links)
{
        const struct config *config = links->config;
        size_t n = 0;

        links->allowed =
            calloc(config->links.allow_count + config->fabric_count + 2, sizeof(*links->allowed));
        if (!links->allowed)
                return -ENOMEM;
        for (size_t i = 0; i < config->links.allow_count; i++)
                links->allowed[n++] = config->links.allow[i];
        if (config->links.fetcher.public_key)
                links->allowed[n++] = config->links.fetcher.public_key;
        for (size_t i = 0; i < config->fabric_count; i++) {
                if (config->fabrics[i].port.public_key)
                        links->allowed[n++] = config->fabrics[i].port.public_key;
        }
        return 0;
}

static void arm(struct links *links)
{
        int64_t next = -1;

        for (unsigned i = 0; i < links->count; i++) {
                int64_t at = links_monitor_next(links->monitors[i]);

                if (at >= 0 && (next < 0 || at < next))
                        next = at;
        }
        if (next >= 0) {
                int64_t now = clock_boot_ms();

                loop_arm(links->loop, links->timer, next > now ? next - now : 0);
        }
}

static int on_timer(void *userdata)
{
        struct links *links = userdata;
        int64_t now = clock_boot_ms();

        for (unsigned i = 0; i < links->count; i++) {
                int r = links_monitor_serve(links->monitors[i], now);

                if (r < 0)
                        return r;
        }
        arm(links);
        return 0;
}

static void on_due(void *userdata)
{
        arm(userdata);
}

int links_open(void *zmq, struct loop *loop, const struct config *config, struct log *log,
               struct links **ret)
{
        _cleanup_(links_closep) struct links *links = calloc(1, sizeof(*links));
        int r;

        if (!links)
                return -ENOMEM;
        *links = (struct links){.zmq = zmq, .loop = loop, .config = config, .log = log};
        r = list_allowed(links);
        if (r < 0)
                return r;
        links->timer = loop_add_timer(loop, on_timer, links);
        if (links->timer < 0)
                return links->timer;
        *ret = links;
        links = NULL;
        return 0;
}

void links_close(struct links *links)
{
        if (!links)
                return;
        for (unsigned i = 0; i < links->count; i++)
                links_monitor_close(links->monitors[i]);
        zap_close(links->zap);
        free(links->allowed);
        free(links);
}

static bool is_tcp(const char *endpoint)
{
        return strncmp(endpoint, "tcp:", 4) == 0;
}

static struct chan_guard guard_of(const struct config *config,
                                  const struct config_endpoint *endpoint)
{
        struct chan_guard guard = {.zap_domain = ZAP_DOMAIN};

        if (endpoint->public_key) {
                guard.secret_key = config->links.secret_key;
                guard.public_key = config->links.public_key;
                guard.server_key = endpoint->public_key;
        }
        return guard;
}

static int open_monitored(struct links *links, enum chan_kind kind, bool bind,
                          const struct config_endpoint *endpoint, struct chan **ret)
{
        const char *place = bind ? endpoint->bind : endpoint->connect;
        struct chan_guard guard = guard_of(links->config, endpoint);
        _cleanup_(links_monitor_closep) struct links_monitor *monitor = NULL;
        _cleanup_(chan_closep) struct chan *chan = NULL;
        struct links_monitor_spec spec = {.zmq = links->zmq,
                                          .loop = links->loop,
                                          .log = links->log,
                                          .bound = bind,
                                          .endpoint = place,
                                          .public_key = guard.public_key,
                                          .on_due = on_due,
                                          .userdata = links};
        int r = links->count == MONITORS_MAX ? -ENOSPC : links_monitor_open(&spec, &monitor);

        if (r < 0)
                return r;
        guard.events = links_monitor_address(monitor);
        r = chan_open_guarded(links->zmq, kind, bind, place, &guard, &chan);
        if (r == 0)
                r = links_monitor_start(monitor, chan);
        if (r < 0)
                return r;
        links->monitors[links->count++] = monitor;
        monitor = NULL;
        *ret = chan;
        chan = NULL;
        return 0;
}

static int open_channel(struct links *links, enum chan_kind kind, bool bind,
                        const struct config_endpoint *endpoint, struct chan **ret)
{
        const char *place = bind ? endpoint->bind : endpoint->connect;
        int r = 0;

        if (bind && endpoint->public_key && !links->zap)
                r = zap_open(links->zmq, links->loop, links->allowed, links->log, &links->zap);
        if (r == 0)
                r = is_tcp(place) ? open_monitored(links, kind, bind, endpoint, ret)
                                  : chan_open(links->zmq, kind, bind, place, ret);
        if (r < 0)
                log_error(links->log, "cannot open the channel %s: %s", place, strerror(-r));
        return r;
}

int links_bind(struct links *links, enum chan_kind kind, enum config_channel channel,
               const char *fabric, struct chan **ret)
{
        struct config_endpoint endpoint;

        char path[TAP_PATH_MAX];
        struct tap *tap;
        int r;

        config_endpoint(links->config, channel, fabric, &endpoint);
        r = open_channel(links, kind, true, &endpoint, ret);
        if (r < 0)
                return r;
        tap_path(links->config, channel, fabric, path);
        r = tap_open(links->zmq, path, &tap);
        if (r == 0)
                chan_tap(*ret, tap);
        return r;
}

int links_connect(struct links *links, enum chan_kind kind, enum config_channel channel,
                  const char *fabric, struct chan **ret)
{
        struct config_endpoint endpoint;

        config_endpoint(links->config, channel, fabric, &endpoint);
        return open_channel(links, kind, false, &endpoint, ret);
}

void links_when_back(struct links *links, const struct chan *chan, loop_fn fn, void *userdata)
{
        for (unsigned i = 0; i < links->count; i++)
                links_monitor_when_back(links->monitors[i], chan, fn, userdata);
}

int links_connect_once(void *zmq, const struct config *config, enum chan_kind kind,
                       enum config_channel channel, struct chan **ret)
{
        struct config_endpoint endpoint;
        struct chan_guard guard;

        config_endpoint(config, channel, NULL, &endpoint);
        guard = guard_of(config, &endpoint);
        return chan_open_guarded(zmq, kind, false, endpoint.connect, &guard, ret);
}
