#include "common/wire.h"
#include "common/cleanup.h"

#include <errno.h>
#include <string.h>

#include <jansson.h>

/* What was read so far; bad is set by the first field that is missing or of a wrong kind. */
struct unjson {
        bool bad;
        msgpack_sbuffer elements;   /* the message's list */
        msgpack_sbuffer targets;    /* the targets of a PAGE */
        msgpack_sbuffer terms;      /* the terms of a PAGE */
        msgpack_sbuffer status;     /* of the terms in work */
        msgpack_sbuffer attributes; /* of the row or the terms in work */
};

static int64_t get_int(struct unjson *u, json_t *object, const char *key)
{
        json_t *value = json_object_get(object, key);

        if (!json_is_integer(value))
                u->bad = true;
        return json_integer_value(value);
}

static uint64_t get_uint(struct unjson *u, json_t *object, const char *key)
{
        return (uint64_t)get_int(u, object, key);
}

static uint32_t get_u32(struct unjson *u, json_t *object, const char *key)
{
        int64_t n = get_int(u, object, key);

        if (n < 0 || n > UINT32_MAX)
                u->bad = true;
        return (uint32_t)n;
}

static bool get_bool(struct unjson *u, json_t *object, const char *key)
{
        json_t *value = json_object_get(object, key);

        if (!json_is_boolean(value))
                u->bad = true;
        return json_is_true(value);
}

static struct text to_text(struct unjson *u, json_t *value)
{
        if (!json_is_string(value)) {
                u->bad = true;
                return (struct text){0};
        }
        return (struct text){.ptr = json_string_value(value), .len = json_string_length(value)};
}

static struct text get_text(struct unjson *u, json_t *object, const char *key)
{
        return to_text(u, json_object_get(object, key));
}

static int64_t get_known(struct unjson *u, json_t *object, const char *key)
{
        return json_object_get(object, key) ? get_int(u, object, key) : -1;
}

/* Which of `count` names the text is; bad when it is none. */
static unsigned get_name(struct unjson *u, json_t *object, const char *key,
                         const char *(*name)(unsigned), unsigned count)
{
        struct text t = get_text(u, object, key);

        for (unsigned i = 0; i < count; i++) {
                if (text_eq_str(t, name(i)))
                        return i;
        }
        u->bad = true;
        return 0;
}

static const char *kind_name(unsigned i)
{
        return sweep_kind_name((enum sweep_kind)i);
}

static const char *verdict_name_of(unsigned i)
{
        return verdict_name((enum verdict)i);
}

static const char *share_name_of(unsigned i)
{
        return share_name((enum share)i);
}

static const char *written_name_of(unsigned i)
{
        return written_name((enum written)i);
}

static const char *scope_name_of(unsigned i)
{
        return wire_scope_name((enum wire_scope)i);
}

static json_t *get_array(struct unjson *u, json_t *object, const char *key)
{
        json_t *value = json_object_get(object, key);

        if (!json_is_array(value))
                u->bad = true;
        return value;
}

static struct wire_list read_attributes(struct unjson *u, json_t *object)
{
        json_t *array = get_array(u, object, "attributes"), *pair;
        size_t i;

        msgpack_sbuffer_clear(&u->attributes);
        json_array_foreach(array, i, pair)
        {
                struct wire_attribute a = {.name = to_text(u, json_array_get(pair, 0)),
                                           .value = to_text(u, json_array_get(pair, 1)),
                                           .updated_at =
                                               json_integer_value(json_array_get(pair, 2))};

                wire_pack_attribute(&u->attributes, &a);
        }
        return wire_list_of(&u->attributes, (uint32_t)json_array_size(array));
}

static void read_row(struct unjson *u, json_t *json)
{
        struct wire_row row = {.id = get_uint(u, json, "id"),
                               .type = hash_type_of_name(get_text(u, json, "hash_type")),
                               .value = get_text(u, json, "value"),
                               .status = get_text(u, json, "status"),
                               .has_score = json_is_number(json_object_get(json, "score")),
                               .score = json_number_value(json_object_get(json, "score")),
                               .created_at = get_int(u, json, "created_at")};

        row.attributes = read_attributes(u, json);
        wire_pack_row(&u->elements, &row);
}

static void read_item(struct unjson *u, json_t *json)
{
        struct wire_item item = {.id = get_uint(u, json, "id")};

        item.verdict = (enum verdict)get_name(u, json, "verdict", verdict_name_of, VERDICT_COUNT);
        if (item.verdict != VERDICT_INVALID &&
            !hash_parse(hash_type_of_name(get_text(u, json, "hash_type")),
                        get_text(u, json, "hash"), &item.hash))
                u->bad = true;
        item.score = json_number_value(json_object_get(json, "score"));
        item.created_at = get_int(u, json, "created_at");
        if (item.verdict == VERDICT_CANDIDATE) {
                item.level = (enum trust_level)get_u32(u, json, "level");
                item.override = get_bool(u, json, "override");
                item.adopt = get_bool(u, json, "adopt");
        }
        wire_pack_item(&u->elements, &item);
}

static void read_outcome(struct unjson *u, json_t *json)
{
        struct wire_outcome outcome = {
            .id = get_uint(u, json, "id"),
            .version = get_uint(u, json, "version"),
            .share = (enum share)get_name(u, json, "share", share_name_of, SHARE_COUNT),
            .enrichment = {
                .enterprise_level = (int)get_known(u, json, "enterprise_level"),
                .gti_level = (int)get_known(u, json, "gti_level"),
                .atd_level = (int)get_known(u, json, "atd_level"),
                .prevalent = (int)get_known(u, json, "prevalent"),
                .detection_count = get_known(u, json, "detection_count"),
                .enterprise_count = get_known(u, json, "enterprise_count"),
            }};

        wire_pack_outcome(&u->elements, &outcome);
}

static void read_receipt(struct unjson *u, json_t *json)
{
        struct wire_receipt receipt = {
            .id = get_uint(u, json, "id"),
            .version = get_uint(u, json, "version"),
            .result =
                (enum written)get_name(u, json, "result", written_name_of, WRITTEN_REFUSED + 1),
            .attributes = get_u32(u, json, "attributes"),
        };

        wire_pack_receipt(&u->elements, &receipt);
}

static struct wire_list read_elements(struct unjson *u, json_t *object, const char *key,
                                      void (*fn)(struct unjson *, json_t *))
{
        json_t *array = get_array(u, object, key), *element;
        size_t i;

        json_array_foreach(array, i, element) fn(u, element);
        return wire_list_of(&u->elements, (uint32_t)json_array_size(array));
}

static struct wire_list read_texts(struct unjson *u, json_t *object, const char *key,
                                   msgpack_sbuffer *out)
{
        json_t *array = get_array(u, object, key), *element;
        size_t i;

        msgpack_sbuffer_clear(out);
        json_array_foreach(array, i, element) wire_pack_text(out, to_text(u, element));
        return wire_list_of(out, (uint32_t)json_array_size(array));
}

static void read_terms(struct unjson *u, json_t *json)
{
        json_t *levels = get_array(u, json, "levels");
        struct wire_terms terms = {
            .fabric = get_text(u, json, "fabric"),
            .daily_limit = get_u32(u, json, "daily_limit"),
            .enrichment = get_bool(u, json, "enrichment"),
            .days = get_u32(u, json, "days"),
            .min_score = json_number_value(json_object_get(json, "min_score")),
            .status = read_texts(u, json, "status", &u->status),
            .attributes = read_attributes(u, json),
        };

        if (json_array_size(levels) != BAND_COUNT)
                u->bad = true;
        for (size_t band = 0; band < BAND_COUNT; band++) {
                json_t *level = json_array_get(levels, band);

                terms.level[band] = json_is_integer(level) ? (int)json_integer_value(level) : -1;
        }
        wire_pack_terms(&u->terms, &terms);
}

static struct wire_list read_all_terms(struct unjson *u, json_t *object)
{
        json_t *array = get_array(u, object, "terms"), *element;
        size_t i;

        json_array_foreach(array, i, element) read_terms(u, element);
        return wire_list_of(&u->terms, (uint32_t)json_array_size(array));
}

static struct wire_push read_push(struct unjson *u, json_t *object)
{
        json_t *json = json_object_get(object, "push");
        struct wire_push push = {0};

        if (json_is_null(json))
                return push;
        push.given = true;
        push.active = get_bool(u, json, "active");
        push.daily_limit = get_u32(u, json, "daily_limit");
        push.enrichment = get_bool(u, json, "enrichment");
        return push;
}

static enum sweep_kind get_kind(struct unjson *u, json_t *json)
{
        return (enum sweep_kind)get_name(u, json, "kind", kind_name, 2);
}

static void read_page(struct unjson *u, json_t *json, struct wire_page *page)
{
        page->sweep = get_uint(u, json, "sweep");
        page->kind = get_kind(u, json);
        page->page = get_u32(u, json, "page");
        page->started_at = get_int(u, json, "started_at");
        page->scope = (enum wire_scope)get_name(u, json, "scope", scope_name_of, SCOPE_COUNT);
        page->targets = read_texts(u, json, "targets", &u->targets);
        page->terms = read_all_terms(u, json);
        page->rows = read_elements(u, json, "rows", read_row);
}

static void read_batch(struct unjson *u, json_t *json, struct wire_batch *batch)
{
        batch->sweep = get_uint(u, json, "sweep");
        batch->kind = get_kind(u, json);
        batch->page = get_u32(u, json, "page");
        batch->started_at = get_int(u, json, "started_at");
        batch->fabric = get_text(u, json, "fabric");
        batch->push = read_push(u, json);
        batch->items = read_elements(u, json, "items", read_item);
}

static void read_sweep_end(struct unjson *u, json_t *json, struct wire_sweep_end *end)
{
        end->sweep = get_uint(u, json, "sweep");
        end->kind = get_kind(u, json);
        end->fabric = get_text(u, json, "fabric");
        end->pages = get_u32(u, json, "pages");
        end->started_at = get_int(u, json, "started_at");
        end->push = read_push(u, json);
}

static void read_body(struct unjson *u, json_t *json, struct wire_msg *msg)
{
        switch (msg->type) {
        case WIRE_PAGE:
                read_page(u, json, &msg->page);
                break;
        case WIRE_BATCH:
                read_batch(u, json, &msg->batch);
                break;
        case WIRE_ACK:
                msg->ack.fabric = get_text(u, json, "fabric");
                msg->ack.sweep = get_uint(u, json, "sweep");
                msg->ack.page = get_u32(u, json, "page");
                break;
        case WIRE_SWEEP_END:
                read_sweep_end(u, json, &msg->sweep_end);
                break;
        case WIRE_HELLO:
                msg->hello.fabric = get_text(u, json, "fabric");
                msg->hello.incarnation = get_uint(u, json, "incarnation");
                msg->hello.store = get_text(u, json, "store");
                break;
        case WIRE_OUTCOMES:
                msg->outcomes.fabric = get_text(u, json, "fabric");
                msg->outcomes.outcomes = read_elements(u, json, "outcomes", read_outcome);
                break;
        case WIRE_WRITTEN:
                msg->written.fabric = get_text(u, json, "fabric");
                msg->written.receipts = read_elements(u, json, "receipts", read_receipt);
                break;
        case WIRE_SWEEP_REQUEST:
                msg->sweep_request.request = get_uint(u, json, "request");
                msg->sweep_request.full = get_bool(u, json, "full");
                break;
        default:
                u->bad = true;
        }
}

static const char *type_name(unsigned i)
{
        return wire_type_name((enum wire_type)(i + 1));
}

int wire_from_json(const char *line, size_t len, msgpack_sbuffer *out)
{
        _cleanup_(json_decrefp) json_t *json = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
        struct unjson u = {0};
        struct wire_msg msg = {0};
        size_t before = out->size;
        int r = WIRE_E_BAD;

        msgpack_sbuffer_init(&u.elements);
        msgpack_sbuffer_init(&u.targets);
        msgpack_sbuffer_init(&u.terms);
        msgpack_sbuffer_init(&u.status);
        msgpack_sbuffer_init(&u.attributes);
        msg.type = (enum wire_type)(get_name(&u, json, "type", type_name, WIRE_SWEEP_REQUEST) + 1);
        if (!u.bad)
                read_body(&u, json, &msg);
        if (!u.bad) {
                wire_pack(out, &msg);
                /* the same limits hold whichever way a message came */
                r = wire_decode(out->data + before, out->size - before, &msg);
        }
        if (r != 0)
                out->size = before;
        msgpack_sbuffer_destroy(&u.elements);
        msgpack_sbuffer_destroy(&u.targets);
        msgpack_sbuffer_destroy(&u.terms);
        msgpack_sbuffer_destroy(&u.status);
        msgpack_sbuffer_destroy(&u.attributes);
        return r;
}
