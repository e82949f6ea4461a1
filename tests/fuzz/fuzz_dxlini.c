/*
 * A dxlclient.config of any bytes that is changed: what it is to hold is in it, once, and a second
 * change by the same leaves it as it is.
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

static void check_value(const char *text, const char *section, const char *key, const char *wanted)
{
        _cleanup_(freep) char *read = dxlini_value(text, section, key);

        check(read && strcmp(read, wanted) == 0);
}

static void update(const char *text, const struct brokerlines *brokers)
{
        const struct brokerlines none = {NULL, 0};
        _cleanup_(freep) char *once = dxlini_update(text, brokers, &none);
        _cleanup_(freep) char *twice = once ? dxlini_update(once, brokers, &none) : NULL;

        check(twice && strcmp(once, twice) == 0);
        check_value(once, "Brokers", guid, value);
}

static void provision(const char *text, const struct brokerlines *brokers)
{
        _cleanup_(freep) char *once = dxlini_provision(text, "tq", brokers, brokers);
        _cleanup_(freep) char *twice = once ? dxlini_provision(once, "tq", brokers, brokers) : NULL;

        check(twice && strcmp(once, twice) == 0);
        check_value(once, "Brokers", guid, value);
        check_value(once, "BrokersWebSockets", guid, value);
        check_value(once, "Certs", "BrokerCertChain", DXLINI_BUNDLE);
        check_value(once, "Certs", "CertFile", "tq.crt");
        check_value(once, "Certs", "PrivateKey", "tq.key");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
        struct brokerline line = {guid, value};
        const struct brokerlines brokers = {&line, 1};
        _cleanup_(freep) char *text = malloc(len + 1);

        if (!text)
                return 0;
        if (len > 0)
                memcpy(text, data, len);
        text[len] = '\0';
        update(text, &brokers);
        provision(text, &brokers);
        return 0;
}
