#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "publisher/dxl/fault.h"

static void codes_of_the_fabric_and_of_services(void **state)
{
        static const struct {
                uint32_t code;
                const char *text;
                enum dxl_fault fault;
                const char *shown;
        } cases[] = {
            {0, "", DXL_FAULT_NONE, "0x00000000 \"unknown error code\""},
            {0, "no", DXL_FAULT_NONE, "0x00000000 \"no\""},
            {0x7fffffffU, NULL, DXL_FAULT_NONE, "0x7fffffff \"unknown error code\""},
            {0x80000000U, NULL, DXL_FAULT_OTHER, "0x80000000 \"unknown error code\""},
            {0x80000001U, "", DXL_FAULT_NO_SERVICE,
             "0x80000001 \"unable to locate service for request\""},
            {0x80000001U, "gone", DXL_FAULT_NO_SERVICE, "0x80000001 \"gone\""},
            {(uint32_t)-2147483646, NULL, DXL_FAULT_OVERLOADED,
             "0x80000002 \"service is overloaded\""},
            {0x80000003U, NULL, DXL_FAULT_OTHER, "0x80000003 \"response timeout\""},
            {0x80000011U, NULL, DXL_FAULT_OTHER, "0x80000011 \"service limit exceeded\""},
            {0x80000012U, NULL, DXL_FAULT_OTHER, "0x80000012 \"subscription limit exceeded\""},
            {0xffffffffU, NULL, DXL_FAULT_OTHER, "0xffffffff \"unknown error code\""},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                char out[DXL_FAULT_TEXT_MAX];

                assert_int_equal(dxl_fault_of(cases[i].code), cases[i].fault);
                dxl_fault_describe(cases[i].code, cases[i].text, out);
                assert_string_equal(out, cases[i].shown);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(codes_of_the_fabric_and_of_services),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
