/*
 * wire_decode on any bytes. What it accepts must survive packing: the frame that its parts give is
 * accepted again and gives the same frame.
 */
#include "common/wire.h"
#include "tests/fuzz/replay.h"

#include <stdlib.h>
#include <string.h>

static uint32_t copy_rows(msgpack_sbuffer *out, struct wire_list rows)
{
        struct wire_row row;
        uint32_t count = 0;

        for (; wire_next_row(&rows, &row); count++) {
                struct wire_list attributes = row.attributes;
                struct wire_attribute attribute;
                msgpack_sbuffer copies;

                msgpack_sbuffer_init(&copies);
                while (wire_next_attribute(&attributes, &attribute))
                        wire_pack_attribute(&copies, &attribute);
                row.attributes = wire_list_of(&copies, row.attributes.count);
                wire_pack_row(out, &row);
                msgpack_sbuffer_destroy(&copies);
        }
        return count;
}

static uint32_t copy_texts(msgpack_sbuffer *out, struct wire_list texts)
{
        struct text text;
        uint32_t count = 0;

        for (; wire_next_text(&texts, &text); count++)
                wire_pack_text(out, text);
        return count;
}

static uint32_t copy_items(msgpack_sbuffer *out, struct wire_list items)
{
        struct wire_item item;
        uint32_t count = 0;

        for (; wire_next_item(&items, &item); count++)
                wire_pack_item(out, &item);
        return count;
}

static uint32_t copy_outcomes(msgpack_sbuffer *out, struct wire_list outcomes)
{
        struct wire_outcome outcome;
        uint32_t count = 0;

        for (; wire_next_outcome(&outcomes, &outcome); count++)
                wire_pack_outcome(out, &outcome);
        return count;
}

static uint32_t copy_receipts(msgpack_sbuffer *out, struct wire_list receipts)
{
        struct wire_receipt receipt;
        uint32_t count = 0;

        for (; wire_next_receipt(&receipts, &receipt); count++)
                wire_pack_receipt(out, &receipt);
        return count;
}

static void check(bool holds)
{
        if (!holds)
                abort();
}

/* Packs the message anew, its lists element by element. */
static void repack(const struct wire_msg *msg, msgpack_sbuffer *out)
{
        struct wire_msg copy = *msg;
        msgpack_sbuffer elements, targets;

        msgpack_sbuffer_init(&elements);
        msgpack_sbuffer_init(&targets);
        if (msg->type == WIRE_PAGE) {
                copy.page.targets.count = copy_texts(&targets, msg->page.targets);
                check(copy.page.targets.count == msg->page.targets.count);
                copy.page.targets = wire_list_of(&targets, copy.page.targets.count);
                check(copy_rows(&elements, msg->page.rows) == msg->page.rows.count);
                copy.page.rows = wire_list_of(&elements, msg->page.rows.count);
        } else if (msg->type == WIRE_BATCH) {
                check(copy_items(&elements, msg->batch.items) == msg->batch.items.count);
                copy.batch.items = wire_list_of(&elements, msg->batch.items.count);
        } else if (msg->type == WIRE_OUTCOMES) {
                check(copy_outcomes(&elements, msg->outcomes.outcomes) ==
                      msg->outcomes.outcomes.count);
                copy.outcomes.outcomes = wire_list_of(&elements, msg->outcomes.outcomes.count);
        } else if (msg->type == WIRE_WRITTEN) {
                check(copy_receipts(&elements, msg->written.receipts) ==
                      msg->written.receipts.count);
                copy.written.receipts = wire_list_of(&elements, msg->written.receipts.count);
        }
        wire_pack(out, &copy);
        msgpack_sbuffer_destroy(&elements);
        msgpack_sbuffer_destroy(&targets);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
        msgpack_sbuffer once, twice;
        struct wire_msg msg;

        if (wire_decode(data, len, &msg) != 0)
                return 0;
        msgpack_sbuffer_init(&once);
        msgpack_sbuffer_init(&twice);
        repack(&msg, &once);
        check(wire_decode(once.data, once.size, &msg) == 0);
        repack(&msg, &twice);
        check(once.size == twice.size && memcmp(once.data, twice.data, once.size) == 0);
        free(wire_to_json(data, len));
        msgpack_sbuffer_destroy(&once);
        msgpack_sbuffer_destroy(&twice);
        return 0;
}
