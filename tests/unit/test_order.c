/*
 * In which order brokers are tried: who answered best, then fastest, then as listed.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "publisher/dxl/order.h"

enum { COUNT = 5 };

static void best_first(void **state)
{
        static const struct {
                struct dxl_rank ranks[COUNT];
                size_t want[COUNT];
        } cases[] = {
            /* nobody was measured apart: as listed */
            {{{DXL_REACHED_NOTHING, 0},
              {DXL_REACHED_NOTHING, 0},
              {DXL_REACHED_NOTHING, 0},
              {DXL_REACHED_NOTHING, 0},
              {DXL_REACHED_NOTHING, 0}},
             {0, 1, 2, 3, 4}},
            /* the fastest first, equals as listed */
            {{{DXL_REACHED_TLS, 30},
              {DXL_REACHED_TLS, 5},
              {DXL_REACHED_TLS, 30},
              {DXL_REACHED_TLS, 4},
              {DXL_REACHED_TLS, 5}},
             {3, 1, 4, 0, 2}},
            /* how far it came counts before how fast */
            {{{DXL_REACHED_NOTHING, 1000},
              {DXL_REACHED_TCP, 1},
              {DXL_REACHED_TLS, 900},
              {DXL_REACHED_REFUSED, 2},
              {DXL_REACHED_TLS, 20}},
             {4, 2, 3, 1, 0}},
        };
        size_t order[COUNT];

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
                dxl_order(cases[i].ranks, COUNT, order);
                assert_memory_equal(order, cases[i].want, sizeof(order));
        }
        dxl_order(NULL, 0, order);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(best_first),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
