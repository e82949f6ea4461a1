/*
 * What the simulated TIE server knows: the Enterprise levels that were set, and levels and
 * attributes of other providers that follow from the hash alone. A test can calculate them:
 *
 *      levels = 0, 1, 15, 30, 50, 70, 85, 99, 100; b = the bytes of the hash
 *      GTI (1)         answers unless b[0] % 16 == 0; level levels[b[1] % 9]
 *      ATD (5)         answers unless b[2] % 4 == 3;  level levels[b[3] % 9]
 *      Enterprise (3)  answers always; level what was set last, else 0; Enterprise Count
 *                      (256 * b[4] + b[5]) % 1000, Detection Count b[6] % 50, prevalent b[7] % 2
 */
#ifndef TQ_TESTS_SIM_REPUTATIONS_H
#define TQ_TESTS_SIM_REPUTATIONS_H

#include "common/hash.h"

#include <stddef.h>
#include <stdint.h>

struct reputations;

struct reputation {
        struct hash hash;
        int level;     /* set last */
        uint64_t sets; /* how often it was set; 0: never */
};

enum { REPUTATIONS_ANSWER_MAX = 1024 };

struct reputations *reputations_open(void);
void reputations_close(struct reputations *r);
/* Memory out aborts. */
void reputations_set(struct reputations *r, const struct hash *hash, int level);
/* NULL when it was never set. Valid until the next set. */
const struct reputation *reputations_find(const struct reputations *r, const struct hash *hash);
uint64_t reputations_count(const struct reputations *r);

/* TIE's answer to a get of this hash. Returns its length. */
size_t reputations_answer(const struct reputations *r, const struct hash *hash,
                          char out[REPUTATIONS_ANSWER_MAX]);
/* The same facts for a test: one flat JSON object, null where a provider does not answer. */
size_t reputations_describe(const struct reputations *r, const struct hash *hash,
                            char out[REPUTATIONS_ANSWER_MAX]);

#endif
