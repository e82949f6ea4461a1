/* The block links: what it means, and what is refused, with line, key path and the mend. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/config_internal.h"

struct bad {
        const char *what;
        const char *yaml;
        const char *place; /* what follows the file name */
        const char *fault;
        const char *mend;
};

#define WITH(block)                                                                                \
        "threatq: {host: tq.example.com, client_id: abc, username: u@example.com}\n"               \
        "fabrics: [{name: emea, dxl_config: /dxl/emea}]\n" block "\n"
#define KEY "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID"
#define LINKS(keys) WITH("links: {" keys "}")
#define FETCHER(keys) LINKS("fetcher: {" keys "}")
#define PUBLISHERS(entries) LINKS("publishers: [" entries "]")

static const struct bad links[] = {
    {"unknown", LINKS("pages: a"), "3: links: ", "unknown key \"pages\"",
     "key_file, allow, fetcher, publishers"},
    {"no endpoint", FETCHER("public_key: \"" KEY "\""), "3: links.fetcher.endpoint: ", "missing",
     "write tcp://HOST:PORT"},
    {"no scheme", FETCHER("endpoint: \"10.0.0.1:7400\""),
     "3: links.fetcher.endpoint: ", "is no endpoint", "write tcp://HOST:PORT"},
    {"ipc", FETCHER("endpoint: \"ipc:///run/x\""), "3: links.fetcher.endpoint: ", "is no endpoint",
     "write tcp://HOST:PORT"},
    {"no port", FETCHER("endpoint: \"tcp://10.0.0.1\""),
     "3: links.fetcher.endpoint: ", "is no endpoint", "write tcp://HOST:PORT"},
    {"port 0", FETCHER("endpoint: \"tcp://127.0.0.1:0\""),
     "3: links.fetcher.endpoint: ", "is no endpoint", "write tcp://HOST:PORT"},
    {"port too high", FETCHER("endpoint: \"tcp://127.0.0.1:65535\""),
     "3: links.fetcher.endpoint: ", "the port is too high", "uses 2 ports"},
    {"publisher's port too high", PUBLISHERS("{fabric: emea, endpoint: \"tcp://127.0.0.1:65534\"}"),
     "3: links.publishers[0].endpoint: ", "the port is too high", "uses 3 ports"},
    {"no address", FETCHER("endpoint: \"tcp://10.0.0.256:7400\""),
     "3: links.fetcher.endpoint: ", "neither an address nor a name", "IPv6 address in [ ]"},
    {"IPv6 without brackets", FETCHER("endpoint: \"tcp://fe80::1:7400\""),
     "3: links.fetcher.endpoint: ", "neither an address nor a name", "IPv6 address in [ ]"},
    {"no host", FETCHER("endpoint: \"tcp://:7400\""),
     "3: links.fetcher.endpoint: ", "neither an address nor a name", "write tcp://HOST:PORT"},
    {"all addresses", FETCHER("endpoint: \"tcp://*:7400\""),
     "3: links.fetcher.endpoint: ", "no address to connect to", "as listen:"},
    {"0.0.0.0", FETCHER("endpoint: \"tcp://0.0.0.0:7400\""),
     "3: links.fetcher.endpoint: ", "no address to connect to", "as listen:"},
    {"plain text", FETCHER("endpoint: \"tcp://10.0.0.1:7400\""),
     "3: links.fetcher.endpoint: ", "in plain text", "write public_key:"},
    {"plain text by IPv6", FETCHER("endpoint: \"tcp://[fd00::1]:7400\""),
     "3: links.fetcher.endpoint: ", "in plain text", "write public_key:"},
    {"plain text of a publisher", PUBLISHERS("{fabric: emea, endpoint: \"tcp://10.0.0.1:7400\"}"),
     "3: links.publishers[0].endpoint: ", "in plain text", "write public_key:"},
    {"plain text beyond loopback",
     FETCHER("endpoint: \"tcp://127.0.0.1:7400\", listen: \"tcp://*:7400\""),
     "3: links.fetcher.endpoint: ", "in plain text", "write public_key:"},
    {"a name may be anywhere",
     FETCHER("endpoint: \"tcp://localhost:7400\", listen: \"tcp://127.0.0.1:7400\""),
     "3: links.fetcher.endpoint: ", "in plain text", "an address of loopback"},
    {"a name without listen",
     FETCHER("endpoint: \"tcp://fetcher.example.com:7400\", public_key: \"" KEY "\""),
     "3: links.fetcher.endpoint: ", "cannot be bound", "write listen: tcp://ADDRESS:PORT"},
    {"listen by name",
     FETCHER("endpoint: \"tcp://10.0.0.1:7400\", listen: \"tcp://eth:1\", public_key: \"" KEY "\""),
     "3: links.fetcher.listen: ", "cannot be bound", "tcp://*:PORT"},
    {"no public key", FETCHER("endpoint: \"tcp://10.0.0.1:7400\", public_key: secret"),
     "3: links.fetcher.public_key: ", "is no public key", "keygen"},
    {"no key of an allowed host", LINKS("allow: [\"" KEY "\", abc]"),
     "3: links.allow[1]: ", "is no public key", "keygen"},
    {"no key of our own", FETCHER("endpoint: \"tcp://10.0.0.1:7400\", public_key: \"" KEY "\""),
     "3: links.key_file: ", "missing", "TQ_LINK_KEY"},
    {"no key file", LINKS("key_file: /nonexistent/link.key"),
     "3: links.key_file: ", "cannot open /nonexistent/link.key", "make it a file"},
    {"no fabric", PUBLISHERS("{endpoint: \"tcp://127.0.0.1:7400\"}"),
     "3: links.publishers[0].fabric: ", "missing", "write the name"},
    {"no such fabric", PUBLISHERS("{fabric: apac, endpoint: \"tcp://127.0.0.1:7400\"}"),
     "3: links.publishers[0].fabric: ", "\"apac\" is no fabric", "under fabrics:"},
    {"a fabric twice",
     PUBLISHERS("{fabric: emea, endpoint: \"tcp://127.0.0.1:7400\"}, "
                "{fabric: emea, endpoint: \"tcp://127.0.0.1:7500\"}"),
     "3: links.publishers[1].fabric: ", "emea is given twice", "remove one"},
    {"ports that overlap",
     LINKS("fetcher: {endpoint: \"tcp://127.0.0.1:7401\"}, "
           "publishers: [{fabric: emea, endpoint: \"tcp://127.0.0.1:7399\"}]"),
     "3: links.publishers[0].endpoint: ", "7399 to 7401 overlap those of links.fetcher",
     "move one"},
};

static void test_refused(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
                const struct bad *bad = &links[i];
                struct config *config = NULL;
                _cleanup_(freep) char *error = NULL;
                char place[256];

                if (config_parse("bad.yaml", 0600, bad->yaml, strlen(bad->yaml), &config, &error) !=
                        -EINVAL ||
                    !error)
                        fail_msg("%s: not refused", bad->what);
                snprintf(place, sizeof(place), "bad.yaml:%s", bad->place);
                if (!strstr(error, place) || !strstr(error, bad->fault) ||
                    !strstr(error, bad->mend))
                        fail_msg("%s: %s", bad->what, error);
        }
}

static struct config *parse(const char *yaml)
{
        struct config *config = NULL;
        _cleanup_(freep) char *error = NULL;

        if (config_parse("c.yaml", 0600, yaml, strlen(yaml), &config, &error) != 0)
                fail_msg("%s", error);
        return config;
}

static void test_endpoints(void **state)
{
        char run_dir[] = "/run/tq", name[] = "emea", far[] = "apac", host[] = "10.0.0.3",
             any[] = "*", key[] = "key";
        struct config_fabric fabrics[] = {
            {.name = name},
            {.name = far,
             .port = {.host = host,
                      .port = 7410,
                      .listen_host = any,
                      .listen_port = 8410,
                      .public_key = key,
                      .far = true}},
        };
        struct config config = {.run_dir = run_dir, .fabrics = fabrics, .fabric_count = 2};
        static const struct {
                enum config_channel channel;
                const char *fabric, *connect, *bind;
        } cases[] = {
            {CONFIG_PAGES, NULL, "ipc:///run/tq/pages", "ipc:///run/tq/pages"},
            {CONFIG_ACKS, NULL, "ipc:///run/tq/acks", "ipc:///run/tq/acks"},
            {CONFIG_IN, "emea", "ipc:///run/tq/in-emea", "ipc:///run/tq/in-emea"},
            {CONFIG_OUTCOMES, "emea", "ipc:///run/tq/outcomes-emea", "ipc:///run/tq/outcomes-emea"},
            {CONFIG_WRITTEN, "emea", "ipc:///run/tq/written-emea", "ipc:///run/tq/written-emea"},
            {CONFIG_IN, "apac", "tcp://10.0.0.3:7410", "tcp://*:8410"},
            {CONFIG_OUTCOMES, "apac", "tcp://10.0.0.3:7411", "tcp://*:8411"},
            {CONFIG_WRITTEN, "apac", "tcp://10.0.0.3:7412", "tcp://*:8412"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct config_endpoint endpoint;

                config_endpoint(&config, cases[i].channel, cases[i].fabric, &endpoint);
                assert_string_equal(endpoint.connect, cases[i].connect);
                assert_string_equal(endpoint.bind, cases[i].bind);
                assert_ptr_equal(endpoint.public_key, cases[i].connect[0] == 't' ? key : NULL);
        }
        assert_true(config_spans_hosts(&config));
        config.fabric_count = 1;
        assert_false(config_spans_hosts(&config));
}

static void test_links(void **state)
{
        static const char yaml[] =
            "threatq: {host: a, client_id: c, username: u}\n"
            "fabrics: [{name: emea, dxl_config: d}, {name: apac, dxl_config: d}]\n"
            "links:\n"
            "  allow: [\"D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs\"]\n"
            "  fetcher: {endpoint: \"tcp://[::1]:7400\"}\n"
            "  publishers:\n"
            "  - fabric: apac\n"
            "    endpoint: tcp://apac.example.com:7410\n"
            "    listen: tcp://*:7411\n"
            "    public_key: \"Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID\"\n";
        char secret[] = "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs\n";
        struct config_endpoint e;

        (void)state;
        setenv("TQ_LINK_KEY", secret, 1);
        {
                _cleanup_(config_freep) struct config *config = parse(yaml);

                assert_string_equal(config->links.public_key,
                                    "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID");
                assert_int_equal(config->links.allow_count, 1);
                config_endpoint(config, CONFIG_ACKS, NULL, &e);
                assert_string_equal(e.connect, "tcp://[::1]:7401");
                assert_string_equal(e.bind, e.connect);
                assert_null(e.public_key);
                config_endpoint(config, CONFIG_IN, "emea", &e);
                assert_memory_equal(e.bind, "ipc:", 4);
                config_endpoint(config, CONFIG_IN, "apac", &e);
                assert_string_equal(e.connect, "tcp://apac.example.com:7410");
                assert_string_equal(e.bind, "tcp://*:7411");
                assert_non_null(e.public_key);
                assert_true(config_spans_hosts(config));
        }
        unsetenv("TQ_LINK_KEY");
}

static int setup(void **state)
{
        (void)state;
        setenv("TQ_PASSWORD", "from the environment", 1);
        unsetenv("TQ_LINK_KEY");
        return 0;
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_refused),
            cmocka_unit_test(test_endpoints),
            cmocka_unit_test(test_links),
        };

        return cmocka_run_group_tests(tests, setup, NULL);
}
