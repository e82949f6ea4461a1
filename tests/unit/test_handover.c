/*
 * The meeting place of two threads: nothing is lost or taken twice, and the eventfd tells.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "publisher/dxl/handover.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>

static bool rings(int fd)
{
        struct pollfd p = {.fd = fd, .events = POLLIN};
        return poll(&p, 1, 0) == 1;
}

static void one_way_and_back(void **state)
{
        (void)state;
        struct dxl_handover *h;
        assert_int_equal(dxl_handover_open(2, &h), 0);
        struct dxl_completion c;
        assert_false(dxl_handover_next(h, &c));
        assert_int_equal(dxl_handover_take(h), DXL_HANDOVER_NONE);
        assert_int_equal(dxl_handover_put(h, 11, "/a", "one", 3, 100), 0);
        assert_int_equal(dxl_handover_put(h, 22, "/b", NULL, 0, 200), 0);
        assert_int_equal(dxl_handover_put(h, 33, "/c", "x", 1, 300), DXL_E_FULL);
        assert_false(rings(dxl_handover_fd(h)));

        assert_int_equal(dxl_handover_take_late(h, 99), DXL_HANDOVER_NONE);
        int first = dxl_handover_take_late(h, 100);
        assert_true(first >= 0);
        struct dxl_request *r = dxl_handover_request(h, (unsigned)first);
        assert_int_equal(r->completion.tag, 11);
        assert_string_equal(r->topic, "/a");
        assert_int_equal(r->payload_len, 3);
        assert_memory_equal(r->payload, "one", 3);
        r->completion.result = DXL_ANSWERED;
        r->completion.payload = strdup("answer");
        r->completion.payload_len = 6;
        dxl_handover_complete(h, (unsigned)first);
        assert_false(rings(dxl_handover_fd(h))); /* completions may be gathered first */
        dxl_handover_ring(h);
        assert_true(rings(dxl_handover_fd(h)));

        assert_true(dxl_handover_next(h, &c));
        assert_int_equal(c.tag, 11);
        assert_int_equal(c.result, DXL_ANSWERED);
        assert_memory_equal(c.payload, "answer", 6);
        free(c.payload);
        assert_false(dxl_handover_next(h, &c));
        assert_false(rings(dxl_handover_fd(h)));

        /* The place is free again, and nothing of the last request is in it. */
        assert_int_equal(dxl_handover_put(h, 33, "/c", "x", 1, 300), 0);
        int second = dxl_handover_take(h), third = dxl_handover_take(h);
        assert_int_equal(dxl_handover_request(h, (unsigned)second)->completion.tag, 22);
        r = dxl_handover_request(h, (unsigned)third);
        assert_int_equal(r->completion.tag, 33);
        assert_int_equal(r->payload_len, 1);
        assert_null(r->completion.payload);
        dxl_handover_close(h);
}

static void refused(void **state)
{
        (void)state;
        struct dxl_handover *h;
        assert_int_equal(dxl_handover_open(1, &h), 0);
        char topic[DXL_TOPIC_MAX + 2];
        memset(topic, 't', sizeof(topic));
        topic[DXL_TOPIC_MAX + 1] = '\0';
        assert_int_equal(dxl_handover_put(h, 1, topic, "", 0, 0), -EMSGSIZE);
        assert_int_equal(dxl_handover_put(h, 1, "/a", topic, DXL_PAYLOAD_MAX + 1, 0), -EMSGSIZE);
        topic[DXL_TOPIC_MAX] = '\0';
        assert_int_equal(dxl_handover_put(h, 1, topic, "", 0, 0), 0);
        dxl_handover_close(h);
}

static void ring_without_completion(void **state)
{
        (void)state;
        struct dxl_handover *h;
        assert_int_equal(dxl_handover_open(1, &h), 0);
        dxl_handover_ring(h);
        assert_true(rings(dxl_handover_fd(h)));
        struct dxl_completion c;
        assert_false(dxl_handover_next(h, &c));
        assert_false(rings(dxl_handover_fd(h)));
        dxl_handover_close(h);
}

enum { PLACES = 8, REQUESTS = 20000 };

/* Stands for the fabric: sleeps when nothing is queued, answers everything. */
static void *answer_all(void *userdata)
{
        struct dxl_handover *h = userdata;
        for (unsigned done = 0; done < REQUESTS;) {
                int i = dxl_handover_take(h);
                if (i == DXL_HANDOVER_NONE) {
                        dxl_handover_wait(h, 10000); /* a lost wake-up shows as a time-out */
                        continue;
                }
                struct dxl_request *r = dxl_handover_request(h, (unsigned)i);
                r->completion.error_code = *(uint32_t *)r->payload;
                dxl_handover_complete(h, (unsigned)i);
                dxl_handover_ring(h);
                done++;
        }
        return NULL;
}

static void two_threads(void **state)
{
        (void)state;
        struct dxl_handover *h;
        assert_int_equal(dxl_handover_open(PLACES, &h), 0);
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, answer_all, h), 0);
        static bool seen[REQUESTS];
        unsigned done = 0;
        for (uint32_t n = 0; done < REQUESTS;) {
                while (n < REQUESTS && dxl_handover_put(h, n, "/t", &n, sizeof(n), 0) == 0)
                        n++;
                struct pollfd p = {.fd = dxl_handover_fd(h), .events = POLLIN};
                assert_int_equal(poll(&p, 1, 10000), 1);
                struct dxl_completion c;
                while (dxl_handover_next(h, &c)) {
                        assert_false(seen[c.tag]);
                        seen[c.tag] = true;
                        assert_int_equal(c.error_code, c.tag);
                        done++;
                }
        }
        pthread_join(thread, NULL);
        dxl_handover_close(h);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(one_way_and_back),
            cmocka_unit_test(refused),
            cmocka_unit_test(ring_without_completion),
            cmocka_unit_test(two_threads),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
