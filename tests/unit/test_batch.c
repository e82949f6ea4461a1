#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdio.h>
#include <cmocka.h>

#include "mapper/batch.h"

enum { STARTED_AT = 1777630000 };

static char emea[] = "emea", apac[] = "apac";

static struct config_fabric fabric_of(char *name, double min_score)
{
        struct config_fabric fabric = {.name = name,
                                       .selection = {.days = 30, .min_score = min_score}};

        for (int band = 0; band < BAND_COUNT; band++) {
                fabric.reputation.mapped[band] = true;
                fabric.reputation.level[band] = TRUST_MOST_LIKELY_MALICIOUS;
        }
        return fabric;
}

/* A decoded PAGE of `count` rows, ids from 1, scores id modulo 10; every 5th hash is broken. The
 * frame stays in `out`. */
static struct wire_page make_page(msgpack_sbuffer *out, uint32_t count)
{
        struct wire_msg msg = {.type = WIRE_PAGE};
        msgpack_sbuffer rows;

        msgpack_sbuffer_init(&rows);
        for (uint32_t i = 1; i <= count; i++) {
                char hex[33];

                snprintf(hex, sizeof hex, "%032x", i);
                if (i % 5 == 0)
                        hex[31] = 'x';
                wire_pack_row(&rows, &(struct wire_row){.id = i,
                                                        .type = HASH_MD5,
                                                        .value = text_of(hex),
                                                        .status = text_of("Active"),
                                                        .has_score = true,
                                                        .score = i % 10,
                                                        .created_at = STARTED_AT - 10});
        }
        msg.page = (struct wire_page){.sweep = 3,
                                      .kind = SWEEP_INCREMENTAL,
                                      .page = 4,
                                      .started_at = STARTED_AT,
                                      .rows = wire_list_of(&rows, count)};
        msgpack_sbuffer_clear(out);
        wire_pack(out, &msg);
        msgpack_sbuffer_destroy(&rows);
        assert_int_equal(wire_decode(out->data, out->size, &msg), 0);
        return msg.page;
}

static void check_batch(struct batch *batch, const struct config_fabric *fabric, uint32_t count)
{
        _cleanup_(mapping_closep) struct mapping *mapping = NULL;
        struct reported reported = {0};
        struct batch_tally tally;
        struct wire_msg msg;
        struct wire_item item;
        struct text frame;
        uint32_t seen[VERDICT_COUNT] = {0};
        const struct wire_push push = {true, true, count + 1, false};

        assert_int_equal(mapping_open(fabric, NULL, &mapping), 0);
        frame = batch_judge(batch, mapping, fabric->name, &push, &reported, &tally);
        assert_int_equal(wire_decode(frame.ptr, frame.len, &msg), 0);
        assert_int_equal(msg.type, WIRE_BATCH);
        assert_int_equal(msg.batch.sweep, 3);
        assert_int_equal(msg.batch.kind, SWEEP_INCREMENTAL);
        assert_int_equal(msg.batch.page, 4);
        assert_int_equal(msg.batch.started_at, STARTED_AT);
        assert_true(text_eq_str(msg.batch.fabric, fabric->name));
        assert_true(msg.batch.push.given && msg.batch.push.active && !msg.batch.push.enrichment);
        assert_int_equal(msg.batch.push.daily_limit, count + 1);
        assert_int_equal(msg.batch.items.count, count);
        for (uint32_t i = 1; i <= count; i++) {
                enum verdict expected = VERDICT_CANDIDATE;

                if (i % 5 == 0)
                        expected = VERDICT_INVALID;
                else if (i % 10 < fabric->selection.min_score)
                        expected = VERDICT_SCORE;
                assert_true(wire_next_item(&msg.batch.items, &item));
                assert_int_equal(item.id, i);
                assert_int_equal(item.verdict, expected);
                seen[item.verdict]++;
                assert_true(item.score == i % 10);
                assert_int_equal(item.created_at, STARTED_AT - 10);
                if (item.verdict == VERDICT_INVALID)
                        continue;
                assert_int_equal(item.hash.type, HASH_MD5);
                assert_int_equal(item.hash.bytes[15], i & 0xff);
        }
        assert_memory_equal(tally.count, seen, sizeof seen);
        assert_int_equal(reported.count, 0);
}

/* One page for two fabrics, then pages of other sizes through the same buffers. */
static void test_every_row_for_every_fabric(void **state)
{
        static const uint32_t sizes[] = {20, 0, 500, 3};
        struct config_fabric fabrics[] = {fabric_of(emea, 0), fabric_of(apac, 6)};
        _cleanup_(batch_closep) struct batch *batch = NULL;
        msgpack_sbuffer frame;

        (void)state;
        msgpack_sbuffer_init(&frame);
        assert_int_equal(batch_open(&batch), 0);
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
                struct wire_page page = make_page(&frame, sizes[i]);

                assert_int_equal(batch_read(batch, &page), 0);
                check_batch(batch, &fabrics[0], sizes[i]);
                check_batch(batch, &fabrics[1], sizes[i]);
        }
        msgpack_sbuffer_destroy(&frame);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_every_row_for_every_fabric),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
