#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "publisher/record.h"

#include <string.h>

static void a_state_from_before_saved_searches_is_read(void **state)
{
        struct state now = {.sweep = 4, .written = 9}, back;
        uint8_t record[STATE_MAX];
        size_t len;

        (void)state;
        for (unsigned i = 0; i < REASON_COUNT; i++)
                now.counts[i] = 100 + i;
        len = state_record(&now, record);
        assert_true(state_of_record((MDB_val){len, record}, &back));
        assert_memory_equal(back.counts, now.counts, sizeof(now.counts));
        assert_true(state_of_record((MDB_val){len - 8, record}, &back));
        assert_int_equal(back.written, 9);
        assert_int_equal(back.counts[REASON_SHARED], 109);
        assert_int_equal(back.counts[REASON_COLLECTION], 0);
        assert_false(state_of_record((MDB_val){len - 16, record}, &back));
        assert_false(state_of_record((MDB_val){len - 1, record}, &back));
}

/* Those of a publisher that kept no hash are read too, and are then not whole. */
static void records_of_items_keep_all(void **state)
{
        static const size_t earlier[] = {9, ITEM_HASH};
        struct item item = {
            .sweep = sweep_mark(7, 1777629600),
            .reason = VERDICT_SCORE,
            .entry = {.id = 5, .level = TRUST_UNKNOWN, .score = -2.5, .created_at = -9}};
        uint8_t record[ITEM_MAX];
        struct item back;
        size_t len;

        (void)state;
        item.entry.hash = (struct hash){.type = HASH_SHA256, .bytes = {1, 2, 3, [31] = 4}};
        len = item_record(&item, record);
        assert_int_equal(len, ITEM_MAX);
        assert_true(item_of_record(5, (MDB_val){len, record}, &back) && item_is_whole(&back));
        assert_int_equal(sweep_mark_time(back.sweep), 1777629600);
        assert_int_equal(back.reason, VERDICT_SCORE);
        assert_true(hash_eq(&back.entry.hash, &item.entry.hash));
        assert_true(back.entry.id == 5 && back.entry.level == TRUST_UNKNOWN &&
                    !back.entry.override);
        assert_true(back.entry.score == -2.5 && back.entry.created_at == -9);
        for (size_t i = 0; i < sizeof(earlier) / sizeof(earlier[0]); i++) {
                assert_true(item_of_record(5, (MDB_val){earlier[i], record}, &back));
                assert_true(!item_is_whole(&back) && back.reason == VERDICT_SCORE);
        }
        assert_false(item_of_record(5, (MDB_val){len - 1, record}, &back));
        assert_false(item_of_record(5, (MDB_val){ITEM_HASH - 1, record}, &back));
        record[ITEM_HASH] = HASH_SHA256 + 1;
        assert_false(item_of_record(5, (MDB_val){len, record}, &back));
        record[8] = REASON_QUEUED;
        assert_false(item_of_record(5, (MDB_val){9, record}, &back));
        record[8] = REASON_COUNT;
        assert_false(item_of_record(5, (MDB_val){9, record}, &back));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_state_from_before_saved_searches_is_read),
            cmocka_unit_test(records_of_items_keep_all),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
