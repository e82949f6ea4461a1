#include "enricher/lane.h"

static int send_msg(struct lane *lane, const struct wire_msg *msg)
{
        msgpack_sbuffer frame;
        int r;

        msgpack_sbuffer_init(&frame);
        wire_pack(&frame, msg);
        r = chan_send(lane->chan, frame.data, frame.size);
        msgpack_sbuffer_destroy(&frame);
        return r;
}

void lane_init(struct lane *lane, const char *fabric, struct chan *chan)
{
        *lane = (struct lane){.fabric = fabric, .chan = chan};
        msgpack_sbuffer_init(&lane->receipts);
}

void lane_done(struct lane *lane)
{
        msgpack_sbuffer_destroy(&lane->receipts);
}

static void lane_clear(struct lane *lane)
{
        msgpack_sbuffer_clear(&lane->receipts);
        lane->count = 0;
}

int lane_hello(struct lane *lane, uint64_t incarnation)
{
        struct wire_msg msg = {.type = WIRE_HELLO, .hello = {.incarnation = incarnation}};
        int r = send_msg(lane, &msg);

        lane->incarnation = incarnation;
        return r < 0 ? r : 0;
}

int lane_back(void *lane)
{
        const struct lane *back = lane;

        return lane_hello(lane, back->incarnation);
}

int lane_flush(struct lane *lane)
{
        struct wire_msg msg = {.type = WIRE_WRITTEN};
        int r;

        if (lane->count == 0)
                return 0;
        msg.written.fabric = text_of(lane->fabric);
        msg.written.receipts = wire_list_of(&lane->receipts, lane->count);
        r = send_msg(lane, &msg);
        if (r == 0)
                lane_clear(lane);
        return r;
}

int lane_add(struct lane *lane, const struct wire_receipt *receipt)
{
        int r;

        if (lane->count == WIRE_OUTCOMES_MAX) {
                r = lane_flush(lane);
                if (r < 0)
                        return r;
        }
        if (lane->count == WIRE_OUTCOMES_MAX) {
                lane->dropped += lane->count;
                lane_clear(lane);
        }
        wire_pack_receipt(&lane->receipts, receipt);
        lane->count++;
        return 0;
}
