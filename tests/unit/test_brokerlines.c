/*
 * The brokers that ePO names, in both forms, and each fault with its words.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "publisher/provision/brokerlines.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

/* "guid value" of each broker, one a line. */
static void expect(const struct brokerlines *lines, const char *wanted)
{
        char got[1024] = "";
        size_t len = 0;

        for (size_t i = 0; i < lines->count; i++)
                len += (size_t)snprintf(got + len, sizeof(got) - len, "%s %s\n", lines->all[i].guid,
                                        lines->all[i].value);
        assert_string_equal(got, wanted);
}

static void taken(void **state)
{
        (void)state;
        static const struct {
                const char *lines, *wanted;
        } cases[] = {
            {"", ""},
            {"{a}={a};8883;host;10.0.0.5", "{a} {a};8883;host;10.0.0.5\n"},
            {"{a}={a};8883;host;10.0.0.5\n", "{a} {a};8883;host;10.0.0.5\n"},
            {"{a}={a};8883;host;10.0.0.5\r\n{b}={b};443;other;\r\n",
             "{a} {a};8883;host;10.0.0.5\n{b} {b};443;other\n"},
            {" {a} = {a} ; 1 ; h ", "{a} {a};1;h\n"},
            {"a=a;65535;[2001:db8::1];2001:db8::1", "a a;65535;[2001:db8::1];2001:db8::1\n"},
            {"{a}={a};1;h;i;more", "{a} {a};1;h;i\n"},
            {"{a}={a};1;one\n{b}={b};2;two\n{a}={a};3;three", "{a} {a};3;three\n{b} {b};2;two\n"},
        };

        for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
                struct brokerlines lines;
                struct failure why;

                if (brokerlines_parse(text_of(cases[i].lines), &lines, &why) != 0)
                        fail_msg("case %zu: %s", i, why.text);
                expect(&lines, cases[i].wanted);
                brokerlines_done(&lines);
        }
}

static void refused(void **state)
{
        (void)state;
        static const struct {
                const char *lines, *says;
        } cases[] = {
            {"\n", "an empty line"},
            {"{a}={a};1;h\n\n{b}={b};1;h", "an empty line"},
            {"{a};1;h", "not one \"guid=value\""},
            {"{a}={a};1;h;a=b", "not one \"guid=value\""},
            {"{a}=", "without a guid"},
            {"{a}=;1;h", "without a guid"},
            {"{a}=8883;h;i", "without a guid"},
            {"{a}={b};1;h", "by two guids"},
            {"{a}={A};1;h", "by two guids"},
            {"a b=a b;1;h", "its guid is missing or holds characters"},
            {"[x]=[x];1;h", "its guid is missing or holds characters"},
            {"{a}={a}", "its port is none"},
            {"{a}={a};0;h", "its port is none"},
            {"{a}={a};65536;h", "its port is none"},
            {"{a}={a};-1;h", "its port is none"},
            {"{a}={a};1", "its host name is missing"},
            {"{a}={a};1; ;10.0.0.5", "its host name is missing"},
            {"{a}={a};1;h h", "its host name is missing or holds"},
            {"{a}={a};1;h#", "its host name is missing or holds"},
            {"{a}={a};1;h;1 2", "its IP address holds characters"},
            {"{a}={a};1;h;\"", "its IP address holds characters"},
            {"{a}={a};1;good\n{b}={b};x;h", "{b}={b};x;h"},
        };

        for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
                struct brokerlines lines;
                struct failure why = {""};
                int r = brokerlines_parse(text_of(cases[i].lines), &lines, &why);

                brokerlines_done(&lines);
                if (r != -EINVAL || !strstr(why.text, cases[i].says))
                        fail_msg("case %zu: %d %s", i, r, why.text);
        }
}

static void bounds(void **state)
{
        (void)state;
        char *text = malloc(1100 * 32), *at = text;
        struct brokerlines lines;
        struct failure why;

        for (unsigned i = 0; i < 1025; i++)
                at += sprintf(at, "g%u=g%u;1;h\n", i, i);
        assert_int_equal(brokerlines_parse(text_of(text), &lines, &why), -EINVAL);
        assert_non_null(strstr(why.text, "more than 1024 brokers"));
        brokerlines_done(&lines);
        *strrchr(text, 'g') = '\0';
        *strrchr(text, 'g') = '\0';
        assert_int_equal(brokerlines_parse(text_of(text), &lines, &why), 0);
        assert_int_equal(lines.count, 1024);
        assert_string_equal(brokerlines_find(&lines, text_of("g1023"))->value, "g1023;1;h");
        assert_null(brokerlines_find(&lines, text_of("g1024")));
        brokerlines_done(&lines);
        /* A NUL ends nothing. */
        assert_int_equal(brokerlines_parse((struct text){"{a}={a};1;h\0i", 13}, &lines, &why),
                         -EINVAL);
        brokerlines_done(&lines);
        free(text);
}

static void json(void **state)
{
        (void)state;
        static const struct {
                const char *json, *wanted, *says;
        } cases[] = {
            {"[]", "", NULL},
            {"[{\"guid\":\"{a}\",\"hostName\":\"h\",\"ipAddress\":\"10.0.0.5\",\"port\":8883}]",
             "{a} {a};8883;h;10.0.0.5\n", NULL},
            {"[{\"guid\":\" {a} \",\"hostName\":\"h\",\"port\":\"443\"}]", "{a} {a};443;h\n", NULL},
            {"[{\"guid\":\"{a}\",\"hostName\":\"h\",\"port\":0}]", NULL, "its port is none"},
            {"[{\"guid\":\"{a}\",\"hostName\":\"h\",\"port\":65536}]", NULL, "its port is none"},
            {"[{\"guid\":\"{a}\",\"hostName\":\"h\",\"port\":1.5}]", NULL, "its port is none"},
            {"[{\"guid\":\"{a}\",\"hostName\":\"h\"}]", NULL, "its port is none"},
            {"[{\"guid\":7,\"hostName\":\"h\",\"port\":1}]", NULL, "its guid is missing"},
            {"[{\"guid\":\"{a}\",\"port\":1}]", NULL, "its host name is missing"},
            {"[{\"guid\":\"{a}\",\"hostName\":\"a\\nb\",\"port\":1}]", NULL, "its host name"},
            {"[{\"guid\":\"a\\u0000b\",\"hostName\":\"h\",\"port\":1}]", NULL, "its guid"},
            {"[7]", NULL, "its guid is missing"},
        };

        for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
                json_t *array = json_loads(cases[i].json, JSON_ALLOW_NUL, NULL);
                struct brokerlines lines;
                struct failure why = {""};
                int r = brokerlines_of_json(array, &lines, &why);

                assert_non_null(array);
                if (r != (cases[i].says ? -EINVAL : 0) ||
                    (cases[i].says && !strstr(why.text, cases[i].says)))
                        fail_msg("case %zu: %d %s", i, r, why.text);
                if (r == 0)
                        expect(&lines, cases[i].wanted);
                brokerlines_done(&lines);
                json_decref(array);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(taken),
            cmocka_unit_test(refused),
            cmocka_unit_test(bounds),
            cmocka_unit_test(json),
        };

        return cmocka_run_group_tests_name("brokerlines", tests, NULL, NULL);
}
