#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "publisher/dxl/registry.h"

#include <stdio.h>
#include <string.h>

#define SET "\"/mcafee/service/tie/file/reputation/set\""
#define GET "\"/mcafee/service/tie/file/reputation\""

static void answers(void **state)
{
        static const struct {
                const char *json;
                struct dxl_registry want;
        } cases[] = {
            {"{\"services\":{}}\n", {0}},
            {"{\"services\":{\"{a}\":{\"requestChannels\":[" SET "," GET
             "],\"serviceType\":\"/mcafee/service/tie\"}}}",
             {.instances = 1, .set = 1, .get = 1, .guid = {"{a}"}}},
            {"{\"services\":{\"{a}\":{\"requestChannels\":[" GET "]},"
             "\"{b}\":{\"requestChannels\":[" SET "," GET "],\"unauthorizedChannels\":[" SET "]}}}",
             {.instances = 2, .set = 1, .get = 2, .set_deaf = 1, .guid = {"{a}", "{b}"}}},
            /* wildcards, as a service may register them */
            {"{\"services\":{\"a\":{\"requestChannels\":[\"/mcafee/service/tie/#\"]},"
             "\"b\":{\"requestChannels\":[\"#\"]},"
             "\"c\":{\"requestChannels\":[\"/mcafee/service/tie/file/reputation/setx\","
             "\"/mcafee/service/tie\"]}}}",
             {.instances = 3, .set = 2, .get = 2, .guid = {"a", "b", "c"}}},
            /* what is not as it should be counts for nothing */
            {"{\"services\":{\"a\":{\"requestChannels\":\"x\"},\"b\":[],\"c\":{},"
             "\"d\":{\"requestChannels\":[1,null,\"\"]}}}",
             {.instances = 3, .guid = {"a", "c", "d"}}},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct dxl_registry got;

                assert_int_equal(dxl_registry_parse(cases[i].json, strlen(cases[i].json), &got), 0);
                assert_int_equal(got.instances, cases[i].want.instances);
                assert_int_equal(got.set, cases[i].want.set);
                assert_int_equal(got.get, cases[i].want.get);
                assert_int_equal(got.set_deaf, cases[i].want.set_deaf);
                for (unsigned j = 0; j < DXL_REGISTRY_LISTED_MAX; j++)
                        assert_string_equal(got.guid[j], cases[i].want.guid[j]);
        }
}

static void more_instances_than_are_listed(void **state)
{
        char json[2048] = "{\"services\":{";
        struct dxl_registry got;

        (void)state;
        for (int i = 0; i < 20; i++)
                snprintf(json + strlen(json), sizeof(json) - strlen(json),
                         "%s\"{%02d}\":{\"requestChannels\":[\"#\"]}", i ? "," : "", i);
        snprintf(json + strlen(json), sizeof(json) - strlen(json), "}}");
        assert_int_equal(dxl_registry_parse(json, strlen(json), &got), 0);
        assert_int_equal(got.instances, 20);
        assert_int_equal(got.set, 20);
        assert_string_equal(got.guid[DXL_REGISTRY_LISTED_MAX - 1], "{07}");
}

static void not_an_answer(void **state)
{
        static const char *const cases[] = {"",
                                            "\0",
                                            "null",
                                            "[]",
                                            "{}",
                                            "{\"services\":[]}",
                                            "{\"services\":{}",
                                            "{\"services\":"};

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct dxl_registry got = {.instances = 7};

                assert_int_equal(dxl_registry_parse(cases[i], strlen(cases[i]), &got),
                                 DXL_REGISTRY_E_BAD);
                assert_int_equal(got.instances, 7);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(answers),
            cmocka_unit_test(more_instances_than_are_listed),
            cmocka_unit_test(not_an_answer),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
