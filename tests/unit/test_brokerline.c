/*
 * A line of [Brokers]: all its forms, and what is no line.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "publisher/dxl/brokerline.h"

#include <errno.h>
#include <string.h>

static void taken(void **state)
{
        static const struct {
                const char *value, *id, *host, *ip;
                uint16_t port;
        } cases[] = {
            {"{a};8883;one.example.com;10.0.0.5", "{a}", "one.example.com", "10.0.0.5", 8883},
            {"8883;host;10.0.0.5", "", "host", "10.0.0.5", 8883},
            {"8883;host", "", "host", "", 8883},
            {"  id ; 1 ; host ; ip ; more ; fields ", "id", "host", "ip", 1},
            {"id;443;[2001:db8::1];[fe80::1%eth0]", "id", "2001:db8::1", "fe80::1%eth0", 443},
            {"65535;h;", "", "h", "", 65535},
            {"65536;65535;h", "65536", "h", "", 65535},
            {"1;2;3", "", "2", "3", 1},
            {"0;1;h", "0", "h", "", 1},
            {";8883;h", "", "h", "", 8883},
        };
        char fault[DXL_BROKERLINE_FAULT_MAX];

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
                struct dxl_brokerline line;
                if (dxl_brokerline_parse(text_of(cases[i].value), &line, fault) != 0)
                        fail_msg("%s: %s", cases[i].value, fault);
                assert_true(text_eq_str(line.id, cases[i].id));
                assert_true(text_eq_str(line.host, cases[i].host));
                assert_true(text_eq_str(line.ip, cases[i].ip));
                assert_int_equal(line.port, cases[i].port);
        }
}

static void refused(void **state)
{
        static const struct {
                const char *value, *says;
        } cases[] = {
            {"", "no port"},
            {";", "no port"},
            {"a;b;c", "\"b\" is no port"},
            {"id;0;h", "no port"},
            {"id;-1;h", "no port"},
            {"id;065535;h", "no port"},
            {"id;8883", "host name is missing"},
            {"8883", "host name is missing"},
            {"8883;;10.0.0.5", "host name is missing"},
            {"8883;[]", "host name is missing"},
            {"8883;a b", "too long or none"},
            {"8883;host/mqtt", "too long or none"},
            {"8883;host;10.0.0.5/8", "too long or none"},
            {"8883;user@host", "too long or none"},
        };
        char fault[DXL_BROKERLINE_FAULT_MAX], longest[DXL_BROKERLINE_HOST_MAX + 10];
        struct dxl_brokerline line;

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
                if (dxl_brokerline_parse(text_of(cases[i].value), &line, fault) == 0)
                        fail_msg("\"%s\" was taken", cases[i].value);
                if (!strstr(fault, cases[i].says))
                        fail_msg("\"%s\": %s", cases[i].value, fault);
        }
        memset(longest, 'h', sizeof(longest));
        memcpy(longest, "8883;", 5);
        assert_int_equal(
            dxl_brokerline_parse((struct text){longest, 5 + DXL_BROKERLINE_HOST_MAX}, &line, fault),
            0);
        assert_int_equal(
            dxl_brokerline_parse((struct text){longest, 6 + DXL_BROKERLINE_HOST_MAX}, &line, fault),
            -EINVAL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(taken),
            cmocka_unit_test(refused),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
