#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "fetcher/query.h"

#include <string.h>

#define HEAD                                                                                       \
        "{\"criteria\":{},\"filters\":{\"+and\":[{\"+or\":[{\"type_name\":\"MD5\"},"               \
        "{\"type_name\":\"SHA-1\"},{\"type_name\":\"SHA-256\"}]}"
#define TAIL                                                                                       \
        "]},\"fields\":[\"id\",\"value\",\"type\",\"status\",\"score\",\"created_at\","            \
        "\"attributes\"]}"
#define CREATED "{\"created_at\":{\"+gt\":\"2026-04-01 09:59:59\"}}"
#define TOUCHED "{\"touched_at\":{\"+gt\":\"2026-04-30 09:55:00\"}}"

enum { STARTED = 1777629600 /* 2026-05-01 10:00:00 */, SINCE = STARTED - 86400 - 300 };

static char active[] = "Active", review[] = " review ", active_lower[] = "active", odd[] = "a\"b";
static char *just_active[] = {active};
static char *two[] = {review, active_lower};
static char *quoted[] = {odd};

struct fabrics {
        struct {
                unsigned days;
                double min_score;
                char **status;
                size_t status_count;
        } of[2];
};

static void test_bodies(void **state)
{
        static const struct {
                struct fabrics fabrics;
                uint64_t targets;
                enum sweep_kind kind;
                int64_t since;
                const char *body;
        } cases[] = {
            /* a full sweep asks for what any of the fabrics could select */
            {{{{30, 0, NULL, 0}, {7, 0, NULL, 0}}},
             3,
             SWEEP_FULL,
             -1,
             HEAD ",{\"+and\":[" CREATED "]}" TAIL},
            {{{{7, 0, NULL, 0}, {30, 0, NULL, 0}}},
             3,
             SWEEP_FULL,
             -1,
             HEAD ",{\"+and\":[" CREATED "]}" TAIL},
            {{{{30, 7.9, NULL, 0}, {30, 8, NULL, 0}}},
             3,
             SWEEP_FULL,
             -1,
             HEAD ",{\"+and\":[" CREATED ",{\"score\":{\"+gte\":7}}]}" TAIL},
            {{{{30, 8, NULL, 0}, {30, 0.5, NULL, 0}}},
             3,
             SWEEP_FULL,
             -1,
             HEAD ",{\"+and\":[" CREATED "]}" TAIL},
            {{{{30, 0, just_active, 1}, {30, 0, two, 2}}},
             3,
             SWEEP_FULL,
             -1,
             HEAD ",{\"+and\":[" CREATED ",{\"+or\":[{\"status_name\":\"Active\"},"
                  "{\"status_name\":\"review\"}]}]}" TAIL},
            {{{{30, 0, just_active, 1}, {30, 0, NULL, 0}}},
             3,
             SWEEP_FULL,
             -1,
             HEAD ",{\"+and\":[" CREATED "]}" TAIL},
            {{{{30, 0, quoted, 1}, {30, 0, quoted, 1}}},
             3,
             SWEEP_FULL,
             -1,
             HEAD ",{\"+and\":[" CREATED ",{\"+or\":[{\"status_name\":\"a\\\"b\"}]}]}" TAIL},
            /* only of those that are meant */
            {{{{30, 5, just_active, 1}, {365, 0, NULL, 0}}},
             1,
             SWEEP_FULL,
             -1,
             HEAD ",{\"+and\":[" CREATED ",{\"+or\":[{\"status_name\":\"Active\"}]},"
                  "{\"score\":{\"+gte\":5}}]}" TAIL},
            /* and for what was touched since they were last up to date */
            {{{{30, 0, NULL, 0}, {30, 0, NULL, 0}}},
             3,
             SWEEP_FULL,
             SINCE,
             HEAD ",{\"+or\":[{\"+and\":[" CREATED "]}," TOUCHED "]}" TAIL},
            {{{{30, 9, just_active, 1}, {30, 9, two, 2}}},
             3,
             SWEEP_INCREMENTAL,
             SINCE,
             HEAD "," TOUCHED TAIL},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct config_fabric fabrics[2] = {0};
                const struct config config = {.fabrics = fabrics, .fabric_count = 2};
                const struct query query = {.kind = cases[i].kind,
                                            .targets = cases[i].targets,
                                            .started_at = STARTED,
                                            .since = cases[i].since};
                _cleanup_(freep) char *body = NULL;

                for (size_t k = 0; k < 2; k++)
                        fabrics[k].selection = (struct config_selection){
                            .days = cases[i].fabrics.of[k].days,
                            .min_score = cases[i].fabrics.of[k].min_score,
                            .status = cases[i].fabrics.of[k].status,
                            .status_count = cases[i].fabrics.of[k].status_count,
                        };
                body = query_body(&config, &query, NULL);
                assert_string_equal(body, cases[i].body);
        }
}

/* ThreatQ's own spelling is used; what it does not have is not asked for. */
static void test_status_spelling(void **state)
{
        static const char types[] = "{\"data\":[]}";
        static const char statuses[] = "{\"data\":[{\"id\":1,\"name\":\"ACTIVE\"}]}";
        struct config_fabric fabric = {.selection = {.days = 30}};
        const struct config config = {.fabrics = &fabric, .fabric_count = 1};
        const struct query query = {.targets = 1, .started_at = STARTED, .since = -1};
        struct names *names = NULL;
        char *body;

        (void)state;
        assert_int_equal(
            names_parse(types, sizeof(types) - 1, statuses, sizeof(statuses) - 1, &names), 0);
        fabric.selection.status = two;
        fabric.selection.status_count = 2;
        body = query_body(&config, &query, names);
        assert_string_equal(body, HEAD ",{\"+and\":[" CREATED
                                       ",{\"+or\":[{\"status_name\":\"ACTIVE\"}]}]}" TAIL);
        free(body);
        fabric.selection.status_count = 1;
        body = query_body(&config, &query, names);
        assert_string_equal(body, HEAD ",{\"+and\":[" CREATED "]}" TAIL);
        free(body);
        names_free(names);
}

static void test_paths(void **state)
{
        static const struct {
                unsigned limit;
                const char *cursor;
                uint64_t offset;
                const char *path;
                const char *saved;
        } cases[] = {
            {100, "*", 0, "/api/indicators/query/hash/0af1?sort=id&limit=100&cursorMark=%2A",
             "0af1"},
            {100, NULL, 7, "/api/indicators/query/hash/0af1?sort=id&limit=100&offset=7", "0af1"},
            {1000, NULL, 0, "/api/indicators/query?sort=id&limit=1000&offset=0", NULL},
            {10, NULL, 12345678901, "/api/indicators/query?sort=id&limit=10&offset=12345678901",
             NULL},
            {500, "*", 7, "/api/indicators/query?sort=id&limit=500&cursorMark=%2A", NULL},
            {500, "Ao+/=&x", 0,
             "/api/indicators/query?sort=id&limit=500&cursorMark=Ao%2B%2F%3D%26x", NULL},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                _cleanup_(freep) char *path =
                    query_path(cases[i].saved, cases[i].limit, cases[i].cursor, cases[i].offset);

                assert_string_equal(path, cases[i].path);
        }
}

static void test_attributes_to_adopt(void **state)
{
        static char emea[] = "emea";
        struct config_fabric fabric = {.name = emea};
        const struct config config = {.fabrics = &fabric, .fabric_count = 1, .adopt = true};
        size_t count = 0;
        char **names = query_attributes(&config, &count);

        (void)state;
        assert_int_equal(count, 2);
        assert_string_equal(names[0], "Reputation Override - emea");
        assert_string_equal(names[1], "Share Status - emea");
        query_attributes_free(names, count);
}

static void test_attributes(void **state)
{
        static char emea[] = "emea", apac[] = "apac", family[] = "Malware Family", any[] = "x",
                    level[] = "Confidence";
        struct config_attribute first[] = {{family, any}, {family, any}};
        struct config_attribute second[] = {{level, any}, {family, any}};
        struct config_fabric fabrics[] = {
            {.name = emea, .selection = {.attributes = first, .attribute_count = 2}},
            {.name = apac, .selection = {.attributes = second, .attribute_count = 2}},
        };
        const struct config config = {.fabrics = fabrics, .fabric_count = 2};
        static const char *const expected[] = {"Reputation Override - emea", "Malware Family",
                                               "Reputation Override - apac", "Confidence"};
        size_t count = 0;
        char **names = query_attributes(&config, &count);

        (void)state;
        assert_int_equal(count, 4);
        for (size_t i = 0; i < count; i++)
                assert_string_equal(names[i], expected[i]);
        query_attributes_free(names, count);
}

static void test_one_indicator(void **state)
{
        static const char *const values[] = {"ab", "AB"};
        char *body = query_values(values, 2), *path = query_indicator_path(20417);

        (void)state;
        assert_non_null(
            strstr(body, "{\"+or\":[{\"value\":\"ab\"},{\"value\":\"AB\"}]}]},\"fields\":"));
        assert_non_null(strstr(body, "{\"type_name\":\"SHA-1\"}"));
        assert_string_equal(path, "/api/indicators/20417?with=attributes,score,status,type");
        free(body);
        free(path);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_bodies),     cmocka_unit_test(test_status_spelling),
            cmocka_unit_test(test_paths),      cmocka_unit_test(test_one_indicator),
            cmocka_unit_test(test_attributes), cmocka_unit_test(test_attributes_to_adopt),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
