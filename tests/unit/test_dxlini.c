/*
 * The text of dxlclient.config: new, updated, made anew; what people wrote into it stays.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "common/cleanup.h"
#include "publisher/provision/dxlini.h"

#include <string.h>

static char a[] = "{a}", a_value[] = "{a};8883;one;10.0.0.5";
static char b[] = "{b}", b_value[] = "{b};8884;two";
static struct brokerline both_lines[] = {{a, a_value}, {b, b_value}};
static const struct brokerlines both = {both_lines, 2}, first = {both_lines, 1}, none = {NULL, 0};

#define A "{a} = {a};8883;one;10.0.0.5\n"
#define B "{b} = {b};8884;two\n"
#define CERTS "BrokerCertChain = ca-bundle.crt\nCertFile = tq.crt\nPrivateKey = tq.key\n"

static void made_new(void **state)
{
        (void)state;
        static const char wanted[] = "[General]\n#UseWebSockets = False\n\n[Certs]\n" CERTS
                                     "\n[Brokers]\n" A B "\n[BrokersWebSockets]\n" A;
        /* What cannot be read is not kept. */
        static const char *const old[] = {NULL, "old\nold\n", "[Certs\nx = y\n", "[Proxy]\nAddress",
                                          "[a = b\n"};

        for (size_t i = 0; i < sizeof(old) / sizeof(*old); i++) {
                _cleanup_(freep) char *text = dxlini_provision(old[i], "tq", &both, &first);

                assert_string_equal(text, wanted);
        }
}

static void made_anew(void **state)
{
        (void)state;
        static const struct {
                const char *old, *wanted;
        } cases[] = {
            {"# ours\n[General]\nClientId = {x}\nUseWebSockets = True\n\n[Certs]\n; old\n"
             "CertFile = old.crt\nOther = 1\nBrokerCertChain: /else/where.crt\n"
             "CertFile = again.crt\n\n[Proxy]\nAddress = p\nPassword = x ; # y\n\n[Brokers]\n"
             "# of c\n{c} = {c};1;h\n# of b\n{b} = {b};1;h\n[BrokersWebSockets]\n",
             "# ours\n[General]\nClientId = {x}\nUseWebSockets = True\n\n[Certs]\n; old\n"
             "CertFile = tq.crt\nOther = 1\nBrokerCertChain = ca-bundle.crt\nPrivateKey = tq.key\n"
             "\n[Proxy]\nAddress = p\nPassword = x ; # y\n\n[Brokers]\n"
             "# of b\n" B A "[BrokersWebSockets]\n" A},
            {"\xef\xbb\xbf[Certs]\nCertFile = old.crt\n",
             "\xef\xbb\xbf[Certs]\nCertFile = tq.crt\nBrokerCertChain = ca-bundle.crt\n"
             "PrivateKey = tq.key\n\n[Brokers]\n" A B "\n[BrokersWebSockets]\n" A},
            {"[Certs]\nOther = 1",
             "[Certs]\nOther = 1\n" CERTS "\n[Brokers]\n" A B "\n[BrokersWebSockets]\n" A},
            {"", "\n[Brokers]\n" A B "\n[BrokersWebSockets]\n" A "\n[Certs]\n" CERTS},
        };

        for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
                _cleanup_(freep) char *text = dxlini_provision(cases[i].old, "tq", &both, &first);
                _cleanup_(freep) char *twice = dxlini_provision(text, "tq", &both, &first);

                assert_string_equal(text, cases[i].wanted);
                assert_string_equal(twice, text);
        }
}

static void updated(void **state)
{
        (void)state;
        static const struct {
                const char *old;
                const struct brokerlines *websockets;
                const char *wanted;
        } cases[] = {
            {"[Brokers]\n", NULL, "[Brokers]\n" A B},
            {"[Brokers]", NULL, "[Brokers]\n" A B},
            {"[Certs]\nCertFile = c\n[Brokers] ; ours\r\n# of b\n{b} = 1;h\n# of c\n{c} = 1;h\n\n"
             "[Proxy]\nPort = 1\n",
             NULL,
             "[Certs]\nCertFile = c\n[Brokers] ; ours\r\n# of b\n" B A "\n[Proxy]\nPort = 1\n"},
            {"[Brokers]\n{a} = 1;h\n{a} = 2;h\n", NULL, "[Brokers]\n" A B},
            {"[BrokersWebSockets]\n{z} = 1;h\n[Brokers]\n{a} = 1;h\n", NULL,
             "[BrokersWebSockets]\n{z} = 1;h\n[Brokers]\n" A B},
            {"[BrokersWebSockets]\n{z} = 1;h\n[Brokers]\n{a} = 1;h\n", &none,
             "[BrokersWebSockets]\n[Brokers]\n" A B},
            {"[Brokers]\n{a} = 1;h\n[Brokers]\n{b} = 1;h\n", &first,
             "[Brokers]\n" A B "[Brokers]\n\n[BrokersWebSockets]\n" A},
            {"[brokers]\n{a} = 1;h", NULL, "[brokers]\n{a} = 1;h\n\n[Brokers]\n" A B},
        };

        for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
                _cleanup_(freep) char *text =
                    dxlini_update(cases[i].old, &both, cases[i].websockets);
                _cleanup_(freep) char *twice = dxlini_update(text, &both, cases[i].websockets);

                assert_string_equal(text, cases[i].wanted);
                assert_string_equal(twice, text);
        }
}

static void values(void **state)
{
        (void)state;
        static const struct {
                const char *text, *value;
        } cases[] = {
            {"[Certs]\nBrokerCertChain = ca.crt\n", "ca.crt"},
            {"\xef\xbb\xbf[Certs]\r\n\tBrokerCertChain=ca.crt\r\n", "ca.crt"},
            {"[Certs] # x\nBrokerCertChain: 'c a.crt' # y\n", "c a.crt"},
            {"[Certs]\nBrokerCertChain = \"ca#.crt\"", "ca#.crt"},
            {"[Certs]\nBrokerCertChain = ca#.crt # y", "ca#.crt"},
            {"[Certs]\nBrokerCertChain = one\nBrokerCertChain = two", "two"},
            {"[Certs]\nBrokerCertChain = 'open", "'open"},
            {"[Certs]\n# BrokerCertChain = ca.crt\n", NULL},
            {"[Certs]\nBrokerCertChain =\n", NULL},
            {"[Certs]\nBrokerCertChain = # y\n", NULL},
            {"[Other]\nBrokerCertChain = ca.crt\n", NULL},
            {"[certs]\nBrokerCertChain = ca.crt\n", NULL},
            {"BrokerCertChain = ca.crt\n[Certs]\n", NULL},
            {"", NULL},
        };

        for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
                _cleanup_(freep) char *value =
                    dxlini_value(cases[i].text, "Certs", "BrokerCertChain");

                if (!cases[i].value && value)
                        fail_msg("case %zu: %s", i, value);
                if (cases[i].value)
                        assert_string_equal(value, cases[i].value);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(made_new),
            cmocka_unit_test(made_anew),
            cmocka_unit_test(updated),
            cmocka_unit_test(values),
        };

        return cmocka_run_group_tests_name("dxlini", tests, NULL, NULL);
}
