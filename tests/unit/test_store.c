#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "tests/unit/store_fixture.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void test_keeps_what_was_committed(void **state)
{
        struct fixture *f = *state;
        size_t size;

        assert_int_equal(fixture_put(f->store, 7, 100), 0);
        assert_int_equal(fixture_get(f->store, 7, &size), 0);
        assert_int_equal(size, 100);
        assert_int_equal(fixture_get(f->store, 8, &size), STORE_E_NONE);
        fixture_reopen(f);
        assert_int_equal(fixture_get(f->store, 7, &size), 0);
        assert_int_equal(size, 100);
        assert_int_equal(fixture_items(f->store), 1);
}

static void test_a_failed_function_changes_nothing(void **state)
{
        struct fixture *f = *state;
        struct put p = {.key = 1, .size = 10, .fail = -EPROTO};

        assert_int_equal(store_update(f->store, fixture_put_one, &p), -EPROTO);
        p.fail = 42;
        assert_int_equal(store_update(f->store, fixture_put_one, &p), 42);
        assert_int_equal(fixture_items(f->store), 0);
}

static int walk(struct store *store, MDB_txn *txn, void *userdata)
{
        static const uint32_t keys[] = {300, 1, 70000, 2};
        uint8_t key[4];
        MDB_val k, v;

        (void)userdata;
        assert_int_equal(store_seek(store, txn, ITEMS, NULL, 0, &k, &v), STORE_E_NONE);
        assert_int_equal(store_del(store, txn, ITEMS, "none", 4), STORE_E_NONE);
        for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
                store_put_u32(key, keys[i]);
                assert_int_equal(store_put(store, txn, ITEMS, key, 4, &keys[i], 4), 0);
        }
        assert_int_equal(store_seek(store, txn, ITEMS, NULL, 0, &k, &v), 0);
        assert_int_equal(store_get_u32(k.mv_data), 1);
        store_put_u32(key, 3);
        assert_int_equal(store_seek(store, txn, ITEMS, key, 4, &k, &v), 0);
        assert_int_equal(store_get_u32(k.mv_data), 300);
        assert_memory_equal(v.mv_data, &keys[0], 4);
        store_put_u32(key, 300);
        assert_int_equal(store_del(store, txn, ITEMS, key, 4), 0);
        assert_int_equal(store_seek(store, txn, ITEMS, key, 4, &k, &v), 0);
        assert_int_equal(store_get_u32(k.mv_data), 70000);
        store_put_u32(key, 70001);
        assert_int_equal(store_seek(store, txn, ITEMS, key, 4, &k, &v), STORE_E_NONE);
        return 0;
}

static void test_walks_in_the_order_of_keys(void **state)
{
        struct fixture *f = *state;

        assert_int_equal(store_update(f->store, walk, NULL), 0);
        assert_int_equal(fixture_items(f->store), 3);
}

static void test_numbers_keep_their_order(void **state)
{
        static const uint64_t numbers[] = {0,         1, 255, 256, UINT32_MAX, UINT64_C(1) << 32,
                                           UINT64_MAX};
        uint8_t last[8] = {0}, now[8];

        (void)state;
        for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
                store_put_u64(now, numbers[i]);
                assert_true(i == 0 || memcmp(last, now, sizeof(now)) < 0);
                assert_true(store_get_u64(now) == numbers[i]);
                memcpy(last, now, sizeof(now));
                store_put_u32(now, (uint32_t)numbers[i]);
                assert_int_equal(store_get_u32(now), (uint32_t)numbers[i]);
        }
}

static void test_readonly_makes_nothing(void **state)
{
        struct fixture *f = *state;
        struct store *other = NULL;
        char path[128];

        snprintf(path, sizeof(path), "%s/none", f->dir);
        assert_int_equal(store_open(path, fixture_tables, true, &other), STORE_E_NONE);
        assert_int_equal(access(path, F_OK), -1);
        assert_int_equal(mkdir(path, 0700), 0);
        assert_int_equal(store_open(path, fixture_tables, true, &other), STORE_E_NONE);
        assert_null(other);
}

static void test_is_for_its_owner_only(void **state)
{
        struct fixture *f = *state;
        char path[128];
        struct stat st;

        assert_int_equal(stat(f->path, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0700);
        snprintf(path, sizeof(path), "%s/data.mdb", f->path);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
}

static void test_says_why_it_cannot_open(void **state)
{
        struct fixture *f = *state;
        struct store *other = NULL;
        char path[128];
        FILE *file;

        snprintf(path, sizeof(path), "%s/none/x", f->dir);
        assert_int_equal(store_open(path, fixture_tables, false, &other), -ENOENT);
        snprintf(path, sizeof(path), "%s/bad", f->dir);
        assert_int_equal(mkdir(path, 0700), 0);
        snprintf(path, sizeof(path), "%s/bad/data.mdb", f->dir);
        file = fopen(path, "we");
        for (int i = 0; i < 2048; i++)
                fputs("garbage!", file);
        fclose(file);
        snprintf(path, sizeof(path), "%s/bad", f->dir);
        assert_int_equal(store_open(path, fixture_tables, false, &other), -EUCLEAN);
        assert_null(other);
}

static void test_network_file_systems_are_known(void **state)
{
        static const struct {
                int64_t type;
                bool network;
        } cases[] = {
            {NFS_SUPER_MAGIC, true},           {(int64_t)CIFS_SUPER_MAGIC, true},
            {(int32_t)CIFS_SUPER_MAGIC, true}, {SMB_SUPER_MAGIC, true},
            {EXT4_SUPER_MAGIC, false},         {XFS_SUPER_MAGIC, false},
            {BTRFS_SUPER_MAGIC, false},        {TMPFS_MAGIC, false},
            {OVERLAYFS_SUPER_MAGIC, false},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_int_equal(store_is_network(cases[i].type), cases[i].network);
}

static void test_names_what_went_wrong(void **state)
{
        struct fixture *f = *state;

        assert_int_equal(store_code(f->store, MDB_MAP_FULL), STORE_E_FULL);
        assert_int_equal(store_code(f->store, EDQUOT), -ENOSPC);
        assert_int_equal(store_code(f->store, EIO), -EIO);
        assert_int_equal(store_code(f->store, MDB_CORRUPTED), -EUCLEAN);
        assert_non_null(strstr(store_error(f->store), "MDB_CORRUPTED"));
        assert_int_equal(store_code(f->store, MDB_BAD_DBI), -EINVAL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_keeps_what_was_committed, fixture_setup,
                                            fixture_teardown),
            cmocka_unit_test_setup_teardown(test_a_failed_function_changes_nothing, fixture_setup,
                                            fixture_teardown),
            cmocka_unit_test_setup_teardown(test_walks_in_the_order_of_keys, fixture_setup,
                                            fixture_teardown),
            cmocka_unit_test(test_numbers_keep_their_order),
            cmocka_unit_test_setup_teardown(test_readonly_makes_nothing, fixture_setup,
                                            fixture_teardown),
            cmocka_unit_test_setup_teardown(test_is_for_its_owner_only, fixture_setup,
                                            fixture_teardown),
            cmocka_unit_test_setup_teardown(test_says_why_it_cannot_open, fixture_setup,
                                            fixture_teardown),
            cmocka_unit_test(test_network_file_systems_are_known),
            cmocka_unit_test_setup_teardown(test_names_what_went_wrong, fixture_setup,
                                            fixture_teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
