#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "mapper/adopt.h"

#define STATUS "Share Status - emea"

static char shared[] = "Shared", by_order[] = "Shared (Override)", failed[] = "Failed",
            pending[] = "Pending";
static char *const words[SHARE_COUNT] = {shared, by_order, failed, pending};

static const struct {
        const char *what;
        struct {
                const char *name, *value;
                int64_t at;
        } rows[4];
        bool override;
        int64_t override_at;
        bool shows;
} cases[] = {
    {"nothing", {{0}}, false, 0, false},
    {"shared", {{STATUS, "Shared", 10}}, false, 0, true},
    {"without a time", {{STATUS, "Shared", 0}}, false, 0, true},
    {"in another case", {{STATUS, " sHARED ", 10}}, false, 0, true},
    {"failed", {{STATUS, "Failed", 10}}, false, 0, false},
    {"pending", {{STATUS, "Pending", 10}}, false, 0, false},
    {"a strange word", {{STATUS, "Sent", 10}}, false, 0, false},
    {"of another fabric", {{STATUS "2", "Shared", 10}}, false, 0, false},
    {"another attribute", {{"Family", "Shared", 10}}, false, 0, false},
    {"an override is gone", {{STATUS, "Shared (Override)", 10}}, false, 0, false},
    {"an override came", {{STATUS, "Shared", 10}}, true, 5, false},
    {"by the override", {{STATUS, "Shared (Override)", 10}}, true, 5, true},
    {"in the same second", {{STATUS, "Shared (Override)", 10}}, true, 10, true},
    {"the override is newer", {{STATUS, "Shared (Override)", 10}}, true, 11, false},
    {"no time of the override", {{STATUS, "Shared (Override)", 10}}, true, 0, true},
    {"no time of the status", {{STATUS, "Shared (Override)", 0}}, true, 5, true},
    {"the newest first", {{STATUS, "Shared", 12}, {STATUS, "Failed", 10}}, false, 0, true},
    {"the newest last", {{STATUS, "Shared", 10}, {STATUS, "Failed", 12}}, false, 0, false},
    {"two of one second", {{STATUS, "Shared", 10}, {STATUS, "Failed", 10}}, false, 0, false},
    {"of one second, reversed", {{STATUS, "Failed", 10}, {STATUS, "Shared", 10}}, false, 0, false},
    {"a newer one over two",
     {{STATUS, "Shared", 10}, {STATUS, "Failed", 10}, {STATUS, "Shared", 11}},
     false,
     0,
     true},
    {"beside others",
     {{"Family", "x", 99}, {STATUS, "Shared", 1}, {"Tier", "1", 9}},
     false,
     0,
     true},
};

static bool shows(const struct adopt *adopt, size_t i)
{
        msgpack_sbuffer buffer;
        uint32_t count = 0;
        bool result;

        msgpack_sbuffer_init(&buffer);
        for (; count < 4 && cases[i].rows[count].name; count++) {
                struct wire_attribute row = {.name = text_of(cases[i].rows[count].name),
                                             .value = text_of(cases[i].rows[count].value),
                                             .updated_at = cases[i].rows[count].at};

                wire_pack_attribute(&buffer, &row);
        }
        result = adopt_shows(adopt, wire_list_of(&buffer, count), cases[i].override,
                             cases[i].override_at);
        msgpack_sbuffer_destroy(&buffer);
        return result;
}

static void test_what_threatq_shows(void **state)
{
        _cleanup_(adopt_closep) struct adopt *adopt = NULL, *off = NULL;

        (void)state;
        assert_int_equal(adopt_open("emea", words, &adopt), 0);
        assert_int_equal(adopt_open("emea", NULL, &off), 0);
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                if (shows(adopt, i) != cases[i].shows)
                        fail_msg("%s: not %d", cases[i].what, cases[i].shows);
                assert_false(shows(off, i));
        }
}

static void test_other_words(void **state)
{
        static char ours[] = "sHARED", theirs[] = "Shared";
        static char *const same[SHARE_COUNT] = {ours, theirs, failed, pending};
        _cleanup_(adopt_closep) struct adopt *adopt = NULL;

        (void)state;
        assert_int_equal(adopt_open("emea", same, &adopt), 0);
        assert_true(shows(adopt, 1)); /* one word for both */
        assert_false(shows(adopt, 11));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_what_threatq_shows),
            cmocka_unit_test(test_other_words),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
