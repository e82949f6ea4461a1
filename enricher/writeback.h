/*
 * Brings one indicator of ThreatQ to what an outcome says: read its rows, take the difference,
 * write that. Run again, it writes nothing. A POST is never repeated blindly: after a failure the
 * caller runs the whole anew, which reads first. Does not log.
 */
#ifndef TQ_ENRICHER_WRITEBACK_H
#define TQ_ENRICHER_WRITEBACK_H

#include "common/threatq.h"
#include "common/wire.h"
#include "enricher/attribute.h"
#include "enricher/source.h"

#include <stdbool.h>
#include <stdint.h>

struct writeback_stats {
        uint64_t gets;
        uint64_t puts;
        uint64_t posts;
        uint64_t deletes;
};

struct writeback_report {
        enum written result; /* when THREATQ_OK: how it ended */
        bool doubtful;       /* WRITTEN_REFUSED by errors inside a 2xx: another try may help */
        uint32_t attributes; /* enrichment attributes written */
        unsigned writes;     /* calls that wrote, however it ended: the next try has less to do */
        int64_t retry_after_ms; /* when THREATQ_E_LATER: what ThreatQ asked for, or -1 */
        int status;             /* HTTP status of the failure, 0: no answer */
        char error[320];        /* why not, or what was refused; "" when all went well */
        struct writeback_stats stats;
        bool planned; /* the rows were read: what the last reading made of each wish, and how many
                         surplus rows it found */
        enum attribute_fate fate[ATTRIBUTE_WISHES_MAX];
        size_t surplus;
};

/* THREATQ_OK: settled, as ret->result says. Else nothing is settled: LATER, LOGIN, FORBIDDEN or
 * STOPPED, and ret->error says why. `source`: whose our rows are; it may learn that here. */
enum threatq_answer writeback_run(struct threatq_session *session, uint64_t indicator,
                                  const struct attribute_wishes *wishes, struct source *source,
                                  struct writeback_report *ret);

#endif
