#include "fetcher/checkpoint.h"

#include <errno.h>
#include <string.h>

#include <jansson.h>

enum { TABLE_META, TABLE_FABRICS };

static const char sweep_key[] = "sweep";

struct checkpoint {
        struct store *store; /* NULL: keeps nothing */
};

/* What the transaction functions work on. */
struct work {
        const struct config *config;
        struct checkpoint_sweep *sweep;
        struct checkpoint_fabric *fabrics;
        const struct checkpoint_sweep *new_sweep;
        const struct checkpoint_fabric *new_fabrics;
        uint64_t changed;
};

int checkpoint_open(const char *path, bool readonly, struct checkpoint **ret)
{
        static const char *const tables[] = {"meta", "fabrics", NULL};
        _cleanup_(checkpoint_closep) struct checkpoint *c = calloc(1, sizeof(*c));
        int r;

        if (!c)
                return -ENOMEM;
        if (path) {
                r = store_open(path, tables, readonly, &c->store);
                if (r != 0)
                        return r;
        }
        *ret = c;
        c = NULL;
        return 0;
}

void checkpoint_close(struct checkpoint *c)
{
        if (!c)
                return;
        store_close(c->store);
        free(c);
}

const char *checkpoint_error(const struct checkpoint *c)
{
        return c->store ? store_error(c->store) : "";
}

static json_t *json_of_targets(const struct config *config, uint64_t targets)
{
        json_t *list = json_array();

        for (size_t i = 0; i < config->fabric_count; i++) {
                if (targets >> i & 1)
                        json_array_append_new(list, json_string(config->fabrics[i].name));
        }
        return list;
}

static uint64_t targets_of_json(const struct config *config, const json_t *list)
{
        uint64_t targets = 0;

        for (size_t k = 0; k < json_array_size(list); k++) {
                const char *name = json_string_value(json_array_get(list, k));

                for (size_t i = 0; name && i < config->fabric_count; i++) {
                        if (strcmp(config->fabrics[i].name, name) == 0)
                                targets |= (uint64_t)1 << i;
                }
        }
        return targets;
}

static json_t *json_of_paging(const struct paging *p)
{
        return json_pack("{s:b, s:s, s:I, s:I, s:b, s:I}", "by_cursor", p->by_cursor, "cursor",
                         p->cursor, "offset", (json_int_t)p->offset, "last_id",
                         (json_int_t)p->last_id, "unsorted", p->unsorted, "limit_max",
                         (json_int_t)p->limit_max);
}

static void paging_of_json(const json_t *json, struct paging *p)
{
        const char *cursor = json_string_value(json_object_get(json, "cursor"));
        json_int_t limit = json_integer_value(json_object_get(json, "limit_max"));

        paging_init(p, limit > 0 && limit <= 10000 ? (unsigned)limit : 1000);
        p->by_cursor = json_is_true(json_object_get(json, "by_cursor"));
        if (cursor)
                text_copy(text_of(cursor), p->cursor, sizeof(p->cursor));
        p->offset = (uint64_t)json_integer_value(json_object_get(json, "offset"));
        p->last_id = (uint64_t)json_integer_value(json_object_get(json, "last_id"));
        p->unsorted = json_is_true(json_object_get(json, "unsorted"));
}

static json_t *json_of_sweep(const struct config *config, const struct checkpoint_sweep *s)
{
        return json_pack(
            "{s:I, s:i, s:I, s:I, s:I, s:I, s:I, s:b, s:b, s:b, s:I, s:s, s:o, s:I, s:I, s:I, s:o}",
            "number", (json_int_t)s->number, "kind", (int)s->kind, "since", (json_int_t)s->since,
            "started_at", (json_int_t)s->started_at, "finished_at", (json_int_t)s->finished_at,
            "request", (json_int_t)s->request, "clock_ahead", (json_int_t)s->clock_ahead, "open",
            s->open, "failed", s->failed, "settled", s->settled, "collection",
            (json_int_t)s->collection, "error", s->error, "targets",
            json_of_targets(config, s->targets), "fetched", (json_int_t)s->fetched, "pages",
            (json_int_t)s->pages, "next_page", (json_int_t)s->next_page, "paging",
            json_of_paging(&s->paging));
}

static int64_t integer(const json_t *json, const char *key)
{
        return json_integer_value(json_object_get(json, key));
}

static void sweep_of_json(const struct config *config, const json_t *json,
                          struct checkpoint_sweep *s)
{
        const char *error = json_string_value(json_object_get(json, "error"));

        *s = (struct checkpoint_sweep){
            .number = (uint64_t)integer(json, "number"),
            .kind = integer(json, "kind") == SWEEP_INCREMENTAL ? SWEEP_INCREMENTAL : SWEEP_FULL,
            .since = integer(json, "since"),
            .started_at = integer(json, "started_at"),
            .finished_at = integer(json, "finished_at"),
            .request = (uint64_t)integer(json, "request"),
            .clock_ahead = integer(json, "clock_ahead"),
            .open = json_is_true(json_object_get(json, "open")),
            .failed = json_is_true(json_object_get(json, "failed")),
            .settled = json_is_true(json_object_get(json, "settled")),
            .collection = (uint64_t)integer(json, "collection"),
            .targets = targets_of_json(config, json_object_get(json, "targets")),
            .fetched = (uint64_t)integer(json, "fetched"),
            .pages = (uint32_t)integer(json, "pages"),
            .next_page = (uint32_t)integer(json, "next_page"),
        };
        text_copy(text_of(error), s->error, sizeof(s->error));
        paging_of_json(json_object_get(json, "paging"), &s->paging);
}

static json_t *json_of_fabric(const struct checkpoint_fabric *f)
{
        return json_pack("{s:b, s:I, s:I, s:I, s:b, s:s, s:s, s:s?, s:s}", "exists", f->exists,
                         "started_at", (json_int_t)f->started_at, "last_full",
                         (json_int_t)f->last_full, "sweep", (json_int_t)f->sweep, "lagging",
                         f->lagging, "store", f->store, "sweep_store", f->sweep_store, "remote",
                         f->remote, "remote_error", f->remote_error);
}

static void fabric_of_json(const json_t *json, struct checkpoint_fabric *f)
{
        const char *store = json_string_value(json_object_get(json, "store"));
        const char *sweep_store = json_string_value(json_object_get(json, "sweep_store"));
        const char *remote = json_string_value(json_object_get(json, "remote"));
        const char *error = json_string_value(json_object_get(json, "remote_error"));

        *f = (struct checkpoint_fabric){
            .exists = json_is_true(json_object_get(json, "exists")),
            .started_at = integer(json, "started_at"),
            .last_full = integer(json, "last_full"),
            .sweep = (uint64_t)integer(json, "sweep"),
            .lagging = json_is_true(json_object_get(json, "lagging")),
        };
        text_copy(text_of(store), f->store, sizeof(f->store));
        text_copy(text_of(sweep_store), f->sweep_store, sizeof(f->sweep_store));
        text_copy(text_of(error), f->remote_error, sizeof(f->remote_error));
        f->remote = remote ? strdup(remote) : NULL;
}

void checkpoint_fabrics_done(struct checkpoint_fabric *fabrics, size_t count)
{
        for (size_t i = 0; i < count; i++) {
                free(fabrics[i].remote);
                fabrics[i].remote = NULL;
        }
}

static int get_json(struct store *store, MDB_txn *txn, unsigned table, const char *key,
                    json_t **ret)
{
        MDB_val value;
        int r = store_get(store, txn, table, key, strlen(key), &value);

        *ret = NULL;
        if (r == STORE_E_NONE)
                return 0;
        if (r != 0)
                return r;
        *ret = json_loadb(value.mv_data, value.mv_size, 0, NULL);
        return *ret ? 0 : -EBADMSG;
}

/* Takes json over. */
static int put_json(struct store *store, MDB_txn *txn, unsigned table, const char *key,
                    json_t *json)
{
        _cleanup_(freep) char *text = json_dumps(json, JSON_COMPACT);

        json_decref(json);
        if (!text)
                return -ENOMEM;
        return store_put(store, txn, table, key, strlen(key), text, strlen(text));
}

static int load(struct store *store, MDB_txn *txn, void *userdata)
{
        struct work *work = userdata;
        json_t *json;
        int r = get_json(store, txn, TABLE_META, sweep_key, &json);

        if (r != 0)
                return r;
        if (json)
                sweep_of_json(work->config, json, work->sweep);
        json_decref(json);
        for (size_t i = 0; i < work->config->fabric_count; i++) {
                r = get_json(store, txn, TABLE_FABRICS, work->config->fabrics[i].name, &json);
                if (r != 0)
                        return r;
                if (json)
                        fabric_of_json(json, &work->fabrics[i]);
                json_decref(json);
        }
        return 0;
}

int checkpoint_load(struct checkpoint *c, const struct config *config,
                    struct checkpoint_sweep *sweep, struct checkpoint_fabric *fabrics)
{
        struct work work = {.config = config, .sweep = sweep, .fabrics = fabrics};

        *sweep = (struct checkpoint_sweep){0};
        memset(fabrics, 0, config->fabric_count * sizeof(*fabrics));
        return c->store ? store_view(c->store, load, &work) : 0;
}

static int save(struct store *store, MDB_txn *txn, void *userdata)
{
        const struct work *work = userdata;
        int r = put_json(store, txn, TABLE_META, sweep_key,
                         json_of_sweep(work->config, work->new_sweep));

        for (size_t i = 0; i < work->config->fabric_count && r == 0; i++) {
                if (work->changed >> i & 1)
                        r = put_json(store, txn, TABLE_FABRICS, work->config->fabrics[i].name,
                                     json_of_fabric(&work->new_fabrics[i]));
        }
        return r;
}

int checkpoint_save(struct checkpoint *c, const struct config *config,
                    const struct checkpoint_sweep *sweep, const struct checkpoint_fabric *fabrics,
                    uint64_t changed)
{
        struct work work = {
            .config = config, .new_sweep = sweep, .new_fabrics = fabrics, .changed = changed};

        return c->store ? store_update(c->store, save, &work) : 0;
}
