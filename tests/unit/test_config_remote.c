#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "common/config_internal.h"
#include "common/config_remote.h"

#include <errno.h>
#include <string.h>

#define HEAD                                                                                       \
        "threatq: {host: tq.example.com, client_id: abc, username: u, password: secret, "          \
        "remote_config: TIE}\n"

/* The one fabric of a file with these blocks. */
static struct config *of_file(const char *blocks, const char *fabric)
{
        char text[2048];
        struct config *config = NULL;
        char *error = NULL;

        snprintf(text, sizeof text, HEAD "%sfabrics: [{name: emea, dxl_config: /d%s}]\n", blocks,
                 fabric);
        if (config_parse("f.yaml", 0600, text, strlen(text), &config, &error) != 0)
                fail_msg("%s", error);
        return config;
}

static struct config_remote all_set(void)
{
        static const struct {
                enum config_parameter parameter;
                const char *value;
        } values[] = {
            {PARAMETER_DAILY_LIMIT, "5"},
            {PARAMETER_KNOWN_MALICIOUS, "Very High"},
            {PARAMETER_KNOWN_MALICIOUS, "high"},
            {PARAMETER_MOST_LIKELY_MALICIOUS, "medium"},
            {PARAMETER_DAYS, "7"},
            {PARAMETER_STATUS, "Active"},
            {PARAMETER_STATUS, "Under Review"},
            {PARAMETER_MIN_SCORE, "6.5"},
            {PARAMETER_ATTRIBUTES, "Family: Emotet"},
            {PARAMETER_ENRICHMENT, "no"},
        };
        struct config_remote remote = {.active = true};

        for (size_t i = 0; i < sizeof values / sizeof *values; i++)
                config_remote_add(&remote, values[i].parameter, text_of(values[i].value));
        return remote;
}

static struct config_fabric apply(const struct config *config, const struct config_remote *remote)
{
        struct config_fabric fabric;
        char *error = NULL;

        if (config_remote_apply(&config->fabrics[0], remote, "TIE", &fabric, &error) != 0)
                fail_msg("%s", error);
        return fabric;
}

static void what_the_file_leaves_open_comes_from_the_connector(void **state)
{
        _cleanup_(config_freep) struct config *config = of_file("", "");
        struct config_remote remote = all_set();
        struct config_fabric f = apply(config, &remote);

        (void)state;
        assert_string_equal(config->fabrics[0].remote_config, "TIE");
        assert_true(f.active && !f.enrichment);
        assert_int_equal(f.daily_limit, 5);
        assert_int_equal(f.selection.days, 7);
        assert_true(f.selection.min_score == 6.5);
        assert_int_equal(f.selection.status_count, 2);
        assert_string_equal(f.selection.status[1], "Under Review");
        assert_int_equal(f.selection.attribute_count, 1);
        assert_string_equal(f.selection.attributes[0].value, "Emotet");
        assert_int_equal(f.reputation.level[BAND_HIGH], TRUST_KNOWN_MALICIOUS);
        assert_int_equal(f.reputation.level[BAND_MEDIUM], TRUST_MOST_LIKELY_MALICIOUS);
        assert_false(f.reputation.mapped[BAND_LOW]);
        config_fabric_done(&f);
        config_remote_done(&remote);
}

/* Each key of the file wins for itself, a reputation block as a whole. */
static void what_the_file_says_wins(void **state)
{
        static const struct {
                const char *blocks, *fabric;
                unsigned daily_limit, days, status_count, attribute_count;
                double min_score;
                bool enrichment, low_mapped;
        } rows[] = {
            {"", "", 5, 7, 2, 1, 6.5, false, false},
            {"", ", daily_limit: 9", 9, 7, 2, 1, 6.5, false, false},
            {"enrichment: true\n", "", 5, 7, 2, 1, 6.5, true, false},
            {"", ", enrichment: true", 5, 7, 2, 1, 6.5, true, false},
            {"selection: {days: 30}\n", "", 5, 30, 2, 1, 6.5, false, false},
            {"selection: {status: [Review]}\n", "", 5, 7, 1, 1, 6.5, false, false},
            {"selection: {min_score: 0}\n", "", 5, 7, 2, 1, 0, false, false},
            {"selection: {attributes: ['a:b', 'c:d']}\n", "", 5, 7, 2, 2, 6.5, false, false},
            /* a block of the fabric replaces the common one, and so what is given */
            {"selection: {days: 30}\n", ", selection: {min_score: 1}", 5, 7, 2, 1, 1, false, false},
            {"reputation: {known_malicious: [low]}\n", "", 5, 7, 2, 1, 6.5, false, true},
            {"", ", reputation: {known_malicious: [low]}", 5, 7, 2, 1, 6.5, false, true},
        };
        struct config_remote remote = all_set();

        (void)state;
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
                _cleanup_(config_freep) struct config *config =
                    of_file(rows[i].blocks, rows[i].fabric);
                struct config_fabric f = apply(config, &remote);

                if (f.daily_limit != rows[i].daily_limit || f.selection.days != rows[i].days ||
                    f.selection.status_count != rows[i].status_count ||
                    f.selection.attribute_count != rows[i].attribute_count ||
                    f.selection.min_score != rows[i].min_score ||
                    f.enrichment != rows[i].enrichment ||
                    f.reputation.mapped[BAND_LOW] != rows[i].low_mapped ||
                    f.reputation.mapped[BAND_HIGH] == rows[i].low_mapped)
                        fail_msg("row %zu", i);
                config_fabric_done(&f);
        }
        config_remote_done(&remote);
}

static void what_nobody_says_is_the_default(void **state)
{
        _cleanup_(config_freep) struct config *config = of_file("", "");
        struct config_remote nothing = {.active = true};
        struct config_fabric f = apply(config, &nothing);

        (void)state;
        assert_int_equal(f.daily_limit, 1000);
        assert_int_equal(f.selection.days, 30);
        assert_int_equal(f.selection.status_count + f.selection.attribute_count, 0);
        assert_int_equal(f.reputation.level[BAND_VERY_LOW], TRUST_MOST_LIKELY_MALICIOUS);
        assert_true(f.enrichment && f.active);
        config_fabric_done(&f);
}

static void faults_name_parameter_value_and_mend(void **state)
{
        static const struct {
                enum config_parameter parameter;
                const char *value, *fault;
        } rows[] = {
            {PARAMETER_DAILY_LIMIT, "0",
             "TIE: Daily Rate Limiting: 0 is not in 1–100000: write a number from 1 to 100000\n"},
            {PARAMETER_DAILY_LIMIT, "1e3",
             "TIE: Daily Rate Limiting: \"1e3\" is not a whole number: write a number from 1 to "
             "100000\n"},
            {PARAMETER_DAYS, "366",
             "TIE: Number of Days: 366 is not in 1–365: write a number from 1 to 365\n"},
            {PARAMETER_MIN_SCORE, "high",
             "TIE: Filter by Indicator Score: \"high\" is not a number: write a score such as 5 or "
             "7.5\n"},
            {PARAMETER_ATTRIBUTES, "Emotet",
             "TIE: Filter by Indicator Attributes: \"Emotet\" is not Name:Value: write \"Attribute "
             "name:its value\"\n"},
            {PARAMETER_ENRICHMENT, "maybe",
             "TIE: Intelligence Data Enrichment: \"maybe\" is neither true nor false: write true "
             "or "
             "false\n"},
            {PARAMETER_MIGHT_BE_MALICIOUS, "enormous",
             "TIE: Might Be Malicious Reputation Mapping: \"enormous\" is not a scoring band: "
             "write "
             "very low, low, medium, high or very high\n"},
        };
        _cleanup_(config_freep) struct config *config = of_file("", "");

        (void)state;
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
                struct config_remote remote = {.active = true};
                struct config_fabric fabric;
                char *error = NULL;

                config_remote_add(&remote, rows[i].parameter, text_of(rows[i].value));
                assert_int_equal(
                    config_remote_apply(&config->fabrics[0], &remote, "TIE", &fabric, &error),
                    -EINVAL);
                assert_string_equal(error, rows[i].fault);
                free(error);
                config_remote_done(&remote);
        }
}

/* The guide's example of what is invalid: a higher band under a less malicious reputation. */
static void the_guides_invalid_mapping_is_refused(void **state)
{
        _cleanup_(config_freep) struct config *config = of_file("", "");
        struct config_remote remote = {.active = true};
        struct config_fabric fabric;
        char *error = NULL;

        (void)state;
        config_remote_add(&remote, PARAMETER_KNOWN_MALICIOUS, text_of("low"));
        config_remote_add(&remote, PARAMETER_MOST_LIKELY_MALICIOUS, text_of("medium"));
        config_remote_add(&remote, PARAMETER_MIGHT_BE_MALICIOUS, text_of("high"));
        assert_int_equal(config_remote_apply(&config->fabrics[0], &remote, "TIE", &fabric, &error),
                         -EINVAL);
        assert_non_null(strstr(error, "TIE: Most Likely Malicious Reputation Mapping: medium is "
                                      "less malicious here than the lower band low"));
        free(error);
        error = NULL;
        /* switched off, nothing of it is looked at */
        remote.active = false;
        assert_int_equal(config_remote_apply(&config->fabrics[0], &remote, "TIE", &fabric, &error),
                         0);
        assert_false(fabric.active);
        config_fabric_done(&fabric);
        config_remote_done(&remote);
}

static void an_explicit_empty_list_is_given(void **state)
{
        _cleanup_(config_freep) struct config *config =
            of_file("selection: {status: [], attributes: []}\n", "");
        struct config_remote remote = all_set();
        struct config_fabric f = apply(config, &remote);

        (void)state;
        assert_int_equal(f.selection.status_count + f.selection.attribute_count, 0);
        config_fabric_done(&f);
        config_remote_done(&remote);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(what_the_file_leaves_open_comes_from_the_connector),
            cmocka_unit_test(what_the_file_says_wins),
            cmocka_unit_test(what_nobody_says_is_the_default),
            cmocka_unit_test(faults_name_parameter_value_and_mend),
            cmocka_unit_test(the_guides_invalid_mapping_is_refused),
            cmocka_unit_test(an_explicit_empty_list_is_given),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
