#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "common/wire.h"
#include "fetcher/indicator.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *const wanted[] = {"Malware Family", "Reputation Override - emea"};

static struct indicator_reader *open_reader(void)
{
        struct indicator_reader *reader = NULL;

        assert_int_equal(indicator_reader_open(wanted, 2, &reader), 0);
        return reader;
}

/* Reads the body in pieces of `piece` bytes. */
static int read_body(struct indicator_reader *reader, const char *body, size_t len, size_t piece,
                     uint64_t known_id, struct indicator_page *ret)
{
        int r = indicator_reader_start(reader, known_id);

        for (size_t i = 0; i < len && r == 0; i += piece)
                r = indicator_reader_feed(reader, body + i, len - i < piece ? len - i : piece);
        return r == 0 ? indicator_reader_finish(reader, ret) : r;
}

/* One line per row: id type value status score created_at name=value…. */
static void describe(const struct indicator_page *page, char *out, size_t size)
{
        struct wire_list rows = {.ptr = page->packed, .len = page->packed_len, .count = page->rows};
        struct wire_row row;
        size_t n = 0;

        out[0] = '\0';
        while (wire_next_row(&rows, &row)) {
                struct wire_attribute attribute;
                char score[32] = "-";

                if (row.has_score)
                        snprintf(score, sizeof(score), "%g", row.score);
                n += (size_t)snprintf(out + n, size - n, "%lu %s %.*s %.*s %s %ld",
                                      (unsigned long)row.id, hash_type_name(row.type),
                                      (int)row.value.len, row.value.ptr, (int)row.status.len,
                                      row.status.ptr, score, (long)row.created_at);
                while (wire_next_attribute(&row.attributes, &attribute))
                        n += (size_t)snprintf(out + n, size - n, " %.*s=%.*s",
                                              (int)attribute.name.len, attribute.name.ptr,
                                              (int)attribute.value.len, attribute.value.ptr);
                n += (size_t)snprintf(out + n, size - n, "\n");
                assert_true(n < size);
        }
}

struct shape {
        const char *body;
        const char *rows;
        uint32_t seen, bad, repeats;
        bool sorted, errors, has_data;
        const char *cursor;
};

#define NONE .rows = "", .sorted = true, .cursor = ""
#define ROWS(text) .rows = text, .sorted = true, .has_data = true, .cursor = ""

static const struct shape shapes[] = {
    /* data in all its shapes */
    {"{\"total\":0,\"data\":[]}", ROWS("")},
    {"{\"total\":0,\"data\":{}}", ROWS("")},
    {"{\"total\":0,\"data\":null}", ROWS("")},
    {"{\"total\":0}", NONE},
    {"{}", NONE},
    {"[]", ROWS("")},
    {"{\"data\":[{\"id\":1}]}", ROWS("1 none   - 0\n"), .seen = 1},
    {"{\"data\":{\"id\":1}}", ROWS("1 none   - 0\n"), .seen = 1},
    {"[{\"id\":1}]", ROWS("1 none   - 0\n"), .seen = 1},
    {"{\"data\":{\"0\":{\"id\":1},\"1\":{\"id\":2}}}", ROWS("1 none   - 0\n2 none   - 0\n"),
     .seen = 2},
    {"{\"data\":{\"errors\":{\"value\":[\"bad\"]}}}", ROWS(""), .errors = true},
    {"{\"errors\":[\"no\"],\"data\":[]}", ROWS(""), .errors = true},
    {"{\"errors\":[],\"data\":[]}", ROWS("")},
    {"{\"errors\":null,\"data\":[]}", ROWS("")},
    /* the index view */
    {"{\"data\":[{\"id\":20417,\"class\":\"host\",\"value\":\"5F\",\"hash\":\"77\",\"score\":9,"
     "\"type_id\":19,\"status_id\":1,\"type\":{\"id\":19,\"name\":\"MD5\",\"class\":\"host\"},"
     "\"status\":{\"id\":1,\"name\":\"Active\",\"description\":\"x\"},"
     "\"created_at\":\"2026-04-28 09:12:44\",\"adversaries\":[],\"attributes\":[{\"id\":918223,"
     "\"name\":\"Malware Family\",\"value\":\"Samplebot\"},{\"name\":\"Other\",\"value\":\"x\"}],"
     "\"sources\":[{\"id\":55120,\"name\":\"Feed\",\"value\":\"no\"}]}],\"nextCursorMark\":\"Ao="
     "\"}",
     .rows = "20417 MD5 5F Active 9 1777367564 Malware Family=Samplebot\n", .seen = 1,
     .sorted = true, .has_data = true, .cursor = "Ao="},
    /* plain names, as with `fields` */
    {"{\"data\":[{\"id\":1,\"value\":\"aa\",\"type\":\"SHA-1\",\"status\":\"Active\",\"score\":0}]"
     "}",
     ROWS("1 SHA-1 aa Active 0 0\n"), .seen = 1},
    /* the relational view: the manual score goes before the generated one, a 0 too */
    {"{\"data\":[{\"id\":1,\"score\":{\"id\":7,\"generated_score\":\"9.00\",\"manual_score\":null}}"
     "]}",
     ROWS("1 none   9 0\n"), .seen = 1},
    {"{\"data\":[{\"id\":1,\"score\":{\"manual_score\":0,\"generated_score\":\"9.00\"}}]}",
     ROWS("1 none   0 0\n"), .seen = 1},
    {"{\"data\":[{\"id\":1,\"score\":{\"generated_score\":null,\"manual_score\":null}}]}",
     ROWS("1 none   - 0\n"), .seen = 1},
    {"{\"data\":[{\"id\":1,\"score\":\"7.50\"}]}", ROWS("1 none   7.5 0\n"), .seen = 1},
    {"{\"data\":[{\"id\":1,\"score\":12.25}]}", ROWS("1 none   12.25 0\n"), .seen = 1},
    {"{\"data\":[{\"id\":1,\"score\":-1e2}]}", ROWS("1 none   -100 0\n"), .seen = 1},
    {"{\"data\":[{\"id\":1,\"score\":null}]}", ROWS("1 none   - 0\n"), .seen = 1},
    {"{\"data\":[{\"id\":1,\"score\":\"high\"}]}", ROWS("1 none   - 0\n"), .seen = 1},
    {"{\"data\":[{\"id\":1,\"score\":\"nan\"}]}", ROWS("1 none   - 0\n"), .seen = 1},
    {"{\"data\":[{\"id\":1,\"score\":1e999}]}", ROWS("1 none   - 0\n"), .seen = 1},
    {"{\"data\":[{\"id\":1,\"score\":[9]}]}", ROWS("1 none   - 0\n"), .seen = 1},
    /* members that make no sense */
    {"{\"data\":[{\"id\":\"12\",\"value\":99,\"type\":5,\"status\":true,\"created_at\":\"soon\"}]}",
     ROWS("12 none 99 true - 0\n"), .seen = 1},
    {"{\"data\":[{\"id\":1,\"value\":null,\"type\":null,\"status\":null,\"attributes\":null}]}",
     ROWS("1 none   - 0\n"), .seen = 1},
    {"{\"data\":[{\"id\":1,\"value\":{\"id\":5},\"type\":[\"MD5\"],\"attributes\":\"x\"}]}",
     ROWS("1 none   - 0\n"), .seen = 1},
    /* attributes */
    {"{\"data\":[{\"id\":1,\"attributes\":[{\"value\":\"b\",\"name\":\"Malware Family\"},"
     "{\"name\":\"Malware Family\",\"value\":\"c\"},{\"name\":\"malware family\",\"value\":\"d\"},"
     "{\"attribute\":{\"id\":3,\"name\":\"Reputation Override - emea\"},\"value\":1},"
     "{\"name\":\"Malware Family\",\"value\":null},{\"name\":\"Malware Family\"},[1],7,"
     "{\"name\":\"Malware Family\",\"value\":\"\"}]}]}",
     ROWS("1 none   - 0 Malware Family=b Malware Family=c Reputation Override - emea=1 "
          "Malware Family=\n"),
     .seen = 1},
    {"{\"data\":[{\"id\":1,\"attributes\":{\"0\":{\"name\":\"Malware Family\",\"value\":\"b\"}}}]}",
     ROWS("1 none   - 0 Malware Family=b\n"), .seen = 1},
    /* a bad row costs itself */
    {"{\"data\":[{\"id\":1},{\"value\":\"x\"},null,7,\"x\",[{\"id\":9}],{\"id\":null},{\"id\":-3},"
     "{\"id\":99999999999999999999999},{\"id\":2}]}",
     ROWS("1 none   - 0\n2 none   - 0\n"), .seen = 10, .bad = 8},
    /* order and repeats */
    {"{\"data\":[{\"id\":3},{\"id\":3},{\"id\":2}]}", .rows = "3 none   - 0\n2 none   - 0\n",
     .seen = 3, .repeats = 1, .cursor = "", .has_data = true},
    /* unknown members, at any depth */
    {"{\"x\":[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]],\"data\":[{\"y\":{\"data\":[{\"id\":5}]},"
     "\"id\":1,\"z\":{\"id\":4,\"score\":{\"manual_score\":1}}}],\"meta\":{\"data\":[{\"id\":8}]}}",
     ROWS("1 none   - 0\n"), .seen = 1},
};

static void test_shapes(void **state)
{
        struct indicator_reader *reader = open_reader();
        char rows[2048];

        (void)state;
        for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
                const struct shape *shape = &shapes[i];
                size_t pieces[] = {1, 7, 100000};

                for (size_t k = 0; k < 3; k++) {
                        struct indicator_page page;

                        assert_int_equal(read_body(reader, shape->body, strlen(shape->body),
                                                   pieces[k], 0, &page),
                                         0);
                        describe(&page, rows, sizeof(rows));
                        assert_string_equal(rows, shape->rows);
                        assert_int_equal(page.seen, shape->seen);
                        assert_int_equal(page.bad, shape->bad);
                        assert_int_equal(page.repeats, shape->repeats);
                        assert_int_equal(page.sorted, shape->sorted);
                        assert_int_equal(page.errors, shape->errors);
                        assert_int_equal(page.has_data, shape->has_data);
                        assert_true(text_eq_str(page.cursor, shape->cursor));
                }
        }
        indicator_reader_close(reader);
}

static void test_mends_utf8(void **state)
{
        static const char body[] =
            "{\"data\":[{\"id\":1,\"status\":\"\xff\xc3\xa9\xed\xa0\x80\xe2\x82\"}]}";
        struct indicator_reader *reader = open_reader();
        struct indicator_page page;
        char rows[256];

        (void)state;
        assert_int_equal(read_body(reader, body, sizeof(body) - 1, 3, 0, &page), 0);
        describe(&page, rows, sizeof(rows));
        assert_string_equal(rows, "1 none  ?\xc3\xa9????? - 0\n");
        indicator_reader_close(reader);
}

/* A body that is cut anywhere is never a page. */
static void test_every_cut(void **state)
{
        static const char body[] =
            "{\"total\":3,\"data\":[{\"id\":1,\"value\":\"a\\u00e9\",\"score\":{\"generated_"
            "score\":"
            "\"9.00\"},\"attributes\":[{\"name\":\"Malware Family\",\"value\":\"x\"}]},{\"id\":2}],"
            "\"nextCursorMark\":\"abc\"}";
        struct indicator_reader *reader = open_reader();
        struct indicator_page page;

        (void)state;
        for (size_t len = 0; len < sizeof(body) - 1; len++)
                assert_int_equal(read_body(reader, body, len, 5, 0, &page), -EBADMSG);
        assert_int_equal(read_body(reader, body, sizeof(body) - 1, 5, 0, &page), 0);
        assert_int_equal(page.total, 3);
        assert_true(page.has_total);
        indicator_reader_close(reader);
}

static void test_refuses(void **state)
{
        static const char *const bodies[] = {
            "<html>",         "7", "\"x\"", "null", "{\"data\":[}", "{\"data\":[{\"id\":1}]} x",
            "{\"data\":[{]}",
        };
        struct indicator_reader *reader = open_reader();
        struct indicator_page page;

        (void)state;
        for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
                assert_int_equal(read_body(reader, bodies[i], strlen(bodies[i]), 100, 0, &page),
                                 -EBADMSG);
                assert_true(indicator_reader_error(reader)[0] != '\0');
        }
        indicator_reader_close(reader);
}

static void feed_times(struct indicator_reader *reader, const char *piece, int times, int expected)
{
        int r = 0;

        for (int i = 0; i < times && r == 0; i++)
                r = indicator_reader_feed(reader, piece, strlen(piece));
        assert_int_equal(r, expected);
}

static void test_bounds(void **state)
{
        struct indicator_reader *reader = open_reader();
        char piece[1025];

        (void)state;
        memset(piece, 'x', 1024);
        piece[1024] = '\0';
        indicator_reader_start(reader, 0);
        feed_times(reader, "[{\"id\":1,\"description\":\"", 1, 0);
        feed_times(reader, piece, 1000, 0);
        feed_times(reader, piece, 100, -EMSGSIZE);

        indicator_reader_start(reader, 0);
        feed_times(reader, "[{\"id\":1,\"x\":", 1, 0);
        feed_times(reader, "[", 100000, -EBADMSG);

        indicator_reader_start(reader, 0);
        feed_times(reader, "[{\"id\":1}", 1, 0);
        feed_times(reader, ",{\"id\":2},{\"id\":3}", WIRE_ROWS_MAX, -EMSGSIZE);
        indicator_reader_close(reader);
}

/* An attribute too long for the wire is cut, one attribute too many is left out. */
static void test_bounds_of_a_row(void **state)
{
        static const char attribute[] = "{\"name\":\"Malware Family\",\"value\":\"v\"},";
        struct indicator_reader *reader = open_reader();
        struct indicator_page page;
        struct wire_list rows;
        struct wire_row row;
        char value[5001];

        (void)state;
        memset(value, 'v', 5000);
        value[5000] = '\0';
        indicator_reader_start(reader, 0);
        feed_times(reader, "[{\"id\":1,\"value\":\"", 1, 0);
        feed_times(reader, value, 1, 0);
        feed_times(reader, "\",\"attributes\":[", 1, 0);
        feed_times(reader, attribute, 300, 0);
        feed_times(reader,
                   "{}]},{\"id\":2,\"attributes\":[{\"name\":\"Malware Family\",\"value\":\"", 1,
                   0);
        feed_times(reader, value, 1, 0);
        feed_times(reader, "\"}]}]", 1, 0);
        assert_int_equal(indicator_reader_finish(reader, &page), 0);
        rows = (struct wire_list){.ptr = page.packed, .len = page.packed_len, .count = page.rows};
        assert_true(wire_next_row(&rows, &row));
        assert_int_equal(row.attributes.count, WIRE_ATTRIBUTES_MAX);
        assert_true(row.value.len < 5000);
        assert_true(wire_next_row(&rows, &row));
        assert_int_equal(row.attributes.count, 1);
        indicator_reader_close(reader);
}

static void test_known_id(void **state)
{
        static const char body[] = "{\"data\":[{\"id\":5},{\"id\":7},{\"id\":9}]}";
        static const struct {
                uint64_t known;
                uint32_t rows, fresh, repeats;
        } cases[] = {{0, 3, 3, 0}, {5, 2, 2, 1}, {7, 3, 1, 0}, {9, 3, 0, 0}, {4, 3, 3, 0}};
        struct indicator_reader *reader = open_reader();

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct indicator_page page;

                assert_int_equal(
                    read_body(reader, body, sizeof(body) - 1, 100, cases[i].known, &page), 0);
                assert_int_equal(page.rows, cases[i].rows);
                assert_int_equal(page.fresh, cases[i].fresh);
                assert_int_equal(page.repeats, cases[i].repeats);
                assert_int_equal(page.first_id, 5);
                assert_int_equal(page.last_id, 9);
        }
        indicator_reader_close(reader);
}

static void test_names(void **state)
{
        static const char types[] =
            "{\"data\":[{\"id\":12,\"name\":\"MD5\"},{\"id\":16,\"name\":\"URL\"}]}";
        static const char statuses[] = "{\"data\":[{\"id\":1,\"name\":\"Active\"}]}";
        static const char body[] = "[{\"id\":1,\"type_id\":12,\"status_id\":1},"
                                   "{\"id\":2,\"type\":{\"id\":16},\"status\":{\"id\":77}}]";
        static const char *const bad[] = {"", "{}", "{\"data\":{}}", "<html>"};
        struct indicator_reader *reader = open_reader();
        struct indicator_page page;
        struct names *names = NULL;
        char rows[256];

        (void)state;
        assert_int_equal(read_body(reader, body, sizeof(body) - 1, 100, 0, &page), 0);
        assert_true(page.unresolved);
        assert_int_equal(
            names_parse(types, sizeof(types) - 1, statuses, sizeof(statuses) - 1, &names), 0);
        indicator_reader_names(reader, names);
        assert_int_equal(read_body(reader, body, sizeof(body) - 1, 100, 0, &page), 0);
        assert_false(page.unresolved);
        describe(&page, rows, sizeof(rows));
        assert_string_equal(rows, "1 MD5  Active - 0\n2 none   - 0\n");
        assert_true(text_eq_str(names_status_spelling(names, text_of(" aCTIVE")), "Active"));
        assert_int_equal(names_status_spelling(names, text_of("Other")).len, 0);
        names_free(names);
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
                assert_int_equal(
                    names_parse(types, sizeof(types) - 1, bad[i], strlen(bad[i]), &names),
                    -EBADMSG);
        indicator_reader_close(reader);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_shapes),    cmocka_unit_test(test_mends_utf8),
            cmocka_unit_test(test_every_cut), cmocka_unit_test(test_refuses),
            cmocka_unit_test(test_bounds),    cmocka_unit_test(test_bounds_of_a_row),
            cmocka_unit_test(test_known_id),  cmocka_unit_test(test_names),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
