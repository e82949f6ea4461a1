/*
 * Reads ThreatQ's answers to an indicator query, as they stream in, into rows of a WIRE_PAGE. Pure.
 *
 * Takes every shape that ThreatQ uses: `data` as a list, an object, empty or missing; `score` as a
 * number, a text or {manual_score, generated_score}; `type` and `status` as a name, {name} or an id
 * only; keys it does not know, at any depth. A row without an id is counted as bad and skipped.
 * Bounded: nesting, one value (1 MiB), rows (WIRE_ROWS_MAX) and bytes of a page. Memory is kept
 * from page to page: a row allocates nothing.
 */
#ifndef TQ_FETCHER_INDICATOR_H
#define TQ_FETCHER_INDICATOR_H

#include "common/cleanup.h"
#include "common/text.h"
#include "fetcher/names.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <msgpack/sbuffer.h>

struct indicator_reader;

enum { INDICATOR_CURSOR_MAX = 1024, INDICATOR_PAGE_BYTES_MAX = 16 << 20 };

struct indicator_page {
        uint32_t seen;       /* elements of `data`, whatever became of them */
        uint32_t rows;       /* packed: seen less bad less repeats */
        uint32_t bad;        /* without an id */
        uint32_t attributed; /* that say which attributes they have, if any */
        uint32_t
            repeats; /* the first row when it is known_id, and a row that repeats the one before */
        uint32_t fresh; /* of `rows`, those above known_id; all when the page is not sorted */
        bool sorted;    /* by id, ascending; true of an empty page */
        uint64_t first_id, last_id; /* of the first and last row, 0 when there is none */
        bool has_data;              /* there was a `data` member, or the answer was a list */
        bool has_total;
        uint64_t total;
        bool unresolved; /* a row names its type or status by id only, and names were not given */
        bool errors;     /* the answer reports errors */
        struct text cursor; /* nextCursorMark, empty when there was none */
        /* The packed rows. All views are valid until the next start. */
        const void *packed;
        size_t packed_len;
};

/* attributes: the names of those that go into rows; copied. 0 or -errno. */
int indicator_reader_open(const char *const *attributes, size_t count,
                          struct indicator_reader **ret);
void indicator_reader_close(struct indicator_reader *reader);
DEFINE_CLEANUP(struct indicator_reader *, indicator_reader_close);
/* The names that ids stand for, kept by the caller; NULL: not known. */
void indicator_reader_names(struct indicator_reader *reader, const struct names *names);

/* Begins an answer. known_id: the last id seen so far, 0 when there is none. */
int indicator_reader_start(struct indicator_reader *reader, uint64_t known_id);
/* The next piece of it: 0, or -EBADMSG (no JSON, or too deep), -EMSGSIZE (over a bound), -ENOMEM.
 */
int indicator_reader_feed(struct indicator_reader *reader, const void *data, size_t len);
/* The end of it: 0, or -EBADMSG when the JSON is not complete. */
int indicator_reader_finish(struct indicator_reader *reader, struct indicator_page *ret);
/* What was wrong, for the log; the first text of the answer's `errors`. Valid until the next start.
 */
const char *indicator_reader_error(const struct indicator_reader *reader);

#endif
