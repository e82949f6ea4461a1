#include "fetcher/fetcher_internal.h"

void fetcher_pack_page(struct fetcher *f, const struct sweep_send *send)
{
        struct wire_msg msg = {.type = WIRE_PAGE};
        uint32_t count = 0, terms = 0;

        msgpack_sbuffer_clear(&f->names);
        msgpack_sbuffer_clear(&f->packed_terms);
        if (f->terms)
                terms = terms_pack(f->terms, send->targets, &f->packed_terms);
        for (size_t i = 0; i < f->config->fabric_count; i++) {
                if (send->targets >> i & 1) {
                        wire_pack_text(&f->names, text_of(f->config->fabrics[i].name));
                        count++;
                }
        }
        msg.page = (struct wire_page){
            .sweep = f->record.number,
            .kind = f->record.kind,
            .page = send->page,
            .started_at = f->record.started_at,
            .scope = send->content->scope,
            .targets = wire_list_of(&f->names, count),
            .terms = wire_list_of(&f->packed_terms, terms),
            .rows = wire_list_of(&send->content->packed, send->content->rows),
        };
        wire_pack(&f->frame, &msg);
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
