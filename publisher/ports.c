#include "publisher/ports.h"

#include <string.h>

static int open_stdio(struct ports *ports)
{
        int r = chan_open_stdio(CHAN_PULL, &ports->in);

        if (r == 0)
                r = chan_open_stdio(CHAN_PUSH, &ports->acks);
        ports->outcomes = ports->acks;
        return r;
}

static int open_one(const struct proc *proc, enum chan_kind kind, bool bind, const char *endpoint,
                    struct chan **ret)
{
        int r = chan_open(proc->zmq, kind, bind, endpoint, ret);

        if (r != 0)
                log_error(proc->log, "cannot open the channel %s: %s", endpoint, strerror(-r));
        return r;
}

int ports_open(const struct proc *proc, struct ports *ports)
{
        const char *fabric = proc->fabric->name;
        char endpoint[CONFIG_ENDPOINT_MAX];
        int r;

        if (proc->stdio)
                return open_stdio(ports);
        config_endpoint_in(proc->config, fabric, endpoint);
        r = open_one(proc, CHAN_PULL, true, endpoint, &ports->in);
        config_endpoint_outcomes(proc->config, fabric, endpoint);
        if (r == 0)
                r = open_one(proc, CHAN_PUSH, true, endpoint, &ports->outcomes);
        config_endpoint_written(proc->config, fabric, endpoint);
        if (r == 0)
                r = open_one(proc, CHAN_PULL, true, endpoint, &ports->written);
        config_endpoint_acks(proc->config, endpoint);
        if (r == 0)
                r = open_one(proc, CHAN_PUSH, false, endpoint, &ports->acks);
        return r;
}

int ports_answer(struct ports *ports, const struct wire_msg *msg)
{
        int r;

        msgpack_sbuffer_clear(&ports->frame);
        wire_pack(&ports->frame, msg);
        r = chan_send(ports->acks, ports->frame.data, ports->frame.size);
        return r == CHAN_E_AGAIN ? 0 : r;
}

void ports_close(struct ports *ports)
{
        if (ports->outcomes != ports->acks)
                chan_close(ports->outcomes);
        chan_close(ports->in);
        chan_close(ports->written);
        chan_close(ports->acks);
        msgpack_sbuffer_destroy(&ports->frame);
        *ports = (struct ports){0};
}
