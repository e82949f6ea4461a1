#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "common/config.h"
#include "console/first_text.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static char folder[] = "/tmp/first-text-XXXXXX";

static void write_file(const char *name, const char *content, char path[64])
{
        _cleanup_(closep) int fd = -1;

        snprintf(path, 64, "%s/%s", folder, name);
        fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        assert_true(fd >= 0);
        assert_int_equal(write(fd, content, strlen(content)), strlen(content));
}

/* Whatever was answered, the configuration says the same when it is read. */
static void test_read_back(void **state)
{
        static const char *const words[] = {
            "plain", " a b ",      "it's",  "\"",     "\\",  "\\\"", "a\\nb", "# no comment",
            "- x",   "{a: [b, c]", "*a &b", "!x",     "yes", "0x10", "%d",    "@a`b",
            "é€😀",   ":",          "a: b",  "|\\\\|", "---", "...",
        };

        (void)state;
        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
                const char *word = words[i];
                char host[] = "https://[::1]:8443", name[] = "a.b-c_1", ca[] = "/ca of \"us\".pem";
                char id[32], user[32], status[32], dxl[64], config_path[64], secret_path[64];
                struct first_fabric fabrics[] = {{name, dxl}};
                struct first_answers answers = {.host = host,
                                                .client_id = id,
                                                .username = user,
                                                .status = status,
                                                .ca_file = i % 2 ? ca : NULL,
                                                .fabrics = fabrics,
                                                .fabric_count = 1};
                _cleanup_(config_freep) struct config *config = NULL;
                _cleanup_(freep) char *error = NULL;
                _cleanup_(freep) char *text = NULL;

                print_message("%s\n", word);
                snprintf(id, sizeof(id), "%s", word);
                snprintf(user, sizeof(user), "%s", word);
                snprintf(status, sizeof(status), "%s", word);
                snprintf(dxl, sizeof(dxl), "/%s/dxlclient.config", word);
                write_file("password", "secret\n", secret_path);
                text = first_text(&answers, secret_path);
                assert_non_null(text);
                write_file("config.yaml", text, config_path);
                assert_int_equal(config_load(config_path, &config, &error), 0);
                assert_string_equal(config->threatq.host, host);
                assert_string_equal(config->threatq.client_id, word);
                assert_string_equal(config->threatq.username, word);
                assert_string_equal(config->threatq.password, "secret");
                assert_string_equal(config->status, word);
                if (answers.ca_file)
                        assert_string_equal(config->threatq.ca_file, ca);
                else
                        assert_null(config->threatq.ca_file);
                assert_int_equal(config->fabric_count, 1);
                assert_string_equal(config->fabrics[0].name, name);
                assert_string_equal(config->fabrics[0].dxl_config, dxl);
        }
}

/* What stands in it for the reader is what holds without it. */
static void test_defaults(void **state)
{
        char word[] = "x", one[] = "one", two[] = "two", host[] = "https://x";
        struct first_fabric fabrics[] = {{one, word}, {two, word}};
        struct first_answers answers = {.host = host,
                                        .client_id = word,
                                        .username = word,
                                        .status = word,
                                        .fabrics = fabrics,
                                        .fabric_count = 2};
        _cleanup_(config_freep) struct config *config = NULL;
        _cleanup_(freep) char *error = NULL;
        _cleanup_(freep) char *text = NULL;
        char config_path[64], secret_path[64];

        (void)state;
        write_file("password", "secret\n", secret_path);
        text = first_text(&answers, secret_path);
        write_file("config.yaml", text, config_path);
        assert_int_equal(config_load(config_path, &config, &error), 0);
        assert_int_equal(config->fabric_count, 2);
        for (size_t i = 0; i < 2; i++) {
                const struct config_fabric *f = &config->fabrics[i];

                assert_int_equal(f->daily_limit, 1000);
                assert_int_equal(f->selection.days, 30);
                assert_int_equal(f->selection.status_count, 0);
                assert_true(f->selection.min_score >= 0 && f->selection.min_score <= 0);
                assert_int_equal(f->selection.attribute_count, 0);
                assert_true(f->enrichment);
                for (int band = 0; band < BAND_COUNT; band++) {
                        assert_true(f->reputation.mapped[band]);
                        assert_int_equal(f->reputation.level[band], TRUST_MOST_LIKELY_MALICIOUS);
                }
        }
}

static int make_folder(void **state)
{
        (void)state;
        return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
        char path[64];

        (void)state;
        snprintf(path, sizeof(path), "%s/password", folder);
        unlink(path);
        snprintf(path, sizeof(path), "%s/config.yaml", folder);
        unlink(path);
        return rmdir(folder);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_read_back),
            cmocka_unit_test(test_defaults),
        };

        return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
