#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "fetcher/seen.h"

/* How many of these ids, 0 for their end, are new. */
static uint32_t add(struct seen *seen, const uint64_t *ids)
{
        msgpack_sbuffer rows;
        uint32_t count = 0, fresh;

        msgpack_sbuffer_init(&rows);
        for (; *ids; ids++, count++)
                wire_pack_row(&rows, &(struct wire_row){.id = *ids});
        fresh = seen_add(seen, wire_list_of(&rows, count));
        msgpack_sbuffer_destroy(&rows);
        return fresh;
}

static void each_id_is_new_once(void **state)
{
        _cleanup_(seen_closep) struct seen *seen = NULL;

        (void)state;
        assert_int_equal(seen_open(&seen), 0);
        assert_int_equal(add(seen, (uint64_t[]){1, 2, 7, 8, 9, 65535, 65536, 65537, 0}), 8);
        assert_int_equal(add(seen, (uint64_t[]){1, 2, 7, 8, 9, 65535, 65536, 65537, 0}), 0);
        assert_int_equal(add(seen, (uint64_t[]){3, 8, 3, 0}), 1);
        assert_int_equal(add(seen, (uint64_t[]){SEEN_ID_MAX, SEEN_ID_MAX, 0}), 1);
        /* too large to remember */
        assert_int_equal(add(seen, (uint64_t[]){SEEN_ID_MAX + UINT64_C(1), UINT64_MAX, 0}), 2);
        assert_int_equal(add(seen, (uint64_t[]){SEEN_ID_MAX + UINT64_C(1), 0}), 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(each_id_is_new_once),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
