#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "enricher/jobs.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>

static enum jobs_put put(struct jobs *jobs, size_t fabric, uint64_t id, uint64_t version)
{
        struct wire_outcome outcome = {.id = id, .version = version};

        return jobs_put(jobs, fabric, &outcome);
}

static bool rings(struct jobs *jobs)
{
        struct pollfd fd = {.fd = jobs_fd(jobs), .events = POLLIN};

        return poll(&fd, 1, 0) == 1;
}

static void test_first_in_first_out_and_bounded(void **state)
{
        _cleanup_(jobs_closep) struct jobs *jobs = NULL;
        struct job *job, done;

        (void)state;
        assert_int_equal(jobs_open(3, &jobs), 0);
        for (uint64_t id = 1; id <= 3; id++)
                assert_int_equal(put(jobs, 0, id, 1), JOBS_TAKEN);
        assert_int_equal(put(jobs, 0, 4, 1), JOBS_FULL);
        assert_int_equal(jobs_room(jobs), 0);
        for (uint64_t id = 1; id <= 3; id++) {
                job = jobs_take(jobs);
                assert_int_equal(job->outcome.id, id);
                job->settled = true;
                jobs_finish(jobs, job);
        }
        assert_int_equal(jobs_room(jobs), 0); /* not before they are collected */
        assert_true(rings(jobs));
        for (uint64_t id = 1; id <= 3; id++) {
                assert_true(jobs_collect(jobs, &done));
                assert_int_equal(done.outcome.id, id);
                assert_true(done.settled);
        }
        assert_false(jobs_collect(jobs, &done));
        assert_false(rings(jobs));
        assert_int_equal(jobs_room(jobs), 3);
        assert_int_equal(jobs_count(jobs), 0);
}

static void test_the_same_is_taken_once(void **state)
{
        _cleanup_(jobs_closep) struct jobs *jobs = NULL;
        struct job *job, done;

        (void)state;
        assert_int_equal(jobs_open(4, &jobs), 0);
        assert_int_equal(put(jobs, 0, 7, 1), JOBS_TAKEN);
        assert_int_equal(put(jobs, 0, 7, 1), JOBS_KNOWN);
        job = jobs_take(jobs);
        assert_int_equal(put(jobs, 0, 7, 1), JOBS_KNOWN); /* in work */
        jobs_finish(jobs, job);
        assert_true(jobs_collect(jobs, &done));
        assert_int_equal(put(jobs, 0, 7, 1), JOBS_TAKEN); /* offered again after it was lost */
}

static void test_a_newer_version_replaces_a_waiting_one(void **state)
{
        _cleanup_(jobs_closep) struct jobs *jobs = NULL;

        (void)state;
        assert_int_equal(jobs_open(4, &jobs), 0);
        assert_int_equal(put(jobs, 0, 7, 1), JOBS_TAKEN);
        assert_int_equal(put(jobs, 0, 7, 2), JOBS_REPLACED);
        assert_int_equal(jobs_count(jobs), 1);
        assert_int_equal(jobs_take(jobs)->outcome.version, 2);
}

static void test_one_indicator_is_with_one_worker(void **state)
{
        _cleanup_(jobs_closep) struct jobs *jobs = NULL;
        struct job *first, *second, *third;

        (void)state;
        assert_int_equal(jobs_open(8, &jobs), 0);
        assert_int_equal(put(jobs, 0, 7, 1), JOBS_TAKEN);
        assert_int_equal(put(jobs, 1, 7, 1), JOBS_TAKEN); /* of another fabric */
        assert_int_equal(put(jobs, 0, 8, 1), JOBS_TAKEN);
        first = jobs_take(jobs);
        assert_int_equal(first->outcome.id, 7);
        assert_int_equal(put(jobs, 0, 7, 2), JOBS_TAKEN); /* newer than the one in work */
        second = jobs_take(jobs);
        assert_int_equal(second->outcome.id, 8);
        assert_int_equal(jobs_working(jobs), 2);
        jobs_finish(jobs, first);
        third = jobs_take(jobs);
        assert_int_equal(third->outcome.id, 7);
        assert_int_equal(third->fabric, 1);
        jobs_finish(jobs, third);
        third = jobs_take(jobs);
        assert_int_equal(third->fabric, 0);
        assert_int_equal(third->outcome.version, 2);
}

static void test_stop_hands_out_no_more(void **state)
{
        _cleanup_(jobs_closep) struct jobs *jobs = NULL;

        (void)state;
        assert_int_equal(jobs_open(2, &jobs), 0);
        assert_int_equal(put(jobs, 0, 7, 1), JOBS_TAKEN);
        jobs_stop(jobs);
        assert_null(jobs_take(jobs));
}

enum { THREADS = 4, IDS = 50, ROUNDS = 40 };

struct crowd {
        struct jobs *jobs;
        atomic_int holders[IDS];
        atomic_int clashes;
};

static void *crowd_work(void *userdata)
{
        struct crowd *crowd = userdata;
        struct job *job;

        while ((job = jobs_take(crowd->jobs))) {
                if (atomic_fetch_add(&crowd->holders[job->outcome.id], 1) != 0)
                        atomic_fetch_add(&crowd->clashes, 1);
                job->settled = true;
                atomic_fetch_sub(&crowd->holders[job->outcome.id], 1);
                jobs_finish(crowd->jobs, job);
        }
        return NULL;
}

/* Every job comes back once, and no indicator is ever with two threads. */
static void test_many_threads(void **state)
{
        static struct crowd crowd;
        pthread_t threads[THREADS];
        size_t sent = 0, back = 0;
        struct job done;

        (void)state;
        assert_int_equal(jobs_open(64, &crowd.jobs), 0);
        for (int i = 0; i < THREADS; i++)
                assert_int_equal(pthread_create(&threads[i], NULL, crowd_work, &crowd), 0);
        for (uint64_t n = 0; n < IDS * ROUNDS;) {
                enum jobs_put r = put(crowd.jobs, n / IDS % 2, n % IDS, n);

                if (r != JOBS_FULL)
                        n++;
                sent += r == JOBS_TAKEN;
                while (jobs_collect(crowd.jobs, &done))
                        back += done.settled;
        }
        while (jobs_count(crowd.jobs) > 0)
                while (jobs_collect(crowd.jobs, &done))
                        back += done.settled;
        jobs_stop(crowd.jobs);
        for (int i = 0; i < THREADS; i++)
                pthread_join(threads[i], NULL);
        jobs_close(crowd.jobs);
        assert_int_equal(back, sent);
        assert_int_equal(crowd.clashes, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_first_in_first_out_and_bounded),
            cmocka_unit_test(test_the_same_is_taken_once),
            cmocka_unit_test(test_a_newer_version_replaces_a_waiting_one),
            cmocka_unit_test(test_one_indicator_is_with_one_worker),
            cmocka_unit_test(test_stop_hands_out_no_more),
            cmocka_unit_test(test_many_threads),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
