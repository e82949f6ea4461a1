#include "mapper/trace.h"

#include <inttypes.h>

static void trace_item(struct log *log, struct text fabric, const struct wire_row *row,
                       const struct wire_item *item)
{
        bool push = item->verdict == VERDICT_CANDIDATE;

        log_debug(log,
                  "decided fabric=%.*s id=%" PRIu64 " value=%s status=%s score=%g verdict=%s%s%s%s",
                  (int)fabric.len, fabric.ptr, row->id, LOG_Q(row->value), LOG_Q(row->status),
                  row->has_score ? row->score : 0, verdict_name(item->verdict),
                  push ? " level=" : "", push ? LOG_Q(text_of(trust_level_name(item->level))) : "",
                  push ? (item->override ? " by=override" : " by=score") : "");
}

void trace_batch(struct log *log, const struct wire_page *page, struct text batch)
{
        struct wire_list rows = page->rows;
        struct wire_item item;
        struct wire_row row;
        struct wire_msg msg;

        if (!log_wants(log, LOG_LEVEL_DEBUG) || wire_decode(batch.ptr, batch.len, &msg) != 0)
                return;
        while (wire_next_row(&rows, &row) && wire_next_item(&msg.batch.items, &item))
                trace_item(log, msg.batch.fabric, &row, &item);
}
