#include "fetcher/indicator_key.h"

#include <stdbool.h>
#include <string.h>

struct known_key {
        const char *name;
        size_t len;
        enum indicator_key key;
};
#define KNOWN(name, key)                                                                           \
        {                                                                                          \
                name, sizeof(name) - 1, key                                                        \
        }

static enum indicator_key find_key(const struct known_key *keys, struct text name)
{
        for (; keys->name; keys++) {
                if (keys->len == name.len && memcmp(keys->name, name.ptr, name.len) == 0)
                        return keys->key;
        }
        return KEY_OTHER;
}

static const struct known_key top_keys[] = {
    KNOWN("data", KEY_DATA),
    KNOWN("total", KEY_TOTAL),
    KNOWN("nextCursorMark", KEY_CURSOR),
    KNOWN("errors", KEY_ERRORS),
    {0},
};
static const struct known_key row_keys[] = {
    KNOWN("id", KEY_ID),
    KNOWN("value", KEY_VALUE),
    KNOWN("type", KEY_TYPE),
    KNOWN("type_id", KEY_TYPE_ID),
    KNOWN("status", KEY_STATUS),
    KNOWN("status_id", KEY_STATUS_ID),
    KNOWN("score", KEY_SCORE),
    KNOWN("created_at", KEY_CREATED_AT),
    KNOWN("attributes", KEY_ATTRIBUTES),
    KNOWN("errors", KEY_ERRORS),
    {0},
};
static const struct known_key name_keys[] = {
    KNOWN("id", KEY_ID),
    KNOWN("name", KEY_NAME),
    {0},
};
static const struct known_key score_keys[] = {
    KNOWN("manual_score", KEY_MANUAL_SCORE),
    KNOWN("generated_score", KEY_GENERATED_SCORE),
    {0},
};
static const struct known_key attribute_keys[] = {
    KNOWN("name", KEY_NAME),
    KNOWN("value", KEY_VALUE),
    KNOWN("attribute", KEY_ATTRIBUTE),
    KNOWN("updated_at", KEY_UPDATED_AT),
    {0},
};

static bool all_digits(struct text t)
{
        for (size_t i = 0; i < t.len; i++) {
                if (t.ptr[i] < '0' || t.ptr[i] > '9')
                        return false;
        }
        return t.len > 0;
}

enum indicator_key indicator_key_at(enum indicator_place place, struct text name)
{
        switch (place) {
        case PLACE_TOP:
                return find_key(top_keys, name);
        case PLACE_DATA_OBJECT:
                return all_digits(name) ? KEY_NUMBERED : find_key(row_keys, name);
        case PLACE_ROW:
                return find_key(row_keys, name);
        case PLACE_TYPE:
        case PLACE_STATUS:
        case PLACE_ATTRIBUTE_KEY:
                return find_key(name_keys, name);
        case PLACE_SCORE:
                return find_key(score_keys, name);
        case PLACE_ATTRIBUTES:
                return all_digits(name) ? KEY_NUMBERED : KEY_OTHER;
        case PLACE_ATTRIBUTE:
                return find_key(attribute_keys, name);
        case PLACE_DATA:
                break;
        }
        return KEY_OTHER;
}
