/* Longer than 400 lines: the fabric in the place of the real one is read with the cases it serves.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "common/clock.h"
#include "publisher/dxl/registry.h"
#include "publisher/dxl/tie.h"
#include "publisher/outbox.h"
#include "publisher/push.h"
#include "publisher/settle.h"
#include "publisher/shared.h"
#include "tests/unit/publisher_fixture.h"

#include <string.h>

/* ---- a fabric that the test plays ---- */

enum { SENT_MAX = 512 };

struct dxl_fabric {
        bool connected;
        struct {
                uint64_t tag;
                bool is_set;
                bool open;
                char payload[512];
        } sent[SENT_MAX];
        unsigned sent_count, sets;
        const char *registry, *get; /* what the preflight's questions are answered; NULL: nothing */
        unsigned preflights;
        struct dxl_completion ready[SENT_MAX];
        unsigned ready_count, ready_taken;
};

/* The questions of the preflight, which no slot asks. */
static bool answer_preflight(struct dxl_fabric *fabric, uint64_t tag, const char *topic,
                             const char *payload)
{
        bool registry = strcmp(topic, dxl_registry_topic) == 0;
        const char *answer = registry ? fabric->registry : fabric->get;

        if (!registry && !strstr(payload, "1B2M2Y8AsgTpgAmY7PhCfg=="))
                return false;
        fabric->preflights += registry;
        fabric->ready[fabric->ready_count++] =
            (struct dxl_completion){.tag = tag,
                                    .result = answer ? DXL_ANSWERED : DXL_TIMEOUT,
                                    .payload = answer ? strdup(answer) : NULL,
                                    .payload_len = answer ? strlen(answer) : 0};
        return true;
}

int dxl_fabric_request(struct dxl_fabric *fabric, uint64_t tag, const char *topic,
                       const void *payload, size_t len)
{
        unsigned at;

        if (answer_preflight(fabric, tag, topic, payload))
                return 0;
        at = fabric->sent_count++;
        assert_true(at < SENT_MAX && len < sizeof(fabric->sent[at].payload));
        fabric->sent[at].tag = tag;
        fabric->sent[at].is_set = strcmp(topic, tie_topic_set) == 0;
        fabric->sent[at].open = true;
        memcpy(fabric->sent[at].payload, payload, len);
        fabric->sets += fabric->sent[at].is_set;
        return 0;
}

bool dxl_fabric_next(struct dxl_fabric *fabric, struct dxl_completion *ret)
{
        if (fabric->ready_taken == fabric->ready_count)
                return false;
        *ret = fabric->ready[fabric->ready_taken++];
        return true;
}

void dxl_fabric_state(struct dxl_fabric *fabric, struct dxl_state *ret)
{
        *ret = (struct dxl_state){.connected = fabric->connected, .connections = 1};
}

const char *dxl_fabric_thumbprint(const struct dxl_fabric *fabric)
{
        (void)fabric;
        return "f707373f253dbf40cb221d548f3c48726a45fff9";
}

/* Completes everything that is open; returns how many. */
static unsigned complete(struct dxl_fabric *fabric, enum dxl_result result, uint32_t code)
{
        unsigned count = 0;

        fabric->ready_count = fabric->ready_taken = 0;
        for (unsigned i = 0; i < fabric->sent_count; i++) {
                if (!fabric->sent[i].open)
                        continue;
                fabric->sent[i].open = false;
                fabric->ready[fabric->ready_count++] = (struct dxl_completion){
                    .tag = fabric->sent[i].tag, .result = result, .error_code = code};
                count++;
        }
        return count;
}

/* ---- the rest of a publisher ---- */

struct bench {
        struct fixture *f;
        struct config config;
        struct rule rule;
        struct dxl_fabric dxl;
        struct quota *quota;
        struct push *push;
};

static struct bench *bench_new(struct fixture *f, unsigned limit, bool enrichment)
{
        struct bench *b = calloc(1, sizeof(*b));
        struct quota_now now = quota_read_clocks();
        struct push_options options;

        assert_non_null(b);
        b->f = f;
        b->config.publisher.window = 16;
        b->config.publisher.request_timeout_ms = 30000;
        b->config.publisher.retry_delay_ms = 30000;
        b->rule.enrichment = enrichment;
        b->dxl.connected = true;
        f->state.ended = true;
        assert_int_equal(quota_open(f->store, limit, &now, false, &b->quota), 0);
        options = (struct push_options){.store = f->store,
                                        .quota = b->quota,
                                        .state = &f->state,
                                        .dxl = &b->dxl,
                                        .config = &b->config,
                                        .rule = &b->rule};
        assert_int_equal(push_open(&options, &b->push), 0);
        push_allow(b->push, true);
        return b;
}

static void bench_free(struct bench *b)
{
        push_close(b->push);
        quota_close(b->quota);
        free(b);
}

static void pump(struct bench *b)
{
        push_allow(b->push, true);
        assert_int_equal(push_pump(b->push), 0);
}

static void queue_many(struct fixture *f, unsigned count, enum trust_level level)
{
        for (unsigned i = 1; i <= count; i++) {
                struct wire_item item = fixture_candidate(i, level, 5);

                fixture_take(f, &item);
        }
}

struct outcome_of {
        uint64_t id;
        int share; /* of the newest outcome, -1: none */
        unsigned fresh, stale;
};

static int read_outcome(struct work *w, void *userdata)
{
        struct outcome_of *o = userdata;
        struct outbox outbox = {0};

        while (outbox_next(w, outbox.version + 1, &outbox) == 0) {
                bool stale;

                if (outbox.id != o->id)
                        continue;
                assert_int_equal(outbox_stale(w, &outbox, &stale), 0);
                if (stale)
                        o->stale++;
                else
                        o->fresh++;
                o->share = (int)outbox.share;
        }
        return 0;
}

/* The share of the indicator's newest outcome, which must be its only one that is not stale. */
static int outcome_share(struct fixture *f, uint64_t id)
{
        struct outcome_of o = {.id = id, .share = -1};

        fixture_do(f, read_outcome, &o);
        assert_int_equal(o.fresh, o.share == -1 ? 0 : 1);
        return o.share;
}

static void everything_is_told_and_put_out(void **state)
{
        struct fixture *f = *state;
        struct bench *b = bench_new(f, 1000, false);

        queue_many(f, 40, TRUST_KNOWN_MALICIOUS);
        do {
                pump(b);
        } while (complete(&b->dxl, DXL_ANSWERED, 0) > 0);
        assert_int_equal(b->dxl.sets, 40);
        assert_int_equal(fixture_count(f, TABLE_RECENT), 40);
        assert_int_equal(fixture_count(f, TABLE_OUTBOX), 40);
        assert_int_equal(fixture_count(f, TABLE_JOURNAL), 40);
        assert_int_equal(fixture_count(f, TABLE_INFLIGHT), 0);
        assert_int_equal(outcome_share(f, 7), SHARE_SHARED);
        assert_int_equal(f->state.sent, 40);
        bench_free(b);
}

static void the_first_window_is_small(void **state)
{
        struct fixture *f = *state;
        struct bench *b = bench_new(f, 1000, false);

        queue_many(f, 40, TRUST_KNOWN_MALICIOUS);
        pump(b);
        assert_int_equal(b->dxl.sets, 8);
        complete(&b->dxl, DXL_ANSWERED, 0);
        pump(b);
        assert_int_equal(b->dxl.sets, 8 + 16);
        bench_free(b);
}

static void the_quota_bounds_every_kind_of_request(void **state)
{
        static const enum dxl_result results[] = {DXL_ANSWERED, DXL_ERROR, DXL_DISCONNECTED};

        for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++) {
                struct fixture *f;
                struct bench *b;

                if (i > 0) {
                        fixture_teardown(state);
                        fixture_setup(state);
                }
                f = *state;
                b = bench_new(f, 13, false);
                queue_many(f, 40, TRUST_KNOWN_MALICIOUS);
                for (int round = 0; round < 50; round++) {
                        pump(b);
                        complete(&b->dxl, results[i], 0);
                }
                assert_int_equal(b->dxl.sets, 13);
                bench_free(b);
        }
}

static void reserved_before_it_leaves(void **state)
{
        struct fixture *f = *state;
        struct bench *b = bench_new(f, 1000, false);
        struct quota_now now = quota_read_clocks();
        struct quota *again;

        queue_many(f, 3, TRUST_KNOWN_MALICIOUS);
        pump(b);
        assert_int_equal(b->dxl.sets, 3);
        bench_free(b);
        fixture_reopen(f); /* killed here: the ledger has them, and so has in-flight */
        assert_int_equal(quota_open(f->store, 1000, &now, true, &again), 0);
        assert_int_equal(quota_used(again, clock_boot_ms()), 3);
        quota_close(again);
        assert_int_equal(fixture_count(f, TABLE_INFLIGHT), 3);
        b = bench_new(f, 1000, false);
        assert_int_equal(outcome_share(f, 2), SHARE_PENDING);
        pump(b);
        assert_int_equal(b->dxl.sets, 3);
        assert_int_equal(quota_used(b->quota, clock_boot_ms()), 6);
        bench_free(b);
}

static int release_all(struct work *w, void *userdata)
{
        (void)userdata;
        return retry_release(w, INT64_MAX, 1000);
}

static void an_error_is_tried_four_times_then_failed(void **state)
{
        struct fixture *f = *state;
        struct bench *b = bench_new(f, 1000, false);

        queue_many(f, 1, TRUST_KNOWN_MALICIOUS);
        for (unsigned i = 1; i <= 4; i++) {
                pump(b);
                assert_int_equal(b->dxl.sets, i);
                assert_int_equal(outcome_share(f, 1), -1);
                complete(&b->dxl, DXL_ERROR, 0);
                pump(b);
                assert_int_equal(b->dxl.sets, i); /* not at once */
                fixture_do(f, release_all, NULL);
        }
        pump(b);
        assert_int_equal(b->dxl.sets, 4);
        assert_int_equal(outcome_share(f, 1), SHARE_FAILED);
        assert_int_equal(fixture_count(f, TABLE_FAILED), 1);
        assert_int_equal(f->state.failed, 1);
        /* a later sweep tries it once */
        intake_begin(&f->state, 2, 2000, SWEEP_FULL);
        queue_many(f, 1, TRUST_KNOWN_MALICIOUS);
        pump(b);
        assert_int_equal(b->dxl.sets, 5);
        complete(&b->dxl, DXL_ERROR, 0);
        pump(b);
        fixture_do(f, release_all, NULL);
        pump(b);
        assert_int_equal(b->dxl.sets, 5);
        /* and an answer takes the mark away */
        intake_begin(&f->state, 3, 3000, SWEEP_FULL);
        queue_many(f, 1, TRUST_KNOWN_MALICIOUS);
        pump(b);
        complete(&b->dxl, DXL_ANSWERED, 0);
        pump(b);
        assert_int_equal(fixture_count(f, TABLE_FAILED), 0);
        assert_int_equal(outcome_share(f, 1), SHARE_SHARED);
        bench_free(b);
}

static void silence_is_pending_and_opens_the_breaker(void **state)
{
        struct fixture *f = *state;
        struct bench *b = bench_new(f, 1000, false);

        queue_many(f, 40, TRUST_KNOWN_MALICIOUS);
        for (int round = 0; round < 20; round++) {
                pump(b);
                complete(&b->dxl, DXL_TIMEOUT, 0);
        }
        assert_int_equal(b->dxl.sets, 8);
        assert_int_equal(outcome_share(f, 1), SHARE_PENDING);
        assert_int_equal(fixture_count(f, TABLE_RETRY), 8);
        assert_int_equal(fixture_count(f, TABLE_ORDER), 32);
        assert_true(push_health(b->push)->unanswered_since > 0);
        assert_non_null(strstr(push_health(b->push)->last_error, tie_topic_set));
        bench_free(b);
}

static const char good_get[] = "{\"reputations\":[]}";

static void silence_while_a_get_answers_is_said_as_what_it_is(void **state)
{
        struct fixture *f = *state;
        struct bench *b = bench_new(f, 1000, false);

        b->dxl.get = good_get;
        queue_many(f, 40, TRUST_KNOWN_MALICIOUS);
        pump(b);
        assert_int_equal(b->dxl.preflights, 1);
        complete(&b->dxl, DXL_TIMEOUT, 0);
        pump(b);
        assert_non_null(strstr(push_health(b->push)->last_error,
                               "no answer to set: the certificate "
                               "f707373f253dbf40cb221d548f3c48726a45fff9 is probably not allowed"));
        assert_int_equal(breaker_state(&push_health(b->push)->set, clock_boot_ms()), BREAKER_OPEN);
        assert_int_equal(quota_used(b->quota, clock_boot_ms()), 8);
        bench_free(b);
}

/* One silent request among many that were answered is no matter of permission. */
static void one_lost_answer_is_not_a_missing_permission(void **state)
{
        struct fixture *f = *state;
        struct bench *b = bench_new(f, 1000, false);

        b->dxl.get = good_get;
        queue_many(f, 2, TRUST_KNOWN_MALICIOUS);
        pump(b);
        complete(&b->dxl, DXL_ANSWERED, 0);
        pump(b);
        queue_many(f, 2, TRUST_MIGHT_BE_MALICIOUS);
        pump(b);
        complete(&b->dxl, DXL_TIMEOUT, 0);
        pump(b);
        assert_non_null(strstr(push_health(b->push)->last_error, "no answer from TIE within"));
        bench_free(b);
}

static void a_fabric_without_registry_holds_nothing_up(void **state)
{
        struct fixture *f = *state;
        struct bench *b = bench_new(f, 1000, false);

        queue_many(f, 3, TRUST_KNOWN_MALICIOUS);
        pump(b);
        assert_int_equal(b->dxl.sets, 3);
        complete(&b->dxl, DXL_ANSWERED, 0);
        pump(b);
        assert_int_equal(f->state.sent, 3);
        assert_int_equal(push_health(b->push)->preflight.registry.reply, PREFLIGHT_SILENT);
        assert_string_equal(push_health(b->push)->last_error, "");
        bench_free(b);
}

/* 0x80000001: another instance may be there already, so once more at once; then it waits, and is
 * never called Failed, for TIE has not spoken. */
static void no_service_is_tried_again_at_once_and_then_waits(void **state)
{
        struct fixture *f = *state;
        struct bench *b = bench_new(f, 1000, false);

        queue_many(f, 1, TRUST_KNOWN_MALICIOUS);
        pump(b);
        complete(&b->dxl, DXL_ERROR, 0x80000001U);
        assert_int_equal(push_pump(b->push), 0);
        assert_in_range(push_wait_ms(b->push), 0, 50);
        assert_int_equal(push_pump(b->push), 0); /* without a word from outside */
        assert_int_equal(b->dxl.sets, 2);
        assert_non_null(strstr(push_health(b->push)->last_error,
                               "0x80000001 \"unable to locate service for request\""));
        complete(&b->dxl, DXL_ERROR, 0x80000001U);
        pump(b);
        pump(b);
        assert_int_equal(b->dxl.sets, 2);
        assert_int_equal(fixture_count(f, TABLE_RETRY), 1);
        for (int i = 0; i < 4; i++) {
                fixture_do(f, release_all, NULL);
                pump(b);
                complete(&b->dxl, DXL_ERROR, 0x80000001U);
                pump(b);
        }
        assert_int_equal(b->dxl.sets, 6);
        assert_int_equal(quota_used(b->quota, clock_boot_ms()), 6);
        assert_int_equal(outcome_share(f, 1), SHARE_PENDING);
        assert_int_equal(fixture_count(f, TABLE_FAILED), 0);
        fixture_do(f, release_all, NULL);
        pump(b);
        complete(&b->dxl, DXL_ANSWERED, 0);
        pump(b);
        assert_int_equal(outcome_share(f, 1), SHARE_SHARED);
        assert_string_equal(push_health(b->push)->last_error, "");
        assert_int_equal(push_health(b->push)->unanswered_since, 0);
        bench_free(b);
}

static void no_service_for_anyone_opens_the_breaker(void **state)
{
        struct fixture *f = *state;
        struct bench *b = bench_new(f, 1000, false);

        queue_many(f, 40, TRUST_KNOWN_MALICIOUS);
        for (int round = 0; round < 20; round++) {
                pump(b);
                complete(&b->dxl, DXL_ERROR, 0x80000001U);
        }
        assert_int_equal(b->dxl.sets, 8);
        assert_true(push_health(b->push)->unanswered_since > 0);
        bench_free(b);
}

static void an_overloaded_service_is_left_in_peace(void **state)
{
        struct fixture *f = *state;
        struct bench *b = bench_new(f, 1000, false);

        queue_many(f, 40, TRUST_KNOWN_MALICIOUS);
        for (int round = 0; round < 20; round++) {
                pump(b);
                complete(&b->dxl, DXL_ERROR, 0x80000002U);
        }
        assert_int_equal(b->dxl.sets, 8);
        assert_int_equal(breaker_state(&push_health(b->push)->set, clock_boot_ms()),
                         BREAKER_PAUSED);
        assert_non_null(
            strstr(push_health(b->push)->last_error, "0x80000002 \"service is overloaded\""));
        assert_int_equal(fixture_count(f, TABLE_FAILED), 0);
        assert_int_equal(fixture_count(f, TABLE_RETRY), 8);
        bench_free(b);
}

/* With nothing to do there is nothing to be woken for. */
static void what_may_not_go_out_again_wakes_nobody(void **state)
{
        struct fixture *f = *state;
        struct bench *b = bench_new(f, 1000, false);

        queue_many(f, 8, TRUST_KNOWN_MALICIOUS);
        pump(b);
        complete(&b->dxl, DXL_ERROR, 0x80000001U);
        assert_int_equal(push_pump(b->push), 0);
        assert_int_equal(push_pump(b->push), 0); /* the breaker is open */
        assert_int_equal(push_wait_ms(b->push), -1);
        bench_free(b);
}

static void the_preflight_has_room_of_its_own(void **state)
{
        static const struct {
                unsigned window, carried;
        } cases[] = {{1, 3}, {2, 4}, {4, 6}, {5, 5}, {64, 64}, {1024, 1024}};

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_int_equal(push_carried(cases[i].window), cases[i].carried);
}

/* A, then B without an answer, then A again: what the fabric holds is not known, so A is sent. */
static void an_unanswered_change_makes_the_old_level_uncertain(void **state)
{
        struct fixture *f = *state;
        struct bench *b = bench_new(f, 1000, false);

        queue_many(f, 1, TRUST_KNOWN_MALICIOUS);
        pump(b);
        complete(&b->dxl, DXL_ANSWERED, 0);
        pump(b);
        queue_many(f, 1, TRUST_MIGHT_BE_MALICIOUS);
        pump(b);
        complete(&b->dxl, DXL_TIMEOUT, 0);
        pump(b);
        queue_many(f, 1, TRUST_KNOWN_MALICIOUS);
        pump(b);
        assert_int_equal(b->dxl.sets, 3);
        assert_non_null(strstr(b->dxl.sent[2].payload, "\"trustLevel\": 1,"));
        bench_free(b);
}

/* A, then B refused by TIE, then A again: the fabric still holds A. */
static void a_refused_change_leaves_the_old_level(void **state)
{
        struct fixture *f = *state;
        struct bench *b = bench_new(f, 1000, false);

        queue_many(f, 1, TRUST_KNOWN_MALICIOUS);
        pump(b);
        complete(&b->dxl, DXL_ANSWERED, 0);
        pump(b);
        queue_many(f, 1, TRUST_MIGHT_BE_MALICIOUS);
        pump(b);
        complete(&b->dxl, DXL_ERROR, 0);
        pump(b);
        queue_many(f, 1, TRUST_KNOWN_MALICIOUS);
        pump(b);
        assert_int_equal(b->dxl.sets, 2);
        assert_int_equal(fixture_count(f, TABLE_RETRY), 0);
        bench_free(b);
}

static void nothing_leaves_while_a_sweep_comes_in_or_unconnected(void **state)
{
        struct fixture *f = *state;
        struct bench *b = bench_new(f, 1000, false);

        queue_many(f, 3, TRUST_KNOWN_MALICIOUS);
        push_allow(b->push, false);
        assert_int_equal(push_pump(b->push), 0);
        assert_int_equal(b->dxl.sets, 0);
        b->dxl.connected = false;
        pump(b);
        assert_int_equal(b->dxl.sets, 0);
        assert_int_equal(quota_used(b->quota, clock_boot_ms()), 0);
        assert_true(push_health(b->push)->unanswered_since > 0);
        b->dxl.connected = true;
        pump(b);
        assert_int_equal(b->dxl.sets, 3);
        bench_free(b);
}

static void two_indicators_of_one_hash_do_not_overtake(void **state)
{
        struct fixture *f = *state;
        struct bench *b = bench_new(f, 1000, false);
        struct wire_item first = fixture_candidate(1, TRUST_KNOWN_MALICIOUS, 9);
        struct wire_item second = fixture_candidate(2, TRUST_MIGHT_BE_MALICIOUS, 5);

        second.hash = first.hash;
        fixture_take(f, &first);
        fixture_take(f, &second);
        pump(b);
        assert_int_equal(b->dxl.sets, 1);
        complete(&b->dxl, DXL_ANSWERED, 0);
        pump(b);
        pump(b);
        assert_int_equal(b->dxl.sets, 2);
        bench_free(b);
}

static void set_then_get_when_enriching(void **state)
{
        struct fixture *f = *state;
        struct bench *b = bench_new(f, 1000, true);

        queue_many(f, 1, TRUST_KNOWN_MALICIOUS);
        pump(b);
        complete(&b->dxl, DXL_ANSWERED, 0);
        pump(b);
        assert_int_equal(b->dxl.sent_count, 2);
        assert_false(b->dxl.sent[1].is_set);
        assert_int_equal(outcome_share(f, 1), -1);
        complete(&b->dxl, DXL_TIMEOUT, 0);
        pump(b);
        assert_int_equal(outcome_share(f, 1), SHARE_SHARED);
        assert_int_equal(quota_used(b->quota, clock_boot_ms()), 1);
        bench_free(b);
}

static void delays_double_up_to_an_hour(void **state)
{
        static const int64_t want[] = {30000, 30000, 60000, 120000, 240000};

        (void)state;
        for (unsigned i = 0; i < sizeof(want) / sizeof(want[0]); i++)
                assert_int_equal(settle_delay_ms(30000, i), want[i]);
        assert_int_equal(settle_delay_ms(30000, 200), 3600000);
}

#define STORE_TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
            STORE_TEST(everything_is_told_and_put_out),
            STORE_TEST(the_first_window_is_small),
            STORE_TEST(the_quota_bounds_every_kind_of_request),
            STORE_TEST(reserved_before_it_leaves),
            STORE_TEST(an_error_is_tried_four_times_then_failed),
            STORE_TEST(silence_is_pending_and_opens_the_breaker),
            STORE_TEST(silence_while_a_get_answers_is_said_as_what_it_is),
            STORE_TEST(one_lost_answer_is_not_a_missing_permission),
            STORE_TEST(a_fabric_without_registry_holds_nothing_up),
            STORE_TEST(no_service_is_tried_again_at_once_and_then_waits),
            STORE_TEST(no_service_for_anyone_opens_the_breaker),
            STORE_TEST(an_overloaded_service_is_left_in_peace),
            STORE_TEST(what_may_not_go_out_again_wakes_nobody),
            cmocka_unit_test(the_preflight_has_room_of_its_own),
            STORE_TEST(an_unanswered_change_makes_the_old_level_uncertain),
            STORE_TEST(a_refused_change_leaves_the_old_level),
            STORE_TEST(nothing_leaves_while_a_sweep_comes_in_or_unconnected),
            STORE_TEST(two_indicators_of_one_hash_do_not_overtake),
            STORE_TEST(set_then_get_when_enriching),
            cmocka_unit_test(delays_double_up_to_an_hour),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
