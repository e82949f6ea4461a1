#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "publisher/cache.h"

#include <string.h>

enum { HOUR_MS = 3600 * 1000 };

static void what_a_file_says(void **state)
{
        static const struct {
                const char *json;
                int result;
                uint64_t sent;
                int64_t start_s;
        } cases[] = {
            {"{\"indicators_sent\": 876, \"start_time\": 1777629600}", 0, 876, 1777629600},
            {"{\"start_time\": 1777629600.731, \"indicators_sent\": 0, \"more\": []}", 0, 0,
             1777629600},
            {"{\"indicators_sent\": 100000, \"start_time\": 0}", 0, 100000, 0},
            {"{\"indicators_sent\": 100001, \"start_time\": 0}", CACHE_E_BAD, 0, 0},
            {"{\"indicators_sent\": -1, \"start_time\": 0}", CACHE_E_BAD, 0, 0},
            {"{\"indicators_sent\": \"12\", \"start_time\": 0}", CACHE_E_BAD, 0, 0},
            {"{\"indicators_sent\": 1}", CACHE_E_BAD, 0, 0},
            {"{\"indicators_sent\": 1, \"start_time\": 1e300}", CACHE_E_BAD, 0, 0},
            {"{\"indicators_sent\": 1, \"start_time\": null}", CACHE_E_BAD, 0, 0},
            {"{\"indicators_sent\": 1, \"start_time\": 5", CACHE_E_BAD, 0, 0},
            {"[]", CACHE_E_BAD, 0, 0},
            {"", CACHE_E_BAD, 0, 0},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct cache cache = {0};
                const char *why = "";

                assert_int_equal(cache_parse(cases[i].json, strlen(cases[i].json), &cache, &why),
                                 cases[i].result);
                assert_int_equal(cache.sent, cases[i].sent);
                assert_int_equal(cache.start_s, cases[i].start_s);
                assert_int_equal(why[0] != '\0', cases[i].result != 0);
        }
}

/* Ledger and wall clock differ by an hour: the age is by the wall clock, the place in the ledger by
 * its own. */
static void when_it_counts(void **state)
{
        const int64_t wall = (int64_t)1000 * HOUR_MS, ledger = wall + HOUR_MS;
        static const struct {
                int64_t age_ms;
                int64_t back_ms; /* in the ledger; -1: does not count */
        } cases[] = {
            {0, 0},
            {HOUR_MS, HOUR_MS},
            {QUOTA_DAY_MS, QUOTA_DAY_MS},
            {QUOTA_WINDOW_MS - 1000, QUOTA_WINDOW_MS - 1000},
            {QUOTA_WINDOW_MS, -1},
            {(int64_t)100 * HOUR_MS, -1},
            {-HOUR_MS, 0},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct cache cache = {.sent = 1, .start_s = (wall - cases[i].age_ms) / 1000};
                int64_t at = cache_ledger_time(&cache, ledger, wall);

                assert_int_equal(at, cases[i].back_ms < 0 ? -1 : ledger - cases[i].back_ms);
        }
}

static void whose_a_file_is(void **state)
{
        static const struct {
                const char *name;
                const char *fabric;
                bool alone;
                bool fits;
        } cases[] = {
            {"trellix_tie_cache.json", "emea", true, true},
            {"Trellix_tie_cache.json", "emea", true, true},
            {"trellix_tie_cache.json", "emea", false, false},
            {"Trellix_tie_cache-emea.json", "emea", false, true},
            {"trellix_tie_cache-emea.json", "emea", true, true},
            {"Trellix_tie_cache-EMEA.json", "emea", true, false},
            {"Trellix_tie_cache-emea2.json", "emea", true, false},
            {"Trellix_tie_cache-emea.json.bak", "emea", true, false},
            {"Trellix_tie_cache-apac.json", "emea", false, false},
            {"Trellix_tie_cache-.json", "emea", true, false},
            {"my_trellix_tie_cache.json", "emea", true, false},
            {"", "emea", true, false},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_int_equal(cache_name_fits(cases[i].name, cases[i].fabric, cases[i].alone),
                                 cases[i].fits);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(what_a_file_says),
            cmocka_unit_test(when_it_counts),
            cmocka_unit_test(whose_a_file_is),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
