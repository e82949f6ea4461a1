#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <linux/magic.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/store.h"

enum { META, ITEMS };
enum { MIB = 1 << 20 };

static const char *const tables[] = {"meta", "items", NULL};

struct fixture {
        char dir[64];
        char path[96];
        struct store *store;
};

static int setup(void **state)
{
        static struct fixture f;

        f = (struct fixture){.dir = "/tmp/test-store-XXXXXX"};
        assert_non_null(mkdtemp(f.dir));
        snprintf(f.path, sizeof(f.path), "%s/x", f.dir);
        assert_int_equal(store_open(f.path, tables, false, &f.store), 0);
        *state = &f;
        return 0;
}

static int teardown(void **state)
{
        struct fixture *f = *state;
        char command[128];

        store_close(f->store);
        snprintf(command, sizeof(command), "rm -rf '%s'", f->dir);
        return system(command);
}

static void reopen(struct fixture *f)
{
        store_close(f->store);
        f->store = NULL;
        assert_int_equal(store_open(f->path, tables, false, &f->store), 0);
}

/* A put of `size` bytes under a number, in its own transaction. */
struct put {
        uint32_t key;
        size_t size;
        int runs; /* how often the function ran */
        int fail; /* what it returns after the put, unless 0 */
};

static char block[MIB];

static int put_one(struct store *store, MDB_txn *txn, void *userdata)
{
        struct put *put = userdata;
        uint8_t key[4];
        int r;

        put->runs++;
        store_put_u32(key, put->key);
        r = store_put(store, txn, ITEMS, key, sizeof(key), block, put->size);
        return r != 0 ? r : put->fail;
}

static int put(struct store *store, uint32_t key, size_t size)
{
        struct put p = {.key = key, .size = size};

        return store_update(store, put_one, &p);
}

/* Looks for a number; the size of what it holds goes to size. */
static int get_one(struct store *store, MDB_txn *txn, void *userdata)
{
        struct put *p = userdata;
        uint8_t key[4];
        MDB_val v;
        int r;

        store_put_u32(key, p->key);
        r = store_get(store, txn, ITEMS, key, sizeof(key), &v);
        if (r == 0)
                p->size = v.mv_size;
        return r;
}

static int get(struct store *store, uint32_t key, size_t *ret)
{
        struct put p = {.key = key};
        int r = store_view(store, get_one, &p);

        *ret = p.size;
        return r;
}

static int count_items(struct store *store, MDB_txn *txn, void *userdata)
{
        return store_count(store, txn, ITEMS, userdata);
}

static uint64_t items(struct store *store)
{
        uint64_t n = UINT64_MAX;

        assert_int_equal(store_view(store, count_items, &n), 0);
        return n;
}

static void test_keeps_what_was_committed(void **state)
{
        struct fixture *f = *state;
        size_t size;

        assert_int_equal(put(f->store, 7, 100), 0);
        assert_int_equal(get(f->store, 7, &size), 0);
        assert_int_equal(size, 100);
        assert_int_equal(get(f->store, 8, &size), STORE_E_NONE);
        reopen(f);
        assert_int_equal(get(f->store, 7, &size), 0);
        assert_int_equal(size, 100);
        assert_int_equal(items(f->store), 1);
}

static void test_a_failed_function_changes_nothing(void **state)
{
        struct fixture *f = *state;
        struct put p = {.key = 1, .size = 10, .fail = -EPROTO};

        assert_int_equal(store_update(f->store, put_one, &p), -EPROTO);
        p.fail = 42;
        assert_int_equal(store_update(f->store, put_one, &p), 42);
        assert_int_equal(items(f->store), 0);
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
        assert_int_equal(items(f->store), 3);
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

/* 40 MiB do not fit the first map: functions run again in a larger one, and nothing is missing. */
static void test_the_map_grows(void **state)
{
        struct fixture *f = *state;
        int runs = 0;
        size_t size;

        for (uint32_t i = 0; i < 40; i++) {
                struct put p = {.key = i, .size = MIB};

                assert_int_equal(store_update(f->store, put_one, &p), 0);
                runs += p.runs;
        }
        assert_true(runs > 40);
        assert_int_equal(items(f->store), 40);
        reopen(f);
        assert_int_equal(items(f->store), 40);
        assert_int_equal(put(f->store, 40, MIB), 0);
        assert_int_equal(get(f->store, 0, &size), 0);
        assert_int_equal(size, MIB);
}

static size_t shared_bytes(void)
{
        FILE *file = fopen("/proc/self/statm", "re");
        unsigned long shared;

        assert_non_null(file);
        assert_int_equal(fscanf(file, "%*u %*u %lu", &shared), 1);
        fclose(file);
        return shared * (size_t)sysconf(_SC_PAGESIZE);
}

static int fill(struct store *store, MDB_txn *txn, void *userdata)
{
        const uint32_t *first = userdata;
        int r = 0;

        for (uint32_t i = 0; i < 1024 && r == 0; i++) {
                uint8_t key[4];

                store_put_u32(key, *first + i);
                r = store_put(store, txn, ITEMS, key, sizeof(key), block, 4096);
        }
        return r;
}

/* Reads all and remembers the highest that was resident meanwhile. */
static int read_all(struct store *store, MDB_txn *txn, void *userdata)
{
        size_t *peak = userdata, now;
        uint8_t key[4] = {0};
        MDB_val k, v;

        for (uint32_t i = 0; store_seek(store, txn, ITEMS, key, 4, &k, &v) == 0; i++) {
                volatile const char *data = v.mv_data;

                (void)data[v.mv_size / 2];
                store_put_u32(key, store_get_u32(k.mv_data) + 1);
                now = i % 256 == 0 ? shared_bytes() : 0;
                *peak = now > *peak ? now : *peak;
        }
        return 0;
}

static void test_memory_stays_flat(void **state)
{
        struct fixture *f = *state;
        size_t before = shared_bytes(), peak = 0;

        for (uint32_t i = 0; i < 24; i++) {
                uint32_t first = i * 1024;

                assert_int_equal(store_update(f->store, fill, &first), 0);
        }
        assert_int_equal(items(f->store), 24 * 1024);
        assert_int_equal(store_view(f->store, read_all, &peak), 0);
        assert_true(peak > before);
        assert_true(peak - before < 40 * MIB);
}

static void test_readonly_sees_a_live_store(void **state)
{
        struct fixture *f = *state;
        int to_child[2], to_parent[2], status;
        char c = 'x';
        pid_t pid;

        assert_int_equal(put(f->store, 1, 10), 0);
        assert_int_equal(pipe(to_child), 0);
        assert_int_equal(pipe(to_parent), 0);
        pid = fork();
        if (pid == 0) {
                struct store *other;
                size_t size;
                bool ok = store_open(f->path, tables, true, &other) == 0 &&
                          get(other, 1, &size) == 0 && write(to_parent[1], &c, 1) == 1 &&
                          read(to_child[0], &c, 1) == 1 && get(other, 29, &size) == 0 &&
                          size == MIB && put(other, 99, 1) == -EACCES;

                _exit(ok ? 0 : 1);
        }
        assert_int_equal(read(to_parent[0], &c, 1), 1);
        /* The reader's map is now too small for what it is to read. */
        for (uint32_t i = 10; i < 30; i++)
                assert_int_equal(put(f->store, i, MIB), 0);
        assert_int_equal(write(to_child[1], &c, 1), 1);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);
        for (int i = 0; i < 2; i++) {
                close(to_child[i]);
                close(to_parent[i]);
        }
}

static void test_readonly_makes_nothing(void **state)
{
        struct fixture *f = *state;
        struct store *other = NULL;
        char path[128];

        snprintf(path, sizeof(path), "%s/none", f->dir);
        assert_int_equal(store_open(path, tables, true, &other), STORE_E_NONE);
        assert_int_equal(access(path, F_OK), -1);
        assert_int_equal(mkdir(path, 0700), 0);
        assert_int_equal(store_open(path, tables, true, &other), STORE_E_NONE);
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
        assert_int_equal(store_open(path, tables, false, &other), -ENOENT);
        snprintf(path, sizeof(path), "%s/bad", f->dir);
        assert_int_equal(mkdir(path, 0700), 0);
        snprintf(path, sizeof(path), "%s/bad/data.mdb", f->dir);
        file = fopen(path, "we");
        for (int i = 0; i < 2048; i++)
                fputs("garbage!", file);
        fclose(file);
        snprintf(path, sizeof(path), "%s/bad", f->dir);
        assert_int_equal(store_open(path, tables, false, &other), -EUCLEAN);
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

/* Each transaction adds two items, so that a torn one would show. */
static int put_pair(struct store *store, MDB_txn *txn, void *userdata)
{
        struct put *p = userdata;
        int r = put_one(store, txn, p);

        p->key++;
        if (r == 0)
                r = put_one(store, txn, p);
        p->key--;
        return r;
}

static void commit_for_ever(const char *path, int out)
{
        struct store *store;

        if (store_open(path, tables, false, &store) != 0)
                _exit(1);
        for (uint32_t i = 0;; i += 2) {
                struct put p = {.key = i, .size = 3000};

                if (store_update(store, put_pair, &p) != 0 || write(out, &i, 4) != 4)
                        _exit(1);
        }
}

static void test_kill_9_loses_nothing_committed(void **state)
{
        struct fixture *f = *state;

        store_close(f->store);
        f->store = NULL;
        for (int round = 0; round < 5; round++) {
                int fds[2], status;
                uint32_t last = 0, told = 0;
                size_t size;
                pid_t pid;

                assert_int_equal(pipe(fds), 0);
                pid = fork();
                if (pid == 0)
                        commit_for_ever(f->path, fds[1]);
                close(fds[1]);
                for (int i = 0; i < 40 + round; i++)
                        assert_int_equal(read(fds[0], &last, 4), 4);
                kill(pid, SIGKILL);
                assert_int_equal(waitpid(pid, &status, 0), pid);
                while (read(fds[0], &told, 4) == 4)
                        last = told;
                close(fds[0]);

                assert_int_equal(store_open(f->path, tables, false, &f->store), 0);
                for (uint32_t i = 0; i <= last + 1; i++)
                        assert_int_equal(get(f->store, i, &size), 0);
                assert_int_equal(items(f->store) % 2, 0);
                store_close(f->store);
                f->store = NULL;
        }
}

/* Fills a small file system of its own, frees room, and goes on with the same store. */
static int fill_disk(const struct fixture *f)
{
        char path[128], ballast[128];
        struct store *store;
        uint32_t i = 0;
        FILE *file;
        int r;

        if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
            mount("tmpfs", f->dir, "tmpfs", 0, "size=8m") < 0)
                return 77;
        snprintf(path, sizeof(path), "%s/x", f->dir);
        snprintf(ballast, sizeof(ballast), "%s/ballast", f->dir);
        file = fopen(ballast, "we");
        if (!file || fwrite(block, 1, MIB, file) != MIB || fclose(file) != 0)
                return 1;
        if (store_open(path, tables, false, &store) != 0)
                return 2;
        while ((r = put(store, i, MIB / 4)) == 0)
                i++;
        if (r != -ENOSPC)
                return 3;
        if (items(store) != i || unlink(ballast) < 0)
                return 4;
        if (put(store, i, MIB / 4) != 0 || items(store) != i + 1)
                return 5;
        store_close(store);
        return 0;
}

static void test_a_full_disk_is_survived(void **state)
{
        struct fixture *f = *state;
        int status;
        pid_t pid;

        fflush(NULL);
        store_close(f->store);
        f->store = NULL;
        pid = fork();
        if (pid == 0)
                _exit(fill_disk(f));
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        if (WEXITSTATUS(status) == 77)
                skip(); /* may not mount */
        assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_keeps_what_was_committed, setup, teardown),
            cmocka_unit_test_setup_teardown(test_a_failed_function_changes_nothing, setup,
                                            teardown),
            cmocka_unit_test_setup_teardown(test_walks_in_the_order_of_keys, setup, teardown),
            cmocka_unit_test(test_numbers_keep_their_order),
            cmocka_unit_test_setup_teardown(test_the_map_grows, setup, teardown),
            cmocka_unit_test_setup_teardown(test_memory_stays_flat, setup, teardown),
            cmocka_unit_test_setup_teardown(test_readonly_sees_a_live_store, setup, teardown),
            cmocka_unit_test_setup_teardown(test_readonly_makes_nothing, setup, teardown),
            cmocka_unit_test_setup_teardown(test_is_for_its_owner_only, setup, teardown),
            cmocka_unit_test_setup_teardown(test_says_why_it_cannot_open, setup, teardown),
            cmocka_unit_test(test_network_file_systems_are_known),
            cmocka_unit_test_setup_teardown(test_names_what_went_wrong, setup, teardown),
            cmocka_unit_test_setup_teardown(test_kill_9_loses_nothing_committed, setup, teardown),
            cmocka_unit_test_setup_teardown(test_a_full_disk_is_survived, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
