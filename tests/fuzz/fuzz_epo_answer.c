/*
 * What ePO answers, any bytes: the status line, and the result of each of the three commands. It is
 * refused with a text, or it keeps what the header promises.
 */
#include "common/cleanup.h"
#include "publisher/provision/epo_answer.h"
#include "tests/fuzz/replay.h"

#include <stdlib.h>
#include <string.h>

static void check(bool holds)
{
        if (!holds)
                abort();
}

static void check_lines(const struct brokerlines *lines)
{
        for (size_t i = 0; i < lines->count; i++) {
                const char *value = lines->all[i].value;

                check(lines->all[i].guid && lines->all[i].guid[0]);
                check(value && strchr(value, ';') && !strpbrk(value, "\r\n"));
                check(brokerlines_find(lines, text_of(lines->all[i].guid)) == &lines->all[i]);
        }
}

/* A result that is accepted has its members; one that is not says why. */
static void check_result(int r, struct epo_package *package, const struct failure *why,
                         bool certificates, bool brokers)
{
        check(r == 0 || why->text[0]);
        if (r == 0) {
                check(!certificates || package->bundle);
                check(!brokers || package->brokers.count + package->websockets.count > 0);
                check_lines(&package->brokers);
                check_lines(&package->websockets);
        }
        epo_package_done(package);
}

static void read_result(const char *result)
{
        struct epo_package package;
        struct failure why = {0};
        int r = epo_answer_package(result, &package, &why);

        check(r != 0 || package.cert);
        check_result(r, &package, &why, true, true);
        why.text[0] = '\0';
        r = epo_answer_bundle(result, &package, &why);
        check_result(r, &package, &why, true, false);
        why.text[0] = '\0';
        r = epo_answer_brokers(result, &package, &why);
        check_result(r, &package, &why, false, true);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
        struct text body = {(const char *)data, len};
        _cleanup_(freep) char *bare = len > 0 ? text_dup(body) : NULL;
        _cleanup_(freep) char *result = NULL;
        struct failure why = {0};

        if (epo_answer_result(body, &result, &why) == 0)
                read_result(result);
        else
                check(why.text[0]);
        /* Without the status and the quotes, so that the parsers behind them are reached easily. */
        if (bare)
                read_result(bare);
        return 0;
}
