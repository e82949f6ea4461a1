/*
 * What an indicator shall show in ThreatQ, and the least that has to be written for it: wishes ×
 * rows that are there → plan. Pure. The rule: one row of ours for each name, a row that is right
 * already is left alone, a wrong one is changed, only a missing one is added, surplus ones go; rows
 * of other names, and rows that others stand behind, are never touched.
 */
#ifndef TQ_ENRICHER_ATTRIBUTE_H
#define TQ_ENRICHER_ATTRIBUTE_H

#include "common/text.h"
#include "common/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
        ATTRIBUTE_WISHES_MAX = 7, /* the share status and the six of the enrichment */
        ATTRIBUTE_ROWS_MAX =
            256, /* rows of wished names on one indicator; more wait for next time */
        ATTRIBUTE_NAME_MAX = 128,
        ATTRIBUTE_VALUE_MAX = 256,
};

struct attribute_wish {
        char name[ATTRIBUTE_NAME_MAX];
        char value[ATTRIBUTE_VALUE_MAX];
        bool enrichment; /* not the share status */
};

struct attribute_wishes {
        struct attribute_wish wish[ATTRIBUTE_WISHES_MAX];
        size_t count;
};

/* A row that ThreatQ has. */
struct attribute_row {
        uint64_t id; /* of the row, not of the attribute's name */
        struct text name;
        struct text value; /* as text, whatever it was in JSON */
        bool foreign;      /* it names its sources, and we are none of them */
        bool joint; /* we are one of several, or may be: right, it serves; wrong, it is not ours to
                       change */
        struct text source; /* when our own is not known: the only one that it names */
};

struct attribute_put {
        uint64_t row;
        size_t wish; /* index in the wishes */
};

/* What a plan does for one wish. */
enum attribute_fate { ATTRIBUTE_RIGHT, ATTRIBUTE_CHANGED, ATTRIBUTE_ADDED };

struct attribute_plan {
        struct attribute_put put[ATTRIBUTE_WISHES_MAX];
        size_t put_count;
        size_t post[ATTRIBUTE_WISHES_MAX]; /* indexes in the wishes */
        size_t post_count;
        uint64_t delete[ATTRIBUTE_ROWS_MAX]; /* rows */
        size_t delete_count;
};

/* The wishes of one outcome: `Share Status - <fabric>` with its configured word, then what TIE
 * answered. What was not answered (-1) and a trust level that is none of TIE's is no wish. */
void attribute_wishes_of(const struct wire_outcome *outcome, const char *fabric,
                         char *const share_status[SHARE_COUNT], struct attribute_wishes *ret);
/* Whether a row of this name matters to the wishes. Names are compared exactly. */
bool attribute_wished(const struct attribute_wishes *wishes, struct text name);
/* Equal as ThreatQ compares: without regard to case and outer white space. */
bool attribute_value_eq(struct text a, struct text b);
/* At most ATTRIBUTE_ROWS_MAX rows are looked at. */
void attribute_diff(const struct attribute_wishes *wishes, const struct attribute_row *rows,
                    size_t count, struct attribute_plan *ret);
/* While our own source is not known: the first wish of which a wrong row may be ours, and then has
 * to go; wishes->count when there is none. */
size_t attribute_doubt(const struct attribute_wishes *wishes, const struct attribute_row *rows,
                       size_t count);
/* The only source of the row that is right for a wish; empty when there is no such row, or it names
 * none or several. */
struct text attribute_source(const struct attribute_wishes *wishes, size_t wish,
                             const struct attribute_row *rows, size_t count);
bool attribute_plan_empty(const struct attribute_plan *plan);
enum attribute_fate attribute_plan_fate(const struct attribute_plan *plan, size_t wish);

#endif
