#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "common/cleanup.h"
#include "enricher/rows.h"

#include <stdio.h>
#include <string.h>

static const struct attribute_wishes wishes = {
    .wish = {{"GTI Trust Level", "Known Malicious", true}, {"Detection Count", "3", true}},
    .count = 2,
};

#define ROW(id, value) "{\"id\":" id ",\"name\":\"Detection Count\",\"value\":" value "}"

static const struct {
        const char *body;
        int r;
        size_t seen;
        int64_t total;
        const char *rows; /* "id=value" of the wished, with '!' when foreign, '+' when joint */
} page_cases[] = {
    {"{\"total\":1,\"data\":[" ROW("7", "\"3\"") "]}", 0, 1, 1, "7=3"},
    {"{\"data\":[" ROW("7", "3") "]}", 0, 1, -1, "7=3"},
    {"{\"data\":[" ROW("7", "3.0") "]}", 0, 1, -1, "7=3"},
    {"{\"data\":[" ROW("7", "3.5") "]}", 0, 1, -1, "7=3.5"},
    {"{\"data\":[" ROW("7", "true") "]}", 0, 1, -1, "7=True"},
    {"{\"data\":[" ROW("7", "false") "]}", 0, 1, -1, "7=False"},
    {"{\"data\":[" ROW("7", "null") "]}", 0, 1, -1, "7="},
    {"{\"data\":[" ROW("\"7\"", "\"3\"") "]}", 0, 1, -1, "7=3"},
    {"{\"data\":[" ROW("7", "1") "," ROW("8", "2") "," ROW("7", "1") "]}", 0, 3, -1, "7=1 8=2"},
    /* data in its other shapes */
    {"{\"total\":0,\"data\":[]}", 0, 0, 0, ""},
    {"{\"total\":0,\"data\":{}}", 0, 0, 0, ""},
    {"{\"total\":0,\"data\":null}", 0, 0, 0, ""},
    {"{\"total\":0}", 0, 0, 0, ""},
    {"{\"data\":" ROW("7", "\"3\"") "}", 0, 1, -1, "7=3"},
    {"{\"data\":{\"0\":" ROW("7", "1") ",\"2\":" ROW("8", "2") "}}", 0, 2, -1, "7=1 8=2"},
    {"[" ROW("7", "1") "]", 0, 1, -1, "7=1"},
    {"{\"data\":[{\"id\":9,\"attribute_id\":3,\"value\":\"x\",\"attribute\":{\"id\":3,\"name\":"
     "\"GTI Trust Level\"}}]}",
     0, 1, -1, "9=x"},
    /* other names do not matter, whatever they look like */
    {"{\"data\":[{\"name\":\"Other\",\"value\":{}},{\"id\":4,\"name\":\"gti trust level\"}]}", 0, 2,
     -1, ""},
    /* sources */
    {"{\"data\":[{\"id\":7,\"name\":\"Detection Count\",\"value\":\"1\",\"sources\":[{\"name\":"
     "\"Other Feed\"}]}]}",
     0, 1, -1, "7=1!"},
    {"{\"data\":[{\"id\":7,\"name\":\"Detection Count\",\"value\":\"1\",\"sources\":[{\"name\":"
     "\"Other Feed\"},{\"name\":\"trellix tie\"}]}]}",
     0, 1, -1, "7=1+"},
    {"{\"data\":[{\"id\":7,\"name\":\"Detection Count\",\"value\":\"1\",\"sources\":[\"Trellix "
     "TIE\"]}]}",
     0, 1, -1, "7=1"},
    {"{\"data\":[{\"id\":7,\"name\":\"Detection Count\",\"value\":\"1\",\"sources\":[]}]}", 0, 1,
     -1, "7=1"},
    /* no answer to go by */
    {"", ROWS_E_BAD, 0, 0, ""},
    {"<html>502</html>", ROWS_E_BAD, 0, 0, ""},
    {"{\"data\":[", ROWS_E_BAD, 0, 0, ""},
    {"{\"data\":\"none\"}", ROWS_E_BAD, 0, 0, ""},
    {"{\"data\":[7]}", ROWS_E_BAD, 0, 0, ""},
    {"{\"data\":{\"errors\":[\"no\"]}}", ROWS_E_BAD, 0, 0, ""},
    {"{\"data\":[" ROW("0", "1") "]}", ROWS_E_BAD, 0, 0, ""},
    {"{\"data\":[" ROW("-7", "1") "]}", ROWS_E_BAD, 0, 0, ""},
    {"{\"data\":[" ROW("\"7x\"", "1") "]}", ROWS_E_BAD, 0, 0, ""},
    {"{\"data\":[{\"name\":\"Detection Count\",\"value\":\"1\"}]}", ROWS_E_BAD, 0, 0, ""},
};

static void rows_print(const struct rows *rows, char *out, size_t size)
{
        size_t len = 0;

        out[0] = '\0';
        for (size_t i = 0; i < rows->count; i++)
                len += (size_t)snprintf(out + len, size - len, "%s%d=%.*s%s", i ? " " : "",
                                        (int)rows->row[i].id, (int)rows->row[i].value.len,
                                        rows->row[i].value.ptr,
                                        rows->row[i].foreign ? "!"
                                        : rows->row[i].joint ? "+"
                                                             : "");
}

static void test_pages(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(page_cases) / sizeof(page_cases[0]); i++) {
                _cleanup_(rows_done) struct rows rows;
                struct rows_page page = {0};
                char text[256];
                int r;

                rows_init(&rows);
                r = rows_add_page(&rows, page_cases[i].body, strlen(page_cases[i].body), &wishes,
                                  "Trellix TIE", &page);
                if (r != page_cases[i].r)
                        fail_msg("%s: gave %d", page_cases[i].body, r);
                if (r != 0)
                        continue;
                assert_int_equal(page.seen, page_cases[i].seen);
                assert_int_equal(page.total, page_cases[i].total);
                rows_print(&rows, text, sizeof(text));
                assert_string_equal(text, page_cases[i].rows);
        }
}

static void test_without_a_source_a_row_that_names_one_may_be_anybodys(void **state)
{
        static const char body[] = "{\"data\":[{\"id\":7,\"name\":\"Detection Count\",\"value\":"
                                   "\"1\",\"sources\":[{\"name\":\"Other Feed\"}]}]}";
        _cleanup_(rows_done) struct rows rows;
        struct rows_page page;

        (void)state;
        rows_init(&rows);
        assert_int_equal(rows_add_page(&rows, body, strlen(body), &wishes, NULL, &page), 0);
        assert_int_equal(rows.count, 1);
        assert_false(rows.row[0].foreign);
        assert_true(rows.row[0].joint);
        assert_true(text_eq_str(rows.row[0].source, "Other Feed"));
}

static void test_rows_are_bounded(void **state)
{
        static char body[100 * (ATTRIBUTE_ROWS_MAX + 10)];
        _cleanup_(rows_done) struct rows rows;
        struct rows_page page;
        size_t len = (size_t)snprintf(body, sizeof(body), "{\"data\":[");

        (void)state;
        for (int i = 1; i <= ATTRIBUTE_ROWS_MAX + 10; i++)
                len +=
                    (size_t)snprintf(body + len, sizeof(body) - len,
                                     "%s{\"id\":%d,\"name\":\"Detection Count\",\"value\":\"1\"}",
                                     i > 1 ? "," : "", i);
        len += (size_t)snprintf(body + len, sizeof(body) - len, "]}");
        rows_init(&rows);
        assert_int_equal(rows_add_page(&rows, body, len, &wishes, NULL, &page), 0);
        assert_int_equal(rows.count, ATTRIBUTE_ROWS_MAX);
        assert_int_equal(page.seen, ATTRIBUTE_ROWS_MAX + 10);
}

/* No cut of an answer is taken for a whole one. */
static void test_cut_answers_are_refused(void **state)
{
        static const char body[] =
            "{\"total\":2,\"data\":[" ROW("7", "\"3\"") "," ROW("8", "4") "]}";

        (void)state;
        for (size_t len = 0; len < strlen(body); len++) {
                _cleanup_(rows_done) struct rows rows;
                struct rows_page page;

                rows_init(&rows);
                assert_int_equal(rows_add_page(&rows, body, len, &wishes, NULL, &page), ROWS_E_BAD);
        }
}

static const struct {
        const char *body;
        size_t item;
        const char *complaint; /* NULL: none */
} complaint_cases[] = {
    {"{\"data\":[{\"id\":1},{\"id\":2}]}", 1, NULL},
    {"{\"data\":[{\"id\":1},{\"error\":\"too long\"}]}", 0, NULL},
    {"{\"data\":[{\"id\":1},{\"error\":\"too long\"}]}", 1, "too long"},
    {"{\"data\":[{\"errors\":{\"value\":[\"is required\",\"x\"]}}]}", 0, "is required"},
    {"{\"data\":[{\"errors\":[[\"part 1\",\"part 2\"]]}]}", 0, "part 1"},
    {"{\"data\":[{\"error\":true}]}", 0, "an error without words"},
    {"{\"data\":[{\"id\":1,\"error\":null,\"errors\":[]}]}", 0, NULL},
    {"{\"data\":[{\"id\":1,\"error\":\"\"}]}", 0, NULL},
    {"{\"data\":[{\"id\":1}]}", 5, NULL},
    {"{\"data\":{\"id\":1,\"error\":\"no\"}}", 0, "no"},
    {"", 0, NULL},
    {"OK", 0, NULL},
};

static void test_complaints(void **state)
{
        char why[64];

        (void)state;
        for (size_t i = 0; i < sizeof(complaint_cases) / sizeof(complaint_cases[0]); i++) {
                bool complains =
                    rows_complaint(complaint_cases[i].body, strlen(complaint_cases[i].body),
                                   complaint_cases[i].item, why, sizeof(why));

                assert_int_equal(complains, complaint_cases[i].complaint != NULL);
                if (complains)
                        assert_string_equal(why, complaint_cases[i].complaint);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_pages),
            cmocka_unit_test(test_without_a_source_a_row_that_names_one_may_be_anybodys),
            cmocka_unit_test(test_rows_are_bounded),
            cmocka_unit_test(test_cut_answers_are_refused),
            cmocka_unit_test(test_complaints),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
