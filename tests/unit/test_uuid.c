/*
 * Ids of clients and messages: the form that a fabric expects, and never the same twice.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "publisher/dxl/uuid.h"

#include <stdlib.h>
#include <string.h>

enum { COUNT = 1000 };

static void form(void **state)
{
        (void)state;
        static const char mask[] = "{xxxxxxxx-xxxx-4xxx-vxxx-xxxxxxxxxxxx}";
        for (unsigned n = 0; n < COUNT; n++) {
                char id[DXL_UUID_LEN + 1];
                dxl_uuid_new(id);
                assert_int_equal(strlen(id), DXL_UUID_LEN);
                for (size_t i = 0; i < DXL_UUID_LEN; i++) {
                        const char *allowed = mask[i] == 'x'   ? "0123456789abcdef"
                                              : mask[i] == 'v' ? "89ab"
                                                               : (char[]){mask[i], '\0'};
                        if (!strchr(allowed, id[i]))
                                fail_msg("%s: byte %zu", id, i);
                }
        }
}

static int compare(const void *a, const void *b)
{
        return strcmp(a, b);
}

static void no_two_alike(void **state)
{
        (void)state;
        static char ids[COUNT][DXL_UUID_LEN + 1];
        for (unsigned i = 0; i < COUNT; i++)
                dxl_uuid_new(ids[i]);
        qsort(ids, COUNT, sizeof(*ids), compare);
        for (unsigned i = 1; i < COUNT; i++)
                assert_string_not_equal(ids[i - 1], ids[i]);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(form),
            cmocka_unit_test(no_two_alike),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
