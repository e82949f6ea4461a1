/*
 * tie_get_parse on any bytes: what it accepts holds levels that TIE has, or -1. The bytes are also
 * tried as the comment of a set, whose payload must stay within its bounds.
 */
#include "publisher/dxl/tie.h"
#include "tests/fuzz/replay.h"

#include <stdlib.h>
#include <string.h>

static void check(bool holds)
{
        if (!holds)
                abort();
}

static bool level_or_none(int level)
{
        return level == -1 || trust_level_valid(level);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
        struct wire_enrichment e;
        if (tie_get_parse(data, len, &e) == 0)
                check(level_or_none(e.enterprise_level) && level_or_none(e.gti_level) &&
                      level_or_none(e.atd_level) && e.prevalent >= -1 && e.prevalent <= 1 &&
                      e.detection_count >= -1 && e.enterprise_count >= -1);
        const struct hash hash = {.type = HASH_SHA256};
        const struct text text = {(const char *)data, len};
        const struct tie_set set = {&hash, 1, TRUST_UNKNOWN, text, text};
        char payload[TIE_PAYLOAD_MAX];
        check(tie_set_payload(&set, payload) == strlen(payload));
        return 0;
}
