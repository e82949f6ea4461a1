/*
 * A dxlclient.config of any bytes that `updateconfig` changes: its new brokers are in it, once, and
 * a second change by the same brokers leaves it as it is.
 */
#include "common/cleanup.h"
#include "publisher/provision/dxlini.h"
#include "tests/fuzz/replay.h"

#include <stdlib.h>
#include <string.h>

static void check(bool holds)
{
        if (!holds)
                abort();
}

static char guid[] = "{8a5d9a26-9f2b-4c49-8f0a-3a4b0c1d2e3f}";
static char value[] = "{8a5d9a26-9f2b-4c49-8f0a-3a4b0c1d2e3f};8883;broker.example.com;10.0.0.5";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
        struct brokerline line = {guid, value};
        const struct brokerlines brokers = {&line, 1}, none = {NULL, 0};
        _cleanup_(freep) char *text = malloc(len + 1);
        _cleanup_(freep) char *once = NULL;
        _cleanup_(freep) char *twice = NULL;
        _cleanup_(freep) char *read = NULL;

        if (!text)
                return 0;
        if (len > 0)
                memcpy(text, data, len);
        text[len] = '\0';
        once = dxlini_update(text, &brokers, &none);
        check(once);
        twice = dxlini_update(once, &brokers, &none);
        check(twice && strcmp(once, twice) == 0);
        read = dxlini_value(once, "Brokers", guid);
        check(read && strcmp(read, value) == 0);
        return 0;
}
