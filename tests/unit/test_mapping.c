#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "mapper/mapping.h"

enum { STARTED_AT = 1777630000, DAY = 86400 };

#define ORDER "Reputation Override - emea"

/* The example of the guide, but "very low" not exported. */
static const struct config_reputation mixed = {
    .mapped = {false, true, true, true, true},
    .level = {0, TRUST_MIGHT_BE_MALICIOUS, TRUST_MOST_LIKELY_MALICIOUS, TRUST_KNOWN_MALICIOUS,
              TRUST_KNOWN_MALICIOUS},
};

/* A level for each band, to tell them apart; trust in malware never comes from a configuration. */
static const struct config_reputation distinct = {
    .mapped = {true, true, true, true, true},
    .level = {TRUST_UNKNOWN, TRUST_MIGHT_BE_MALICIOUS, TRUST_MOST_LIKELY_MALICIOUS,
              TRUST_KNOWN_MALICIOUS, TRUST_KNOWN_TRUSTED},
};

static char shared[] = "Shared", by_order[] = "Shared (Override)", failed[] = "Failed",
            pending[] = "Pending";
static char *const words[SHARE_COUNT] = {shared, by_order, failed, pending};
static char name[] = "emea", active[] = "Active", family[] = "Family", emotet[] = "Emotet";
static char *status[] = {active};
static struct config_attribute attributes[] = {{family, emotet}};

/* Every filter drops the row that `dropped_row` gives. */
static const struct config_selection strict = {.days = 1,
                                               .status = status,
                                               .status_count = 1,
                                               .min_score = 9,
                                               .attributes = attributes,
                                               .attribute_count = 1};
static const struct config_selection open_wide = {.days = 365, .min_score = -1000};

static const struct hash some_hash = {.type = HASH_MD5, .bytes = {1, 2, 3}};

static struct wire_item decide_in(enum wire_scope scope, const struct config_selection *selection,
                                  const struct config_reputation *reputation,
                                  const struct wire_row *row, const struct hash *hash)
{
        struct config_fabric fabric = {
            .name = name, .selection = *selection, .reputation = *reputation};
        _cleanup_(mapping_closep) struct mapping *mapping = NULL;
        struct wire_item item = {.level = TRUST_NOT_SET, .score = -1, .created_at = -1};

        assert_int_equal(mapping_open(&fabric, words, &mapping), 0);
        mapping_decide(mapping, row, hash, scope, STARTED_AT, &item);
        assert_int_equal(item.hash.type, hash ? hash->type : HASH_NONE);
        assert_true(item.id == row->id && item.created_at == row->created_at);
        return item;
}

static struct wire_item decide(const struct config_selection *selection,
                               const struct config_reputation *reputation,
                               const struct wire_row *row, const struct hash *hash)
{
        return decide_in(SCOPE_SELECTION, selection, reputation, row, hash);
}

static struct wire_row scored_row(double score)
{
        return (struct wire_row){
            .id = 7, .has_score = true, .score = score, .created_at = STARTED_AT - DAY};
}

static void test_bands(void **state)
{
        static const struct {
                double score;
                enum trust_level level;
        } rows[] = {
            {-3, TRUST_UNKNOWN},
            {-0.5, TRUST_UNKNOWN},
            {0, TRUST_UNKNOWN},
            {4, TRUST_UNKNOWN},
            {4.99, TRUST_UNKNOWN},
            {5, TRUST_MIGHT_BE_MALICIOUS},
            {6, TRUST_MIGHT_BE_MALICIOUS},
            {6.99, TRUST_MIGHT_BE_MALICIOUS},
            {7, TRUST_MOST_LIKELY_MALICIOUS},
            {8.99, TRUST_MOST_LIKELY_MALICIOUS},
            {9, TRUST_KNOWN_MALICIOUS},
            {9.99, TRUST_KNOWN_MALICIOUS},
            {10, TRUST_KNOWN_TRUSTED},
            {57.3, TRUST_KNOWN_TRUSTED},
        };

        (void)state;
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
                struct wire_row row = scored_row(rows[i].score);
                struct wire_item item = decide(&open_wide, &distinct, &row, &some_hash);

                assert_int_equal(item.verdict, VERDICT_CANDIDATE);
                if (item.level != rows[i].level)
                        fail_msg("score %g: level %d, expected %d", rows[i].score, item.level,
                                 rows[i].level);
        }
}

static void test_candidate_carries_the_row(void **state)
{
        struct wire_row row = scored_row(8.25);
        struct wire_item item = decide(&open_wide, &mixed, &row, &some_hash);

        (void)state;
        assert_int_equal(item.verdict, VERDICT_CANDIDATE);
        assert_int_equal(item.id, 7);
        assert_true(hash_eq(&item.hash, &some_hash));
        assert_int_equal(item.level, TRUST_MOST_LIKELY_MALICIOUS);
        assert_false(item.override);
        assert_true(item.score == 8.25); /* not floored, not clamped */
        assert_int_equal(item.created_at, STARTED_AT - DAY);
}

static void test_missing_score_is_zero(void **state)
{
        struct wire_row row = scored_row(9);
        struct wire_item item;

        (void)state;
        row.has_score = false;
        item = decide(&open_wide, &distinct, &row, &some_hash);
        assert_int_equal(item.level, TRUST_UNKNOWN);
        assert_true(item.score == 0);
        assert_int_equal(decide(&open_wide, &mixed, &row, &some_hash).verdict, VERDICT_UNMAPPED);
}

static void test_unmapped_after_filters(void **state)
{
        struct config_selection days = open_wide;
        struct wire_row row = scored_row(3);

        (void)state;
        assert_int_equal(decide(&open_wide, &mixed, &row, &some_hash).verdict, VERDICT_UNMAPPED);
        days.days = 1;
        row.created_at--;
        assert_int_equal(decide(&days, &mixed, &row, &some_hash).verdict, VERDICT_DAYS);
}

struct order {
        const char *what;
        const char *attributes[8];
        enum verdict verdict;
        enum trust_level level; /* of a candidate */
};

/* The row is dropped by every filter and its band is not mapped: VERDICT_DAYS is "no order". */
static const struct order orders[] = {
    {"none", {0}, VERDICT_DAYS, 0},
    {"for another fabric", {"Reputation Override - apac", "Known Malicious"}, VERDICT_DAYS, 0},
    {"for a longer name", {ORDER "2", "Known Malicious"}, VERDICT_DAYS, 0},
    {"name in another case", {"reputation override - emea", "Known Malicious"}, VERDICT_DAYS, 0},
    {"plain", {ORDER, "Known Malicious"}, VERDICT_CANDIDATE, TRUST_KNOWN_MALICIOUS},
    {"case", {ORDER, "kNOWN mALICIOUS"}, VERDICT_CANDIDATE, TRUST_KNOWN_MALICIOUS},
    {"spaces", {ORDER, "  Known   Malicious "}, VERDICT_CANDIDATE, TRUST_KNOWN_MALICIOUS},
    {"no spaces", {ORDER, "MostLikelyMalicious"}, VERDICT_CANDIDATE, TRUST_MOST_LIKELY_MALICIOUS},
    {"underscores", {ORDER, "might_be_malicious"}, VERDICT_CANDIDATE, TRUST_MIGHT_BE_MALICIOUS},
    {"dashes", {ORDER, "might-be-trusted"}, VERDICT_CANDIDATE, TRUST_MIGHT_BE_TRUSTED},
    {"old label", {ORDER, "Possible Malicious"}, VERDICT_CANDIDATE, TRUST_MIGHT_BE_MALICIOUS},
    {"trusted",
     {ORDER, "Known Trusted Installer"},
     VERDICT_CANDIDATE,
     TRUST_KNOWN_TRUSTED_INSTALLER},
    {"not set", {ORDER, "Not Set"}, VERDICT_CANDIDATE, TRUST_NOT_SET},
    {"unknown", {ORDER, "Unknown"}, VERDICT_CANDIDATE, TRUST_UNKNOWN},
    {"beside other attributes",
     {"Family", "x", ORDER, "Unknown", "Source", "y"},
     VERDICT_CANDIDATE,
     TRUST_UNKNOWN},
    {"two equal",
     {ORDER, "Known Trusted", ORDER, "Known Trusted"},
     VERDICT_CANDIDATE,
     TRUST_KNOWN_TRUSTED},
    {"two names of one level",
     {ORDER, "Possible Malicious", ORDER, "might be malicious"},
     VERDICT_CANDIDATE,
     TRUST_MIGHT_BE_MALICIOUS},
    {"two different",
     {ORDER, "Known Trusted", ORDER, "Known Malicious"},
     VERDICT_CONFLICTING_OVERRIDE,
     0},
    {"two different, one for another fabric",
     {ORDER, "Known Trusted", "Reputation Override - apac", "Known Malicious"},
     VERDICT_CANDIDATE,
     TRUST_KNOWN_TRUSTED},
    {"A, B, A",
     {ORDER, "Unknown", ORDER, "Known Malicious", ORDER, "Unknown"},
     VERDICT_CONFLICTING_OVERRIDE,
     0},
    {"unreadable", {ORDER, "Evil"}, VERDICT_BAD_OVERRIDE, 0},
    {"empty", {ORDER, ""}, VERDICT_BAD_OVERRIDE, 0},
    {"a number", {ORDER, "15"}, VERDICT_BAD_OVERRIDE, 0},
    {"unreadable first", {ORDER, "Evil", ORDER, "Unknown"}, VERDICT_BAD_OVERRIDE, 0},
    {"unreadable last", {ORDER, "Unknown", ORDER, "Evil"}, VERDICT_BAD_OVERRIDE, 0},
};

static void test_orders(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
                const struct order *o = &orders[i];
                struct wire_row row = {.id = i, .has_score = true, .score = 2};
                msgpack_sbuffer buffer;
                struct wire_item item;
                uint32_t count = 0;

                msgpack_sbuffer_init(&buffer);
                for (; o->attributes[2 * count]; count++)
                        wire_pack_attribute(&buffer,
                                            &(struct wire_attribute){
                                                .name = text_of(o->attributes[2 * count]),
                                                .value = text_of(o->attributes[2 * count + 1])});
                row.attributes = wire_list_of(&buffer, count);
                item = decide(&strict, &mixed, &row, &some_hash);
                if (item.verdict != o->verdict)
                        fail_msg("%s: %s, expected %s", o->what, verdict_name(item.verdict),
                                 verdict_name(o->verdict));
                if (item.verdict == VERDICT_CANDIDATE) {
                        if (item.level != o->level || !item.override)
                                fail_msg("%s: level %d override %d", o->what, item.level,
                                         item.override);
                        assert_true(item.score == 2);
                }
                /* Nothing but a good hash is needed to obey, and nothing replaces it. */
                assert_int_equal(decide(&strict, &mixed, &row, NULL).verdict, VERDICT_INVALID);
                msgpack_sbuffer_destroy(&buffer);
        }
}

/* Rows of a saved search pass without the filters; of the others only an order counts. */
static void test_scopes(void **state)
{
        static const struct config_selection none_passes = {.days = 1, .min_score = 20};
        static const struct {
                enum wire_scope scope;
                bool hash, order;
                double score;
                enum verdict verdict;
        } rows[] = {
            {SCOPE_SELECTION, true, false, 9, VERDICT_SCORE},
            {SCOPE_COLLECTION, true, false, 9, VERDICT_CANDIDATE},
            {SCOPE_COLLECTION, true, false, 0, VERDICT_UNMAPPED},
            {SCOPE_COLLECTION, false, false, 9, VERDICT_INVALID},
            {SCOPE_OUTSIDE, true, false, 9, VERDICT_COLLECTION},
            {SCOPE_OUTSIDE, false, false, 9, VERDICT_INVALID},
            {SCOPE_OUTSIDE, true, true, 0, VERDICT_CANDIDATE},
        };
        struct config_reputation reputation = {0};

        (void)state;
        reputation.mapped[BAND_HIGH] = true;
        reputation.level[BAND_HIGH] = TRUST_KNOWN_MALICIOUS;
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
                struct wire_attribute a = {.name = text_of(ORDER),
                                           .value = text_of("Known Trusted")};
                struct wire_row row = scored_row(rows[i].score);
                msgpack_sbuffer packed;
                struct wire_item item;

                msgpack_sbuffer_init(&packed);
                wire_pack_attribute(&packed, &a);
                if (rows[i].order)
                        row.attributes = wire_list_of(&packed, 1);
                item = decide_in(rows[i].scope, &none_passes, &reputation, &row,
                                 rows[i].hash ? &some_hash : NULL);
                if (item.verdict != rows[i].verdict || item.override != rows[i].order)
                        fail_msg("row %zu: %s", i, verdict_name(item.verdict));
                msgpack_sbuffer_destroy(&packed);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_bands),
            cmocka_unit_test(test_candidate_carries_the_row),
            cmocka_unit_test(test_missing_score_is_zero),
            cmocka_unit_test(test_unmapped_after_filters),
            cmocka_unit_test(test_scopes),
            cmocka_unit_test(test_orders),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
