/* A secret that was read and freed must not be left in the heap, where a core dump would show it.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/config.h"

enum { SECRET_LEN = 24 };

/* Made at run time, on the stack: what is found in the heap is the configuration's. */
static void make_secret(char out[SECRET_LEN + 1])
{
        for (int i = 0; i < SECRET_LEN; i++)
                out[i] = (char)('a' + i * 7 % 26);
        out[SECRET_LEN] = '\0';
}

/* How often the secret stands in the heap of this process. */
static unsigned count_in_heap(const char *secret)
{
        _cleanup_(fclosep) FILE *maps = fopen("/proc/self/maps", "re");
        char line[512];
        unsigned found = 0;

        assert_non_null(maps);
        while (fgets(line, sizeof line, maps)) {
                uintptr_t start, end;
                const char *p;

                if (!strstr(line, "[heap]") || sscanf(line, "%lx-%lx", &start, &end) != 2)
                        continue;
                p = (const char *)start;
                while ((p = memmem(p, end - (uintptr_t)p, secret, SECRET_LEN))) {
                        found++;
                        p++;
                }
        }
        return found;
}

static void write_config(const char *path, const char *key, const char *secret, const char *rest)
{
        char text[512];
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        int len = snprintf(text, sizeof text,
                           "threatq: {host: a, client_id: c, %s: %s, %s}\n"
                           "fabrics: [{name: emea, dxl_config: d}]\n",
                           key, secret, rest);

        assert_true(fd >= 0);
        assert_int_equal(write(fd, text, (size_t)len), len);
        close(fd);
        explicit_bzero(text, sizeof text);
}

static void check(const char *key, const char *rest)
{
        char path[] = "/tmp/test_config_secret.XXXXXX", secret[SECRET_LEN + 1];
        struct config *config = NULL;
        char *error = NULL;
        int fd = mkostemp(path, O_CLOEXEC);

        assert_true(fd >= 0);
        close(fd);
        make_secret(secret);
        write_config(path, key, secret, rest);
        assert_int_equal(config_load(path, &config, &error), 0);
        assert_true(strcmp(config->threatq.password ? config->threatq.password
                                                    : config->threatq.client_secret,
                           secret) == 0);
        config_free(config);
        assert_int_equal(count_in_heap(secret), 0);

        /* Nor when the file is refused, or in what is said of it. */
        write_config(path, key, secret, "page_size: 0");
        assert_true(config_load(path, &config, &error) < 0);
        assert_null(strstr(error, secret));
        assert_int_equal(count_in_heap(secret), 0);
        free(error);
        unlink(path);
}

static void test_nothing_left(void **state)
{
        (void)state;
        check("password", "username: u");
        check("client_secret", "auth: client_credentials");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_nothing_left),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
