/* Longer than 400 lines: the samples of all messages serve every test. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "common/wire.h"

#include <stdlib.h>
#include <string.h>

static msgpack_sbuffer elements, targets, attributes, status, terms, frame;

static int setup(void **state)
{
        (void)state;
        msgpack_sbuffer_init(&elements);
        msgpack_sbuffer_init(&targets);
        msgpack_sbuffer_init(&attributes);
        msgpack_sbuffer_init(&status);
        msgpack_sbuffer_init(&terms);
        msgpack_sbuffer_init(&frame);
        return 0;
}

static int teardown(void **state)
{
        (void)state;
        msgpack_sbuffer_destroy(&elements);
        msgpack_sbuffer_destroy(&targets);
        msgpack_sbuffer_destroy(&attributes);
        msgpack_sbuffer_destroy(&status);
        msgpack_sbuffer_destroy(&terms);
        msgpack_sbuffer_destroy(&frame);
        return 0;
}

/* `attributes` must hold the one attribute of the sample. */
static void add_terms(void)
{
        struct wire_terms full = {.fabric = text_of("emea"),
                                  .daily_limit = WIRE_LIMIT_MAX,
                                  .enrichment = true,
                                  .days = WIRE_DAYS_MAX,
                                  .min_score = 7.5,
                                  .attributes = wire_list_of(&attributes, 1),
                                  .level = {-1, 0, 30, 15, 1}};
        const struct wire_terms bare = {
            .fabric = text_of("apac"), .daily_limit = 1, .days = 1, .level = {15, 15, 15, 15, 15}};

        wire_pack_text(&status, text_of("Active"));
        wire_pack_text(&status, text_of("Under Review"));
        full.status = wire_list_of(&status, 2);
        wire_pack_terms(&terms, &full);
        wire_pack_terms(&terms, &bare);
}

static struct wire_msg sample_page(void)
{
        struct wire_attribute a = {.name = text_of("Malware Family"),
                                   .value = text_of("Emotet"),
                                   .updated_at = 1700000001};
        struct wire_row row = {.id = UINT64_C(1) << 40,
                               .type = HASH_MD5,
                               .value = text_of("5f2b8f4d1c6e0a973be41d25c8a70f96"),
                               .status = text_of("Active"),
                               .has_score = true,
                               .score = 7.25,
                               .created_at = 1777628400};
        struct wire_row bare = {.id = 7, .type = HASH_NONE};

        wire_pack_attribute(&attributes, &a);
        row.attributes = wire_list_of(&attributes, 1);
        wire_pack_row(&elements, &row);
        wire_pack_row(&elements, &bare);
        wire_pack_text(&targets, text_of("emea"));
        add_terms();
        return (struct wire_msg){.type = WIRE_PAGE,
                                 .page = {.sweep = 3,
                                          .kind = SWEEP_INCREMENTAL,
                                          .page = 12,
                                          .started_at = 1777628400,
                                          .scope = SCOPE_COLLECTION,
                                          .targets = wire_list_of(&targets, 1),
                                          .terms = wire_list_of(&terms, 2),
                                          .rows = wire_list_of(&elements, 2)}};
}

static struct wire_msg sample_batch(void)
{
        struct wire_item candidate = {.id = 9,
                                      .verdict = VERDICT_CANDIDATE,
                                      .level = TRUST_MOST_LIKELY_MALICIOUS,
                                      .override = true,
                                      .adopt = true,
                                      .score = 10,
                                      .created_at = -5};
        struct wire_item dropped = {
            .id = 10, .verdict = VERDICT_SCORE, .score = 0.5, .created_at = 77};
        struct wire_item invalid = {.id = 11, .verdict = VERDICT_INVALID, .score = 3};

        assert_true(hash_parse(HASH_SHA1, text_of("9a1f0e6c2b7d4835e1c09f7ab26d5483cc1e70b4"),
                               &candidate.hash));
        dropped.hash = candidate.hash;
        wire_pack_item(&elements, &candidate);
        wire_pack_item(&elements, &dropped);
        wire_pack_item(&elements, &invalid);
        return (struct wire_msg){.type = WIRE_BATCH,
                                 .batch = {.sweep = 3,
                                           .page = 1,
                                           .started_at = 1777628400,
                                           .fabric = text_of("emea"),
                                           .push = {true, true, 100000, false},
                                           .items = wire_list_of(&elements, 3)}};
}

static struct wire_msg sample_outcomes(void)
{
        struct wire_outcome full = {.id = 1,
                                    .version = 2,
                                    .share = SHARE_OVERRIDE,
                                    .enrichment = {99, 1, 0, 1, 0, INT64_MAX}};
        struct wire_outcome empty = {
            .id = 2, .version = 3, .share = SHARE_PENDING, .enrichment = {-1, -1, -1, -1, -1, -1}};

        wire_pack_outcome(&elements, &full);
        wire_pack_outcome(&elements, &empty);
        return (struct wire_msg){
            .type = WIRE_OUTCOMES,
            .outcomes = {.fabric = text_of("emea"), .outcomes = wire_list_of(&elements, 2)}};
}

static struct wire_msg sample_written(void)
{
        struct wire_receipt receipt = {
            .id = 1, .version = 2, .result = WRITTEN_GONE, .attributes = 6};

        wire_pack_receipt(&elements, &receipt);
        return (struct wire_msg){
            .type = WIRE_WRITTEN,
            .written = {.fabric = text_of("emea"), .receipts = wire_list_of(&elements, 1)}};
}

static struct wire_msg sample_sweep_end(void)
{
        return (struct wire_msg){.type = WIRE_SWEEP_END,
                                 .sweep_end = {.sweep = 3,
                                               .kind = SWEEP_INCREMENTAL,
                                               .fabric = text_of("emea"),
                                               .pages = 12,
                                               .started_at = 1777628400}};
}

static struct wire_msg sample_inactive_end(void)
{
        struct wire_msg msg = sample_sweep_end();

        msg.sweep_end.push = (struct wire_push){true, false, 1, true};
        return msg;
}

static struct wire_msg sample_ack(void)
{
        return (struct wire_msg){
            .type = WIRE_ACK,
            .ack = {.fabric = text_of("emea"), .sweep = 3, .page = WIRE_PAGE_END}};
}

static struct wire_msg sample_hello(void)
{
        return (struct wire_msg){
            .type = WIRE_HELLO,
            .hello = {.fabric = text_of("emea"), .incarnation = 77, .store = text_of("0a1b")}};
}

static struct wire_msg sample_request(void)
{
        return (struct wire_msg){.type = WIRE_SWEEP_REQUEST,
                                 .sweep_request = {.request = 5, .full = true}};
}

static struct wire_msg (*const samples[])(void) = {
    sample_page,  sample_batch,   sample_outcomes,  sample_written,      sample_ack,
    sample_hello, sample_request, sample_sweep_end, sample_inactive_end,
};

static void next_sample(size_t i)
{
        struct wire_msg msg;

        msgpack_sbuffer_clear(&elements);
        msgpack_sbuffer_clear(&targets);
        msgpack_sbuffer_clear(&attributes);
        msgpack_sbuffer_clear(&status);
        msgpack_sbuffer_clear(&terms);
        msgpack_sbuffer_clear(&frame);
        msg = samples[i]();
        wire_pack(&frame, &msg);
}

static void page_keeps_its_rows(void **state)
{
        struct wire_msg msg;
        struct wire_row row;
        struct wire_attribute a;
        struct text target;

        (void)state;
        next_sample(0);
        assert_int_equal(wire_decode(frame.data, frame.size, &msg), 0);
        assert_int_equal(msg.page.page, 12);
        assert_int_equal(msg.page.kind, SWEEP_INCREMENTAL);
        assert_true(wire_next_text(&msg.page.targets, &target));
        assert_true(text_eq_str(target, "emea"));
        assert_true(wire_next_row(&msg.page.rows, &row));
        assert_int_equal(row.id, UINT64_C(1) << 40);
        assert_true(row.has_score && row.score == 7.25);
        assert_true(wire_next_attribute(&row.attributes, &a));
        assert_true(text_eq_str(a.value, "Emotet"));
        assert_false(wire_next_attribute(&row.attributes, &a));
        assert_true(wire_next_row(&msg.page.rows, &row));
        assert_false(row.has_score);
        assert_int_equal(row.type, HASH_NONE);
        assert_false(wire_next_row(&msg.page.rows, &row));
}

static void page_keeps_its_terms(void **state)
{
        static const int levels[BAND_COUNT] = {-1, 0, 30, 15, 1};
        struct wire_attribute a;
        struct wire_terms t;
        struct wire_msg msg;
        struct text name;

        (void)state;
        next_sample(0);
        assert_int_equal(wire_decode(frame.data, frame.size, &msg), 0);
        assert_int_equal(msg.page.scope, SCOPE_COLLECTION);
        assert_true(wire_next_terms(&msg.page.terms, &t));
        assert_true(text_eq_str(t.fabric, "emea"));
        assert_int_equal(t.daily_limit, WIRE_LIMIT_MAX);
        assert_int_equal(t.days, WIRE_DAYS_MAX);
        assert_true(t.enrichment && t.min_score == 7.5);
        assert_memory_equal(t.level, levels, sizeof(levels));
        assert_true(wire_next_text(&t.status, &name) && wire_next_text(&t.status, &name));
        assert_true(text_eq_str(name, "Under Review"));
        assert_true(wire_next_attribute(&t.attributes, &a));
        assert_true(text_eq_str(a.name, "Malware Family"));
        assert_true(wire_next_terms(&msg.page.terms, &t));
        assert_int_equal(t.status.count + t.attributes.count, 0);
        assert_false(wire_next_terms(&msg.page.terms, &t));
}

/* What a configuration could not say is refused, whoever packed it. */
static void terms_out_of_range_are_refused(void **state)
{
        static const struct wire_terms bad[] = {
            {.daily_limit = 0, .days = 1},
            {.daily_limit = WIRE_LIMIT_MAX + 1, .days = 1},
            {.daily_limit = 1, .days = 0},
            {.daily_limit = 1, .days = WIRE_DAYS_MAX + 1},
            {.daily_limit = 1, .days = 1, .level = {2}},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
                struct wire_msg msg = {.type = WIRE_PAGE};

                msgpack_sbuffer_clear(&terms);
                msgpack_sbuffer_clear(&frame);
                wire_pack_terms(&terms, &bad[i]);
                msg.page.terms = wire_list_of(&terms, 1);
                wire_pack(&frame, &msg);
                if (wire_decode(frame.data, frame.size, &msg) != WIRE_E_BAD)
                        fail_msg("taken: terms %zu", i);
        }
}

static void push_is_told_or_left_to_the_file(void **state)
{
        struct wire_msg msg;

        (void)state;
        next_sample(7);
        assert_int_equal(wire_decode(frame.data, frame.size, &msg), 0);
        assert_false(msg.sweep_end.push.given);
        next_sample(8);
        assert_int_equal(wire_decode(frame.data, frame.size, &msg), 0);
        assert_true(msg.sweep_end.push.given && !msg.sweep_end.push.active);
        assert_int_equal(msg.sweep_end.push.daily_limit, 1);
        next_sample(1);
        assert_int_equal(wire_decode(frame.data, frame.size, &msg), 0);
        assert_true(msg.batch.push.active && !msg.batch.push.enrichment);
}

static void batch_keeps_its_items(void **state)
{
        struct wire_msg msg;
        struct wire_item item;
        char hex[HASH_MAX_HEX + 1];

        (void)state;
        next_sample(1);
        assert_int_equal(wire_decode(frame.data, frame.size, &msg), 0);
        assert_true(wire_next_item(&msg.batch.items, &item));
        hash_format(&item.hash, hex);
        assert_string_equal(hex, "9a1f0e6c2b7d4835e1c09f7ab26d5483cc1e70b4");
        assert_int_equal(item.level, TRUST_MOST_LIKELY_MALICIOUS);
        assert_int_equal(item.created_at, -5);
        assert_true(item.override && item.adopt && item.score == 10);
        assert_true(wire_next_item(&msg.batch.items, &item));
        assert_int_equal(item.verdict, VERDICT_SCORE);
        hash_format(&item.hash, hex);
        assert_string_equal(hex, "9a1f0e6c2b7d4835e1c09f7ab26d5483cc1e70b4");
        assert_true(item.score == 0.5 && item.created_at == 77);
        assert_true(wire_next_item(&msg.batch.items, &item));
        assert_int_equal(item.verdict, VERDICT_INVALID);
        assert_int_equal(item.hash.type, HASH_NONE);
        assert_true(item.score == 3);
}

static void outcome_keeps_what_is_not_known(void **state)
{
        struct wire_msg msg;
        struct wire_outcome outcome;

        (void)state;
        next_sample(2);
        assert_int_equal(wire_decode(frame.data, frame.size, &msg), 0);
        assert_true(wire_next_outcome(&msg.outcomes.outcomes, &outcome));
        assert_int_equal(outcome.enrichment.enterprise_count, INT64_MAX);
        assert_int_equal(outcome.enrichment.atd_level, 0);
        assert_true(wire_next_outcome(&msg.outcomes.outcomes, &outcome));
        assert_int_equal(outcome.enrichment.enterprise_level, -1);
        assert_int_equal(outcome.enrichment.detection_count, -1);
}

/* A frame cut anywhere, with a byte more, or of another version is refused, and *ret untouched. */
static void damaged_frames_are_refused(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
                struct wire_msg msg = {.type = WIRE_HELLO};

                next_sample(i);
                for (size_t cut = 0; cut < frame.size; cut++) {
                        void *copy = malloc(cut ? cut : 1);

                        memcpy(copy, frame.data, cut);
                        assert_int_equal(wire_decode(copy, cut, &msg), WIRE_E_BAD);
                        free(copy);
                }
                assert_int_equal(msg.type, WIRE_HELLO);
                msgpack_sbuffer_write(&frame, "\xc0", 1);
                assert_int_equal(wire_decode(frame.data, frame.size, &msg), WIRE_E_BAD);
                frame.data[1] = WIRE_VERSION + 1;
                assert_int_equal(wire_decode(frame.data, frame.size - 1, &msg), WIRE_E_BAD);
        }
}

/* The bytes of a BATCH up to its items: sweep 3, full, page 1, start 0, fabric "e", no push. */
#define BATCH_HEAD                                                                                 \
        "\x99\x04\x02\x03\x00\x01\x00\xa1"                                                         \
        "e"                                                                                        \
        "\xc0"

static void limits_hold(void **state)
{
        static const struct {
                const char
                    *what; /* NULL: as it should be, so that the others are wrong in one thing */
                const char *bytes;
                size_t len;
        } frames[] = {
            {NULL, "\x9a\x04\x01\x03\x00\x01\x00\x00\x90\x90\x90", 11},
            {"array promises 2^32-1 rows",
             "\x9a\x04\x01\x03\x00\x01\x00\x00\x90\x90\xdd\xff\xff\xff\xff", 15},
            {"array promises 2^32-1 terms",
             "\x9a\x04\x01\x03\x00\x01\x00\x00\x90\xdd\xff\xff\xff\xff\x90", 15},
            {"scope out of range", "\x9a\x04\x01\x03\x00\x01\x00\x03\x90\x90\x90", 11},
            {"text promises 2^32-1 bytes", "\x95\x04\x03\xdb\xff\xff\xff\xff\x03\x01", 10},
            {"type 0", "\x92\x04\x00", 3},
            {"type 9", "\x92\x04\x09", 3},
            {"no array", "\x01", 1},
            {NULL, BATCH_HEAD "\x91\x96\x01\x01\x00\xc4\x00\x00\x00", 19},
            {"verdict out of range", BATCH_HEAD "\x91\x96\x01\x20\x00\xc4\x00\x00\x00", 19},
            {"no hash, though the verdict is another",
             BATCH_HEAD "\x91\x96\x01\x03\x00\xc4\x00\x00\x00", 19},
            {NULL,
             BATCH_HEAD "\x91\x96\x01\x03\x01\xc4\x10"
                        "0123456789abcdef"
                        "\x01\x00",
             35},
            {"a hash, though it is invalid",
             BATCH_HEAD "\x91\x96\x01\x01\x01\xc4\x10"
                        "0123456789abcdef"
                        "\x01\x00",
             35},
            {NULL,
             BATCH_HEAD "\x91\x99\x01\x00\x01\xc4\x10"
                        "0123456789abcdef"
                        "\x01\x00\x01\xc2\xc2",
             38},
            {"level that is none of TIE's",
             BATCH_HEAD "\x91\x99\x01\x00\x01\xc4\x10"
                        "0123456789abcdef"
                        "\x01\x00\x02\xc2\xc2",
             38},
            {"hash shorter than its type",
             BATCH_HEAD "\x91\x99\x01\x00\x02\xc4\x10"
                        "0123456789abcdef"
                        "\x01\x00\x01\xc2\xc2",
             38},
        };
        struct wire_msg msg;

        (void)state;
        for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
                int r = wire_decode(frames[i].bytes, frames[i].len, &msg);

                if (r != (frames[i].what ? WIRE_E_BAD : 0))
                        fail_msg("frame %zu (%s)", i, frames[i].what ? frames[i].what : "good");
        }
}

static void json_and_back_is_the_same_frame(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
                msgpack_sbuffer again;
                char *line;

                next_sample(i);
                line = wire_to_json(frame.data, frame.size);
                assert_non_null(line);
                assert_null(strchr(line, '\n'));
                msgpack_sbuffer_init(&again);
                assert_int_equal(wire_from_json(line, strlen(line), &again), 0);
                assert_int_equal(again.size, frame.size);
                assert_memory_equal(again.data, frame.data, frame.size);
                msgpack_sbuffer_destroy(&again);
                free(line);
        }
}

static void json_that_is_no_message_is_refused(void **state)
{
        static const char *const bad[] = {
            "",
            "{}",
            "[]",
            "{\"type\":\"PAGE\"}",
            "{\"type\":\"ACK\",\"fabric\":1,\"sweep\":1,\"page\":1}",
            "{\"type\":\"ACK\",\"fabric\":\"e\",\"sweep\":1,\"page\":-1}",
            "{\"type\":\"NONE\"}",
            "{\"type\":\"SWEEP_REQUEST\",\"request\":1,\"full\":\"no\"}",
            ("{\"type\":\"BATCH\",\"sweep\":1,\"kind\":\"full\",\"page\":1,\"started_at\":0,"
             "\"fabric\":\"e\",\"items\":[{\"id\":1,\"verdict\":\"maybe\"}]}"),
            ("{\"type\":\"BATCH\",\"sweep\":1,\"kind\":\"full\",\"page\":1,\"started_at\":0,"
             "\"fabric\":\"e\",\"items\":[{\"id\":1,\"verdict\":\"days\",\"created_at\":1}]}"),
        };

        (void)state;
        msgpack_sbuffer_clear(&frame);
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
                assert_int_equal(wire_from_json(bad[i], strlen(bad[i]), &frame), WIRE_E_BAD);
                assert_int_equal(frame.size, 0);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(page_keeps_its_rows),
            cmocka_unit_test(page_keeps_its_terms),
            cmocka_unit_test(terms_out_of_range_are_refused),
            cmocka_unit_test(push_is_told_or_left_to_the_file),
            cmocka_unit_test(batch_keeps_its_items),
            cmocka_unit_test(outcome_keeps_what_is_not_known),
            cmocka_unit_test(damaged_frames_are_refused),
            cmocka_unit_test(limits_hold),
            cmocka_unit_test(json_and_back_is_the_same_frame),
            cmocka_unit_test(json_that_is_no_message_is_refused),
        };

        return cmocka_run_group_tests(tests, setup, teardown);
}
