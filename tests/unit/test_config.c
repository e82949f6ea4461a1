#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/config_internal.h"

static char folder[] = "/tmp/test_config.XXXXXX";

/* Writes a file of this mode into the test's folder. Valid until the next call. */
static const char *write_file(const char *name, mode_t mode, const char *text)
{
        static char path[256];
        FILE *f;

        snprintf(path, sizeof path, "%s/%s", folder, name);
        f = fopen(path, "w");
        assert_non_null(f);
        fputs(text, f);
        assert_int_equal(fclose(f), 0);
        assert_int_equal(chmod(path, mode), 0);
        return path;
}

static struct config *load(const char *path)
{
        struct config *config = NULL;
        char *error = NULL;

        if (config_load(path, &config, &error) != 0)
                fail_msg("%s", error);
        return config;
}

/* What the file is refused with. The caller frees. */
static char *load_error(const char *path, int expected)
{
        struct config *config = NULL;
        char *error = NULL;

        assert_int_equal(config_load(path, &config, &error), expected);
        assert_null(config);
        assert_non_null(error);
        return error;
}

#define MINIMAL                                                                                    \
        "threatq: {host: tq.example.com, client_id: abc, username: u@example.com}\n"               \
        "fabrics: [{name: emea, dxl_config: /dxl/emea}]\n"

static void test_minimal(void **state)
{
        _cleanup_(config_freep) struct config *config =
            load(write_file("minimal.yaml", 0644, MINIMAL));
        const struct config_fabric *fabric = &config->fabrics[0];

        (void)state;
        assert_string_equal(config->threatq.host, "https://tq.example.com");
        assert_int_equal(config->threatq.auth, CONFIG_AUTH_PASSWORD);
        assert_string_equal(config->threatq.password, "from the environment");
        assert_null(config->threatq.client_secret);
        assert_null(config->threatq.ca_file);
        assert_true(config->threatq.verify);
        assert_null(config->threatq.data_collection);
        assert_int_equal(config->threatq.page_size, 1000);
        assert_string_equal(config->status, "Review");
        assert_null(config->source);
        assert_string_equal(config->state_dir, "/var/lib/tq_labs");
        assert_string_equal(config->run_dir, "/run/tq_labs");
        assert_int_equal(config->interval_ms, 2 * 3600 * 1000);
        assert_int_equal(config->full_interval_ms, 24 * 3600 * 1000);
        assert_int_equal(config->patience_ms, 60 * 1000);
        assert_string_equal(config->share_status[SHARE_SHARED], "Shared");
        assert_string_equal(config->share_status[SHARE_OVERRIDE], "Shared (Override)");
        assert_string_equal(config->share_status[SHARE_FAILED], "Failed");
        assert_string_equal(config->share_status[SHARE_PENDING], "Pending");
        assert_int_equal(config->fetcher.window, 8);
        assert_int_equal(config->publisher.window, 64);
        assert_int_equal(config->publisher.request_timeout_ms, 30000);
        assert_int_equal(config->publisher.settle_timeout_ms, 60000);
        assert_int_equal(config->publisher.retry_delay_ms, 30000);
        assert_false(config->publisher.dry_run);
        assert_int_equal(config->enricher.connections, 8);
        assert_int_equal(config->fabric_count, 1);
        assert_string_equal(fabric->name, "emea");
        assert_string_equal(fabric->dxl_config, "/dxl/emea");
        assert_int_equal(fabric->daily_limit, 1000);
        assert_true(fabric->enrichment);
        assert_int_equal(fabric->selection.days, 30);
        assert_int_equal(fabric->selection.status_count, 0);
        assert_int_equal(fabric->selection.attribute_count, 0);
        assert_true(fabric->selection.min_score == 0);
        for (int band = 0; band < BAND_COUNT; band++) {
                assert_true(fabric->reputation.mapped[band]);
                assert_int_equal(fabric->reputation.level[band], TRUST_MOST_LIKELY_MALICIOUS);
        }
        assert_ptr_equal(config_fabric(config, "emea"), fabric);
        assert_null(config_fabric(config, "EMEA"));
}

/* The commented example, except for its password file. */
static char *read_example(void)
{
        FILE *f = fopen(FIXTURES "/tq-trellix-tie.yaml", "r");
        char *text = calloc(1, 16384);
        char *line;

        assert_non_null(f);
        assert_non_null(text);
        assert_true(fread(text, 1, 16383, f) > 1000);
        fclose(f);
        line = strstr(text, "  password_file:");
        assert_non_null(line);
        line[2] = '#';
        return text;
}

static void test_example(void **state)
{
        _cleanup_(freep) char *text = read_example();
        _cleanup_(config_freep) struct config *config = load(write_file("full.yaml", 0644, text));
        const struct config_fabric *emea = config_fabric(config, "emea");
        const struct config_fabric *apac = config_fabric(config, "apac");

        (void)state;
        assert_string_equal(config->threatq.host, "https://threatq.example.com");
        assert_string_equal(config->threatq.client_id, "0123456789abcdef");
        assert_string_equal(config->threatq.username, "connector@example.com");
        assert_string_equal(config->threatq.ca_file, "/etc/pki/tls/certs/ca.pem");
        assert_null(config->threatq.data_collection);
        assert_string_equal(config->source, "Trellix TIE");
        assert_non_null(emea);
        assert_non_null(apac);

        assert_int_equal(emea->selection.days, 30);
        assert_int_equal(emea->selection.status_count, 2);
        assert_string_equal(emea->selection.status[1], "Under Review");
        assert_true(emea->selection.min_score == 5.5);
        assert_int_equal(emea->selection.attribute_count, 3);
        assert_string_equal(emea->selection.attributes[0].name, "Malware Family");
        assert_string_equal(emea->selection.attributes[0].value, "Emotet");
        assert_int_equal(emea->reputation.level[BAND_VERY_HIGH], TRUST_KNOWN_MALICIOUS);
        assert_int_equal(emea->reputation.level[BAND_HIGH], TRUST_KNOWN_MALICIOUS);
        assert_int_equal(emea->reputation.level[BAND_MEDIUM], TRUST_MOST_LIKELY_MALICIOUS);
        assert_int_equal(emea->reputation.level[BAND_VERY_LOW], TRUST_MIGHT_BE_MALICIOUS);
        assert_true(emea->enrichment);

        /* A block of the fabric's own replaces the common one whole. */
        assert_int_equal(apac->daily_limit, 50000);
        assert_int_equal(apac->selection.days, 365);
        assert_int_equal(apac->selection.status_count, 0);
        assert_int_equal(apac->selection.attribute_count, 0);
        assert_true(apac->selection.min_score == 0);
        assert_true(apac->reputation.mapped[BAND_VERY_HIGH]);
        assert_int_equal(apac->reputation.level[BAND_VERY_HIGH], TRUST_MOST_LIKELY_MALICIOUS);
        assert_false(apac->reputation.mapped[BAND_HIGH]);
        assert_false(apac->enrichment);
}

static void test_folder(void **state)
{
        char path[256];

        (void)state;
        write_file("tq-trellix-tie.yaml", 0644, MINIMAL);
        snprintf(path, sizeof path, "%s//", folder);
        {
                _cleanup_(config_freep) struct config *config = load(path);

                assert_string_equal(config->path, write_file("tq-trellix-tie.yaml", 0644, MINIMAL));
        }
        {
                _cleanup_(freep) char *error = load_error("/nonexistent/x.yaml", -ENOENT);

                assert_non_null(strstr(error, "/nonexistent/x.yaml: cannot open it"));
        }
        {
                _cleanup_(freep) char *error = load_error("/dev/null", -EINVAL);

                assert_non_null(strstr(error, "not a file"));
        }
}

static void test_client_credentials(void **state)
{
        _cleanup_(config_freep) struct config *config = load(
            write_file("cc.yaml", 0600,
                       "threatq: {host: \"HTTPS://[::1]:8443/\", auth: client_credentials, "
                       "client_id: c, client_secret: \"s: #\", verify: false, "
                       "data_collection: \"\"}\n"
                       "fabrics: [{name: a.b_c-1, dxl_config: d, daily_limit: 100000}]\n"
                       "reputation: {known_malicious: [VeryHigh, very_low, low, Medium, HIGH]}\n"
                       "enrichment: no\n"));

        (void)state;
        assert_string_equal(config->threatq.host, "https://[::1]:8443");
        assert_int_equal(config->threatq.auth, CONFIG_AUTH_CLIENT_CREDENTIALS);
        assert_string_equal(config->threatq.client_secret, "s: #");
        assert_null(config->threatq.password);
        assert_false(config->threatq.verify);
        assert_null(config->threatq.data_collection);
        assert_int_equal(config->fabrics[0].daily_limit, 100000);
        assert_false(config->fabrics[0].enrichment);
        assert_int_equal(config->fabrics[0].reputation.level[BAND_VERY_LOW], TRUST_KNOWN_MALICIOUS);
}

static void test_inline_secret_mode(void **state)
{
        static const char yaml[] = "threatq: {host: a, client_id: c, username: u, "
                                   "password: hunter2}\n"
                                   "fabrics: [{name: emea, dxl_config: d}]\n";
        static const mode_t modes[] = {0644, 0640, 0604, 0620, 0601};

        (void)state;
        for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
                const char *path = write_file("inline.yaml", modes[i], yaml);
                _cleanup_(freep) char *error = load_error(path, -EINVAL);
                char mend[300];

                snprintf(mend, sizeof mend, "chmod 600 %s", path);
                assert_non_null(strstr(error, "inline.yaml:1: threatq.password: a secret in a "
                                              "file that others can read"));
                assert_non_null(strstr(error, mend));
                assert_null(strstr(error, "hunter2"));
        }
        {
                _cleanup_(config_freep) struct config *config =
                    load(write_file("inline.yaml", 0600, yaml));

                assert_string_equal(config->threatq.password, "hunter2");
        }
}

static void test_password_file(void **state)
{
        static const struct {
                const char *content;
                mode_t mode;
                const char *password; /* NULL: refused with `fault` */
                const char *fault;
        } files[] = {
            {"hunter2", 0600, "hunter2", NULL},
            {"hunter2\n", 0600, "hunter2", NULL},
            {"hunter2\r\n", 0400, "hunter2", NULL},
            {" hunter 2 \n", 0600, " hunter 2 ", NULL},
            {"hunter2\n", 0640, NULL, "chmod 600 "},
            {"hunter2\n", 0604, NULL, "chmod 600 "},
            {"\n", 0600, NULL, "is empty"},
            {"", 0600, NULL, "is empty"},
            {"hunter2\nhunter3\n", 0600, NULL, "more than one line"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
                char yaml[512];

                snprintf(yaml, sizeof yaml,
                         "threatq: {host: a, client_id: c, username: u, password_file: %s}\n"
                         "fabrics: [{name: emea, dxl_config: d}]\n",
                         write_file("password", files[i].mode, files[i].content));
                if (files[i].password) {
                        _cleanup_(config_freep) struct config *config =
                            load(write_file("c.yaml", 0644, yaml));

                        assert_string_equal(config->threatq.password, files[i].password);
                } else {
                        _cleanup_(freep) char *error =
                            load_error(write_file("c.yaml", 0644, yaml), -EINVAL);

                        assert_non_null(strstr(error, "c.yaml:1: threatq.password_file: "));
                        assert_non_null(strstr(error, files[i].fault));
                        assert_null(strstr(error, "hunter2"));
                }
                remove(write_file("password", 0600, ""));
        }
}

static void test_secret_from_environment(void **state)
{
        (void)state;
        setenv("TQ_CLIENT_SECRET", "sesame", 1);
        {
                _cleanup_(config_freep) struct config *config =
                    load(write_file("env.yaml", 0644,
                                    "threatq: {host: a, auth: client_credentials, client_id: c}\n"
                                    "fabrics: [{name: emea, dxl_config: d}]\n"));

                assert_string_equal(config->threatq.client_secret, "sesame");
        }
        unsetenv("TQ_CLIENT_SECRET");
}

static int setup(void **state)
{
        (void)state;
        setenv("TQ_PASSWORD", "from the environment", 1);
        unsetenv("TQ_CLIENT_SECRET");
        return mkdtemp(folder) ? 0 : -1;
}

static int teardown(void **state)
{
        static const char *const names[] = {"minimal.yaml", "full.yaml",   "tq-trellix-tie.yaml",
                                            "cc.yaml",      "inline.yaml", "c.yaml",
                                            "env.yaml"};

        (void)state;
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
                remove(write_file(names[i], 0600, ""));
        return rmdir(folder);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_minimal),
            cmocka_unit_test(test_example),
            cmocka_unit_test(test_folder),
            cmocka_unit_test(test_client_credentials),
            cmocka_unit_test(test_inline_secret_mode),
            cmocka_unit_test(test_password_file),
            cmocka_unit_test(test_secret_from_environment),
        };

        return cmocka_run_group_tests(tests, setup, teardown);
}
