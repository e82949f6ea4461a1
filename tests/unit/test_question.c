#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "common/question.h"

static const char md5_hex[] = "44D88612fea8a8f36de82e1278abb02f";

static void a_question_is_a_hash_or_an_id(void **state)
{
        static const struct {
                const char *text;
                bool good;
                enum hash_type type;
                uint64_t id;
        } cases[] = {
            {md5_hex, true, HASH_MD5, 0},
            {" 44d88612fea8a8f36de82e1278abb02f\n", true, HASH_MD5, 0},
            {"0123456789012345678901234567890123456789", true, HASH_SHA1, 0},
            {"1", true, HASH_NONE, 1},
            {"123456789012345678", true, HASH_NONE, 123456789012345678},
            {"1234567890123456789", false, HASH_NONE, 0},
            {"0", false, HASH_NONE, 0},
            {"", false, HASH_NONE, 0},
            {"-1", false, HASH_NONE, 0},
            {"12a", false, HASH_NONE, 0},
            {"44d88612fea8a8f36de82e1278abb02", false, HASH_NONE, 0},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct question q = {0};

                assert_int_equal(question_parse(cases[i].text, &q), cases[i].good);
                assert_int_equal(q.hash.type, cases[i].type);
                assert_int_equal(q.id, cases[i].id);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_question_is_a_hash_or_an_id),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
