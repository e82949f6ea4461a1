#include "console/request.h"

#include "common/backoff.h"
#include "common/chan.h"
#include "common/links.h"
#include "common/wire.h"

#include <errno.h>
#include <zmq.h>

struct request {
        void *zmq;
        struct chan *acks;
        uint64_t number;
};

int request_open(const struct config *config, struct request **ret)
{
        _cleanup_(request_closep) struct request *request = calloc(1, sizeof(*request));
        int r;

        if (!request)
                return -ENOMEM;
        request->number = ((uint64_t)backoff_random() << 20 ^ backoff_random()) | 1;
        request->zmq = zmq_ctx_new();
        if (!request->zmq)
                return -errno;
        r = links_connect_once(request->zmq, config, CHAN_PUSH, CONFIG_ACKS, &request->acks);
        if (r < 0)
                return r;
        *ret = request;
        request = NULL;
        return 0;
}

void request_close(struct request *request)
{
        if (!request)
                return;
        chan_close(request->acks);
        if (request->zmq)
                zmq_ctx_term(request->zmq);
        free(request);
}

uint64_t request_number(const struct request *request)
{
        return request->number;
}

void request_send(struct request *request)
{
        struct wire_msg msg = {
            .type = WIRE_SWEEP_REQUEST,
            .sweep_request = {.request = request->number},
        };
        msgpack_sbuffer frame;

        msgpack_sbuffer_init(&frame);
        wire_pack(&frame, &msg);
        /* Whether it arrived is seen in the fetcher's report alone. */
        (void)chan_send(request->acks, frame.data, frame.size);
        msgpack_sbuffer_destroy(&frame);
}
