/*
 * What is asked of ThreatQ: path and body of the indicator query, and which attributes are of use.
 * Pure.
 *
 * A full sweep asks for what any of its fabrics could select, and for what was touched since the
 * fabrics were last up to date: an override on an indicator outside the selection is seen only so.
 * An incremental one asks for all that was touched.
 */
#ifndef TQ_FETCHER_QUERY_H
#define TQ_FETCHER_QUERY_H

#include "common/config.h"
#include "fetcher/names.h"

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

struct query {
        enum sweep_kind kind;
        uint64_t targets;   /* bit i: config->fabrics[i] is meant */
        int64_t started_at; /* of the sweep, s since 1970 */
        int64_t since;      /* touched_at > since; -1: not asked */
};

/* The JSON body; the caller frees. names gives statuses ThreatQ's own spelling and may be NULL.
 * NULL when memory is out. */
char *query_body(const struct config *config, const struct query *query, const struct names *names);
/* The part of every query that selects hashes, those touched since when that is not -1, as a list
 * of conditions that must all hold. */
json_t *query_hashes(int64_t since);
/* The body of a query by these criteria for what fulfils all of these conditions; takes both over.
 * The caller frees. NULL when memory is out. */
char *query_text(json_t *criteria, json_t *all);
/* The path with its page; saved: the hash of the saved search to run, NULL: none; cursor NULL: by
 * offset. The caller frees. NULL when memory is out. */
char *query_path(const char *saved, unsigned limit, const char *cursor, uint64_t offset);
/* The path of one indicator, with all that a row of a query has. The caller frees. NULL when memory
 * is out. */
char *query_indicator_path(uint64_t id);
/* The body of a query for the hashes that are one of these texts. The caller frees. NULL when
 * memory is out. */
char *query_values(const char *const *values, size_t count);
/* The names of the attributes that a filter, an override or an adoption of any fabric names: an
 * array of *count strings, freed by query_attributes_free. NULL when memory is out. */
char **query_attributes(const struct config *config, size_t *count);
void query_attributes_free(char **names, size_t count);

#endif
