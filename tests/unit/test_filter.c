#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "mapper/filter.h"

enum { STARTED_AT = 1777630000, DAY = 86400 };

static char active[] = "Active", under_review[] = " under review ";
static char family[] = "Malware Family", emotet[] = "Emotet", qakbot[] = "Qakbot";
static char source[] = "Source", lab[] = "Lab 7";

static char *no_status[1];
static char *one_status[] = {active};
static char *two_status[] = {active, under_review};
static struct config_attribute no_attributes[1];
static struct config_attribute one_value[] = {{family, emotet}};
static struct config_attribute two_values[] = {{family, emotet}, {family, qakbot}};
static struct config_attribute two_names[] = {{family, emotet}, {source, lab}, {family, qakbot}};

#define SELECTION(days_, status_, status_n, min, attributes_, attributes_n)                        \
        {                                                                                          \
                .days = (days_), .status = (status_), .status_count = (status_n),                  \
                .min_score = (min), .attributes = (attributes_), .attribute_count = (attributes_n) \
        }

enum { ANY, ACTIVE, TWO_STATUS, SCORED, FAMILY, FAMILIES, NAMES, ONE_DAY, LONGEST };
static const struct config_selection selections[] = {
    [ANY] = SELECTION(30, no_status, 0, 0, no_attributes, 0),
    [ACTIVE] = SELECTION(30, one_status, 1, 0, no_attributes, 0),
    [TWO_STATUS] = SELECTION(30, two_status, 2, 0, no_attributes, 0),
    [SCORED] = SELECTION(30, no_status, 0, 7.5, no_attributes, 0),
    [FAMILY] = SELECTION(30, no_status, 0, 0, one_value, 1),
    [FAMILIES] = SELECTION(30, no_status, 0, 0, two_values, 2),
    [NAMES] = SELECTION(30, no_status, 0, 0, two_names, 3),
    [ONE_DAY] = SELECTION(1, one_status, 1, 5, one_value, 1),
    [LONGEST] = SELECTION(365, no_status, 0, 0, no_attributes, 0),
};

enum { NEVER = INT32_MAX };

struct check {
        const char *what;
        int selection;
        int64_t age_s; /* before the sweep; NEVER: not known */
        const char *status;
        double score;
        const char *attributes[8]; /* name, value, … */
        enum verdict expected;
};

static const struct check checks[] = {
    {"younger than the days", ANY, 29 * DAY, "Active", 5, {0}, VERDICT_CANDIDATE},
    {"exactly the days", ANY, 30 * DAY, "Active", 5, {0}, VERDICT_CANDIDATE},
    {"a second over the days", ANY, 30 * DAY + 1, "Active", 5, {0}, VERDICT_DAYS},
    {"created after the sweep began", ANY, -60, "Active", 5, {0}, VERDICT_CANDIDATE},
    {"no creation date", ANY, NEVER, "Active", 5, {0}, VERDICT_DAYS},
    {"no creation date, 365 days", LONGEST, NEVER, "Active", 5, {0}, VERDICT_DAYS},
    {"365 days", LONGEST, 365 * DAY, "Active", 5, {0}, VERDICT_CANDIDATE},
    {"any status", ANY, 0, "Whitelisted", 5, {0}, VERDICT_CANDIDATE},
    {"no status, any wanted", ANY, 0, "", 5, {0}, VERDICT_CANDIDATE},
    {"the status", ACTIVE, 0, "Active", 5, {0}, VERDICT_CANDIDATE},
    {"the status in another case", ACTIVE, 0, "aCTIVE", 5, {0}, VERDICT_CANDIDATE},
    {"the status in spaces", ACTIVE, 0, "  Active ", 5, {0}, VERDICT_CANDIDATE},
    {"another status", ACTIVE, 0, "Expired", 5, {0}, VERDICT_STATUS},
    {"part of the status", ACTIVE, 0, "Act", 5, {0}, VERDICT_STATUS},
    {"no status", ACTIVE, 0, "", 5, {0}, VERDICT_STATUS},
    {"the first of two", TWO_STATUS, 0, "Active", 5, {0}, VERDICT_CANDIDATE},
    {"the second, of several words", TWO_STATUS, 0, "Under Review", 5, {0}, VERDICT_CANDIDATE},
    {"a word of the second", TWO_STATUS, 0, "Review", 5, {0}, VERDICT_STATUS},
    {"the score itself", SCORED, 0, "", 7.5, {0}, VERDICT_CANDIDATE},
    {"below before flooring", SCORED, 0, "", 7.49, {0}, VERDICT_SCORE},
    {"above", SCORED, 0, "", 57.3, {0}, VERDICT_CANDIDATE},
    {"zero is enough for zero", ANY, 0, "", 0, {0}, VERDICT_CANDIDATE},
    {"a negative score", ANY, 0, "", -1, {0}, VERDICT_SCORE},
    {"the value", FAMILY, 0, "", 5, {"Malware Family", "Emotet"}, VERDICT_CANDIDATE},
    {"the value in another case",
     FAMILY,
     0,
     "",
     5,
     {"Malware Family", "eMOTET"},
     VERDICT_CANDIDATE},
    {"the name in another case",
     FAMILY,
     0,
     "",
     5,
     {"malware family", "Emotet"},
     VERDICT_ATTRIBUTES},
    {"another value", FAMILY, 0, "", 5, {"Malware Family", "Qakbot"}, VERDICT_ATTRIBUTES},
    {"the value of another name", FAMILY, 0, "", 5, {"Family", "Emotet"}, VERDICT_ATTRIBUTES},
    {"no attributes", FAMILY, 0, "", 5, {0}, VERDICT_ATTRIBUTES},
    {"any value of one name", FAMILIES, 0, "", 5, {"Malware Family", "Qakbot"}, VERDICT_CANDIDATE},
    {"both values of one name",
     FAMILIES,
     0,
     "",
     5,
     {"Malware Family", "Qakbot", "Malware Family", "Emotet"},
     VERDICT_CANDIDATE},
    {"all names",
     NAMES,
     0,
     "",
     5,
     {"Source", "lab 7", "Malware Family", "qakbot"},
     VERDICT_CANDIDATE},
    {"one name of two", NAMES, 0, "", 5, {"Malware Family", "Qakbot"}, VERDICT_ATTRIBUTES},
    {"two values of one name are not two names",
     NAMES,
     0,
     "",
     5,
     {"Malware Family", "Qakbot", "Malware Family", "Emotet"},
     VERDICT_ATTRIBUTES},
    {"a wrong value beside the right one",
     NAMES,
     0,
     "",
     5,
     {"Source", "Lab 8", "Source", "Lab 7", "Malware Family", "Emotet"},
     VERDICT_CANDIDATE},
    {"all of it fits", ONE_DAY, DAY, "Active", 5, {"Malware Family", "Emotet"}, VERDICT_CANDIDATE},
    {"days before status", ONE_DAY, DAY + 1, "Expired", 1, {0}, VERDICT_DAYS},
    {"status before score", ONE_DAY, DAY, "Expired", 1, {0}, VERDICT_STATUS},
    {"score before attributes", ONE_DAY, DAY, "Active", 1, {0}, VERDICT_SCORE},
    {"attributes last", ONE_DAY, DAY, "Active", 5, {0}, VERDICT_ATTRIBUTES},
};

static uint32_t pack_attributes(msgpack_sbuffer *out, const char *const *pairs)
{
        uint32_t count = 0;

        for (; pairs[2 * count]; count++)
                wire_pack_attribute(
                    out, &(struct wire_attribute){.name = text_of(pairs[2 * count]),
                                                  .value = text_of(pairs[2 * count + 1])});
        return count;
}

static void test_checks(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
                const struct check *c = &checks[i];
                _cleanup_(filter_closep) struct filter *filter = NULL;
                msgpack_sbuffer buffer;
                struct wire_row row = {.id = i, .status = text_of(c->status)};
                uint32_t count;
                enum verdict got;

                msgpack_sbuffer_init(&buffer);
                count = pack_attributes(&buffer, c->attributes);
                row.attributes = wire_list_of(&buffer, count);
                row.created_at = c->age_s == NEVER ? 0 : STARTED_AT - c->age_s;
                row.has_score = true;
                row.score = c->score;
                assert_int_equal(filter_open(&selections[c->selection], &filter), 0);
                got = filter_check(filter, &row, STARTED_AT);
                msgpack_sbuffer_destroy(&buffer);
                if (got != c->expected)
                        fail_msg("%s: %s, expected %s", c->what, verdict_name(got),
                                 verdict_name(c->expected));
        }
}

static void test_missing_score_is_zero(void **state)
{
        struct config_selection selection = selections[SCORED];
        _cleanup_(filter_closep) struct filter *zero = NULL, *half = NULL;
        struct wire_row row = {.created_at = STARTED_AT, .has_score = false, .score = 99};

        (void)state;
        selection.min_score = 0;
        assert_int_equal(filter_open(&selection, &zero), 0);
        assert_int_equal(filter_check(zero, &row, STARTED_AT), VERDICT_CANDIDATE);
        selection.min_score = 0.5;
        assert_int_equal(filter_open(&selection, &half), 0);
        assert_int_equal(filter_check(half, &row, STARTED_AT), VERDICT_SCORE);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_checks),
            cmocka_unit_test(test_missing_score_is_zero),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
