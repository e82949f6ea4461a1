#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "fetcher/collection.h"

#include <stdlib.h>
#include <string.h>

#define HASH "0123456789abcdef0123456789abcdef"
#define HASHES                                                                                     \
        "{\"+or\":[{\"type_name\":\"MD5\"},{\"type_name\":\"SHA-1\"},{\"type_name\":\"SHA-256\"}]" \
        "}"
#define FIELDS                                                                                     \
        ",\"fields\":[\"id\",\"value\",\"type\",\"status\",\"score\",\"created_at\","              \
        "\"attributes\"]}"

/* What one page of the list holds under the name "TIE". */
static bool find(const char *body, struct collection *ret, char error[COLLECTION_ERROR_MAX])
{
        struct collection_scan scan = {.name = "TIE"};
        bool found = collection_list(&scan, body, strlen(body), error) &&
                     collection_settle(&scan, ret, error);

        collection_done(&scan.found);
        return found;
}

static void searches_are_read_in_every_form(void **state)
{
        static const struct {
                const char *row;  /* members of it */
                const char *body; /* NULL: it is run by its hash */
        } rows[] = {
            {"\"hash\":\"" HASH
             "\",\"json\":{\"api_query\":{\"criteria\":{},\"filters\":{\"score\":5}}}",
             "{\"criteria\":{},\"filters\":{\"+and\":[{\"score\":5}," HASHES "]}" FIELDS},
            {"\"json\":\"{\\\"api_query\\\":{\\\"criteria\\\":{\\\"mentions\\\":\\\"x\\\"}}}\"",
             "{\"criteria\":{\"mentions\":\"x\"},\"filters\":{\"+and\":[" HASHES "]}" FIELDS},
            {"\"json\":{\"api_query\":{\"criteria\":[],\"filters\":[]}}",
             "{\"criteria\":{},\"filters\":{\"+and\":[" HASHES "]}" FIELDS},
            {"\"json\":{\"api_query\":{\"criteria\":null,\"filters\":{}}}",
             "{\"criteria\":{},\"filters\":{\"+and\":[" HASHES "]}" FIELDS},
            {"\"hash\":\"" HASH "\",\"json\":null", NULL},
            {"\"hash\":\"" HASH "\",\"json\":\"{}\"", NULL},
            {"\"hash\":\"" HASH "\",\"json\":{\"api_query\":{}}", NULL},
            {"\"hash\":\"" HASH "\",\"json\":{\"api_query\":{\"criteria\":7,\"filters\":{}}}",
             NULL},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                char error[COLLECTION_ERROR_MAX] = "", answer[1024];
                struct collection c;
                char *body;

                snprintf(answer, sizeof(answer),
                         "{\"data\":[{\"name\":\"tie\"},{\"name\":\" TIE \",%s}],\"total\":2}",
                         rows[i].row);
                if (!find(answer, &c, error))
                        fail_msg("%s: %s", rows[i].row, error);
                body = collection_body(&c, -1);
                if (rows[i].body)
                        assert_string_equal(body, rows[i].body);
                else
                        assert_null(body);
                if (!rows[i].body)
                        assert_string_equal(c.hash, HASH);
                assert_true(c.mark != 0);
                free(body);
                collection_done(&c);
        }
}

static void what_cannot_be_had_is_said(void **state)
{
        static const char *const rows[][2] = {
            {"{\"data\":[],\"total\":0}", "ThreatQ has no Data Collection \"TIE\""},
            {"{\"data\":{}}", "ThreatQ has no Data Collection \"TIE\""},
            {"{\"data\":[{\"name\":null},{\"name\":\"tie\"}]}", "ThreatQ has no Data Collection"},
            {"{\"data\":[{\"name\":\"TIE\"},{\"name\":\"TIE\"}]}",
             "ThreatQ has 2 Data Collections \"TIE\": rename all but one"},
            {"{\"data\":[{\"name\":\"TIE\"}]}", "cannot be read: save it anew"},
            {"{\"data\":[{\"name\":\"TIE\",\"hash\":\"../../x\"}]}",
             "cannot be read: save it anew"},
            {"{\"data\":7}", "list of saved searches cannot be read"},
            {"<html>", "list of saved searches cannot be read"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                char error[COLLECTION_ERROR_MAX] = "";
                struct collection c;

                if (find(rows[i][0], &c, error) || !strstr(error, rows[i][1]))
                        fail_msg("%s: %s", rows[i][0], error);
        }
}

static void the_list_is_looked_through_to_its_end(void **state)
{
        static const char *const pages[] = {
            "{\"data\":[{\"name\":\"a\"},{\"name\":\"TIE\",\"hash\":\"" HASH "\"}],\"total\":5}",
            "{\"data\":[{\"name\":\"b\"},{\"name\":\"c\"}],\"total\":5}",
            "{\"data\":[{\"name\":\"TIE\"}],\"total\":5}",
        };
        static const char *const paths[] = {
            "/api/search/query?limit=1000&offset=0",
            "/api/search/query?limit=1000&offset=2",
            "/api/search/query?limit=1000&offset=4",
        };
        struct collection_scan scan = {.name = "TIE"};
        char error[COLLECTION_ERROR_MAX] = "";
        struct collection c;

        (void)state;
        for (size_t i = 0; i < 3; i++) {
                char *path = collection_list_path(&scan);

                assert_string_equal(path, paths[i]);
                free(path);
                assert_true(collection_list(&scan, pages[i], strlen(pages[i]), error));
                assert_int_equal(scan.more, i < 2);
        }
        assert_false(collection_settle(&scan, &c, error));
        assert_non_null(strstr(error, "2 Data Collections"));
        collection_done(&scan.found);
}

static void what_was_touched_is_one_more_condition(void **state)
{
        char error[COLLECTION_ERROR_MAX] = "";
        struct collection c;
        char *body;

        (void)state;
        assert_true(
            find("{\"data\":[{\"name\":\"TIE\",\"json\":{\"api_query\":{\"criteria\":{\"a\":1},"
                 "\"filters\":{\"+or\":[{\"b\":1},{\"c\":2}]}}}}]}",
                 &c, error));
        body = collection_body(&c, 1777629600);
        assert_string_equal(body,
                            "{\"criteria\":{\"a\":1},\"filters\":{\"+and\":[{\"+or\":[{\"b\":1},"
                            "{\"c\":2}]}," HASHES
                            ",{\"touched_at\":{\"+gt\":\"2026-05-01 10:00:00\"}}]}" FIELDS);
        free(body);
        body = collection_value_body(&c, (struct text){"abc\"x", 4});
        assert_string_equal(body,
                            "{\"criteria\":{\"a\":1},\"filters\":{\"+and\":[{\"+or\":[{\"b\":1},"
                            "{\"c\":2}]}," HASHES ",{\"value\":\"abc\\\"\"}]}" FIELDS);
        free(body);
        collection_done(&c);
}

static void marks_tell_searches_apart(void **state)
{
        static const char *const rows[] = {
            "{\"data\":[{\"name\":\"TIE\",\"json\":{\"api_query\":{\"criteria\":{\"a\":1,\"b\":2},"
            "\"filters\":{}}}}]}",
            "{\"data\":[{\"name\":\"TIE\",\"hash\":\"00\",\"json\":{\"api_query\":{\"filters\":{},"
            "\"criteria\":{\"b\":2,\"a\":1}}}}]}",
            "{\"data\":[{\"name\":\"TIE\",\"json\":{\"api_query\":{\"criteria\":{},\"filters\":{"
            "\"a\":1,\"b\":2}}}}]}",
            "{\"data\":[{\"name\":\"TIE\",\"hash\":\"" HASH "\"}]}",
        };
        char error[COLLECTION_ERROR_MAX] = "";
        uint64_t marks[4];

        (void)state;
        for (size_t i = 0; i < 4; i++) {
                struct collection c;

                assert_true(find(rows[i], &c, error));
                marks[i] = c.mark;
                collection_done(&c);
        }
        assert_int_equal(marks[0], marks[1]);
        assert_int_not_equal(marks[0], marks[2]);
        assert_int_not_equal(marks[2], marks[3]);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(searches_are_read_in_every_form),
            cmocka_unit_test(what_cannot_be_had_is_said),
            cmocka_unit_test(the_list_is_looked_through_to_its_end),
            cmocka_unit_test(what_was_touched_is_one_more_condition),
            cmocka_unit_test(marks_tell_searches_apart),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
