#include "common/wire.h"
#include "common/cleanup.h"

#include <string.h>

#include <jansson.h>

/* ---- frame to JSON ---- */

/* Text that is not UTF-8 keeps its ASCII and shows '?' for the rest: this form is for people. */
static json_t *text_json(struct text t)
{
        json_t *json = json_stringn(t.len > 0 ? t.ptr : "", t.len);
        _cleanup_(freep) char *ascii = NULL;

        if (json)
                return json;
        ascii = malloc(t.len + 1);
        for (size_t i = 0; ascii && i < t.len; i++)
                ascii[i] = (unsigned char)t.ptr[i] < 0x80 ? t.ptr[i] : '?';
        return ascii ? json_stringn(ascii, t.len) : NULL;
}

static void set_known(json_t *object, const char *key, int64_t n)
{
        if (n >= 0)
                json_object_set_new(object, key, json_integer(n));
}

static json_t *attributes_json(struct wire_list list)
{
        json_t *array = json_array();
        struct wire_attribute a;

        while (wire_next_attribute(&list, &a))
                json_array_append_new(array,
                                      json_pack("[o, o, I]", text_json(a.name), text_json(a.value),
                                                (json_int_t)a.updated_at));
        return array;
}

static json_t *row_json(const struct wire_row *row)
{
        json_t *json =
            json_pack("{s:I, s:s, s:o, s:o, s:o, s:I, s:o}", "id", (json_int_t)row->id, "hash_type",
                      hash_type_name(row->type), "value", text_json(row->value), "status",
                      text_json(row->status), "score",
                      row->has_score ? json_real(row->score) : json_null(), "created_at",
                      (json_int_t)row->created_at, "attributes", attributes_json(row->attributes));

        return json;
}

static json_t *item_json(const struct wire_item *item)
{
        json_t *json = json_pack("{s:I, s:s}", "id", (json_int_t)item->id, "verdict",
                                 verdict_name(item->verdict));
        char hex[HASH_MAX_HEX + 1];

        if (item->verdict != VERDICT_INVALID) {
                hash_format(&item->hash, hex);
                json_object_set_new(json, "hash_type",
                                    json_string(hash_type_name(item->hash.type)));
                json_object_set_new(json, "hash", json_string(hex));
        }
        json_object_set_new(json, "score", json_real(item->score));
        json_object_set_new(json, "created_at", json_integer(item->created_at));
        if (item->verdict != VERDICT_CANDIDATE)
                return json;
        json_object_set_new(json, "level", json_integer(item->level));
        json_object_set_new(json, "override", json_boolean(item->override));
        json_object_set_new(json, "adopt", json_boolean(item->adopt));
        return json;
}

static json_t *outcome_json(const struct wire_outcome *outcome)
{
        const struct wire_enrichment *e = &outcome->enrichment;
        json_t *json = json_pack("{s:I, s:I, s:s}", "id", (json_int_t)outcome->id, "version",
                                 (json_int_t)outcome->version, "share", share_name(outcome->share));

        set_known(json, "enterprise_level", e->enterprise_level);
        set_known(json, "gti_level", e->gti_level);
        set_known(json, "atd_level", e->atd_level);
        set_known(json, "prevalent", e->prevalent);
        set_known(json, "detection_count", e->detection_count);
        set_known(json, "enterprise_count", e->enterprise_count);
        return json;
}

static json_t *receipt_json(const struct wire_receipt *receipt)
{
        return json_pack("{s:I, s:I, s:s, s:I}", "id", (json_int_t)receipt->id, "version",
                         (json_int_t)receipt->version, "result", written_name(receipt->result),
                         "attributes", (json_int_t)receipt->attributes);
}

static json_t *texts_json(struct wire_list list)
{
        json_t *array = json_array();
        struct text t;

        while (wire_next_text(&list, &t))
                json_array_append_new(array, text_json(t));
        return array;
}

static json_t *terms_json(const struct wire_terms *terms)
{
        json_t *levels = json_array();

        for (int band = 0; band < BAND_COUNT; band++)
                json_array_append_new(levels, terms->level[band] < 0
                                                  ? json_null()
                                                  : json_integer(terms->level[band]));
        return json_pack("{s:o, s:I, s:b, s:I, s:f, s:o, s:o, s:o}", "fabric",
                         text_json(terms->fabric), "daily_limit", (json_int_t)terms->daily_limit,
                         "enrichment", terms->enrichment, "days", (json_int_t)terms->days,
                         "min_score", terms->min_score, "status", texts_json(terms->status),
                         "attributes", attributes_json(terms->attributes), "levels", levels);
}

static json_t *push_json(const struct wire_push *push)
{
        if (!push->given)
                return json_null();
        return json_pack("{s:b, s:I, s:b}", "active", push->active, "daily_limit",
                         (json_int_t)push->daily_limit, "enrichment", push->enrichment);
}

static void page_json(json_t *json, const struct wire_page *page)
{
        struct wire_list list = page->terms, rows = page->rows;
        json_t *terms_array = json_array(), *row_array = json_array();
        struct wire_terms terms;
        struct wire_row row;

        while (wire_next_terms(&list, &terms))
                json_array_append_new(terms_array, terms_json(&terms));
        while (wire_next_row(&rows, &row))
                json_array_append_new(row_array, row_json(&row));
        json_object_set_new(json, "sweep", json_integer((json_int_t)page->sweep));
        json_object_set_new(json, "kind", json_string(sweep_kind_name(page->kind)));
        json_object_set_new(json, "page", json_integer(page->page));
        json_object_set_new(json, "started_at", json_integer(page->started_at));
        json_object_set_new(json, "scope", json_string(wire_scope_name(page->scope)));
        json_object_set_new(json, "targets", texts_json(page->targets));
        json_object_set_new(json, "terms", terms_array);
        json_object_set_new(json, "rows", row_array);
}

static void batch_json(json_t *json, const struct wire_batch *batch)
{
        struct wire_list items = batch->items;
        json_t *array = json_array();
        struct wire_item item;

        while (wire_next_item(&items, &item))
                json_array_append_new(array, item_json(&item));
        json_object_set_new(json, "sweep", json_integer((json_int_t)batch->sweep));
        json_object_set_new(json, "kind", json_string(sweep_kind_name(batch->kind)));
        json_object_set_new(json, "page", json_integer(batch->page));
        json_object_set_new(json, "started_at", json_integer(batch->started_at));
        json_object_set_new(json, "fabric", text_json(batch->fabric));
        json_object_set_new(json, "push", push_json(&batch->push));
        json_object_set_new(json, "items", array);
}

static void outcomes_json(json_t *json, const struct wire_outcomes *outcomes)
{
        struct wire_list list = outcomes->outcomes;
        json_t *array = json_array();
        struct wire_outcome outcome;

        while (wire_next_outcome(&list, &outcome))
                json_array_append_new(array, outcome_json(&outcome));
        json_object_set_new(json, "fabric", text_json(outcomes->fabric));
        json_object_set_new(json, "outcomes", array);
}

static void written_json(json_t *json, const struct wire_written *written)
{
        struct wire_list list = written->receipts;
        json_t *array = json_array();
        struct wire_receipt receipt;

        while (wire_next_receipt(&list, &receipt))
                json_array_append_new(array, receipt_json(&receipt));
        json_object_set_new(json, "fabric", text_json(written->fabric));
        json_object_set_new(json, "receipts", array);
}

static void body_json(json_t *json, const struct wire_msg *msg)
{
        switch (msg->type) {
        case WIRE_PAGE:
                page_json(json, &msg->page);
                break;
        case WIRE_BATCH:
                batch_json(json, &msg->batch);
                break;
        case WIRE_ACK:
                json_object_set_new(json, "fabric", text_json(msg->ack.fabric));
                json_object_set_new(json, "sweep", json_integer((json_int_t)msg->ack.sweep));
                json_object_set_new(json, "page", json_integer(msg->ack.page));
                break;
        case WIRE_SWEEP_END:
                json_object_set_new(json, "sweep", json_integer((json_int_t)msg->sweep_end.sweep));
                json_object_set_new(json, "kind",
                                    json_string(sweep_kind_name(msg->sweep_end.kind)));
                json_object_set_new(json, "fabric", text_json(msg->sweep_end.fabric));
                json_object_set_new(json, "pages", json_integer(msg->sweep_end.pages));
                json_object_set_new(json, "started_at", json_integer(msg->sweep_end.started_at));
                json_object_set_new(json, "push", push_json(&msg->sweep_end.push));
                break;
        case WIRE_HELLO:
                json_object_set_new(json, "fabric", text_json(msg->hello.fabric));
                json_object_set_new(json, "incarnation",
                                    json_integer((json_int_t)msg->hello.incarnation));
                json_object_set_new(json, "store", text_json(msg->hello.store));
                break;
        case WIRE_OUTCOMES:
                outcomes_json(json, &msg->outcomes);
                break;
        case WIRE_WRITTEN:
                written_json(json, &msg->written);
                break;
        case WIRE_SWEEP_REQUEST:
                json_object_set_new(json, "request",
                                    json_integer((json_int_t)msg->sweep_request.request));
                json_object_set_new(json, "full", json_boolean(msg->sweep_request.full));
                break;
        default:
                break;
        }
}

char *wire_to_json(const void *frame, size_t len)
{
        _cleanup_(json_decrefp) json_t *json = NULL;
        struct wire_msg msg;

        if (wire_decode(frame, len, &msg) != 0)
                return NULL;
        json = json_pack("{s:s}", "type", wire_type_name(msg.type));
        body_json(json, &msg);
        return json_dumps(json, JSON_COMPACT);
}
