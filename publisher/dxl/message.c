#include "publisher/dxl/message.h"

#include <stdlib.h>

#include <msgpack/pack.h>

/* What is left to be read. */
struct cursor {
        const uint8_t *ptr;
        size_t len;
};

static bool take(struct cursor *c, size_t n, const uint8_t **ret)
{
        if (n > c->len)
                return false;
        *ret = c->ptr;
        c->ptr += n;
        c->len -= n;
        return true;
}

/* A big-endian number of 1, 2, 4 or 8 bytes. */
static bool take_number(struct cursor *c, size_t width, uint64_t *ret)
{
        const uint8_t *p;
        if (!take(c, width, &p))
                return false;
        uint64_t n = 0;
        for (size_t i = 0; i < width; i++)
                n = n << 8 | p[i];
        *ret = n;
        return true;
}

/* The length in a header of the raw family, str8 and bin included. */
static bool take_raw_header(struct cursor *c, uint64_t *ret)
{
        uint64_t head;
        if (!take_number(c, 1, &head))
                return false;
        if (head >= 0xa0 && head <= 0xbf) {
                *ret = head & 0x1f;
                return true;
        }
        switch (head) {
        case 0xc4:
        case 0xd9:
                return take_number(c, 1, ret);
        case 0xc5:
        case 0xda:
                return take_number(c, 2, ret);
        case 0xc6:
        case 0xdb:
                return take_number(c, 4, ret);
        default:
                return false;
        }
}

static bool take_raw(struct cursor *c, struct text *ret)
{
        uint64_t len;
        const uint8_t *p;
        if (!take_raw_header(c, &len) || len > c->len || !take(c, (size_t)len, &p))
                return false;
        *ret = (struct text){(const char *)p, (size_t)len};
        return true;
}

/* A request that was packed without a reply topic has nil there. */
static bool take_raw_or_nil(struct cursor *c, struct text *ret)
{
        if (c->len > 0 && c->ptr[0] == 0xc0) {
                const uint8_t *p;
                *ret = (struct text){0};
                return take(c, 1, &p);
        }
        return take_raw(c, ret);
}

static bool take_array_header(struct cursor *c, uint64_t *ret)
{
        uint64_t head;
        if (!take_number(c, 1, &head))
                return false;
        if (head >= 0x90 && head <= 0x9f) {
                *ret = head & 0x0f;
                return true;
        }
        if (head == 0xdc)
                return take_number(c, 2, ret);
        return head == 0xdd && take_number(c, 4, ret);
}

/* Walks every element, so that the promised count is not believed but seen. */
static bool take_list(struct cursor *c, struct dxl_message_list *ret)
{
        uint64_t count;
        if (!take_array_header(c, &count) || count > c->len)
                return false;
        struct dxl_message_list list = {.ptr = c->ptr, .count = (uint32_t)count};
        for (uint64_t i = 0; i < count; i++) {
                struct text t;
                if (!take_raw(c, &t))
                        return false;
        }
        list.len = (size_t)(c->ptr - list.ptr);
        *ret = list;
        return true;
}

static bool take_integer(struct cursor *c, int64_t *ret)
{
        uint64_t head;
        if (!take_number(c, 1, &head))
                return false;
        if (head <= 0x7f || head >= 0xe0) {
                *ret = (int8_t)head;
                return true;
        }
        if (head < 0xcc || head > 0xd3)
                return false;
        size_t width = (size_t)1 << (head & 3);
        uint64_t n;
        if (!take_number(c, width, &n))
                return false;
        /* width is 1, 2, 4 or 8.
         * NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult) */
        if (head >= 0xd0 && width < 8 && n >> (8 * width - 1))
                n -= (uint64_t)1 << (8 * width); /* a negative number: extend its sign */
        else if (head == 0xcf && n > INT64_MAX)
                return false;
        *ret = (int64_t)n;
        return true;
}

static bool take_head(struct cursor *c, struct dxl_message *m)
{
        int64_t version, type;
        if (!take_integer(c, &version) || version < 0 || version > UINT16_MAX)
                return false;
        if (!take_integer(c, &type) || type < DXL_MESSAGE_REQUEST || type > DXL_MESSAGE_ERROR)
                return false;
        m->version = (unsigned)version;
        m->type = (enum dxl_message_type)type;
        return take_raw(c, &m->message_id) && take_raw(c, &m->source_client_id) &&
               take_raw(c, &m->source_broker_id) && take_list(c, &m->broker_ids) &&
               take_list(c, &m->client_ids) && take_raw(c, &m->payload);
}

static bool take_typed(struct cursor *c, struct dxl_message *m)
{
        switch (m->type) {
        case DXL_MESSAGE_REQUEST:
                return take_raw_or_nil(c, &m->reply_to) && take_raw(c, &m->service_id);
        case DXL_MESSAGE_RESPONSE:
                return take_raw(c, &m->request_message_id) && take_raw(c, &m->service_id);
        case DXL_MESSAGE_ERROR:
                return take_raw(c, &m->request_message_id) && take_raw(c, &m->service_id) &&
                       take_integer(c, &m->error_code) && take_raw(c, &m->error_text);
        case DXL_MESSAGE_EVENT:
                return true;
        }
        return false;
}

static bool take_versioned(struct cursor *c, struct dxl_message *m)
{
        if (m->version >= 1 && (!take_list(c, &m->other_fields) || m->other_fields.count % 2 != 0))
                return false;
        if (m->version >= 2 &&
            (!take_raw(c, &m->source_tenant_guid) || !take_list(c, &m->tenant_guids)))
                return false;
        if (m->version < 3)
                return c->len == 0;
        /* A client that claims version 3 may end here; what later versions add is skipped. */
        return c->len == 0 || take_raw(c, &m->source_instance_id);
}

int dxl_message_decode(const void *data, size_t len, struct dxl_message *ret)
{
        struct cursor c = {data, len};
        struct dxl_message m = {0};
        if (len > DXL_MESSAGE_MAX || !take_head(&c, &m) || !take_typed(&c, &m) ||
            !take_versioned(&c, &m))
                return DXL_MESSAGE_E_BAD;
        *ret = m;
        return 0;
}

bool dxl_message_next(struct dxl_message_list *list, struct text *ret)
{
        if (list->count == 0)
                return false;
        struct cursor c = {list->ptr, list->len};
        if (!take_raw(&c, ret))
                abort(); /* lists come from the decoder or from dxl_message_list_of */
        list->ptr = c.ptr;
        list->len = c.len;
        list->count--;
        return true;
}

/* sbuffer fails only when memory is out. */
static void must(int rc)
{
        if (rc < 0)
                abort();
}

static void pack_raw(msgpack_packer *pk, struct text t)
{
        must(msgpack_pack_v4raw(pk, t.len));
        if (t.len > 0)
                must(msgpack_pack_v4raw_body(pk, t.ptr, t.len));
}

/* Packs each text anew: a list that was read may hold str8. */
static void pack_list(msgpack_packer *pk, struct dxl_message_list list)
{
        must(msgpack_pack_array(pk, list.count));
        struct text t;
        while (dxl_message_next(&list, &t))
                pack_raw(pk, t);
}

static void pack_typed(msgpack_packer *pk, const struct dxl_message *m)
{
        switch (m->type) {
        case DXL_MESSAGE_REQUEST:
                pack_raw(pk, m->reply_to);
                pack_raw(pk, m->service_id);
                break;
        case DXL_MESSAGE_RESPONSE:
        case DXL_MESSAGE_ERROR:
                pack_raw(pk, m->request_message_id);
                pack_raw(pk, m->service_id);
                break;
        case DXL_MESSAGE_EVENT:
                break;
        }
        if (m->type == DXL_MESSAGE_ERROR) {
                must(msgpack_pack_int64(pk, m->error_code));
                pack_raw(pk, m->error_text);
        }
}

void dxl_message_pack(msgpack_sbuffer *out, const struct dxl_message *m)
{
        msgpack_packer pk;
        msgpack_packer_init(&pk, out, msgpack_sbuffer_write);
        must(msgpack_pack_int64(&pk, m->version));
        must(msgpack_pack_int64(&pk, (int64_t)m->type));
        pack_raw(&pk, m->message_id);
        pack_raw(&pk, m->source_client_id);
        pack_raw(&pk, m->source_broker_id);
        pack_list(&pk, m->broker_ids);
        pack_list(&pk, m->client_ids);
        pack_raw(&pk, m->payload);
        pack_typed(&pk, m);
        if (m->version >= 1)
                pack_list(&pk, m->other_fields);
        if (m->version >= 2) {
                pack_raw(&pk, m->source_tenant_guid);
                pack_list(&pk, m->tenant_guids);
        }
        if (m->version >= 3)
                pack_raw(&pk, m->source_instance_id);
}

void dxl_message_pack_text(msgpack_sbuffer *out, struct text t)
{
        msgpack_packer pk;
        msgpack_packer_init(&pk, out, msgpack_sbuffer_write);
        pack_raw(&pk, t);
}

struct dxl_message_list dxl_message_list_of(const msgpack_sbuffer *texts, uint32_t count)
{
        return (struct dxl_message_list){(const uint8_t *)texts->data, texts->size, count};
}
