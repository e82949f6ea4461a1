#include "publisher/ports.h"

static int open_stdio(struct ports *ports)
{
        int r = chan_open_stdio(CHAN_PULL, &ports->in);

        if (r == 0)
                r = chan_open_stdio(CHAN_PUSH, &ports->acks);
        ports->outcomes = ports->acks;
        return r;
}

int ports_open(const struct proc *proc, struct ports *ports)
{
        const char *fabric = proc->fabric->name;
        int r;

        if (proc->stdio)
                return open_stdio(ports);
        r = links_bind(proc->links, CHAN_PULL, CONFIG_IN, fabric, &ports->in);
        if (r == 0)
                r = links_bind(proc->links, CHAN_PUSH, CONFIG_OUTCOMES, fabric, &ports->outcomes);
        if (r == 0)
                r = links_bind(proc->links, CHAN_PULL, CONFIG_WRITTEN, fabric, &ports->written);
        return r < 0 ? r : links_connect(proc->links, CHAN_PUSH, CONFIG_ACKS, NULL, &ports->acks);
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
