#include "tests/sim/threatq/mutate.h"

#include "tests/sim/threatq/write.h"

#include <stdlib.h>

/* One operation, its rows found. */
struct op {
        struct sim *sim;
        const json_t *json;
        struct buf *done; /* ids, comma-separated */
};

static const char *member(const json_t *json, const char *key)
{
        return json_string_value(json_object_get(json, key));
}

static bool op_scores(const struct op *op, uint32_t at)
{
        const json_t *score = json_object_get(op->json, "score");
        const json_t *manual = json_object_get(op->json, "manual");
        struct library_row row;

        if (!library_row(&op->sim->library, at, &row))
                return false;
        if (json_is_null(score))
                row.generated = LIBRARY_NO_SCORE;
        else if (score && !write_read_score(score, &row.generated))
                return false;
        if (json_is_null(manual))
                row.manual = LIBRARY_NO_SCORE;
        else if (manual && !write_read_score(manual, &row.manual))
                return false;
        write_scores(op->sim, at, row.generated, row.manual);
        return score || manual;
}

static bool op_status(const struct op *op, uint32_t at)
{
        int status = write_read_status(op->sim, op->json);

        if (status >= 0)
                write_status(op->sim, at, status);
        return status >= 0;
}

static bool op_attribute(const struct op *op, uint32_t at)
{
        struct library_attribute attribute;

        if (write_check_attribute(op->sim, op->json))
                return false;
        write_attribute_item(op->sim, at, op->json, &attribute);
        return true;
}

/* Removes the attributes of a name, of a value too when one is given. */
static bool op_remove_attribute(const struct op *op, uint32_t at)
{
        struct library *library = &op->sim->library;
        const char *name = member(op->json, "name");
        const char *value = member(op->json, "value");
        struct library_attribute attribute;
        struct library_row row;
        uint32_t i = 0;

        if (!name || !library_row(library, at, &row))
                return false;
        while (library_next_attribute(library, &row, &i, &attribute)) {
                if (strcmp(library->names.words[attribute.name].raw, name) != 0 ||
                    (value && strcmp(library->names.words[attribute.value].raw, value) != 0))
                        continue;
                write_attribute_delete(op->sim, at, attribute.id);
                library_row(library, at, &row);
                i = 0;
        }
        return true;
}

static bool op_delete(const struct op *op, uint32_t at)
{
        write_delete(op->sim, at);
        return true;
}

static bool op_touch(const struct op *op, uint32_t at)
{
        sim_touched(op->sim, at, json_is_true(json_object_get(op->json, "updated")));
        return true;
}

static bool op_created(const struct op *op, uint32_t at)
{
        const char *text = member(op->json, "created_at");
        int64_t created = text ? buf_parse_date(text) : -1;

        if (created < 0)
                return false;
        library_change(&op->sim->library, at)->created = (uint32_t)created;
        sim_touched(op->sim, at, true);
        return true;
}

static const struct {
        const char *name;
        bool (*apply)(const struct op *op, uint32_t at);
} ops[] = {
    {"score", op_scores},
    {"manual", op_scores},
    {"status", op_status},
    {"attribute", op_attribute},
    {"remove-attribute", op_remove_attribute},
    {"delete", op_delete},
    {"touch", op_touch},
    {"created", op_created},
};

static void note(const struct op *op, uint32_t id)
{
        if (op->done->len)
                buf_str(op->done, ",");
        buf_u64(op->done, id);
}

/* A value that no generated row has. */
static void fresh_value(const struct library *library, int type, char out[LIBRARY_VALUE_MAX])
{
        size_t len = type == NAMES_MD5      ? 32
                     : type == NAMES_SHA1   ? 40
                     : type == NAMES_SHA512 ? 128
                                            : 64;
        uint64_t bits = names_mix(library->options.seed ^ library->n_rows ^ 0x1225e27);

        for (size_t i = 0; i < len; i++) {
                if (i % 16 == 0)
                        bits = names_mix(bits);
                out[i] = "0123456789abcdef"[bits >> (i % 16 * 4) & 15];
        }
        out[len] = '\0';
}

static bool insert_one(const struct op *op)
{
        struct sim *sim = op->sim;
        const json_t *attributes = json_object_get(op->json, "attributes");
        const char *value = member(op->json, "value");
        int type = write_read_type(sim, op->json);
        int status = write_read_status(sim, op->json);
        char fresh[LIBRARY_VALUE_MAX];
        struct library_attribute attribute;

        if (type == -1 || status == -1)
                return false;
        type = type < 0 ? NAMES_SHA256 : type;
        fresh_value(&sim->library, type, fresh);
        uint32_t at = write_insert(sim, value ? value : fresh, type, status < 0 ? 0 : status);
        if (json_object_get(op->json, "created_at") && !op_created(op, at))
                return false;
        if (json_object_get(op->json, "score") || json_object_get(op->json, "manual"))
                op_scores(op, at);
        for (size_t i = 0; i < json_array_size(attributes); i++) {
                const json_t *item = json_array_get(attributes, i);
                if (!write_check_attribute(sim, item))
                        write_attribute_item(sim, at, item, &attribute);
        }
        struct library_row row;
        if (library_row(&sim->library, at, &row))
                note(op, row.id);
        return true;
}

/* Rows before or after the one that a search served last, nearest first. */
static bool apply_near(const struct op *op, bool (*apply)(const struct op *, uint32_t), bool before,
                       int64_t count)
{
        const struct library *library = &op->sim->library;
        int64_t at = (int64_t)op->sim->last_at + (before ? 0 : 1);
        struct library_row row;

        for (; count > 0 && at >= 0 && at < library->n_rows; at += before ? -1 : 1) {
                /* Only hashes: other rows are in no search that matters here. */
                if (!library_row(library, (uint32_t)at, &row) || row.type > NAMES_SHA256)
                        continue;
                if (!apply(op, row.at))
                        return false;
                note(op, row.id);
                count--;
        }
        return true;
}

static bool apply_ids(const struct op *op, bool (*apply)(const struct op *, uint32_t))
{
        const json_t *ids = json_object_get(op->json, "ids");
        struct library_row row;

        for (size_t i = 0; i < json_array_size(ids); i++) {
                int64_t id = json_integer_value(json_array_get(ids, i));
                if (!library_find(&op->sim->library, id, &row) || !apply(op, row.at))
                        return false;
                note(op, row.id);
        }
        return true;
}

static bool apply_op(const struct op *op)
{
        const char *name = member(op->json, "op");
        const char *from = member(op->json, "from");
        const json_t *count = json_object_get(op->json, "count");
        int64_t n = count ? json_integer_value(count) : 1;

        if (name && strcmp(name, "insert") == 0) {
                bool ok = true;
                while (ok && n-- > 0)
                        ok = insert_one(op);
                return ok;
        }
        for (size_t i = 0; name && i < sizeof(ops) / sizeof(ops[0]); i++) {
                if (strcmp(ops[i].name, name) != 0)
                        continue;
                if (from)
                        return apply_near(op, ops[i].apply, strcmp(from, "before") == 0, n);
                return apply_ids(op, ops[i].apply);
        }
        return false;
}

/* Carries out the operations in order, up to the first that is wrong. */
static bool apply_all(struct sim *sim, const json_t *list, struct buf *done)
{
        bool ok = json_is_array(list);

        for (size_t i = 0; ok && i < json_array_size(list); i++) {
                struct op op = {.sim = sim, .json = json_array_get(list, i), .done = done};
                ok = apply_op(&op);
        }
        return ok;
}

static bool keep(struct sim *sim, const json_t *json)
{
        const json_t *after = json_object_get(json, "after_page");
        const json_t *every = json_object_get(json, "every_page");

        for (size_t i = 0; i < SIM_MUTATIONS_MAX; i++) {
                struct sim_mutation *mutation = &sim->mutations[i];
                if (mutation->ops)
                        continue;
                mutation->ops = json_incref(json_object_get(json, "do"));
                mutation->every = (uint64_t)json_integer_value(every);
                mutation->at_page = sim->pages + (uint64_t)(after ? json_integer_value(after)
                                                                  : json_integer_value(every));
                return true;
        }
        return false;
}

void mutate_request(struct sim *sim, const json_t *json, struct server_reply *reply)
{
        struct buf done = {0};
        bool later = json_object_get(json, "after_page") || json_object_get(json, "every_page");

        pthread_rwlock_wrlock(&sim->library.lock);
        bool ok = json_is_array(json_object_get(json, "do")) &&
                  (later ? keep(sim, json) : apply_all(sim, json_object_get(json, "do"), &done));
        pthread_rwlock_unlock(&sim->library.lock);
        if (!ok) {
                sim_error(reply, 400, "An operation is unknown or not valid.");
        } else {
                buf_str(&reply->body, "{\"ids\":[");
                buf_put(&reply->body, buf_cstr(&done), done.len);
                buf_str(&reply->body, "]}");
        }
        buf_free(&done);
}

void mutate_after_page(struct sim *sim)
{
        struct buf done = {0};

        pthread_rwlock_wrlock(&sim->library.lock);
        for (size_t i = 0; i < SIM_MUTATIONS_MAX; i++) {
                struct sim_mutation *mutation = &sim->mutations[i];
                if (!mutation->ops || sim->pages < mutation->at_page)
                        continue;
                apply_all(sim, mutation->ops, &done);
                mutation->at_page += mutation->every;
                if (mutation->every)
                        continue;
                json_decref(mutation->ops);
                mutation->ops = NULL;
        }
        pthread_rwlock_unlock(&sim->library.lock);
        buf_free(&done);
}

void mutate_clear(struct sim *sim)
{
        pthread_rwlock_wrlock(&sim->library.lock);
        for (size_t i = 0; i < SIM_MUTATIONS_MAX; i++) {
                json_decref(sim->mutations[i].ops);
                sim->mutations[i].ops = NULL;
        }
        pthread_rwlock_unlock(&sim->library.lock);
}
