#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "tests/unit/store_fixture.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

/* 40 MiB do not fit the first map: functions run again in a larger one, and nothing is missing. */
static void test_the_map_grows(void **state)
{
        struct fixture *f = *state;
        int runs = 0;
        size_t size;

        for (uint32_t i = 0; i < 40; i++) {
                struct put p = {.key = i, .size = MIB};

                assert_int_equal(store_update(f->store, fixture_put_one, &p), 0);
                runs += p.runs;
        }
        assert_true(runs > 40);
        assert_int_equal(fixture_items(f->store), 40);
        fixture_reopen(f);
        assert_int_equal(fixture_items(f->store), 40);
        assert_int_equal(fixture_put(f->store, 40, MIB), 0);
        assert_int_equal(fixture_get(f->store, 0, &size), 0);
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
                r = store_put(store, txn, ITEMS, key, sizeof(key), fixture_block, 4096);
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
        assert_int_equal(fixture_items(f->store), 24 * 1024);
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

        assert_int_equal(fixture_put(f->store, 1, 10), 0);
        assert_int_equal(pipe(to_child), 0);
        assert_int_equal(pipe(to_parent), 0);
        pid = fork();
        if (pid == 0) {
                struct store *other = NULL;
                size_t size;
                bool ok = store_open(f->path, fixture_tables, true, &other) == 0 &&
                          fixture_get(other, 1, &size) == 0 && write(to_parent[1], &c, 1) == 1 &&
                          read(to_child[0], &c, 1) == 1 && fixture_get(other, 29, &size) == 0 &&
                          size == MIB && fixture_put(other, 99, 1) == -EACCES;

                store_close(other);
                _exit(ok ? 0 : 1);
        }
        assert_int_equal(read(to_parent[0], &c, 1), 1);
        /* The reader's map is now too small for what it is to read. */
        for (uint32_t i = 10; i < 30; i++)
                assert_int_equal(fixture_put(f->store, i, MIB), 0);
        assert_int_equal(write(to_child[1], &c, 1), 1);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);
        for (int i = 0; i < 2; i++) {
                close(to_child[i]);
                close(to_parent[i]);
        }
}

/* Each transaction adds two items, so that a torn one would show. */
static int put_pair(struct store *store, MDB_txn *txn, void *userdata)
{
        struct put *p = userdata;
        int r = fixture_put_one(store, txn, p);

        p->key++;
        if (r == 0)
                r = fixture_put_one(store, txn, p);
        p->key--;
        return r;
}

static void commit_for_ever(const char *path, int out)
{
        struct store *store;

        if (store_open(path, fixture_tables, false, &store) != 0)
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

                assert_int_equal(store_open(f->path, fixture_tables, false, &f->store), 0);
                for (uint32_t i = 0; i <= last + 1; i++)
                        assert_int_equal(fixture_get(f->store, i, &size), 0);
                assert_int_equal(fixture_items(f->store) % 2, 0);
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

        if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", "none", MS_REC | MS_PRIVATE, "") < 0 ||
            mount("tmpfs", f->dir, "tmpfs", 0, "size=8m") < 0)
                return 77;
        snprintf(path, sizeof(path), "%s/x", f->dir);
        snprintf(ballast, sizeof(ballast), "%s/ballast", f->dir);
        file = fopen(ballast, "we");
        if (!file || fwrite(fixture_block, 1, MIB, file) != MIB || fclose(file) != 0)
                return 1;
        if (store_open(path, fixture_tables, false, &store) != 0)
                return 2;
        while ((r = fixture_put(store, i, MIB / 4)) == 0)
                i++;
        if (r != -ENOSPC)
                return 3;
        if (fixture_items(store) != i || unlink(ballast) < 0)
                return 4;
        if (fixture_put(store, i, MIB / 4) != 0 || fixture_items(store) != i + 1)
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
            cmocka_unit_test_setup_teardown(test_the_map_grows, fixture_setup, fixture_teardown),
            cmocka_unit_test_setup_teardown(test_memory_stays_flat, fixture_setup,
                                            fixture_teardown),
            cmocka_unit_test_setup_teardown(test_readonly_sees_a_live_store, fixture_setup,
                                            fixture_teardown),
            cmocka_unit_test_setup_teardown(test_kill_9_loses_nothing_committed, fixture_setup,
                                            fixture_teardown),
            cmocka_unit_test_setup_teardown(test_a_full_disk_is_survived, fixture_setup,
                                            fixture_teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
