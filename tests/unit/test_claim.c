#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "enricher/claim.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>

static char path[] = "/tmp/test_claim.XXXXXX";

static int setup(void **state)
{
        int fd = mkstemp(path);

        (void)state;
        close(fd);
        return fd < 0 ? -1 : 0;
}

static int teardown(void **state)
{
        (void)state;
        return unlink(path);
}

static void test_one_holder(void **state)
{
        static const uint64_t ids[] = {0, 1, 42, INT64_MAX - 1, UINT64_MAX};
        _cleanup_(claim_closep) struct claim *a = NULL, *b = NULL;

        (void)state;
        assert_int_equal(claim_open(path, &a), 0);
        assert_int_equal(claim_open(path, &b), 0);
        for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
                assert_int_equal(claim_take(a, ids[i]), 0);
                assert_int_equal(claim_take(b, ids[i]), CLAIM_E_TAKEN);
                assert_int_equal(claim_take(b, ids[i] + 7), 0); /* another one is free */
                claim_drop(a);
                claim_drop(b);
                assert_int_equal(claim_take(b, ids[i]), 0);
                claim_drop(b);
        }
}

/* What a process held is free when it has died, however it died. */
static void test_a_dead_holder_lets_go(void **state)
{
        _cleanup_(claim_closep) struct claim *ours = NULL;
        int status;
        pid_t pid;

        (void)state;
        assert_int_equal(claim_open(path, &ours), 0);
        pid = fork();
        if (pid == 0) {
                struct claim *theirs = NULL;

                if (claim_open(path, &theirs) == 0 && claim_take(theirs, 42) == 0)
                        abort();
                _exit(1);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(claim_take(ours, 42), 0);
}

static void test_no_folder(void **state)
{
        struct claim *claim = NULL;

        (void)state;
        assert_int_equal(claim_open("/nonexistent/claims", &claim), -ENOENT);
        assert_null(claim);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_one_holder),
            cmocka_unit_test(test_a_dead_holder_lets_go),
            cmocka_unit_test(test_no_folder),
        };

        return cmocka_run_group_tests(tests, setup, teardown);
}
