#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "common/clock.h"
#include "publisher/reset.h"
#include "tests/unit/publisher_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A disk that is full for the next so many commits, in place of store_update (the linker's --wrap).
 */
static unsigned full;

int __real_store_update(struct store *store, int (*fn)(struct store *, MDB_txn *, void *),
                        void *userdata);
int __wrap_store_update(struct store *store, int (*fn)(struct store *, MDB_txn *, void *),
                        void *userdata);
int __wrap_store_update(struct store *store, int (*fn)(struct store *, MDB_txn *, void *),
                        void *userdata)
{
        if (full == 0)
                return __real_store_update(store, fn, userdata);
        full--;
        return -ENOSPC;
}

enum { SENT = 7, LIMIT = 10 };

static int add(struct store *store, MDB_txn *txn, void *userdata)
{
        const struct quota *quota = userdata;

        return quota_add(store, txn, SENT, quota_time(quota, clock_boot_ms()));
}

static void a_full_disk_keeps_the_request_and_the_ledger(void **state)
{
        struct fixture *f = *state;
        struct config config = {.state_dir = f->folder};
        struct config_fabric fabric = {.name = (char[]){"emea"}, .daily_limit = LIMIT};
        const struct proc_spec spec = {.name = "publisher"};
        struct proc proc = {.spec = &spec, .config = &config, .fabric = &fabric};
        struct vault vault = {.store = f->store};
        struct quota_now now = quota_read_clocks();
        char request[128];

        assert_int_equal(log_open("publisher", "/dev/null", 1, &proc.log), 0);
        assert_int_equal(quota_open(f->store, LIMIT, &now, false, &vault.quota), 0);
        assert_int_equal(store_update(f->store, add, vault.quota), 0);
        assert_int_equal(quota_reload(vault.quota, f->store), 0);
        assert_int_equal(reset_serve(&proc, &vault), RESET_E_NONE);

        snprintf(request, sizeof(request), "%s/publisher-emea.quota-reset", f->folder);
        close(open(request, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
        full = 2;
        for (int i = 0; i < 2; i++) {
                assert_int_equal(reset_serve(&proc, &vault), -ENOSPC);
                assert_int_equal(access(request, F_OK), 0);
                assert_int_equal(quota_used(vault.quota, clock_boot_ms()), SENT);
        }
        assert_int_equal(reset_serve(&proc, &vault), 0);
        assert_int_equal(access(request, F_OK), -1);
        assert_int_equal(quota_used(vault.quota, clock_boot_ms()), 0);
        assert_int_equal(reset_serve(&proc, &vault), RESET_E_NONE);
        quota_close(vault.quota);
        log_close(proc.log);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(a_full_disk_keeps_the_request_and_the_ledger,
                                            fixture_setup, fixture_teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
