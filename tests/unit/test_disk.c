#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "publisher/disk.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

static unsigned lines_of(const char *path)
{
        FILE *file = fopen(path, "re");
        unsigned lines = 0;
        int c;

        assert_non_null(file);
        while ((c = fgetc(file)) != EOF)
                lines += c == '\n';
        fclose(file);
        return lines;
}

static void a_full_disk_is_said_once_and_passes(void **state)
{
        char path[64];
        struct disk disk = {.folder = "/var/lib/tq_labs"};

        (void)state;
        snprintf(path, sizeof(path), "/tmp/tq-disk-%d.log", (int)getpid());
        assert_int_equal(log_open("test", path, 3, &disk.log), 0);
        assert_int_equal(disk_judge(&disk, -ENOSPC), 0);
        assert_true(disk.full);
        assert_int_equal(disk_judge(&disk, -EDQUOT), 0);
        assert_int_equal(lines_of(path), 1);
        assert_int_equal(disk_judge(&disk, 0), 0);
        assert_false(disk.full);
        assert_int_equal(disk_judge(&disk, -ENOSPC), 0);
        assert_int_equal(lines_of(path), 2);
        /* what is no full disk is passed on, and changes nothing */
        assert_int_equal(disk_judge(&disk, -EIO), -EIO);
        assert_true(disk.full);
        log_close(disk.log);
        unlink(path);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_full_disk_is_said_once_and_passes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
