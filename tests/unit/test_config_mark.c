#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "common/config_internal.h"

#include <stdio.h>
#include <string.h>

#define HEAD "threatq: {host: a, client_id: c, username: u, password: p}\n"
#define EMEA "{name: emea, dxl_config: d}"
#define APAC "{name: apac, dxl_config: e}"

static struct config *parse(const char *yaml)
{
        struct config *config = NULL;
        _cleanup_(freep) char *error = NULL;

        if (config_parse("c.yaml", 0600, yaml, strlen(yaml), &config, &error) != 0)
                fail_msg("%s: %s", yaml, error);
        return config;
}

static void test_marks(void **state)
{
        static const struct {
                const char *what, *a, *b;
                bool same, emea_same; /* for a stage of all fabrics; for the publisher of emea */
        } cases[] = {
            {"itself", HEAD "fabrics: [" EMEA "]\n", HEAD "fabrics: [" EMEA "]\n", true, true},
            {"comments and styles", HEAD "fabrics: [" EMEA "]\n",
             HEAD "# nothing\nfabrics:\n  - {name: \"emea\", dxl_config: d}\n", true, true},
            {"a fabric more", HEAD "fabrics: [" EMEA "]\n", HEAD "fabrics: [" EMEA ", " APAC "]\n",
             false, true},
            {"another fabric's block", HEAD "fabrics: [" EMEA ", " APAC "]\n",
             HEAD "fabrics: [" EMEA ", {name: apac, dxl_config: f}]\n", false, true},
            {"a fabric renamed", HEAD "fabrics: [" EMEA ", " APAC "]\n",
             HEAD "fabrics: [" EMEA ", {name: asia, dxl_config: e}]\n", false, true},
            {"its own block", HEAD "fabrics: [" EMEA "]\n",
             HEAD "fabrics: [{name: emea, dxl_config: d, daily_limit: 5}]\n", false, false},
            {"the order of fabrics", HEAD "fabrics: [" EMEA ", " APAC "]\n",
             HEAD "fabrics: [" APAC ", " EMEA "]\n", false, true},
            {"a common block", HEAD "fabrics: [" EMEA "]\n",
             HEAD "publisher: {window: 3}\nfabrics: [" EMEA "]\n", false, false},
            {"where a value ends", HEAD "selection: {status: [a, bc]}\nfabrics: [" EMEA "]\n",
             HEAD "selection: {status: [ab, c]}\nfabrics: [" EMEA "]\n", false, false},
            {"another publisher's endpoint",
             HEAD "fabrics: [" EMEA ", " APAC "]\n"
                  "links: {publishers: [{fabric: apac, endpoint: \"tcp://127.0.0.1:7400\"}]}\n",
             HEAD "fabrics: [" EMEA ", " APAC "]\n"
                  "links: {publishers: [{fabric: apac, endpoint: \"tcp://127.0.0.1:7500\"}]}\n",
             false, true},
            {"the fetcher's endpoint",
             HEAD "fabrics: [" EMEA "]\nlinks: {fetcher: {endpoint: \"tcp://127.0.0.1:7400\"}}\n",
             HEAD "fabrics: [" EMEA "]\nlinks: {fetcher: {endpoint: \"tcp://127.0.0.1:7500\"}}\n",
             false, false},
            {"the password", HEAD "fabrics: [" EMEA "]\n",
             "threatq: {host: a, client_id: c, username: u, password: q}\nfabrics: [" EMEA "]\n",
             false, false},
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                _cleanup_(config_freep) struct config *a = parse(cases[i].a);
                _cleanup_(config_freep) struct config *b = parse(cases[i].b);

                if ((config_mark(a, NULL) == config_mark(b, NULL)) != cases[i].same ||
                    (config_mark(a, "emea") == config_mark(b, "emea")) != cases[i].emea_same)
                        fail_msg("%s", cases[i].what);
        }
}

/* A secret from a file or the environment is not in the document. */
static void test_a_secret_from_elsewhere(void **state)
{
        static const char yaml[] =
            "threatq: {host: a, client_id: c, username: u}\nfabrics: [" EMEA "]\n";
        _cleanup_(config_freep) struct config *a = NULL;
        _cleanup_(config_freep) struct config *b = NULL;

        (void)state;
        setenv("TQ_PASSWORD", "one", 1);
        a = parse(yaml);
        setenv("TQ_PASSWORD", "two", 1);
        b = parse(yaml);
        unsetenv("TQ_PASSWORD");
        assert_int_not_equal(config_mark(a, "emea"), config_mark(b, "emea"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_marks),
            cmocka_unit_test(test_a_secret_from_elsewhere),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
