#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "common/kept.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[32], kept[48];

static int set_up(void **state)
{
        (void)state;
        snprintf(folder, sizeof(folder), "/tmp/tq-kept-XXXXXX");
        assert_non_null(mkdtemp(folder));
        snprintf(kept, sizeof(kept), "%s/kept", folder);
        return 0;
}

/* Counts the files that begin so; the name of the last of them in the order of names goes to ret,
 * unless NULL. */
static unsigned files(const char *start, char *ret)
{
        DIR *dir = opendir(kept);
        struct dirent *entry;
        unsigned count = 0;

        assert_non_null(dir);
        if (ret)
                ret[0] = '\0';
        while ((entry = readdir(dir)) != NULL) {
                if (strncmp(entry->d_name, start, strlen(start)) != 0)
                        continue;
                count++;
                if (ret && strcmp(entry->d_name, ret) > 0)
                        snprintf(ret, 256, "%s", entry->d_name);
        }
        closedir(dir);
        return count;
}

static int tear_down(void **state)
{
        char path[512], name[256];

        (void)state;
        while (access(kept, F_OK) == 0 && files("", name) > 2) {
                snprintf(path, sizeof(path), "%s/%s", kept, name);
                assert_int_equal(unlink(path), 0);
        }
        rmdir(kept);
        assert_int_equal(rmdir(folder), 0);
        return 0;
}

/* One of an earlier second. */
static void touch(const char *name)
{
        char path[512];
        int fd;

        snprintf(path, sizeof(path), "%s/%s", kept, name);
        fd = open(path, O_WRONLY | O_CREAT, 0600);
        assert_true(fd >= 0);
        close(fd);
}

static void it_is_kept_once_a_second_and_cut(void **state)
{
        char *data = calloc(1, KEPT_BYTES + 1), name[256], path[512];
        struct stat st;

        (void)state;
        assert_non_null(data);
        kept_put(folder, "fetcher", ".json", data, KEPT_BYTES + 1);
        kept_put(folder, "fetcher", ".json", data, 7);
        assert_in_range(files("fetcher@", name), 1, 2); /* the second may have changed */
        assert_non_null(strstr(name, "Z.json"));
        if (files("fetcher@", NULL) == 1) {
                snprintf(path, sizeof(path), "%s/%s", kept, name);
                assert_int_equal(stat(path, &st), 0);
                assert_int_equal(st.st_size, KEPT_BYTES);
                assert_int_equal(st.st_mode & 0777, 0600);
        }
        assert_int_equal(stat(kept, &st), 0);
        assert_int_equal(st.st_mode & 0077, 0);
        free(data);
}

static void the_oldest_of_a_name_goes(void **state)
{
        char name[64];

        (void)state;
        assert_int_equal(mkdir(kept, 0700), 0);
        touch("emea-2@20000101T000000Z.msgpack"); /* of another fabric */
        for (int i = 0; i < KEPT_MAX + 3; i++) {
                snprintf(name, sizeof(name), "emea@200001010000%02dZ.msgpack", i);
                touch(name);
        }
        kept_put(folder, "emea", ".msgpack", "x", 1);
        assert_int_equal(files("emea@", NULL), KEPT_MAX);
        assert_int_equal(files("emea@20000101000003", NULL), 0);
        assert_int_equal(files("emea@20000101000004", NULL), 1);
        assert_int_equal(files("emea-2@", NULL), 1);
}

static void what_cannot_be_kept_is_not(void **state)
{
        (void)state;
        kept_put("/nonexistent", "fetcher", ".json", "x", 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(it_is_kept_once_a_second_and_cut, set_up, tear_down),
            cmocka_unit_test_setup_teardown(the_oldest_of_a_name_goes, set_up, tear_down),
            cmocka_unit_test(what_cannot_be_kept_is_not),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
