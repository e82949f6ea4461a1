/*
 * File hashes as indicators: MD5, SHA-1 and SHA-256, kept as bytes. Pure.
 */
#ifndef TQ_COMMON_HASH_H
#define TQ_COMMON_HASH_H

#include "common/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum hash_type {
        HASH_NONE = 0, /* not a type this connector exports */
        HASH_MD5 = 1,
        HASH_SHA1 = 2,
        HASH_SHA256 = 3,
};

enum { HASH_MAX_BYTES = 32, HASH_MAX_HEX = 2 * HASH_MAX_BYTES };

struct hash {
        enum hash_type type;
        uint8_t bytes[HASH_MAX_BYTES]; /* hash_size(type) of them are used, the rest is 0 */
};

/* Bytes of a hash of this type: 16, 20 or 32; 0 for HASH_NONE. */
size_t hash_size(enum hash_type type);
/* The type for ThreatQ's type name ("MD5", "SHA-1", "SHA-256", case ignored); else HASH_NONE. */
enum hash_type hash_type_of_name(struct text name);
/* ThreatQ's type name; "none" for HASH_NONE. */
const char *hash_type_name(enum hash_type type);
/* TIE's type name: "md5", "sha1", "sha256". */
const char *hash_type_tie_name(enum hash_type type);
/* Reads hex of exactly the type's length, either case; false and *ret untouched when it is not. */
bool hash_parse(enum hash_type type, struct text hex, struct hash *ret);
/* Lower-case hex with a terminating NUL. */
void hash_format(const struct hash *h, char out[HASH_MAX_HEX + 1]);
bool hash_eq(const struct hash *a, const struct hash *b);

#endif
