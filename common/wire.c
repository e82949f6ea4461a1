#include "common/wire.h"

#include "common/mp.h"

#include <string.h>

/* Reads one element; the cursor fails when it is not one. */
typedef void (*element_fn)(struct mp *mp, void *ret);

/* Takes an array of at most max elements, checking each with fn into the scratch space. */
static struct wire_list read_list(struct mp *mp, uint32_t max, element_fn fn, void *scratch)
{
        struct wire_list list = {.count = mp_array(mp)};

        if (list.count > max)
                mp->failed = true;
        list.ptr = mp->ptr;
        for (uint32_t i = 0; i < list.count && !mp->failed; i++)
                fn(mp, scratch);
        list.len = (size_t)(mp->ptr - list.ptr);
        return list;
}

static void expect_array(struct mp *mp, uint32_t count)
{
        if (mp_array(mp) != count)
                mp->failed = true;
}

static void read_text(struct mp *mp, void *ret)
{
        *(struct text *)ret = mp_text(mp, WIRE_TEXT_MAX);
}

static void read_attribute(struct mp *mp, void *ret)
{
        struct wire_attribute *attribute = ret;

        expect_array(mp, 3);
        attribute->name = mp_text(mp, WIRE_TEXT_MAX);
        attribute->value = mp_text(mp, WIRE_TEXT_MAX);
        attribute->updated_at = mp_int(mp);
}

static void read_row(struct mp *mp, void *ret)
{
        struct wire_row *row = ret;
        struct wire_attribute scratch;

        expect_array(mp, 7);
        row->id = mp_uint(mp);
        row->type = (enum hash_type)mp_uint_max(mp, HASH_SHA256);
        row->value = mp_text(mp, WIRE_TEXT_MAX);
        row->status = mp_text(mp, WIRE_TEXT_MAX);
        row->has_score = !mp_nil(mp);
        row->score = row->has_score ? mp_number(mp) : 0;
        row->created_at = mp_int(mp);
        row->attributes = read_list(mp, WIRE_ATTRIBUTES_MAX, read_attribute, &scratch);
}

static enum trust_level read_level(struct mp *mp)
{
        uint32_t level = mp_uint_max(mp, TRUST_KNOWN_TRUSTED_INSTALLER);

        if (!trust_level_valid(level))
                mp->failed = true;
        return (enum trust_level)level;
}

static void read_hash(struct mp *mp, struct hash *ret)
{
        enum hash_type type = (enum hash_type)mp_uint_max(mp, HASH_SHA256);
        struct text bytes = mp_text(mp, HASH_MAX_BYTES);

        if (mp->failed || bytes.len != hash_size(type)) {
                mp->failed = true;
                return;
        }
        *ret = (struct hash){.type = type};
        if (bytes.len > 0)
                memcpy(ret->bytes, bytes.ptr, bytes.len);
}

/* [id, verdict, type, hash, score, created_at], and for a candidate level, override, adopt. */
static void read_item(struct mp *mp, void *ret)
{
        struct wire_item *item = ret;
        uint32_t arity = mp_array(mp);

        *item = (struct wire_item){.id = mp_uint(mp)};
        item->verdict = (enum verdict)mp_uint_max(mp, VERDICT_COUNT - 1);
        read_hash(mp, &item->hash);
        item->score = mp_number(mp);
        item->created_at = mp_int(mp);
        if (arity != (item->verdict == VERDICT_CANDIDATE ? 9 : 6) ||
            (item->hash.type == HASH_NONE) != (item->verdict == VERDICT_INVALID))
                mp->failed = true;
        if (mp->failed || item->verdict != VERDICT_CANDIDATE)
                return;
        item->level = read_level(mp);
        item->override = mp_bool(mp);
        item->adopt = mp_bool(mp);
}

/* -1 stands on the wire as nil. */
static int64_t read_known(struct mp *mp, int64_t max)
{
        int64_t n;

        if (mp_nil(mp))
                return -1;
        n = mp_int(mp);
        if (n < 0 || n > max)
                mp->failed = true;
        return n;
}

static void read_outcome(struct mp *mp, void *ret)
{
        struct wire_outcome *outcome = ret;
        struct wire_enrichment *e = &outcome->enrichment;

        expect_array(mp, 9);
        outcome->id = mp_uint(mp);
        outcome->version = mp_uint(mp);
        outcome->share = (enum share)mp_uint_max(mp, SHARE_COUNT - 1);
        e->enterprise_level = (int)read_known(mp, INT32_MAX);
        e->gti_level = (int)read_known(mp, INT32_MAX);
        e->atd_level = (int)read_known(mp, INT32_MAX);
        e->prevalent = (int)read_known(mp, 1);
        e->detection_count = read_known(mp, INT64_MAX);
        e->enterprise_count = read_known(mp, INT64_MAX);
}

static void read_receipt(struct mp *mp, void *ret)
{
        struct wire_receipt *receipt = ret;

        expect_array(mp, 4);
        receipt->id = mp_uint(mp);
        receipt->version = mp_uint(mp);
        receipt->result = (enum written)mp_uint_max(mp, WRITTEN_REFUSED);
        receipt->attributes = mp_uint_max(mp, UINT32_MAX);
}

static enum sweep_kind read_kind(struct mp *mp)
{
        return (enum sweep_kind)mp_uint_max(mp, SWEEP_INCREMENTAL);
}

/* A number of min … max. */
static uint32_t read_within(struct mp *mp, uint32_t min, uint32_t max)
{
        uint32_t n = mp_uint_max(mp, max);

        if (n < min)
                mp->failed = true;
        return n;
}

static void read_terms(struct mp *mp, void *ret)
{
        struct wire_terms *terms = ret;
        struct wire_attribute attribute;
        struct text text;

        expect_array(mp, 8);
        terms->fabric = mp_text(mp, WIRE_TEXT_MAX);
        terms->daily_limit = read_within(mp, 1, WIRE_LIMIT_MAX);
        terms->enrichment = mp_bool(mp);
        terms->days = read_within(mp, 1, WIRE_DAYS_MAX);
        terms->min_score = mp_number(mp);
        terms->status = read_list(mp, WIRE_STATUS_MAX, read_text, &text);
        terms->attributes = read_list(mp, WIRE_ATTRIBUTES_MAX, read_attribute, &attribute);
        expect_array(mp, BAND_COUNT);
        for (int band = 0; band < BAND_COUNT; band++)
                terms->level[band] = mp_nil(mp) ? -1 : (int)read_level(mp);
}

/* nil, or [active, daily_limit, enrichment]. */
static void read_push(struct mp *mp, struct wire_push *push)
{
        push->given = !mp_nil(mp);
        if (!push->given)
                return;
        expect_array(mp, 3);
        push->active = mp_bool(mp);
        push->daily_limit = read_within(mp, 1, WIRE_LIMIT_MAX);
        push->enrichment = mp_bool(mp);
}

static void read_page(struct mp *mp, struct wire_page *page)
{
        struct wire_terms terms;
        struct text text;
        struct wire_row row;

        page->sweep = mp_uint(mp);
        page->kind = read_kind(mp);
        page->page = mp_uint_max(mp, WIRE_PAGE_END - 1);
        page->started_at = mp_int(mp);
        page->scope = (enum wire_scope)mp_uint_max(mp, SCOPE_COUNT - 1);
        page->targets = read_list(mp, WIRE_TARGETS_MAX, read_text, &text);
        page->terms = read_list(mp, WIRE_TARGETS_MAX, read_terms, &terms);
        page->rows = read_list(mp, WIRE_ROWS_MAX, read_row, &row);
}

static void read_batch(struct mp *mp, struct wire_batch *batch)
{
        struct wire_item item;

        batch->sweep = mp_uint(mp);
        batch->kind = read_kind(mp);
        batch->page = mp_uint_max(mp, WIRE_PAGE_END - 1);
        batch->started_at = mp_int(mp);
        batch->fabric = mp_text(mp, WIRE_TEXT_MAX);
        read_push(mp, &batch->push);
        batch->items = read_list(mp, WIRE_ROWS_MAX, read_item, &item);
}

static void read_sweep_end(struct mp *mp, struct wire_sweep_end *end)
{
        end->sweep = mp_uint(mp);
        end->kind = read_kind(mp);
        end->fabric = mp_text(mp, WIRE_TEXT_MAX);
        end->pages = mp_uint_max(mp, WIRE_PAGE_END);
        end->started_at = mp_int(mp);
        read_push(mp, &end->push);
}

static void read_body(struct mp *mp, struct wire_msg *msg)
{
        struct wire_outcome outcome;
        struct wire_receipt receipt;

        switch (msg->type) {
        case WIRE_PAGE:
                read_page(mp, &msg->page);
                break;
        case WIRE_BATCH:
                read_batch(mp, &msg->batch);
                break;
        case WIRE_ACK:
                msg->ack.fabric = mp_text(mp, WIRE_TEXT_MAX);
                msg->ack.sweep = mp_uint(mp);
                msg->ack.page = mp_uint_max(mp, WIRE_PAGE_END);
                break;
        case WIRE_SWEEP_END:
                read_sweep_end(mp, &msg->sweep_end);
                break;
        case WIRE_HELLO:
                msg->hello.fabric = mp_text(mp, WIRE_TEXT_MAX);
                msg->hello.incarnation = mp_uint(mp);
                msg->hello.store = mp_text(mp, WIRE_TEXT_MAX);
                break;
        case WIRE_OUTCOMES:
                msg->outcomes.fabric = mp_text(mp, WIRE_TEXT_MAX);
                msg->outcomes.outcomes = read_list(mp, WIRE_OUTCOMES_MAX, read_outcome, &outcome);
                break;
        case WIRE_WRITTEN:
                msg->written.fabric = mp_text(mp, WIRE_TEXT_MAX);
                msg->written.receipts = read_list(mp, WIRE_OUTCOMES_MAX, read_receipt, &receipt);
                break;
        case WIRE_SWEEP_REQUEST:
                msg->sweep_request.request = mp_uint(mp);
                msg->sweep_request.full = mp_bool(mp);
                break;
        default:
                mp->failed = true;
        }
}

/* Elements of the frame's array: version and type, then the fields of each message. */
static uint32_t wire_arity(enum wire_type type)
{
        static const uint32_t arity[] = {
            [WIRE_PAGE] = 10, [WIRE_BATCH] = 9,    [WIRE_ACK] = 5,     [WIRE_SWEEP_END] = 8,
            [WIRE_HELLO] = 5, [WIRE_OUTCOMES] = 4, [WIRE_WRITTEN] = 4, [WIRE_SWEEP_REQUEST] = 4,
        };

        return arity[type];
}

int wire_decode(const void *frame, size_t len, struct wire_msg *ret)
{
        struct mp mp = mp_of(frame, len);
        struct wire_msg msg = {0};
        uint32_t arity, type;

        if (len > WIRE_FRAME_MAX)
                return WIRE_E_BAD;
        arity = mp_array(&mp);
        if (mp_uint(&mp) != WIRE_VERSION)
                return WIRE_E_BAD;
        type = mp_uint_max(&mp, WIRE_SWEEP_REQUEST);
        if (mp.failed || type < WIRE_PAGE || arity != wire_arity((enum wire_type)type))
                return WIRE_E_BAD;
        msg.type = (enum wire_type)type;
        read_body(&mp, &msg);
        if (!mp_done(&mp))
                return WIRE_E_BAD;
        *ret = msg;
        return 0;
}

/* The list's elements were checked by wire_decode: reading one again cannot fail. */
static bool wire_next(struct wire_list *list, element_fn fn, void *ret)
{
        struct mp mp = mp_of(list->ptr, list->len);

        if (list->count == 0)
                return false;
        fn(&mp, ret);
        list->len = (size_t)(mp.end - mp.ptr);
        list->ptr = mp.ptr;
        list->count--;
        return true;
}

bool wire_next_text(struct wire_list *list, struct text *ret)
{
        return wire_next(list, read_text, ret);
}

bool wire_next_terms(struct wire_list *list, struct wire_terms *ret)
{
        return wire_next(list, read_terms, ret);
}

bool wire_next_row(struct wire_list *list, struct wire_row *ret)
{
        return wire_next(list, read_row, ret);
}

bool wire_next_attribute(struct wire_list *list, struct wire_attribute *ret)
{
        return wire_next(list, read_attribute, ret);
}

bool wire_next_item(struct wire_list *list, struct wire_item *ret)
{
        return wire_next(list, read_item, ret);
}

bool wire_next_outcome(struct wire_list *list, struct wire_outcome *ret)
{
        return wire_next(list, read_outcome, ret);
}

bool wire_next_receipt(struct wire_list *list, struct wire_receipt *ret)
{
        return wire_next(list, read_receipt, ret);
}
