#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "console/newfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/newfile-XXXXXX";
static char path[64];

static void assert_content(const char *wanted, mode_t mode)
{
        char text[64] = "";
        struct stat st;
        int fd = open(path, O_RDONLY | O_CLOEXEC);

        assert_true(fd >= 0);
        assert_int_equal(read(fd, text, sizeof(text) - 1), strlen(wanted));
        assert_int_equal(fstat(fd, &st), 0);
        close(fd);
        assert_string_equal(text, wanted);
        assert_int_equal(st.st_mode & 07777, mode);
}

static size_t entries(void)
{
        DIR *dir = opendir(folder);
        size_t count = 0;

        assert_non_null(dir);
        while (readdir(dir))
                count++;
        closedir(dir);
        return count - 2;
}

static void test_modes_of_writing(void **state)
{
        (void)state;
        umask(077);
        assert_int_equal(newfile_write(path, "one", 0600, false), 0);
        assert_content("one", 0600);
        assert_int_equal(newfile_write(path, "two", 0600, false), -EEXIST);
        assert_content("one", 0600);
        assert_int_equal(newfile_write(path, "three", 0644, true), 0);
        assert_content("three", 0644);
        assert_int_equal(entries(), 1);
        unlink(path);
        assert_int_equal(newfile_write(path, "", 0644, true), 0);
        assert_content("", 0644);
        unlink(path);
}

static void test_for_root_it_belongs_to_the_owner_of_the_folder(void **state)
{
        struct stat st;

        (void)state;
        if (geteuid() != 0)
                skip();
        assert_int_equal(chown(folder, 65534, 65533), 0);
        assert_int_equal(newfile_write(path, "x", 0600, false), 0);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_uid, 65534);
        assert_int_equal(st.st_gid, 65533);
        assert_int_equal(chown(folder, 0, 0), 0);
        unlink(path);
}

static void test_what_is_in_the_way(void **state)
{
        char missing[96];

        (void)state;
        assert_int_equal(mkdir(path, 0700), 0);
        assert_int_equal(newfile_write(path, "x", 0600, true), -EISDIR);
        assert_int_equal(newfile_write(path, "x", 0600, false), -EEXIST);
        assert_int_equal(entries(), 1);
        snprintf(missing, sizeof(missing), "%s/none/file", path);
        assert_int_equal(newfile_write(missing, "x", 0600, true), -ENOENT);
        rmdir(path);
        /* A link to nowhere has the name, and is not written through. */
        assert_int_equal(symlink(missing, path), 0);
        assert_int_equal(newfile_write(path, "x", 0600, false), -EEXIST);
        unlink(path);
        assert_int_equal(entries(), 0);
}

static int make_folder(void **state)
{
        (void)state;
        if (!mkdtemp(folder))
                return -1;
        snprintf(path, sizeof(path), "%s/file", folder);
        return 0;
}

static int remove_folder(void **state)
{
        (void)state;
        return rmdir(folder);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_modes_of_writing),
            cmocka_unit_test(test_for_root_it_belongs_to_the_owner_of_the_folder),
            cmocka_unit_test(test_what_is_in_the_way),
        };

        return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
