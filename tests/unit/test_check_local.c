#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "console/check_local.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void test_the_disk(void **state)
{
        static const struct {
                uint64_t mib;
                enum finding_level level;
        } cases[] = {
            {0, FINDING_FAILED},     {99, FINDING_FAILED}, {100, FINDING_WARNING},
            {1023, FINDING_WARNING}, {1024, FINDING_OK},   {1 << 24, FINDING_OK},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct finding f;

                check_local_disk("/x", cases[i].mib << 20, &f);
                assert_int_equal(f.level, cases[i].level);
                assert_int_equal(f.mend[0] == '\0', f.level == FINDING_OK);
        }
}

static void test_folders(void **state)
{
        char folder[] = "/tmp/test_check_local.XXXXXX";
        char path[64];
        struct finding f;
        int fd;

        (void)state;
        assert_non_null(mkdtemp(folder));
        check_local_folder("c", folder, true, &f);
        assert_int_equal(f.level, FINDING_OK);
        snprintf(path, sizeof(path), "%s/a/b", folder);
        check_local_folder("c", path, true, &f);
        assert_int_equal(f.level, FINDING_OK);
        check_local_folder("c", path, false, &f);
        assert_int_equal(f.level, FINDING_FAILED);
        assert_non_null(strstr(f.mend, path));
        snprintf(path, sizeof(path), "%s/file", folder);
        fd = creat(path, 0600);
        assert_true(fd >= 0);
        close(fd);
        check_local_folder("c", path, true, &f);
        assert_int_equal(f.level, FINDING_FAILED);
        check_local_file(path, &f);
        assert_int_equal(f.level, FINDING_OK);
        assert_int_equal(chmod(path, 0620), 0);
        check_local_file(path, &f);
        assert_int_equal(f.level, FINDING_WARNING);
        unlink(path);
        check_local_file(path, &f);
        assert_int_equal(f.level, FINDING_FAILED);
        assert_int_equal(chmod(folder, 0777), 0);
        check_local_folder("c", folder, true, &f);
        assert_int_equal(f.level, FINDING_WARNING);
        assert_int_equal(chmod(folder, 01777), 0);
        check_local_folder("c", folder, true, &f);
        assert_int_equal(f.level, FINDING_OK);
        rmdir(folder);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_the_disk),
            cmocka_unit_test(test_folders),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
