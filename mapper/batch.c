#include "mapper/batch.h"

#include <errno.h>

/* A row with what is the same for all fabrics. */
struct subject {
        struct wire_row row;
        struct hash hash;
        bool valid;
};

struct batch {
        struct wire_page page;
        struct subject *subjects;
        size_t size; /* subjects there is room for */
        size_t count;
        msgpack_sbuffer items;
        msgpack_sbuffer frame;
};

int batch_open(struct batch **ret)
{
        struct batch *batch = calloc(1, sizeof *batch);

        if (!batch)
                return -ENOMEM;
        msgpack_sbuffer_init(&batch->items);
        msgpack_sbuffer_init(&batch->frame);
        *ret = batch;
        return 0;
}

void batch_close(struct batch *batch)
{
        if (!batch)
                return;
        msgpack_sbuffer_destroy(&batch->items);
        msgpack_sbuffer_destroy(&batch->frame);
        free(batch->subjects);
        free(batch);
}

int batch_read(struct batch *batch, const struct wire_page *page)
{
        struct wire_list rows = page->rows;

        if (rows.count > batch->size) {
                struct subject *subjects = calloc(rows.count, sizeof *subjects);

                if (!subjects)
                        return -ENOMEM;
                free(batch->subjects);
                batch->subjects = subjects;
                batch->size = rows.count;
        }
        batch->page = *page;
        batch->count = 0;
        while (batch->count < batch->size) {
                struct subject *subject = &batch->subjects[batch->count];

                if (!wire_next_row(&rows, &subject->row))
                        break;
                subject->valid = hash_parse(subject->row.type, subject->row.value, &subject->hash);
                batch->count++;
        }
        return 0;
}

struct text batch_judge(struct batch *batch, const struct mapping *mapping, const char *fabric,
                        const struct wire_push *push, struct reported *reported,
                        struct batch_tally *ret)
{
        struct wire_msg msg = {.type = WIRE_BATCH};

        *ret = (struct batch_tally){0};
        msgpack_sbuffer_clear(&batch->items);
        for (size_t i = 0; i < batch->count; i++) {
                const struct subject *subject = &batch->subjects[i];
                struct wire_item item;

                mapping_decide(mapping, &subject->row, subject->valid ? &subject->hash : NULL,
                               batch->page.scope, batch->page.started_at, &item);
                ret->count[item.verdict]++;
                if (reported_take(reported, item.id, item.verdict) &&
                    ret->reported[item.verdict]++ == 0)
                        ret->first[item.verdict] = item.id;
                wire_pack_item(&batch->items, &item);
        }
        msg.batch = (struct wire_batch){
            .sweep = batch->page.sweep,
            .kind = batch->page.kind,
            .page = batch->page.page,
            .started_at = batch->page.started_at,
            .fabric = text_of(fabric),
            .push = *push,
            .items = wire_list_of(&batch->items, (uint32_t)batch->count),
        };
        msgpack_sbuffer_clear(&batch->frame);
        wire_pack(&batch->frame, &msg);
        return (struct text){batch->frame.data, batch->frame.size};
}
