/*
 * What ePO answers, with certificates that parse and with everything that can be wrong.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "publisher/provision/epo_answer.h"
#include "tests/unit/dxl_folder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct dxl_folder folder;
static char ca[2048], client[2048], key[2048];

static void read_pem(const char *name, char out[2048])
{
        char path[DXL_FOLDER_PATH_MAX + 64];
        FILE *f = fopen(dxl_folder_file(&folder, name, path), "re");
        size_t n = fread(out, 1, 2047, f);

        out[n] = '\0';
        fclose(f);
}

static int make_folder(void **state)
{
        (void)state;
        dxl_folder_open(&folder);
        read_pem("ca.crt", ca);
        read_pem("client.crt", client);
        read_pem("client.key", key);
        return 0;
}

static int remove_folder(void **state)
{
        (void)state;
        dxl_folder_close(&folder);
        return 0;
}

static void status_line(void **state)
{
        (void)state;
        static const struct {
                const char *body;
                int code;
                const char *says; /* of code 0: the result */
        } cases[] = {
            {"OK:\r\n\"a,b\\nc\"\r\n", 0, "a,b\nc"},
            {"OK:\"\"", 0, ""},
            {"OK : \"x\"", -EREMOTEIO, "\"OK\""},
            {"ok:\"x\"", -EREMOTEIO, "refused the request"},
            {"Error 3 :\nThe user may not", -EREMOTEIO, "\"Error 3\", \"The user may not\""},
            {"Error 3 :", -EREMOTEIO, "\"Error 3\", \"\""},
            {"", -EINVAL, "no status with a colon"},
            {"OK\n\"x\"", -EINVAL, "no status with a colon"},
            {"<html>: no", -EINVAL, "is a web page"},
            {"\r\n <!DOCTYPE html>", -EINVAL, "is a web page"},
            {"OK:", -EINVAL, "no string of JSON"},
            {"OK:\nx", -EINVAL, "no string of JSON: \"x\""},
            {"OK:7", -EINVAL, "no string of JSON"},
            {"OK:null", -EINVAL, "no string of JSON"},
            {"OK:{\"a\": 1}", -EINVAL, "no string of JSON"},
            {"OK:\"a\" \"b\"", -EINVAL, "no string of JSON"},
            {"OK:\"a\\u0000b\"", -EINVAL, "no string of JSON"},
            {"OK:\"open", -EINVAL, "no string of JSON"},
        };

        for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
                _cleanup_(freep) char *result = NULL;
                struct failure why = {""};
                int r = epo_answer_result(text_of(cases[i].body), &result, &why);

                if (r != cases[i].code)
                        fail_msg("case %zu: %d %s", i, r, why.text);
                if (r == 0)
                        assert_string_equal(result, cases[i].says);
                else if (!strstr(why.text, cases[i].says) || result)
                        fail_msg("case %zu: %s", i, why.text);
        }
}

/* bundle, cert and the rest, with commas between. */
static int package(const char *bundle, const char *cert, const char *rest, struct epo_package *ret,
                   struct failure *why)
{
        char *text;
        int r = asprintf(&text, "%s,%s%s", bundle, cert, rest);

        assert_true(r > 0);
        why->text[0] = '\0';
        r = epo_answer_package(text, ret, why);
        free(text);
        return r;
}

static void packages(void **state)
{
        (void)state;
        struct epo_package p;
        struct failure why;
        char two[4096];

        snprintf(two, sizeof(two), "%s%s", client, ca);
        assert_int_equal(package(two, client, ",{a}={a};1;h\n{b}={b};2;h", &p, &why), 0);
        assert_string_equal(p.bundle, two);
        assert_string_equal(p.cert, client);
        assert_int_equal(p.brokers.count, 2);
        assert_int_equal(p.websockets.count, 0);
        assert_false(p.websockets_given);
        epo_package_done(&p);
        assert_int_equal(package(ca, client, ",,{a}={a};1;h", &p, &why), 0);
        assert_int_equal(p.brokers.count, 0);
        assert_int_equal(p.websockets.count, 1);
        assert_true(p.websockets_given);
        epo_package_done(&p);
}

static void bad_packages(void **state)
{
        (void)state;
        const struct {
                const char *bundle, *cert, *rest, *says;
        } cases[] = {
            {ca, client, "", "is short: it has 2 parts"},
            {ca, client, ",", "names no broker"},
            {ca, client, ",,", "names no broker"},
            {ca, client, ",{a}={b};1;h", "by two guids"},
            {ca, client, ",{a}={a};1;h,{a}={a};x;h", "its port is none"},
            {"", client, ",{a}={a};1;h", "no certificate for the CA certificates"},
            {ca, "", ",{a}={a};1;h", "no certificate for the client certificate"},
            {ca, "nothing", ",{a}={a};1;h", "no certificate for the client certificate"},
            {ca, key, ",{a}={a};1;h",
             "in the client certificate is a block that is no certificate"},
            {key, client, ",{a}={a};1;h", "in the CA certificates is a block that is no"},
        };

        for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
                struct epo_package p;
                struct failure why;
                int r = package(cases[i].bundle, cases[i].cert, cases[i].rest, &p, &why);

                epo_package_done(&p);
                if (r != -EINVAL || !strstr(why.text, cases[i].says))
                        fail_msg("case %zu: %d %s", i, r, why.text);
        }
}

/* Cut at every length it is refused, until all of the last broker's host is there. */
static void cut(void **state)
{
        (void)state;
        char *text;
        int len = asprintf(&text, "%s,%s,{a}={a};8883;host", ca, client);

        for (int n = len - 1; n >= 0; n--) {
                struct epo_package p;
                struct failure why;
                int r;

                text[n] = '\0';
                r = epo_answer_package(text, &p, &why);
                epo_package_done(&p);
                assert_int_equal(r, n > len - 4 ? 0 : -EINVAL);
        }
        free(text);
}

static void sister_answers(void **state)
{
        (void)state;
        static const struct {
                const char *text, *says;
                size_t brokers, websockets;
        } cases[] = {
            {"{\"brokers\":[{\"guid\":\"a\",\"hostName\":\"h\",\"port\":1}],\"certVersion\":0}",
             NULL, 1, 0},
            {"{\"brokers\":[],\"webSocketBrokers\":[{\"guid\":\"a\",\"hostName\":\"h\",\"port\":1}]"
             "}",
             NULL, 0, 1},
            {"{\"brokers\":[{\"guid\":\"a\",\"hostName\":\"h\",\"port\":1}],"
             "\"webSocketBrokers\":null}",
             NULL, 1, 0},
            {"{\"brokers\":[]}", "names no broker", 0, 0},
            {"{\"brokers\":{}}", "not in the form of one", 0, 0},
            {"{\"brokers\":[],\"webSocketBrokers\":7}", "not in the form of one", 0, 0},
            {"{}", "not in the form of one", 0, 0},
            {"[]", "not in the form of one", 0, 0},
            {"", "not in the form of one", 0, 0},
            {"{\"brokers\":[],\"brokers\":[]}", "not in the form of one", 0, 0},
        };
        struct epo_package p;
        struct failure why;

        for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
                int r;

                why.text[0] = '\0';
                r = epo_answer_brokers(cases[i].text, &p, &why);
                if (r != (cases[i].says ? -EINVAL : 0) ||
                    (cases[i].says && !strstr(why.text, cases[i].says)))
                        fail_msg("case %zu: %d %s", i, r, why.text);
                if (r == 0) {
                        assert_int_equal(p.brokers.count, cases[i].brokers);
                        assert_int_equal(p.websockets.count, cases[i].websockets);
                }
                epo_package_done(&p);
        }
        assert_int_equal(epo_answer_bundle(ca, &p, &why), 0);
        assert_string_equal(p.bundle, ca);
        epo_package_done(&p);
        assert_int_equal(epo_answer_bundle("", &p, &why), -EINVAL);
        epo_package_done(&p);
        assert_int_equal(epo_answer_bundle(key, &p, &why), -EINVAL);
        epo_package_done(&p);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(status_line),    cmocka_unit_test(packages),
            cmocka_unit_test(bad_packages),   cmocka_unit_test(cut),
            cmocka_unit_test(sister_answers),
        };

        return cmocka_run_group_tests_name("epo_answer", tests, make_folder, remove_folder);
}
