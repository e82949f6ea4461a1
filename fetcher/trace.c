#include "fetcher/trace.h"

#include <inttypes.h>

void trace_fetched(const struct fetcher *f, const struct sweep_page *page)
{
        log_debug(f->proc->log,
                  "page fetched sweep=%" PRIu64 " page=%" PRIu32 " indicators=%" PRIu32
                  " new=%" PRIu32,
                  f->record.number, sweep_next_page(f->sweep), page->rows, page->fresh);
}

void trace_sent(const struct fetcher *f, const struct sweep_send *send)
{
        if (send->end)
                log_debug(f->proc->log, "end sent sweep=%" PRIu64 " fabric=%s", f->record.number,
                          f->config->fabrics[send->fabric].name);
        else
                log_debug(f->proc->log, "page sent sweep=%" PRIu64 " page=%" PRIu32 " fabrics=%d",
                          f->record.number, send->page, __builtin_popcountll(send->targets));
}

void trace_acked(const struct fetcher *f, const struct wire_ack *ack)
{
        if (ack->page == WIRE_PAGE_END)
                log_debug(f->proc->log, "end acknowledged sweep=%" PRIu64 " fabric=%s", ack->sweep,
                          LOG_Q(ack->fabric));
        else
                log_debug(f->proc->log,
                          "page acknowledged sweep=%" PRIu64 " page=%" PRIu32 " fabric=%s",
                          ack->sweep, ack->page, LOG_Q(ack->fabric));
}

void trace_settled(const struct fetcher *f, uint32_t page)
{
        log_debug(f->proc->log, "page settled sweep=%" PRIu64 " page=%" PRIu32, f->record.number,
                  page);
}
