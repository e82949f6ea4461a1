/*
 * The words of one ThreatQ instance: indicator types and statuses (with ids that differ from
 * instance to instance), and the strings of attributes and sources, each kept once.
 */
#ifndef TQ_SIM_THREATQ_NAMES_H
#define TQ_SIM_THREATQ_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
        NAMES_TYPES = 34,
        NAMES_STATUSES = 7,
};

/* Positions in the table of types which the generator uses. */
enum names_type {
        NAMES_MD5,
        NAMES_SHA1,
        NAMES_SHA256,
        NAMES_SHA512,
        NAMES_FUZZY,
        NAMES_IP,
        NAMES_FQDN,
        NAMES_URL,
        NAMES_FILENAME,
};

struct names_kind {
        const char *name;
        const char *extra; /* class of a type, description of a status */
        uint32_t id;
};

struct names_word {
        char *raw;
        char *json; /* quoted and escaped */
        size_t json_len;
};

struct names {
        struct names_kind types[NAMES_TYPES];
        struct names_kind statuses[NAMES_STATUSES];
        struct names_word *words;
        uint32_t n_words;
        uint32_t *slots;
        uint32_t n_slots;
};

void names_init(struct names *names, uint64_t seed);
void names_done(struct names *names);
/* The number of a string, added when it is new. Changes the table: not for readers. */
uint32_t names_word(struct names *names, const char *raw);
/* Position of the type or status with that name or id; -1 when the instance has none. */
int names_type_of(const struct names *names, const char *name);
int names_type_by_id(const struct names *names, int64_t id);
int names_status_of(const struct names *names, const char *name);
int names_status_by_id(const struct names *names, int64_t id);
/* One of the pseudo-random numbers that everything generated comes from. */
uint64_t names_mix(uint64_t x);

#endif
