/*
 * Correlation: every answer finds its own request, once, whatever the order.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "publisher/dxl/window.h"

#include <ctype.h>
#include <string.h>

static const char first_uuid[] = "{d822b3eb-dfd5-493a-aa81-90715a6b959e}";
static const char second_uuid[] = "{d822b3eb-dfd5-493a-aa82-90715a6b959e}";

static struct text id_text(const char *id)
{
        return (struct text){id, strlen(id)};
}

static void ids_are_uuids(void **state)
{
        (void)state;
        struct dxl_window *w;
        assert_int_equal(dxl_window_open(4, &w), 0);
        dxl_window_renew(w, first_uuid);
        char id[4][DXL_UUID_LEN + 1];
        for (unsigned i = 0; i < 4; i++) {
                dxl_window_add(w, i, 100, id[i]);
                assert_int_equal(strlen(id[i]), DXL_UUID_LEN);
                for (unsigned k = 0; k < DXL_UUID_LEN; k++) {
                        if (strchr("{}-", first_uuid[k]))
                                assert_int_equal(id[i][k], first_uuid[k]);
                        else
                                assert_true(isxdigit((unsigned char)id[i][k]));
                }
                assert_memory_equal(id[i], first_uuid, 25);
                for (unsigned k = 0; k < i; k++)
                        assert_string_not_equal(id[i], id[k]);
        }
        dxl_window_close(w);
}

static void answers_in_any_order(void **state)
{
        (void)state;
        struct dxl_window *w;
        enum { SIZE = 8 };
        assert_int_equal(dxl_window_open(SIZE, &w), 0);
        dxl_window_renew(w, first_uuid);
        char id[SIZE][DXL_UUID_LEN + 1];
        unsigned request, next = 0;
        /* A full window in which every third place is used anew, many times over. */
        for (unsigned i = 0; i < SIZE; i++)
                dxl_window_add(w, next++, 100, id[i]);
        unsigned owner[SIZE] = {0, 1, 2, 3, 4, 5, 6, 7};
        for (unsigned round = 0; round < 1000; round++) {
                assert_true(dxl_window_full(w));
                unsigned i = round * 3 % SIZE;
                assert_true(dxl_window_take(w, id_text(id[i]), &request));
                assert_int_equal(request, owner[i]);
                assert_false(dxl_window_take(w, id_text(id[i]), &request));
                assert_int_equal(dxl_window_count(w), SIZE - 1);
                char old[DXL_UUID_LEN + 1];
                memcpy(old, id[i], sizeof(old));
                owner[i] = next;
                dxl_window_add(w, next++, 100, id[i]);
                assert_string_not_equal(old, id[i]);
                assert_false(dxl_window_take(w, id_text(old), &request));
        }
        dxl_window_close(w);
}

static void strangers(void **state)
{
        (void)state;
        struct dxl_window *w;
        assert_int_equal(dxl_window_open(2, &w), 0);
        dxl_window_renew(w, first_uuid);
        char id[DXL_UUID_LEN + 1], other[DXL_UUID_LEN + 1];
        unsigned request = 77;
        dxl_window_add(w, 5, 100, id);
        static const struct {
                unsigned at;
                char with;
        } changes[] = {{0, '('},  {1, 'x'},  {24, '_'}, {25, 'f'}, {28, '1'},
                       {29, '1'}, {36, '1'}, {36, 'G'}, {37, ')'}, {30, '\0'}};
        for (size_t i = 0; i < sizeof(changes) / sizeof(*changes); i++) {
                memcpy(other, id, sizeof(other));
                other[changes[i].at] = changes[i].with;
                assert_false(dxl_window_take(w, (struct text){other, DXL_UUID_LEN}, &request));
        }
        assert_false(dxl_window_take(w, (struct text){0}, &request));
        assert_false(dxl_window_take(w, (struct text){id, DXL_UUID_LEN - 1}, &request));
        assert_int_equal(request, 77);
        assert_true(dxl_window_take(w, id_text(id), &request));
        assert_int_equal(request, 5);
        /* The id of an earlier connection means nothing on the next. */
        dxl_window_renew(w, second_uuid);
        char later[DXL_UUID_LEN + 1];
        dxl_window_add(w, 6, 100, later);
        assert_false(dxl_window_take(w, id_text(id), &request));
        assert_true(dxl_window_take(w, id_text(later), &request));
        dxl_window_close(w);
}

static void deadlines(void **state)
{
        (void)state;
        struct dxl_window *w;
        assert_int_equal(dxl_window_open(8, &w), 0);
        char id[5][DXL_UUID_LEN + 1];
        static const int64_t deadline[] = {300, 100, 200, 100, 400};
        unsigned request;
        assert_false(dxl_window_expire(w, 1000, &request));
        for (unsigned i = 0; i < 5; i++)
                dxl_window_add(w, i, deadline[i], id[i]);
        assert_false(dxl_window_expire(w, 99, &request));
        unsigned seen = 0;
        while (dxl_window_expire(w, 100, &request))
                seen |= 1U << request;
        assert_int_equal(seen, 1U << 1 | 1U << 3);
        assert_false(dxl_window_take(w, id_text(id[1]), &request)); /* too late */
        assert_false(dxl_window_expire(w, 199, &request));
        assert_true(dxl_window_take(w, id_text(id[2]), &request));
        assert_true(dxl_window_expire(w, 300, &request));
        assert_int_equal(request, 0);
        /* A deadline that is earlier than those there. */
        dxl_window_add(w, 7, 350, id[0]);
        assert_true(dxl_window_expire(w, 350, &request));
        assert_int_equal(request, 7);
        assert_true(dxl_window_drain(w, &request));
        assert_int_equal(request, 4);
        assert_false(dxl_window_drain(w, &request));
        assert_int_equal(dxl_window_count(w), 0);
        dxl_window_close(w);
}

static void sizes(void **state)
{
        (void)state;
        struct dxl_window *w = NULL;
        assert_true(dxl_window_open(0, &w) < 0);
        assert_true(dxl_window_open(65536, &w) < 0);
        assert_null(w);
        assert_int_equal(dxl_window_open(65535, &w), 0);
        char id[DXL_UUID_LEN + 1];
        unsigned request;
        for (unsigned i = 0; i < 65535; i++)
                dxl_window_add(w, i, 1, id);
        assert_true(dxl_window_full(w));
        assert_true(dxl_window_take(w, id_text(id), &request));
        assert_int_equal(request, 65534);
        dxl_window_close(w);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(ids_are_uuids), cmocka_unit_test(answers_in_any_order),
            cmocka_unit_test(strangers),     cmocka_unit_test(deadlines),
            cmocka_unit_test(sizes),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
