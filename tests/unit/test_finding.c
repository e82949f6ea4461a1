#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "common/cleanup.h"
#include "common/finding.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static char *write_line(const struct finding *f)
{
        char *line = NULL;
        size_t len = 0;
        FILE *out = open_memstream(&line, &len);

        assert_non_null(out);
        assert_int_equal(finding_write(out, f), 0);
        assert_int_equal(fclose(out), 0);
        assert_int_equal(strlen(line), len);
        return line;
}

static void assert_same(const struct finding *is, const struct finding *wanted)
{
        assert_string_equal(is->check, wanted->check);
        assert_string_equal(is->subject, wanted->subject);
        assert_int_equal(is->level, wanted->level);
        assert_string_equal(is->text, wanted->text);
        assert_string_equal(is->mend, wanted->mend);
}

static void test_a_line(void **state)
{
        _cleanup_(freep) char *line = NULL;
        struct finding f;

        (void)state;
        finding_set(&f, "threatq-login", "https://tq.example.com", FINDING_OK, NULL,
                    "token good for %d minutes", 60);
        line = write_line(&f);
        assert_string_equal(line, "{\"check\":\"threatq-login\",\"subject\":"
                                  "\"https://tq.example.com\",\"level\":\"ok\",\"text\":"
                                  "\"token good for 60 minutes\",\"mend\":\"\"}\n");
}

static void test_reads_what_was_written(void **state)
{
        static const char *const texts[] = {
            "",
            "plain",
            "\"quotes\" \\ and / slashes",
            "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x9a\x80",
        };

        (void)state;
        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
                for (int level = FINDING_OK; level <= FINDING_FAILED; level++) {
                        _cleanup_(freep) char *line = NULL;
                        struct finding f, back;

                        finding_set(&f, "c", texts[i], (enum finding_level)level, texts[i], "%s",
                                    texts[i]);
                        assert_string_equal(f.text, texts[i]);
                        line = write_line(&f);
                        assert_non_null(strchr(line, '\n'));
                        line[strlen(line) - 1] = '\0';
                        assert_int_equal(finding_read(text_of(line), &back), 0);
                        assert_same(&back, &f);
                }
        }
}

static void test_foreign_text_is_made_harmless(void **state)
{
        static const struct {
                const char *given, *wanted;
        } cases[] = {
            {"a\nb\tc\x1b[2Jd\x7f", "a b c [2Jd "},
            {"\xc2\x9b"
             "2J",
             " 2J"},                      /* CSI in one character */
            {"\xff\xfe", "??"},           /* never in UTF-8 */
            {"\xc0\xaf", "??"},           /* overlong */
            {"\xed\xa0\x80", "???"},      /* a surrogate */
            {"\xf4\x90\x80\x80", "????"}, /* beyond U+10FFFF */
            {"cut \xe2\x82", "cut ??"},   /* ends within a character */
            {"\xe2\x82\xac", "\xe2\x82\xac"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct finding f;

                finding_set(&f, "c", cases[i].given, FINDING_OK, NULL, "%s", cases[i].given);
                assert_string_equal(f.text, cases[i].wanted);
                assert_string_equal(f.subject, cases[i].wanted);
        }
}

static void test_long_text_is_cut_between_characters(void **state)
{
        struct finding f, back;
        _cleanup_(freep) char *line = NULL;
        char text[4096] = "x";

        (void)state;
        for (size_t i = 1; i + 2 < sizeof(text); i += 2)
                memcpy(text + i, "\xc3\xa4", 3);
        finding_set(&f, text, text, FINDING_FAILED, text, "%s", text);
        assert_int_equal(strlen(f.check), sizeof(f.check) - 1);
        assert_int_equal(strlen(f.text), sizeof(f.text) - 1);
        line = write_line(&f);
        assert_true(strlen(line) < FINDING_LINE_MAX);
        line[strlen(line) - 1] = '\0';
        assert_int_equal(finding_read(text_of(line), &back), 0);
        assert_same(&back, &f);
}

static void test_reads_what_others_write(void **state)
{
        static const char least[] = "{\"check\":\"c\",\"level\":\"warning\",\"text\":\"t\"}";
        static const char more[] = " {\"new\":[1,{}],\"level\":\"failed\",\"text\":\"a\\nb\","
                                   "\"check\":\"c\",\"subject\":\"s\",\"mend\":\"m\"} ";
        struct finding f;

        (void)state;
        assert_int_equal(finding_read(text_of(least), &f), 0);
        assert_same(&f, &(struct finding){.check = "c", .level = FINDING_WARNING, .text = "t"});
        assert_int_equal(finding_read(text_of(more), &f), 0);
        assert_same(
            &f,
            &(struct finding){
                .check = "c", .subject = "s", .level = FINDING_FAILED, .text = "a b", .mend = "m"});
}

static void test_refuses_what_is_none(void **state)
{
        static const char *const bad[] = {
            "",
            "x",
            "[]",
            "{}",
            "null",
            "{\"check\":\"c\",\"level\":\"ok\"}",
            "{\"check\":\"c\",\"text\":\"t\"}",
            "{\"level\":\"ok\",\"text\":\"t\"}",
            "{\"check\":1,\"level\":\"ok\",\"text\":\"t\"}",
            "{\"check\":\"c\",\"level\":\"fine\",\"text\":\"t\"}",
            "{\"check\":\"c\",\"level\":2,\"text\":\"t\"}",
            "{\"check\":\"c\",\"level\":\"ok\",\"text\":\"t\",\"mend\":3}",
            "{\"check\":\"c\",\"level\":\"ok\",\"text\":\"t\"} x",
            "{\"check\":\"c\",\"level\":\"ok\",\"text\":\"\xff\"}",
        };
        static const char good[] = "{\"check\":\"c\",\"level\":\"ok\",\"text\":\"t\"}";
        static char spaces[FINDING_LINE_MAX + 2];
        struct finding f = {.check = "untouched"};

        (void)state;
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
                assert_int_equal(finding_read(text_of(bad[i]), &f), FINDING_E_BAD);
        memset(spaces, ' ', sizeof(spaces) - 1);
        memcpy(spaces, good, sizeof(good) - 1);
        assert_int_equal(finding_read(text_of(spaces), &f), FINDING_E_BAD);
        assert_string_equal(f.check, "untouched");
}

static void test_says_when_it_cannot_write(void **state)
{
        FILE *full = fopen("/dev/full", "w");
        struct finding f;

        (void)state;
        assert_non_null(full);
        finding_set(&f, "c", "s", FINDING_OK, NULL, "t");
        assert_int_equal(finding_write(full, &f), -ENOSPC);
        fclose(full);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_a_line),
            cmocka_unit_test(test_reads_what_was_written),
            cmocka_unit_test(test_foreign_text_is_made_harmless),
            cmocka_unit_test(test_long_text_is_cut_between_characters),
            cmocka_unit_test(test_reads_what_others_write),
            cmocka_unit_test(test_refuses_what_is_none),
            cmocka_unit_test(test_says_when_it_cannot_write),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
