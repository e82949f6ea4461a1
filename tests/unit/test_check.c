#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "fetcher/check.h"

#include <string.h>

static const char host[] = "https://threatq.example.com";

static struct threatq_result answered(int status, char *body, const char *error)
{
        struct threatq_result r = {.status = status, .body = body, .body_len = strlen(body)};

        snprintf(r.error, sizeof(r.error), "%s", error);
        return r;
}

static void assert_finding(const struct finding *f, const char *check, enum finding_level level,
                           const char *part)
{
        assert_string_equal(f->check, check);
        assert_string_equal(f->subject, host);
        assert_int_equal(f->level, level);
        assert_non_null(strstr(f->text, part));
        assert_int_equal(f->mend[0] == '\0', level == FINDING_OK);
}

static void test_login(void **state)
{
        static const struct {
                int64_t life_s;
                int status;
                bool untrusted;
                const char *check;
                enum finding_level level;
                const char *part;
        } cases[] = {
            {3600, 200, false, "threatq-login", FINDING_OK, "60 minutes"},
            {0, 403, false, "threatq-login", FINDING_OK, "0 minutes"},
            {-1, 400, false, "threatq-login", FINDING_FAILED, "said so"},
            {-1, 502, false, "threatq-login", FINDING_FAILED, "said so"},
            {-1, 0, false, "threatq-connect", FINDING_FAILED, "said so"},
            {-1, 0, true, "threatq-certificate", FINDING_FAILED, "said so"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                char body[] = "";
                struct threatq_result r = answered(cases[i].status, body, "said so");
                struct finding f;

                r.untrusted = cases[i].untrusted;
                check_login(host, cases[i].life_s, &r, &f);
                assert_finding(&f, cases[i].check, cases[i].level, cases[i].part);
        }
}

static void test_types(void **state)
{
        static const struct {
                enum threatq_answer answer;
                const char *body;
                enum finding_level level;
                const char *part;
        } cases[] = {
            {THREATQ_OK,
             "{\"data\":[{\"name\":\"MD5\"},{\"name\":\"SHA-256\"},{\"name\":\"SHA-1\"}]}",
             FINDING_OK, "MD5"},
            {THREATQ_OK, "{\"data\":[{\"name\":\"MD5\"},{\"id\":3}]}", FINDING_WARNING,
             " SHA-1 SHA-256"},
            {THREATQ_OK, "{\"data\":{}}", FINDING_FAILED, "cannot be read"},
            {THREATQ_OK, "<html>", FINDING_FAILED, "cannot be read"},
            {THREATQ_E_FORBIDDEN, "", FINDING_FAILED, "said so"},
            {THREATQ_E_LATER, "", FINDING_FAILED, "said so"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                char body[256];
                struct threatq_result r;
                struct finding f;

                snprintf(body, sizeof(body), "%s", cases[i].body);
                r = answered(200, body, "said so");
                check_types(host, cases[i].answer, &r, &f);
                assert_finding(&f, "threatq-types", cases[i].level, cases[i].part);
        }
}

static void test_search(void **state)
{
        static const struct {
                enum threatq_answer answer;
                const char *body;
                enum finding_level level;
                const char *part;
        } cases[] = {
            {THREATQ_OK, "{\"total\":12,\"data\":[{}]}", FINDING_OK, " 12 hash"},
            {THREATQ_OK, "{\"total\":0,\"data\":{}}", FINDING_WARNING, "no hash"},
            {THREATQ_OK, "[]", FINDING_WARNING, "no hash"},
            {THREATQ_E_FORBIDDEN, "", FINDING_FAILED, "said so"},
            {THREATQ_E_REFUSED, "", FINDING_FAILED, "said so"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                char body[64];
                struct threatq_result r;
                struct finding f;

                snprintf(body, sizeof(body), "%s", cases[i].body);
                r = answered(200, body, "said so");
                check_search(host, cases[i].answer, &r, &f);
                assert_finding(&f, "threatq-read", cases[i].level, cases[i].part);
        }
}

static void test_write(void **state)
{
        static const struct {
                enum threatq_answer answer;
                int status;
                enum finding_level level;
        } cases[] = {
            {THREATQ_E_GONE, 404, FINDING_OK},      {THREATQ_E_REFUSED, 400, FINDING_OK},
            {THREATQ_OK, 204, FINDING_OK},          {THREATQ_E_FORBIDDEN, 403, FINDING_FAILED},
            {THREATQ_E_LATER, 500, FINDING_FAILED}, {THREATQ_E_LOGIN, 401, FINDING_FAILED},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                char body[] = "";
                struct threatq_result r = answered(cases[i].status, body, "said so");
                struct finding f;

                check_write(host, cases[i].answer, &r, &f);
                assert_finding(&f, "threatq-write", cases[i].level, "");
        }
}

static void test_clock(void **state)
{
        static const struct {
                int64_t theirs, ours;
                enum finding_level level;
                const char *part;
        } cases[] = {
            {1000, 1000, FINDING_OK, "within"},
            {1060, 1000, FINDING_OK, "within"},
            {940, 1000, FINDING_OK, "within"},
            {1061, 1000, FINDING_WARNING, "61 s ahead of"},
            {939, 1000, FINDING_WARNING, "61 s behind"},
            {1300, 1000, FINDING_WARNING, "300 s ahead of"},
            {1301, 1000, FINDING_FAILED, "301 s ahead of"},
            {1, 1000, FINDING_FAILED, "999 s behind"},
            {0, 1000, FINDING_WARNING, "does not say"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct finding f;

                check_clock(host, cases[i].theirs, cases[i].ours, &f);
                assert_finding(&f, "threatq-clock", cases[i].level, cases[i].part);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_login),  cmocka_unit_test(test_types),
            cmocka_unit_test(test_search), cmocka_unit_test(test_write),
            cmocka_unit_test(test_clock),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
