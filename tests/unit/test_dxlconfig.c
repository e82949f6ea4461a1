/*
 * dxlclient.config as provisioning writes it, as people edit it, and with every fault named.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "publisher/dxl/dxlconfig.h"
#include "tests/unit/dxl_folder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct dxl_folder folder;

static int make_folder(void **state)
{
        (void)state;
        dxl_folder_open(&folder);
        dxl_folder_write(&folder, "empty.key", "", 0600);
        return 0;
}

static int remove_folder(void **state)
{
        (void)state;
        dxl_folder_close(&folder);
        return 0;
}

/* Loads the text as a configuration; NULL with *error when it is refused. */
static struct dxl_config *load(const char *text, char **error)
{
        char path[DXL_FOLDER_PATH_MAX + 64];
        dxl_folder_write(&folder, "dxlclient.config", text, 0644);
        struct dxl_config *config = NULL;
        *error = NULL;
        int rc = dxl_config_load(dxl_folder_file(&folder, "dxlclient.config", path), NULL, &config,
                                 error);
        assert_true((rc == 0) == (config != NULL));
        assert_true((rc == 0) == (*error == NULL));
        return config;
}

static struct dxl_config *load_good(const char *text)
{
        char *error;
        struct dxl_config *config = load(text, &error);
        if (!config)
                fail_msg("refused: %s", error);
        return config;
}

#define CERTS "[Certs]\nBrokerCertChain = ca.crt\nCertFile = client.crt\nPrivateKey = client.key\n"

static void brokers(void **state)
{
        (void)state;
        struct dxl_config *c =
            load_good(CERTS "[Brokers]\n"
                            "{a} = {a};8883;one.example.com;10.0.0.5\n"
                            "b = 8884;two.example.com\n"
                            "c = 8885 ; three.example.com ; 10.0.0.7\n" /* inih would cut at " ;" */
                            "d = id;443;[2001:db8::1];[2001:db8::2]\n"
                            "e = 1;2;3\n"
                            "f = 70000;1;host\n"); /* no port, so an id */
        static const struct {
                const char *id, *host, *ip;
                uint16_t port;
        } want[] = {
            {"{a}", "one.example.com", "10.0.0.5", 8883},
            {"", "two.example.com", NULL, 8884},
            {"", "three.example.com", "10.0.0.7", 8885},
            {"id", "2001:db8::1", "2001:db8::2", 443},
            {"", "2", "3", 1},
            {"70000", "host", NULL, 1},
        };
        assert_int_equal(c->broker_count, 6);
        for (size_t i = 0; i < 6; i++) {
                assert_string_equal(c->brokers[i].id, want[i].id);
                assert_string_equal(c->brokers[i].host, want[i].host);
                assert_int_equal(c->brokers[i].port, want[i].port);
                if (want[i].ip)
                        assert_string_equal(c->brokers[i].ip, want[i].ip);
                else
                        assert_null(c->brokers[i].ip);
        }
        assert_null(c->client_id);
        dxl_config_free(c);
}

#define WEB "[BrokersWebSockets]\nw = {w};443;web;10.0.0.9\n"

/* Which of the two lists is used, and when the proxy is. */
static void websockets(void **state)
{
        (void)state;
        static const struct {
                const char *text;
                const char *host;
                bool websockets;
        } cases[] = {
            {CERTS WEB, "web", true},
            {CERTS WEB "[Brokers]\n", "web", true},
            {CERTS WEB "[Brokers]\na=1;plain\n", "plain", false},
            {CERTS WEB "[Brokers]\na=1;plain\n[General]\nUseWebSockets = yes\n", "web", true},
            {CERTS WEB "[Brokers]\na=1;plain\n[General]\nUseWebSockets = TRUE\n", "web", true},
            {CERTS WEB "[Brokers]\na=1;plain\n[General]\nUseWebSockets = 0\n", "plain", false},
        };
        for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
                char text[1024];
                snprintf(text, sizeof(text), "%s[Proxy]\nAddress = [::1]\nPort = 3128\nUser = u\n",
                         cases[i].text);
                struct dxl_config *c = load_good(text);
                assert_int_equal(c->broker_count, 1);
                assert_string_equal(c->brokers[0].host, cases[i].host);
                assert_int_equal(c->websockets, cases[i].websockets);
                if (cases[i].websockets) {
                        assert_string_equal(c->proxy.host, "::1");
                        assert_int_equal(c->proxy.port, 3128);
                        assert_string_equal(c->proxy.user, "u");
                        assert_null(c->proxy.password);
                } else {
                        assert_null(c->proxy.host);
                }
                dxl_config_free(c);
        }
        dxl_config_free(load_good(CERTS WEB "[Proxy]\nPort =\nAddress =\nUser =\n"));
}

/* Longer lines than inih's 200 bytes, quotes, comments, a BOM, indentation, unknown parts. */
static void as_people_write_it(void **state)
{
        (void)state;
        char long_host[254];
        memset(long_host, 'h', sizeof(long_host) - 1);
        long_host[sizeof(long_host) - 1] = '\0';
        char text[2048];
        snprintf(text, sizeof(text),
                 "\xef\xbb\xbf# made by hand\r\n[General]\r\n"
                 "  ClientId = \"{my id}\"  # quoted\r\n"
                 "UseWebSockets = False\r\n[MessageCallbackPool]\r\nQueueSize = 1000\r\n"
                 "[Certs]\r\nBrokerCertChain='ca.crt'\r\n\tCertFile   =   client.crt # mine\r\n"
                 "PrivateKey = client.key\r\n[BrokersWebSockets]\r\nw = w;443;host\r\n"
                 "[Brokers]\r\n; none before\r\nx = {0123456789};8883;%s;192.0.2.1\r\n",
                 long_host);
        struct dxl_config *c = load_good(text);
        assert_string_equal(c->client_id, "{my id}");
        assert_int_equal(c->broker_count, 1);
        assert_string_equal(c->brokers[0].host, long_host);
        assert_string_equal(c->brokers[0].ip, "192.0.2.1");
        dxl_config_free(c);
}

static void file_names(void **state)
{
        (void)state;
        char beside[DXL_FOLDER_PATH_MAX + 64], text[1024];
        struct dxl_config *c = load_good(CERTS "[Brokers]\na=1;h\n");
        assert_string_equal(c->key_file, dxl_folder_file(&folder, "client.key", beside));
        dxl_config_free(c);
        /* A file of that name in the working directory comes first. */
        char here[] = "test_dxlconfig-here-XXXXXX";
        int fd = mkstemp(here);
        assert_true(fd >= 0);
        char pem[4096];
        FILE *f = fopen(dxl_folder_file(&folder, "ca.crt", beside), "r");
        assert_non_null(f);
        size_t n = fread(pem, 1, sizeof(pem), f);
        fclose(f);
        assert_int_equal(write(fd, pem, n), n);
        close(fd);
        snprintf(
            text, sizeof(text),
            "[Certs]\nBrokerCertChain = %s\nCertFile = %s/client.crt\nPrivateKey = client.key\n"
            "[Brokers]\na=1;h\n",
            here, folder.path);
        c = load_good(text);
        assert_string_equal(c->ca_file, here);
        assert_string_equal(c->cert_file, dxl_folder_file(&folder, "client.crt", beside));
        dxl_config_free(c);
        unlink(here);
}

static void refused(void **state)
{
        (void)state;
        static const struct {
                const char *text;
                const char *says[2]; /* each must be in the error */
        } cases[] = {
            {"", {"BrokerCertChain is missing", "PrivateKey is missing"}},
            {CERTS, {"[Brokers] is empty", "add a line"}},
            {CERTS "[General]\nUseWebSockets = False\n[BrokersWebSockets]\na = a;443;h\n",
             {"[Brokers] is empty", "add a line"}},
            {CERTS "[General]\nUseWebSockets = True\n[Brokers]\na=1;h\n",
             {"[BrokersWebSockets] is empty", "UseWebSockets to False"}},
            {CERTS "[General]\nUseWebSockets = perhaps\n[Brokers]\na=1;h\n",
             {"UseWebSockets", "neither True nor False"}},
            {CERTS "[BrokersWebSockets]\na = a;x;h\n", {"[BrokersWebSockets] a", "no port"}},
            {CERTS WEB "[Proxy]\nAddress = p\n", {"[Proxy] Port", "missing"}},
            {CERTS WEB "[Proxy]\nAddress = p\nPort = 65536\n", {"[Proxy] Port", "1 to 65535"}},
            {CERTS WEB "[Proxy]\nAddress = p\nPort = 1\nPassword = x\n",
             {"[Proxy] Password", "chmod 600"}},
            {CERTS "[Brokers]\na = a;b;c\n", {"[Brokers] a", "\"b\" is no port"}},
            {CERTS "[Brokers]\na = a;0;c\n", {"[Brokers] a", "\"0\" is no port"}},
            {CERTS "[Brokers]\na = 8883\n", {"[Brokers] a", "host name is missing"}},
            {CERTS "[Brokers]\na = a\n", {"[Brokers] a", "no port"}},
            {CERTS "[Brokers]\na =\n", {"[Brokers] a", "no port"}},
            {CERTS "nonsense\n[Brokers]\na=1;h\n", {"line 5", "mend or remove"}},
            {"[certs]\nbrokercertchain = ca.crt\n[Brokers]\na=1;h\n",
             {"BrokerCertChain is missing", "CertFile is missing"}},
            {"[Certs]\nBrokerCertChain = none.crt\nCertFile = client.crt\nPrivateKey = client.key\n"
             "[Brokers]\na=1;h\n",
             {"BrokerCertChain: cannot read", "none.crt"}},
            {"[Certs]\nBrokerCertChain = .\nCertFile = client.crt\nPrivateKey = client.key\n"
             "[Brokers]\na=1;h\n",
             {"BrokerCertChain", "is no file"}},
            {"[Certs]\nBrokerCertChain = client.key\nCertFile = client.crt\n"
             "PrivateKey = client.key\n[Brokers]\na=1;h\n",
             {"BrokerCertChain", "no PEM certificate"}},
            {"[Certs]\nBrokerCertChain = ca.crt\nCertFile = client.key\nPrivateKey = client.key\n"
             "[Brokers]\na=1;h\n",
             {"CertFile", "no PEM certificate"}},
            {"[Certs]\nBrokerCertChain = ca.crt\nCertFile = client.crt\nPrivateKey = empty.key\n"
             "[Brokers]\na=1;h\n",
             {"PrivateKey", "no PEM key"}},
            {"[Certs]\nBrokerCertChain = ca.crt\nCertFile = client.crt\nPrivateKey = broker.key\n"
             "[Brokers]\na=1;h\n",
             {"broker.key", "is not the key of the certificate"}},
        };
        for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
                char *error;
                struct dxl_config *c = load(cases[i].text, &error);
                if (c)
                        fail_msg("case %zu was taken", i);
                for (size_t k = 0; k < 2; k++)
                        if (!strstr(error, cases[i].says[k]))
                                fail_msg("case %zu: \"%s\" is not in: %s", i, cases[i].says[k],
                                         error);
                assert_non_null(strstr(error, folder.path));
                free(error);
        }
}

static void open_key(void **state)
{
        (void)state;
        static const mode_t modes[] = {0604, 0602, 0640, 0620};
        char key[DXL_FOLDER_PATH_MAX + 64], *error;
        dxl_folder_file(&folder, "client.key", key);
        for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
                assert_int_equal(chmod(key, modes[i]), 0);
                assert_null(load(CERTS "[Brokers]\na=1;h\n", &error));
                assert_non_null(strstr(error, "[Certs] PrivateKey: "));
                assert_non_null(strstr(error, "chmod 600"));
                free(error);
        }
        assert_int_equal(chmod(key, 0600), 0);
        dxl_config_free(load_good(CERTS "[Brokers]\na=1;h\n"));
}

/* A key with a passphrase, a bundle of several certificates, one that is cut off. */
static void keys_and_bundles(void **state)
{
        (void)state;
        char path[DXL_FOLDER_PATH_MAX + 64], pass[DXL_FOLDER_PATH_MAX + 64], *error;
        struct dxl_config *c = NULL;
        struct dxl_config_options options = {.key_passphrase_file = pass, .verify_hostname = true};
        dxl_folder_lock_key(&folder, "client", "locked.key", "open sesame");
        dxl_folder_join(&folder, "bundle.crt", "stranger.crt", "ca.crt");
        dxl_folder_write(&folder, "dxlclient.config",
                         "[Certs]\nBrokerCertChain = bundle.crt\nCertFile = client.crt\n"
                         "PrivateKey = locked.key\n[Brokers]\na=1;h\n",
                         0644);
        dxl_folder_file(&folder, "dxlclient.config", path);
        static const struct {
                const char *secret;
                mode_t mode;
                const char *says;
        } cases[] = {
            {"open sesame\n", 0600, NULL},
            {"open sesame", 0644, "chmod 600"},
            {"wrong", 0600, "locked.key holds no PEM key that the passphrase"},
            {"", 0600, "is empty"},
        };
        for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
                dxl_folder_write(&folder, "pass", cases[i].secret, cases[i].mode);
                dxl_folder_file(&folder, "pass", pass);
                error = NULL;
                int rc = dxl_config_load(path, &options, &c, &error);
                if (rc == 0) {
                        assert_null(cases[i].says);
                        assert_string_equal(c->passphrase, "open sesame");
                        assert_true(c->verify_hostname);
                        dxl_config_free(c);
                } else if (!cases[i].says || !strstr(error, cases[i].says)) {
                        fail_msg("case %zu: %s", i, error);
                }
                free(error);
        }
        assert_int_equal(dxl_config_load(path, NULL, &c, &error), -EINVAL);
        assert_non_null(strstr(error, "key_passphrase_file"));
        free(error);

        dxl_folder_write(&folder, "half", "-----BEGIN CERTIFICATE-----\nAAAA\n", 0644);
        dxl_folder_join(&folder, "cut.crt", "ca.crt", "half");
        assert_null(load("[Certs]\nBrokerCertChain = cut.crt\nCertFile = client.crt\n"
                         "PrivateKey = client.key\n[Brokers]\na=1;h\n",
                         &error));
        assert_non_null(strstr(error, "is broken after 1 certificates"));
        free(error);
}

static void no_such_file(void **state)
{
        (void)state;
        struct dxl_config *c = NULL;
        char *error = NULL;
        assert_int_equal(dxl_config_load("/nonexistent/dxlclient.config", NULL, &c, &error),
                         -ENOENT);
        assert_non_null(strstr(error, "/nonexistent/dxlclient.config: cannot be read"));
        free(error);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(brokers),    cmocka_unit_test(as_people_write_it),
            cmocka_unit_test(file_names), cmocka_unit_test(refused),
            cmocka_unit_test(open_key),   cmocka_unit_test(no_such_file),
            cmocka_unit_test(websockets), cmocka_unit_test(keys_and_bundles),
        };
        return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
