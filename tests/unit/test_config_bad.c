/* Bad configurations: each must be refused with file, line, key path and the mend. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "common/config_internal.h"

#define THREATQ "threatq: {host: tq.example.com, client_id: abc, username: u@example.com}\n"
#define FABRICS "fabrics: [{name: emea, dxl_config: /dxl/emea}]\n"
#define LOGIN "client_id: abc, username: u@example.com"
/* One fabric with more keys, in line 2. */
#define FABRIC(keys) THREATQ "fabrics: [{name: emea, dxl_config: /dxl/emea, " keys "}]\n"
#define THREATQ_OF(keys) "threatq: {" keys "}\n" FABRICS

struct bad {
        const char *what;
        const char *yaml;
        const char *place; /* what follows the file name */
        const char *fault;
        const char *mend;
};

static const struct bad structure[] = {
    {"empty file", "", " ", "is empty", "write threatq: and fabrics:"},
    {"only comments", "# threatq:\n", " ", "is empty", "write threatq: and fabrics:"},
    {"not YAML", "threatq:\n  host: [a, b\n", "3: ", "not valid YAML", "check the indentation"},
    {"a tab", "threatq:\n\thost: a\n", "2: ", "not valid YAML", "check the indentation"},
    {"two documents", THREATQ FABRICS "---\na: b\n", " ", "more than one YAML document", "remove"},
    {"a list", "- threatq\n", "1: ", "is a list where a block of keys belongs", "write keys"},
    {"unknown block", THREATQ FABRICS "threatqs: {}\n", "3: ", "unknown key \"threatqs\"",
     "the keys here are threatq, connector, selection"},
    {"unknown key", THREATQ_OF("hots: a"), "1: threatq: ", "unknown key \"hots\"",
     "the keys here are host, auth"},
    {"unknown key of a fabric", FABRIC("daily: 3"), "2: fabrics[0]: ", "unknown key \"daily\"",
     "name, dxl_config, key_passphrase_file, verify_hostname, daily_limit"},
    {"a merge key", THREATQ FABRICS "<<: {}\n", "3: ", "unknown key \"<<\"", "the keys here"},
    {"a key given twice", "threatq:\n  host: a\n  host: b\n",
     "3: threatq.host: ", "is given twice, first in line 2", "remove one"},
    {"a block given twice", THREATQ THREATQ FABRICS, "2: threatq: ", "is given twice",
     "remove one"},
    {"a list as a key", THREATQ FABRICS "? [a]\n: b\n", "3: ", "a list as a key", "write a word"},
    {"an empty block", THREATQ FABRICS "reputation:\n", "3: reputation: ", "is empty",
     "write keys under it, or remove it"},
    {"a value for a block", "threatq: tq.example.com\n" FABRICS,
     "1: threatq: ", "is one value where a block of keys belongs", "write keys"},
    {"a list for a value", THREATQ_OF("host: [a, b]"), "1: threatq.host: ", "is a list",
     "write one value"},
    {"a block for a value", FABRIC("daily_limit: {max: 3}"),
     "2: fabrics[0].daily_limit: ", "is a block of keys", "write one value"},
    {"a value for a list", THREATQ FABRICS "selection: {status: Active}\n",
     "3: selection.status: ", "is one value where a list belongs", "write [ONE, OTHER]"},
    {"a list in a list", THREATQ FABRICS "selection: {status: [[Active]]}\n",
     "3: selection.status[0]: ", "is a list", "write one value"},
    {"an alias", THREATQ FABRICS "connector: {state_dir: &d /a, run_dir: *d}\n", " ",
     "anchors and aliases", "write the value out"},
    {"NUL in a value", THREATQ_OF("host: \"a\\0b\""), "1: threatq.host: ", "NUL byte", "remove"},
};

static const struct bad threatq[] = {
    {"no threatq", FABRICS, " threatq: ", "missing", "write a threatq: block"},
    {"no host", THREATQ_OF(LOGIN), "1: threatq.host: ", "missing", "write https://HOST"},
    {"empty host", THREATQ_OF("host: \"\", " LOGIN), "1: threatq.host: ", "missing",
     "https://HOST"},
    {"http", THREATQ_OF("host: \"http://tq.example.com\", " LOGIN),
     "1: threatq.host: ", "in the clear", "write https://"},
    {"HTTP", THREATQ_OF("host: \"HTTP://tq.example.com\", " LOGIN),
     "1: threatq.host: ", "in the clear", "write https://"},
    {"another scheme", THREATQ_OF("host: \"ftp://tq.example.com\", " LOGIN),
     "1: threatq.host: ", "not https", "write https://HOST"},
    {"a path", THREATQ_OF("host: \"https://tq.example.com/api\", " LOGIN),
     "1: threatq.host: ", "is not a host", "without user, path"},
    {"a user", THREATQ_OF("host: \"https://u:hunter2@tq.example.com\", " LOGIN),
     "1: threatq.host: ", "is not a host", "without user, path"},
    {"port 0", THREATQ_OF("host: \"tq.example.com:0\", " LOGIN),
     "1: threatq.host: ", "is not a host", "https://HOST:PORT"},
    {"port too large", THREATQ_OF("host: \"tq.example.com:65536\", " LOGIN),
     "1: threatq.host: ", "is not a host", "https://HOST:PORT"},
    {"no client_id", THREATQ_OF("host: a, username: u"), "1: threatq.client_id: ", "missing",
     "write the OAuth id"},
    {"no username", THREATQ_OF("host: a, client_id: c"), "1: threatq.username: ", "missing",
     "write the e-mail address"},
    {"unknown auth", THREATQ_OF("host: a, auth: token, " LOGIN),
     "1: threatq.auth: ", "\"token\" is not known", "write password or client_credentials"},
    {"client_credentials without secret",
     THREATQ_OF("host: a, client_id: c, auth: client_credentials"),
     "1: threatq.client_secret: ", "missing", "client_secret_file: FILE"},
    {"username for client_credentials",
     THREATQ_OF("host: a, auth: client_credentials, client_secret: s, " LOGIN),
     "1: threatq.username: ", "is for auth: password only", "remove it"},
    {"client_secret for password", THREATQ_OF("host: a, client_secret: s, " LOGIN),
     "1: threatq.client_secret: ", "is for auth: client_credentials only", "remove it"},
    {"verify", THREATQ_OF("host: a, verify: maybe, " LOGIN),
     "1: threatq.verify: ", "\"maybe\" is neither true nor false", "write true or false"},
    {"page_size 0", THREATQ_OF("host: a, page_size: 0, " LOGIN),
     "1: threatq.page_size: ", "0 is not in 1–10000", "write a number from 1 to 10000"},
    {"page_size too large", THREATQ_OF("host: a, page_size: 10001, " LOGIN),
     "1: threatq.page_size: ", "10001 is not in", "from 1 to 10000"},
    {"page_size a word", THREATQ_OF("host: a, page_size: 1k, " LOGIN),
     "1: threatq.page_size: ", "\"1k\" is not a whole number", "write a number from 1 to 10000"},
    {"page_size huge", THREATQ_OF("host: a, page_size: 99999999999999999999, " LOGIN),
     "1: threatq.page_size: ", "is not a whole number", "from 1 to 10000"},
    {"password and password_file",
     THREATQ_OF("host: a, password: hunter2, password_file: /x, " LOGIN),
     "1: threatq.password_file: ", "password is given too", "remove one"},
    {"password_file missing", THREATQ_OF("host: a, password_file: /nonexistent/p, " LOGIN),
     "1: threatq.password_file: ", "cannot open /nonexistent/p", "that this user can read"},
    {"password_file a folder", THREATQ_OF("host: a, password_file: /tmp, " LOGIN),
     "1: threatq.password_file: ", "/tmp is not a file", "name a file"},
};

static const struct bad fabrics[] = {
    {"no fabrics", THREATQ, " fabrics: ", "missing", "write a list with name and dxl_config"},
    {"empty fabrics", THREATQ "fabrics: []\n", "2: fabrics: ", "has 0 entries", "write 1 to 64"},
    {"no name", THREATQ "fabrics: [{dxl_config: /d}]\n", "2: fabrics[0].name: ", "missing",
     "write a short name"},
    {"no dxl_config", THREATQ "fabrics: [{name: emea}]\n", "2: fabrics[0].dxl_config: ", "missing",
     "write the path of the fabric's dxlclient.config"},
    {"name given twice",
     THREATQ "fabrics:\n- {name: emea, dxl_config: /d}\n- {name: emea, dxl_config: /e}\n",
     "4: fabrics[1].name: ", "\"emea\" is the name of fabrics[0] too", "rename one"},
    {"name with a slash", THREATQ "fabrics: [{name: a/b, dxl_config: /d}]\n",
     "2: fabrics[0].name: ", "\"a/b\" cannot be a file name", "write letters, digits"},
    {"name with a space", THREATQ "fabrics: [{name: a b, dxl_config: /d}]\n",
     "2: fabrics[0].name: ", "\"a b\" cannot be a file name", "write letters, digits"},
    {"name of two dots", THREATQ "fabrics: [{name: .., dxl_config: /d}]\n",
     "2: fabrics[0].name: ", "begins with '.'", "begin it with a letter"},
    {"name like an option", THREATQ "fabrics: [{name: -rf, dxl_config: /d}]\n",
     "2: fabrics[0].name: ", "begins with", "begin it with a letter"},
    {"name of a lock", THREATQ "fabrics: [{name: emea.lock, dxl_config: /d}]\n",
     "2: fabrics[0].name: ", "ends as the stages' own files do", "do not end it in .lock"},
    {"name too long",
     THREATQ "fabrics: [{name: "
             "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, "
             "dxl_config: /d}]\n",
     "2: fabrics[0].name: ", "longer than 64 characters", "shorten it"},
    {"daily_limit 0", FABRIC("daily_limit: 0"),
     "2: fabrics[0].daily_limit: ", "0 is not in 1–100000", "write a number from 1 to 100000"},
    {"daily_limit above the hard limit", FABRIC("daily_limit: 100001"),
     "2: fabrics[0].daily_limit: ", "100001 is not in 1–100000", "from 1 to 100000"},
    {"daily_limit negative", FABRIC("daily_limit: -5"),
     "2: fabrics[0].daily_limit: ", "\"-5\" is not a whole number", "from 1 to 100000"},
    {"daily_limit with a fraction", FABRIC("daily_limit: 10.5"),
     "2: fabrics[0].daily_limit: ", "\"10.5\" is not a whole number", "from 1 to 100000"},
    {"enrichment", FABRIC("enrichment: 2"),
     "2: fabrics[0].enrichment: ", "\"2\" is neither true nor false", "write true or false"},
    {"a fabric's own days", FABRIC("selection: {days: 366}"),
     "2: fabrics[0].selection.days: ", "366 is not in 1–365", "from 1 to 365"},
    {"a fabric's own reputation", FABRIC("reputation: {known_malicious: []}"),
     "2: fabrics[0].reputation: ", "maps no band", "list bands under"},
    {"run_dir too long",
     FABRIC("daily_limit: 5") "connector:\n  run_dir: "
                              "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/"
                              "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n",
     "4: connector.run_dir: ", "too long for the sockets of fabric emea",
     "shorten it to 93 characters"},
};

#define WITH(text) THREATQ FABRICS text "\n"

static const struct bad meaning[] = {
    {"days 0", WITH("selection: {days: 0}"), "3: selection.days: ", "0 is not in 1–365",
     "write a number from 1 to 365"},
    {"days octal-looking", WITH("selection: {days: 0x10}"),
     "3: selection.days: ", "\"0x10\" is not a whole number", "from 1 to 365"},
    {"min_score a word", WITH("selection: {min_score: high}"),
     "3: selection.min_score: ", "\"high\" is not a number", "such as 5 or 7.5"},
    {"min_score nan", WITH("selection: {min_score: nan}"),
     "3: selection.min_score: ", "\"nan\" is not a number", "such as 5 or 7.5"},
    {"attribute without colon", WITH("selection: {attributes: [Family]}"),
     "3: selection.attributes[0]: ", "\"Family\" is not Name:Value", "Attribute name:its value"},
    {"attribute without value", WITH("selection: {attributes: [\"A:b\", \"Family: \"]}"),
     "3: selection.attributes[1]: ", "is not Name:Value", "Attribute name:its value"},
    {"attribute without name", WITH("selection: {attributes: [\" :Emotet\"]}"),
     "3: selection.attributes[0]: ", "is not Name:Value", "Attribute name:its value"},
    {"attribute as a block", WITH("selection: {attributes: [{Family: Emotet}]}"),
     "3: selection.attributes[0]: ", "is a block of keys", "write one value"},
    {"blank status", WITH("selection: {status: [\" \"]}"), "3: selection.status[0]: ", "is empty",
     "write the name of a ThreatQ status"},
    {"unknown band", WITH("reputation: {known_malicious: [highest]}"),
     "3: reputation.known_malicious[0]: ", "\"highest\" is not a scoring band",
     "write very low, low, medium, high or very high"},
    {"unknown reputation", WITH("reputation: {possible_malicious: [high]}"),
     "3: reputation: ", "unknown key \"possible_malicious\"", "might_be_malicious"},
    {"band under two reputations",
     WITH("reputation:\n  known_malicious: [high]\n  might_be_malicious: [low, high]"),
     "5: reputation.might_be_malicious[1]: ", "high is listed at reputation.known_malicious[0] too",
     "leave it at one of the two"},
    {"band twice under one", WITH("reputation: {known_malicious: [high, High]}"),
     "3: reputation.known_malicious[1]: ", "high is listed at reputation.known_malicious[0] too",
     "leave it at one"},
    {"higher band less malicious",
     WITH("reputation:\n  known_malicious: [low]\n  most_likely_malicious: [medium]"),
     "5: reputation.most_likely_malicious[0]: ",
     "medium is less malicious here than the lower band low at reputation.known_malicious[0]",
     "move one of the two"},
    {"higher band less malicious, a gap between",
     WITH("reputation:\n  most_likely_malicious: [very low]\n  might_be_malicious: [very high]"),
     "5: reputation.might_be_malicious[0]: ",
     "very high is less malicious here than the lower band very low at "
     "reputation.most_likely_malicious[0]",
     "move one of the two"},
    {"reputation maps nothing", WITH("reputation: {}"), "3: reputation: ", "maps no band",
     "list bands under known_malicious"},
    {"interval", WITH("connector: {interval: 2 hours}"),
     "3: connector.interval: ", "\"2 hours\" is not a duration", "as in 90s or 2h"},
    {"interval 0", WITH("connector: {interval: 0}"),
     "3: connector.interval: ", "\"0\" is not in 1s–366d", "write a duration from 1s to 366d"},
    {"patience over a day", WITH("connector: {patience: 2d}"),
     "3: connector.patience: ", "\"2d\" is not in 1ms–1d", "write a duration from 1ms to 1d"},
    {"unknown share status", WITH("connector: {share_status: {sent: x}}"),
     "3: connector.share_status: ", "unknown key \"sent\"", "shared, override, failed, pending"},
    {"publisher window", WITH("publisher: {window: 1025}"),
     "3: publisher.window: ", "1025 is not in 1–1024", "from 1 to 1024"},
    {"fetcher window", WITH("fetcher: {window: 65}"), "3: fetcher.window: ", "65 is not in 1–64",
     "from 1 to 64"},
    {"connections", WITH("enricher: {connections: 0}"),
     "3: enricher.connections: ", "0 is not in 1–32", "from 1 to 32"},
    {"another stage's key", WITH("enricher: {window: 3}"),
     "3: enricher: ", "unknown key \"window\"", "connections"},
};

static void check_table(const struct bad *table, size_t count)
{
        for (size_t i = 0; i < count; i++) {
                const struct bad *bad = &table[i];
                struct config *config = NULL;
                char *error = NULL;
                char place[256];
                int r =
                    config_parse("bad.yaml", 0600, bad->yaml, strlen(bad->yaml), &config, &error);

                if (r != -EINVAL || config || !error)
                        fail_msg("%s: %d", bad->what, r);
                snprintf(place, sizeof place, "bad.yaml:%s", bad->place);
                if (strncmp(error, place, strlen(place)) != 0 || !strstr(error, bad->fault) ||
                    !strstr(error, bad->mend))
                        fail_msg("%s: \"%s\"", bad->what, error);
                /* One fault each: no other must follow from it. */
                if (strchr(error, '\n') != error + strlen(error) - 1)
                        fail_msg("%s: more than one line: \"%s\"", bad->what, error);
                if (strstr(error, "hunter2"))
                        fail_msg("%s: shows a secret", bad->what);
                free(error);
        }
}

#define TABLE_TEST(table)                                                                          \
        static void test_##table(void **state)                                                     \
        {                                                                                          \
                (void)state;                                                                       \
                check_table(table, sizeof table / sizeof *table);                                  \
        }

TABLE_TEST(structure)
TABLE_TEST(threatq)
TABLE_TEST(fabrics)
TABLE_TEST(meaning)

/* All faults of a file are named in one run. */
static void test_all_faults_at_once(void **state)
{
        static const char yaml[] = "threatq: {host: \"http://a\", client_id: c}\n"
                                   "selection: {days: 0, min_score: x}\n"
                                   "fabrics: [{name: a/b, daily_limit: 0}]\n";
        static const char *const paths[] = {
            "1: threatq.host: ",          "1: threatq.username: ", "2: selection.days: ",
            "2: selection.min_score: ",   "3: fabrics[0].name: ",  "3: fabrics[0].dxl_config: ",
            "3: fabrics[0].daily_limit: "};
        struct config *config = NULL;
        char *error = NULL;

        (void)state;
        assert_int_equal(config_parse("f.yaml", 0600, yaml, strlen(yaml), &config, &error),
                         -EINVAL);
        for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
                assert_non_null(strstr(error, paths[i]));
        free(error);
}

/* The guide's example of a mapping that is invalid. */
static void test_guide_example(void **state)
{
        static const char yaml[] = THREATQ FABRICS "reputation:\n"
                                                   "  known_malicious: [low]\n"
                                                   "  most_likely_malicious: [medium]\n"
                                                   "  might_be_malicious: [high]\n";
        struct config *config = NULL;
        char *error = NULL;

        (void)state;
        assert_int_equal(config_parse("f.yaml", 0600, yaml, strlen(yaml), &config, &error),
                         -EINVAL);
        assert_non_null(strstr(error, "f.yaml:5: reputation.most_likely_malicious[0]: medium is"));
        assert_non_null(strstr(error, "f.yaml:6: reputation.might_be_malicious[0]: high is"));
        free(error);
}

/* A fault of a common block is said once, however many fabrics take it. */
static void test_common_fault_once(void **state)
{
        static const char yaml[] = THREATQ "selection: {days: 0}\n"
                                           "fabrics: [{name: a, dxl_config: /a}, "
                                           "{name: b, dxl_config: /b}]\n";
        struct config *config = NULL;
        char *error = NULL;

        (void)state;
        assert_int_equal(config_parse("f.yaml", 0600, yaml, strlen(yaml), &config, &error),
                         -EINVAL);
        assert_non_null(strstr(error, "f.yaml:2: selection.days: "));
        assert_ptr_equal(strchr(error, '\n'), error + strlen(error) - 1);
        free(error);
}

static void test_missing_password(void **state)
{
        struct config *config = NULL;
        char *error = NULL;

        (void)state;
        unsetenv("TQ_PASSWORD");
        assert_int_equal(
            config_parse("f.yaml", 0600, THREATQ FABRICS, strlen(THREATQ FABRICS), &config, &error),
            -EINVAL);
        assert_non_null(strstr(error, "f.yaml:1: threatq.password: missing: write password_file"));
        assert_non_null(strstr(error, "TQ_PASSWORD"));
        free(error);
        setenv("TQ_PASSWORD", "from the environment", 1);
}

static int setup(void **state)
{
        (void)state;
        unsetenv("TQ_CLIENT_SECRET");
        return setenv("TQ_PASSWORD", "from the environment", 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_structure),
            cmocka_unit_test(test_threatq),
            cmocka_unit_test(test_fabrics),
            cmocka_unit_test(test_meaning),
            cmocka_unit_test(test_all_faults_at_once),
            cmocka_unit_test(test_guide_example),
            cmocka_unit_test(test_common_fault_once),
            cmocka_unit_test(test_missing_password),
        };

        return cmocka_run_group_tests(tests, setup, NULL);
}
