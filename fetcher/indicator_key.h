/*
 * The members of ThreatQ's answer that are read, by where they stand. Pure; for indicator.c alone.
 */
#ifndef TQ_FETCHER_INDICATOR_KEY_H
#define TQ_FETCHER_INDICATOR_KEY_H

#include "common/text.h"

/* Where the parser is. */
enum indicator_place {
        PLACE_TOP,
        PLACE_DATA,        /* the list of rows */
        PLACE_DATA_OBJECT, /* one row, rows under numbers, or nothing */
        PLACE_ROW,
        PLACE_TYPE,
        PLACE_STATUS,
        PLACE_SCORE,
        PLACE_ATTRIBUTES,
        PLACE_ATTRIBUTE,
        PLACE_ATTRIBUTE_KEY, /* {id, name} inside an attribute */
};

enum indicator_key {
        KEY_OTHER = 0,
        KEY_DATA,
        KEY_TOTAL,
        KEY_CURSOR,
        KEY_ERRORS,
        KEY_NUMBERED,
        KEY_ID,
        KEY_VALUE,
        KEY_TYPE,
        KEY_TYPE_ID,
        KEY_STATUS,
        KEY_STATUS_ID,
        KEY_SCORE,
        KEY_CREATED_AT,
        KEY_UPDATED_AT,
        KEY_ATTRIBUTES,
        KEY_NAME,
        KEY_MANUAL_SCORE,
        KEY_GENERATED_SCORE,
        KEY_ATTRIBUTE,
};

/* KEY_OTHER for a member that is skipped there. */
enum indicator_key indicator_key_at(enum indicator_place place, struct text name);

#endif
