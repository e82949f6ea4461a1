#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "common/reputation.h"

#include <math.h>

static void test_reads_levels(void **state)
{
        static const struct {
                const char *name;
                enum trust_level level;
        } cases[] = {
            {"Known Trusted Installer", TRUST_KNOWN_TRUSTED_INSTALLER},
            {"Known Trusted", TRUST_KNOWN_TRUSTED},
            {"Most Likely Trusted", TRUST_MOST_LIKELY_TRUSTED},
            {"Might Be Trusted", TRUST_MIGHT_BE_TRUSTED},
            {"Unknown", TRUST_UNKNOWN},
            {"Might Be Malicious", TRUST_MIGHT_BE_MALICIOUS},
            {"Most Likely Malicious", TRUST_MOST_LIKELY_MALICIOUS},
            {"Known Malicious", TRUST_KNOWN_MALICIOUS},
            {"Not Set", TRUST_NOT_SET},
            {"Possible Malicious", TRUST_MIGHT_BE_MALICIOUS},
            {"known_malicious", TRUST_KNOWN_MALICIOUS},
            {"KNOWN-MALICIOUS", TRUST_KNOWN_MALICIOUS},
            {"  mostLikely malicious\n", TRUST_MOST_LIKELY_MALICIOUS},
            {"might  be__malicious", TRUST_MIGHT_BE_MALICIOUS},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                enum trust_level level = TRUST_UNKNOWN;

                assert_true(trust_level_parse(text_of(cases[i].name), &level));
                assert_int_equal(level, cases[i].level);
        }
}

static void test_refuses_other_names(void **state)
{
        static const char *const names[] = {
            "",
            "Malicious",
            "Known Malicious!",
            "Known\tMalicious",
            "1",
            "Known Maliciou",
            "Known Trusted Installer of something with a very long name that never ends",
        };
        enum trust_level level = TRUST_MIGHT_BE_TRUSTED;
        enum band band = BAND_HIGH;

        (void)state;
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
                assert_false(trust_level_parse(text_of(names[i]), &level));
                assert_int_equal(level, TRUST_MIGHT_BE_TRUSTED);
                assert_false(band_parse(text_of(names[i]), &band));
                assert_int_equal(band, BAND_HIGH);
        }
}

static void test_names_levels(void **state)
{
        static const int valid[] = {0, 1, 15, 30, 50, 70, 85, 99, 100};
        size_t found = 0;

        (void)state;
        for (int n = -1; n <= 256; n++) {
                bool is = found < sizeof(valid) / sizeof(valid[0]) && valid[found] == n;
                const char *name = trust_level_name((enum trust_level)n);
                enum trust_level level;

                assert_int_equal(trust_level_valid(n), is);
                if (!is) {
                        assert_null(name);
                        continue;
                }
                found++;
                assert_true(trust_level_parse(text_of(name), &level));
                assert_int_equal(level, n);
        }
        assert_int_equal(found, sizeof(valid) / sizeof(valid[0]));
        assert_string_equal(trust_level_name(TRUST_MIGHT_BE_MALICIOUS), "Might Be Malicious");
        assert_false(trust_level_valid((INT64_C(1) << 32) + 1));
}

static void test_bands_of_scores(void **state)
{
        static const struct {
                double score;
                enum band band;
        } cases[] = {
            {-INFINITY, BAND_VERY_LOW}, {-1, BAND_VERY_LOW},  {0, BAND_VERY_LOW},
            {4.99, BAND_VERY_LOW},      {5, BAND_LOW},        {6.99, BAND_LOW},
            {7, BAND_MEDIUM},           {8.99, BAND_MEDIUM},  {9, BAND_HIGH},
            {9.99, BAND_HIGH},          {10, BAND_VERY_HIGH}, {17.5, BAND_VERY_HIGH},
            {INFINITY, BAND_VERY_HIGH}, {NAN, BAND_VERY_LOW},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_int_equal(band_of_score(cases[i].score), cases[i].band);
}

static void test_band_names(void **state)
{
        static const char *const names[] = {"very low", "low", "medium", "high", "very high"};

        (void)state;
        for (size_t i = 0; i < BAND_COUNT; i++) {
                enum band band = BAND_COUNT;

                assert_string_equal(band_name((enum band)i), names[i]);
                assert_true(band_parse(text_of(names[i]), &band));
                assert_int_equal(band, i);
        }
        assert_null(band_name(BAND_COUNT));
        enum band band;
        assert_true(band_parse(text_of("Very_High"), &band));
        assert_int_equal(band, BAND_VERY_HIGH);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_reads_levels), cmocka_unit_test(test_refuses_other_names),
            cmocka_unit_test(test_names_levels), cmocka_unit_test(test_bands_of_scores),
            cmocka_unit_test(test_band_names),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
