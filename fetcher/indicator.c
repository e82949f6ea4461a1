#include "fetcher/indicator.h"

#include "fetcher/indicator_walk.h"

#include <errno.h>

#include <yajl/yajl_parse.h>

/* Bytes without one whole value. */
enum { VALUE_GAP_MAX = 1 << 20 };

struct indicator_reader {
        yajl_handle yajl;
        struct indicator_walk walk;
        bool event; /* something whole came since the last piece began */
        size_t gap; /* bytes since */
};

static struct indicator_walk *walk_of(void *userdata)
{
        struct indicator_reader *r = userdata;

        r->event = true;
        return &r->walk;
}

static int on_null(void *userdata)
{
        return indicator_walk_scalar(walk_of(userdata), (struct text){0}, false, true);
}

static int on_boolean(void *userdata, int value)
{
        return indicator_walk_scalar(walk_of(userdata), text_of(value ? "true" : "false"), false,
                                     false);
}

/* Numbers are taken as text: yajl's own conversion would end the page at a number too large. */
static int on_number(void *userdata, const char *value, size_t len)
{
        return indicator_walk_scalar(walk_of(userdata), (struct text){value, len}, false, false);
}

static int on_string(void *userdata, const unsigned char *value, size_t len)
{
        return indicator_walk_scalar(walk_of(userdata), (struct text){(const char *)value, len},
                                     true, false);
}

static int on_start_map(void *userdata)
{
        return indicator_walk_start(walk_of(userdata), true);
}

static int on_start_array(void *userdata)
{
        return indicator_walk_start(walk_of(userdata), false);
}

static int on_end(void *userdata)
{
        return indicator_walk_end(walk_of(userdata));
}

static int on_map_key(void *userdata, const unsigned char *name, size_t len)
{
        return indicator_walk_key(walk_of(userdata), (struct text){(const char *)name, len});
}

static const yajl_callbacks callbacks = {
    .yajl_null = on_null,
    .yajl_boolean = on_boolean,
    .yajl_number = on_number,
    .yajl_string = on_string,
    .yajl_start_map = on_start_map,
    .yajl_map_key = on_map_key,
    .yajl_end_map = on_end,
    .yajl_start_array = on_start_array,
    .yajl_end_array = on_end,
};

int indicator_reader_open(const char *const *attributes, size_t count,
                          struct indicator_reader **ret)
{
        _cleanup_(indicator_reader_closep) struct indicator_reader *r = calloc(1, sizeof(*r));
        int code;

        if (!r)
                return -ENOMEM;
        msgpack_sbuffer_init(&r->walk.rows);
        code = indicator_row_open(attributes, count, &r->walk.row);
        if (code < 0)
                return code;
        *ret = r;
        r = NULL;
        return 0;
}

void indicator_reader_close(struct indicator_reader *r)
{
        if (!r)
                return;
        if (r->yajl)
                yajl_free(r->yajl);
        indicator_row_close(r->walk.row);
        msgpack_sbuffer_destroy(&r->walk.rows);
        free(r);
}

void indicator_reader_names(struct indicator_reader *r, const struct names *names)
{
        r->walk.names = names;
}

const char *indicator_reader_error(const struct indicator_reader *r)
{
        return r->walk.error;
}

int indicator_reader_start(struct indicator_reader *r, uint64_t known_id)
{
        if (r->yajl)
                yajl_free(r->yajl);
        r->yajl = yajl_alloc(&callbacks, NULL, r);
        if (!r->yajl)
                return -ENOMEM;
        /* Texts that go into rows are mended one by one: one bad byte must not cost a page. */
        yajl_config(r->yajl, yajl_dont_validate_strings, 1);
        r->gap = 0;
        indicator_walk_begin(&r->walk, known_id);
        return 0;
}

static int code_of_yajl(struct indicator_reader *r, yajl_status status)
{
        if (status == yajl_status_ok)
                return 0;
        if (r->walk.failed == 0)
                indicator_walk_fail(&r->walk, -EBADMSG, "the answer is no valid JSON");
        return r->walk.failed;
}

int indicator_reader_feed(struct indicator_reader *r, const void *data, size_t len)
{
        int code;

        r->event = false;
        code = code_of_yajl(r, yajl_parse(r->yajl, data, len));
        if (code < 0)
                return code;
        /* yajl collects a value that is cut by the end of a piece: this is what bounds it. */
        r->gap = r->event ? 0 : r->gap + len;
        if (r->gap > VALUE_GAP_MAX) {
                indicator_walk_fail(&r->walk, -EMSGSIZE, "a value is too long");
                return r->walk.failed;
        }
        return 0;
}

int indicator_reader_finish(struct indicator_reader *r, struct indicator_page *ret)
{
        int code = code_of_yajl(r, yajl_complete_parse(r->yajl));

        if (code < 0)
                return code;
        indicator_walk_page(&r->walk, ret);
        return 0;
}
