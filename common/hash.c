#include "common/hash.h"

#include <string.h>

struct hash_kind {
        enum hash_type type;
        size_t size;
        const char *name;
        const char *tie_name;
};

static const struct hash_kind kinds[] = {
    {HASH_NONE, 0, "none", "none"},
    {HASH_MD5, 16, "MD5", "md5"},
    {HASH_SHA1, 20, "SHA-1", "sha1"},
    {HASH_SHA256, 32, "SHA-256", "sha256"},
};

static const struct hash_kind *kind_of(enum hash_type type)
{
        for (size_t i = 1; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
                if (kinds[i].type == type)
                        return &kinds[i];
        }
        return &kinds[0];
}

size_t hash_size(enum hash_type type)
{
        return kind_of(type)->size;
}

enum hash_type hash_type_of_name(struct text name)
{
        for (size_t i = 1; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
                if (text_eq_nocase(name, text_of(kinds[i].name)))
                        return kinds[i].type;
        }
        return HASH_NONE;
}

const char *hash_type_name(enum hash_type type)
{
        return kind_of(type)->name;
}

const char *hash_type_tie_name(enum hash_type type)
{
        return kind_of(type)->tie_name;
}

/* Each digit's value and one, 0 for what is no digit. A table, since hashes are random and a branch
 * for each kind of digit would be guessed wrong every other time. */
static const uint8_t digit_values[256] = {
    ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
    ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
    ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

bool hash_parse(enum hash_type type, struct text hex, struct hash *ret)
{
        size_t size = hash_size(type);
        struct hash h = {.type = type};

        if (size == 0 || hex.len != 2 * size)
                return false;
        for (size_t i = 0; i < size; i++) {
                uint8_t high = digit_values[(uint8_t)hex.ptr[2 * i]];
                uint8_t low = digit_values[(uint8_t)hex.ptr[2 * i + 1]];

                if (high == 0 || low == 0)
                        return false;
                h.bytes[i] = (uint8_t)((high - 1) << 4 | (low - 1));
        }
        *ret = h;
        return true;
}

void hash_format(const struct hash *h, char out[HASH_MAX_HEX + 1])
{
        static const char digits[] = "0123456789abcdef";
        size_t size = hash_size(h->type);

        for (size_t i = 0; i < size; i++) {
                out[2 * i] = digits[h->bytes[i] >> 4];
                out[2 * i + 1] = digits[h->bytes[i] & 0xf];
        }
        out[2 * size] = '\0';
}

bool hash_eq(const struct hash *a, const struct hash *b)
{
        return a->type == b->type && memcmp(a->bytes, b->bytes, hash_size(a->type)) == 0;
}
