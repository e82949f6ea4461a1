#include "fetcher/fetcher_internal.h"
#include "fetcher/page.h"

void fetcher_pack_page(struct fetcher *f, const struct sweep_send *send)
{
        const struct wire_page page = {
            .sweep = f->record.number,
            .kind = f->record.kind,
            .page = send->page,
            .started_at = f->record.started_at,
            .scope = send->content->scope,
            .rows = wire_list_of(&send->content->packed, send->content->rows),
        };

        page_pack(&page, f->config, f->terms, send->targets, &f->frame);
}

void fetcher_pack_end(struct fetcher *f, const struct sweep_send *send)
{
        struct wire_msg msg = {
            .type = WIRE_SWEEP_END,
            .sweep_end = {.sweep = f->record.number,
                          .kind = f->record.kind,
                          .fabric = text_of(f->config->fabrics[send->fabric].name),
                          .pages = f->record.pages,
                          .started_at = f->record.started_at},
        };

        if (f->terms)
                msg.sweep_end.push = terms_push(f->terms, send->fabric);
        wire_pack(&f->frame, &msg);
}
