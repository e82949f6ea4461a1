#include "tests/sim/tie-sim/reputations.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Open addressing; a free slot has HASH_NONE. At most half full. */
struct reputations {
        struct reputation *slots;
        size_t size; /* a power of two */
        uint64_t count;
};

static const int levels[] = {0, 1, 15, 30, 50, 70, 85, 99, 100};

/* What the providers say about a hash; -1: no answer. */
struct opinion {
        int gti, enterprise, atd, prevalent, detections, count;
};

struct reputations *reputations_open(void)
{
        struct reputations *r = calloc(1, sizeof(*r));
        if (!r)
                return NULL;
        r->size = 1 << 12;
        r->slots = calloc(r->size, sizeof(*r->slots));
        if (!r->slots) {
                free(r);
                return NULL;
        }
        return r;
}

void reputations_close(struct reputations *r)
{
        if (!r)
                return;
        free(r->slots);
        free(r);
}

/* The slot that holds the hash, or the free one where it belongs. */
static struct reputation *slot_of(struct reputation *slots, size_t size, const struct hash *hash)
{
        uint64_t n;
        memcpy(&n, hash->bytes, sizeof(n));
        n = (n ^ n >> 32) * 0x9e3779b97f4a7c15U;
        size_t i = (size_t)(n >> 20) & (size - 1);
        while (slots[i].hash.type != HASH_NONE && !hash_eq(&slots[i].hash, hash))
                i = (i + 1) & (size - 1);
        return &slots[i];
}

static void grow(struct reputations *r)
{
        size_t size = r->size * 2;
        struct reputation *slots = calloc(size, sizeof(*slots));
        if (!slots)
                abort();
        for (size_t i = 0; i < r->size; i++)
                if (r->slots[i].hash.type != HASH_NONE)
                        *slot_of(slots, size, &r->slots[i].hash) = r->slots[i];
        free(r->slots);
        r->slots = slots;
        r->size = size;
}

void reputations_set(struct reputations *r, const struct hash *hash, int level)
{
        struct reputation *slot = slot_of(r->slots, r->size, hash);
        if (slot->hash.type == HASH_NONE) {
                if (2 * (r->count + 1) > r->size) {
                        grow(r);
                        slot = slot_of(r->slots, r->size, hash);
                }
                slot->hash = *hash;
                r->count++;
        }
        slot->level = level;
        slot->sets++;
}

const struct reputation *reputations_find(const struct reputations *r, const struct hash *hash)
{
        const struct reputation *slot = slot_of(r->slots, r->size, hash);
        return slot->hash.type == HASH_NONE ? NULL : slot;
}

uint64_t reputations_count(const struct reputations *r)
{
        return r->count;
}

static struct opinion opinion_of(const struct reputations *r, const struct hash *hash)
{
        const uint8_t *b = hash->bytes;
        const struct reputation *known = reputations_find(r, hash);
        return (struct opinion){
            .gti = b[0] % 16 == 0 ? -1 : levels[b[1] % 9],
            .enterprise = known ? known->level : 0,
            .atd = b[2] % 4 == 3 ? -1 : levels[b[3] % 9],
            .prevalent = b[7] % 2,
            .detections = b[6] % 50,
            .count = (256 * b[4] + b[5]) % 1000,
        };
}

size_t reputations_answer(const struct reputations *r, const struct hash *hash,
                          char out[REPUTATIONS_ANSWER_MAX])
{
        struct opinion o = opinion_of(r, hash);
        long long now = (long long)time(NULL);
        char gti[160] = "", atd[160] = "";
        if (o.gti >= 0)
                snprintf(gti, sizeof(gti),
                         "{\"providerId\":1,\"trustLevel\":%d,\"createDate\":1451502875,"
                         "\"attributes\":{\"2120340\":\"2139160704\"}},",
                         o.gti);
        if (o.atd >= 0)
                snprintf(atd, sizeof(atd),
                         ",{\"providerId\":5,\"trustLevel\":%d,\"createDate\":1451502875,"
                         "\"attributes\":{\"4195730\":\"5\"}}",
                         o.atd);
        return (size_t)snprintf(
            out, REPUTATIONS_ANSWER_MAX,
            "{\"props\":{\"serverTime\":%lld,\"submitMetaData\":1},\"reputations\":[%s"
            "{\"providerId\":3,\"trustLevel\":%d,\"createDate\":1451502875,\"attributes\":{"
            "\"2101652\":\"%d\",\"2102165\":\"1451502875\",\"2111893\":\"1000\",\"2113685\":\"%d\","
            "\"2114965\":\"1\",\"2123156\":\"%d\",\"2139285\":\"72339069014638857\"}}%s]}",
            now, gti, o.enterprise, o.count, o.detections, o.prevalent, atd);
}

static const char *number_or_null(int n, char buf[16])
{
        if (n < 0)
                return "null";
        snprintf(buf, 16, "%d", n);
        return buf;
}

size_t reputations_describe(const struct reputations *r, const struct hash *hash,
                            char out[REPUTATIONS_ANSWER_MAX])
{
        struct opinion o = opinion_of(r, hash);
        const struct reputation *known = reputations_find(r, hash);
        char hex[HASH_MAX_HEX + 1], gti[16], atd[16], set[16];
        hash_format(hash, hex);
        return (size_t)snprintf(
            out, REPUTATIONS_ANSWER_MAX,
            "{\"hash\":\"%s\",\"type\":\"%s\",\"set\":%s,\"sets\":%llu,\"enterprise\":%d,"
            "\"gti\":%s,\"atd\":%s,\"prevalent\":%d,\"detection_count\":%d,"
            "\"enterprise_count\":%d}\n",
            hex, hash_type_tie_name(hash->type), number_or_null(known ? known->level : -1, set),
            known ? (unsigned long long)known->sets : 0, o.enterprise, number_or_null(o.gti, gti),
            number_or_null(o.atd, atd), o.prevalent, o.detections, o.count);
}
