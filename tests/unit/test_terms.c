#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "mapper/terms.h"

enum { STARTED_AT = 1700000000, DAY = 86400 };

static char emea[] = "emea";

static struct config_fabric of_file(void)
{
        struct config_fabric fabric = {.name = emea, .selection = {.days = 365}};

        for (int band = 0; band < BAND_COUNT; band++) {
                fabric.reputation.mapped[band] = true;
                fabric.reputation.level[band] = TRUST_MOST_LIKELY_MALICIOUS;
        }
        return fabric;
}

/* How a row of ten days of age, status "Under Review" and the attribute "Family: Emotet" is judged.
 */
static struct wire_item judge(const struct mapping *mapping, double score)
{
        static const struct hash hash = {.type = HASH_MD5, .bytes = {7}};
        struct wire_attribute a = {.name = text_of("Family"), .value = text_of("Emotet")};
        struct wire_row row = {.id = 1,
                               .type = HASH_MD5,
                               .status = text_of("Under Review"),
                               .has_score = true,
                               .score = score,
                               .created_at = STARTED_AT - 10 * DAY};
        msgpack_sbuffer attributes;
        struct wire_item item;

        msgpack_sbuffer_init(&attributes);
        wire_pack_attribute(&attributes, &a);
        row.attributes = wire_list_of(&attributes, 1);
        mapping_decide(mapping, &row, &hash, SCOPE_SELECTION, STARTED_AT, &item);
        msgpack_sbuffer_destroy(&attributes);
        return item;
}

static void the_file_holds_when_nothing_was_sent(void **state)
{
        struct config_fabric fabric = of_file();
        _cleanup_(terms_closep) struct terms *terms = NULL;
        const struct mapping *mapping;

        (void)state;
        assert_int_equal(terms_open(&fabric, NULL, &terms), 0);
        assert_int_equal(terms_mapping(terms, NULL, &mapping), 0);
        assert_int_equal(judge(mapping, 3).verdict, VERDICT_CANDIDATE);
        assert_int_equal(judge(mapping, 3).level, TRUST_MOST_LIKELY_MALICIOUS);
}

/* Each of the terms counts, none of the file does, and the buffers they came in may go. */
static void what_was_sent_holds_instead_of_the_file(void **state)
{
        static const struct {
                const char *status, *value;
                uint32_t days;
                double min_score, score;
                enum verdict verdict;
        } rows[] = {
            {"under review", "emotet", 11, 3, 3, VERDICT_CANDIDATE},
            {"under review", "emotet", 9, 3, 3, VERDICT_DAYS},
            {"Active", "emotet", 11, 3, 3, VERDICT_STATUS},
            {"Under Review", "emotet", 11, 3.5, 3, VERDICT_SCORE},
            {"Under Review", "other", 11, 3, 3, VERDICT_ATTRIBUTES},
            {"Under Review", "emotet", 11, 3, 9, VERDICT_UNMAPPED},
        };
        struct config_fabric fabric = of_file();
        _cleanup_(terms_closep) struct terms *terms = NULL;

        (void)state;
        assert_int_equal(terms_open(&fabric, NULL, &terms), 0);
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                struct wire_attribute a = {.name = text_of("Family"),
                                           .value = text_of(rows[i].value)};
                struct wire_terms sent = {.fabric = text_of("emea"),
                                          .daily_limit = 1,
                                          .days = rows[i].days,
                                          .min_score = rows[i].min_score,
                                          .level = {TRUST_KNOWN_MALICIOUS, -1, -1, -1, -1}};
                msgpack_sbuffer status, attributes;
                const struct mapping *mapping;
                struct wire_item item;

                msgpack_sbuffer_init(&status);
                msgpack_sbuffer_init(&attributes);
                wire_pack_text(&status, text_of("Indirect"));
                wire_pack_text(&status, text_of(rows[i].status));
                wire_pack_attribute(&attributes, &a);
                sent.status = wire_list_of(&status, 2);
                sent.attributes = wire_list_of(&attributes, 1);
                assert_int_equal(terms_mapping(terms, &sent, &mapping), 0);
                msgpack_sbuffer_destroy(&status);
                msgpack_sbuffer_destroy(&attributes);
                item = judge(mapping, rows[i].score);
                if (item.verdict != rows[i].verdict)
                        fail_msg("row %zu: %s", i, verdict_name(item.verdict));
                if (item.verdict == VERDICT_CANDIDATE)
                        assert_int_equal(item.level, TRUST_KNOWN_MALICIOUS);
        }
}

static void terms_that_are_the_same_are_kept(void **state)
{
        struct config_fabric fabric = of_file();
        struct wire_terms sent = {.daily_limit = 1, .days = 30};
        _cleanup_(terms_closep) struct terms *terms = NULL;
        const struct mapping *first, *again, *file;

        (void)state;
        assert_int_equal(terms_open(&fabric, NULL, &terms), 0);
        assert_int_equal(terms_mapping(terms, &sent, &first), 0);
        assert_int_equal(terms_mapping(terms, NULL, &file), 0);
        assert_int_equal(terms_mapping(terms, &sent, &again), 0);
        assert_ptr_equal(first, again);
        assert_ptr_not_equal(first, file);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(the_file_holds_when_nothing_was_sent),
            cmocka_unit_test(what_was_sent_holds_instead_of_the_file),
            cmocka_unit_test(terms_that_are_the_same_are_kept),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
