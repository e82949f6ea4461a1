#include "common/wire.h"

#include <stdlib.h>

#include <msgpack/pack.h>

/* msgpack_sbuffer_write fails only when memory is out: there is no going on then. */
static int write_or_abort(void *data, const char *buf, size_t len)
{
        if (msgpack_sbuffer_write(data, buf, len) < 0)
                abort();
        return 0;
}

static msgpack_packer packer_on(msgpack_sbuffer *out)
{
        msgpack_packer pk;

        msgpack_packer_init(&pk, out, write_or_abort);
        return pk;
}

static void put_text(msgpack_packer *pk, struct text t)
{
        msgpack_pack_str(pk, t.len);
        msgpack_pack_str_body(pk, t.len > 0 ? t.ptr : "", t.len);
}

static void put_list(msgpack_packer *pk, struct wire_list list)
{
        msgpack_pack_array(pk, list.count);
        if (list.len > 0)
                write_or_abort(pk->data, (const char *)list.ptr, list.len);
}

/* A whole number goes as an integer: shorter, and most scores are. */
static void put_number(msgpack_packer *pk, double n)
{
        if (n >= -1e9 && n <= 1e9 && n == (double)(int64_t)n)
                msgpack_pack_int64(pk, (int64_t)n);
        else
                msgpack_pack_double(pk, n);
}

static void put_bool(msgpack_packer *pk, bool b)
{
        if (b)
                msgpack_pack_true(pk);
        else
                msgpack_pack_false(pk);
}

static void put_known(msgpack_packer *pk, int64_t n)
{
        if (n < 0)
                msgpack_pack_nil(pk);
        else
                msgpack_pack_int64(pk, n);
}

void wire_pack_text(msgpack_sbuffer *out, struct text t)
{
        msgpack_packer pk = packer_on(out);

        put_text(&pk, t);
}

void wire_pack_terms(msgpack_sbuffer *out, const struct wire_terms *terms)
{
        msgpack_packer pk = packer_on(out);

        msgpack_pack_array(&pk, 8);
        put_text(&pk, terms->fabric);
        msgpack_pack_uint32(&pk, terms->daily_limit);
        put_bool(&pk, terms->enrichment);
        msgpack_pack_uint32(&pk, terms->days);
        put_number(&pk, terms->min_score);
        put_list(&pk, terms->status);
        put_list(&pk, terms->attributes);
        msgpack_pack_array(&pk, BAND_COUNT);
        for (int band = 0; band < BAND_COUNT; band++)
                put_known(&pk, terms->level[band]);
}

void wire_pack_row(msgpack_sbuffer *out, const struct wire_row *row)
{
        msgpack_packer pk = packer_on(out);

        msgpack_pack_array(&pk, 7);
        msgpack_pack_uint64(&pk, row->id);
        msgpack_pack_uint32(&pk, row->type);
        put_text(&pk, row->value);
        put_text(&pk, row->status);
        if (row->has_score)
                put_number(&pk, row->score);
        else
                msgpack_pack_nil(&pk);
        msgpack_pack_int64(&pk, row->created_at);
        put_list(&pk, row->attributes);
}

void wire_pack_attribute(msgpack_sbuffer *out, const struct wire_attribute *attribute)
{
        msgpack_packer pk = packer_on(out);

        msgpack_pack_array(&pk, 3);
        put_text(&pk, attribute->name);
        put_text(&pk, attribute->value);
        msgpack_pack_int64(&pk, attribute->updated_at);
}

void wire_pack_item(msgpack_sbuffer *out, const struct wire_item *item)
{
        msgpack_packer pk = packer_on(out);
        size_t size = hash_size(item->hash.type);

        msgpack_pack_array(&pk, item->verdict == VERDICT_CANDIDATE ? 9 : 6);
        msgpack_pack_uint64(&pk, item->id);
        msgpack_pack_uint32(&pk, item->verdict);
        msgpack_pack_uint32(&pk, item->hash.type);
        msgpack_pack_bin(&pk, size);
        msgpack_pack_bin_body(&pk, item->hash.bytes, size);
        put_number(&pk, item->score);
        msgpack_pack_int64(&pk, item->created_at);
        if (item->verdict != VERDICT_CANDIDATE)
                return;
        msgpack_pack_uint32(&pk, item->level);
        put_bool(&pk, item->override);
        put_bool(&pk, item->adopt);
}

void wire_pack_outcome(msgpack_sbuffer *out, const struct wire_outcome *outcome)
{
        msgpack_packer pk = packer_on(out);
        const struct wire_enrichment *e = &outcome->enrichment;

        msgpack_pack_array(&pk, 9);
        msgpack_pack_uint64(&pk, outcome->id);
        msgpack_pack_uint64(&pk, outcome->version);
        msgpack_pack_uint32(&pk, outcome->share);
        put_known(&pk, e->enterprise_level);
        put_known(&pk, e->gti_level);
        put_known(&pk, e->atd_level);
        put_known(&pk, e->prevalent);
        put_known(&pk, e->detection_count);
        put_known(&pk, e->enterprise_count);
}

void wire_pack_receipt(msgpack_sbuffer *out, const struct wire_receipt *receipt)
{
        msgpack_packer pk = packer_on(out);

        msgpack_pack_array(&pk, 4);
        msgpack_pack_uint64(&pk, receipt->id);
        msgpack_pack_uint64(&pk, receipt->version);
        msgpack_pack_uint32(&pk, receipt->result);
        msgpack_pack_uint32(&pk, receipt->attributes);
}

struct wire_list wire_list_of(const msgpack_sbuffer *elements, uint32_t count)
{
        return (struct wire_list){
            .ptr = (const uint8_t *)elements->data, .len = elements->size, .count = count};
}

static void put_head(msgpack_packer *pk, size_t arity, enum wire_type type)
{
        msgpack_pack_array(pk, arity);
        msgpack_pack_uint32(pk, WIRE_VERSION);
        msgpack_pack_uint32(pk, type);
}

static void put_push(msgpack_packer *pk, const struct wire_push *push)
{
        if (!push->given) {
                msgpack_pack_nil(pk);
                return;
        }
        msgpack_pack_array(pk, 3);
        put_bool(pk, push->active);
        msgpack_pack_uint32(pk, push->daily_limit);
        put_bool(pk, push->enrichment);
}

static void put_page(msgpack_packer *pk, const struct wire_page *page)
{
        put_head(pk, 10, WIRE_PAGE);
        msgpack_pack_uint64(pk, page->sweep);
        msgpack_pack_uint32(pk, page->kind);
        msgpack_pack_uint32(pk, page->page);
        msgpack_pack_int64(pk, page->started_at);
        msgpack_pack_uint32(pk, page->scope);
        put_list(pk, page->targets);
        put_list(pk, page->terms);
        put_list(pk, page->rows);
}

static void put_batch(msgpack_packer *pk, const struct wire_batch *batch)
{
        put_head(pk, 9, WIRE_BATCH);
        msgpack_pack_uint64(pk, batch->sweep);
        msgpack_pack_uint32(pk, batch->kind);
        msgpack_pack_uint32(pk, batch->page);
        msgpack_pack_int64(pk, batch->started_at);
        put_text(pk, batch->fabric);
        put_push(pk, &batch->push);
        put_list(pk, batch->items);
}

static void put_sweep_end(msgpack_packer *pk, const struct wire_sweep_end *end)
{
        put_head(pk, 8, WIRE_SWEEP_END);
        msgpack_pack_uint64(pk, end->sweep);
        msgpack_pack_uint32(pk, end->kind);
        put_text(pk, end->fabric);
        msgpack_pack_uint32(pk, end->pages);
        msgpack_pack_int64(pk, end->started_at);
        put_push(pk, &end->push);
}

void wire_pack(msgpack_sbuffer *out, const struct wire_msg *msg)
{
        msgpack_packer pk = packer_on(out);

        switch (msg->type) {
        case WIRE_PAGE:
                put_page(&pk, &msg->page);
                break;
        case WIRE_BATCH:
                put_batch(&pk, &msg->batch);
                break;
        case WIRE_ACK:
                put_head(&pk, 5, WIRE_ACK);
                put_text(&pk, msg->ack.fabric);
                msgpack_pack_uint64(&pk, msg->ack.sweep);
                msgpack_pack_uint32(&pk, msg->ack.page);
                break;
        case WIRE_SWEEP_END:
                put_sweep_end(&pk, &msg->sweep_end);
                break;
        case WIRE_HELLO:
                put_head(&pk, 5, WIRE_HELLO);
                put_text(&pk, msg->hello.fabric);
                msgpack_pack_uint64(&pk, msg->hello.incarnation);
                put_text(&pk, msg->hello.store);
                break;
        case WIRE_OUTCOMES:
                put_head(&pk, 4, WIRE_OUTCOMES);
                put_text(&pk, msg->outcomes.fabric);
                put_list(&pk, msg->outcomes.outcomes);
                break;
        case WIRE_WRITTEN:
                put_head(&pk, 4, WIRE_WRITTEN);
                put_text(&pk, msg->written.fabric);
                put_list(&pk, msg->written.receipts);
                break;
        case WIRE_SWEEP_REQUEST:
                put_head(&pk, 4, WIRE_SWEEP_REQUEST);
                msgpack_pack_uint64(&pk, msg->sweep_request.request);
                put_bool(&pk, msg->sweep_request.full);
                break;
        default:
                abort();
        }
}
