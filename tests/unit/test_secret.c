/*
 * A secret in a file: what is taken, and what is refused with which words.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "common/secret.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/tq-secret-XXXXXX";

static int make_folder(void **state)
{
        (void)state;
        return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
        (void)state;
        return rmdir(folder);
}

static void files(void **state)
{
        static const struct {
                const char *content;
                mode_t mode;
                const char *secret; /* or NULL, then: */
                const char *says;
        } cases[] = {
            {"hunter2", 0600, "hunter2", ""},     {"hunter2\n", 0400, "hunter2", ""},
            {"hunter2\r\n", 0600, "hunter2", ""}, {" a b ", 0600, " a b ", ""},
            {"", 0600, NULL, "is empty"},         {"\n", 0600, NULL, "is empty"},
            {"a\nb", 0600, NULL, "one line"},     {"x", 0640, NULL, "chmod 600"},
            {"x", 0604, NULL, "chmod 600"},       {"x", 0620, NULL, "chmod 600"},
        };
        char path[64], fault[SECRET_FAULT_MAX];

        (void)state;
        snprintf(path, sizeof(path), "%s/s", folder);
        for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
                FILE *f = fopen(path, "w");
                assert_non_null(f);
                assert_true(fputs(cases[i].content, f) >= 0 && fclose(f) == 0);
                assert_int_equal(chmod(path, cases[i].mode), 0);
                char *secret = secret_read(path, fault);
                if (cases[i].secret)
                        assert_string_equal(secret, cases[i].secret);
                else if (secret || !strstr(fault, cases[i].says) || !strstr(fault, path))
                        fail_msg("case %zu: %s", i, fault);
                secret_wipe(secret);
                assert_int_equal(remove(path), 0);
        }
        assert_null(secret_read(path, fault));
        assert_non_null(strstr(fault, "cannot open"));
        assert_null(secret_read(folder, fault));
        assert_non_null(strstr(fault, "is not a file"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(files),
        };
        return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
