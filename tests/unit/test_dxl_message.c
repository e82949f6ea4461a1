/*
 * The codec against golden messages: both ways by their `use`, byte for byte, and cut anywhere.
 */
#include "tests/unit/dxl_vectors.h"
#include "publisher/dxl/message.h"

#include <openssl/evp.h>

static struct text text_at(const json_t *vector, const char *key)
{
        const json_t *s = json_object_get(vector, key);
        if (!json_is_string(s))
                return (struct text){0};
        return (struct text){json_string_value(s), json_string_length(s)};
}

/* The payload's bytes; the caller frees. */
static struct vector_bytes payload_of(const json_t *vector)
{
        struct vector_bytes out = {0};
        const json_t *repeat = json_object_get(vector, "payload_repeat");
        if (repeat) {
                vector_append_repeat(&out, repeat);
                return out;
        }
        const char *b64 = vector_str(vector, "payload");
        size_t len = strlen(b64);
        out.ptr = malloc(len + 1);
        assert_non_null(out.ptr);
        EVP_DecodeBlock(out.ptr, (const uint8_t *)b64, (int)len);
        out.len = (size_t)json_integer_value(json_object_get(vector, "payload_length"));
        return out;
}

static uint32_t pack_array(msgpack_sbuffer *buffer, const json_t *array)
{
        uint32_t n = 0;
        size_t i;
        const json_t *v;
        json_array_foreach(array, i, v)
        {
                if (json_is_array(v)) {
                        n += pack_array(buffer, v);
                        continue;
                }
                dxl_message_pack_text(buffer,
                                      (struct text){json_string_value(v), json_string_length(v)});
                n++;
        }
        return n;
}

enum { LIST_COUNT = 4 };
static const char *const list_keys[LIST_COUNT] = {"broker_ids", "client_ids", "other_fields",
                                                  "destination_tenant_guids"};

struct built {
        struct dxl_message message;
        msgpack_sbuffer lists[LIST_COUNT];
        struct vector_bytes payload;
};

/* The message that a vector describes. */
static void build(struct built *b, const json_t *vector)
{
        memset(b, 0, sizeof(*b));
        struct dxl_message *m = &b->message;
        struct dxl_message_list *lists[LIST_COUNT] = {&m->broker_ids, &m->client_ids,
                                                      &m->other_fields, &m->tenant_guids};
        for (size_t i = 0; i < LIST_COUNT; i++) {
                msgpack_sbuffer_init(&b->lists[i]);
                uint32_t n = pack_array(&b->lists[i], json_object_get(vector, list_keys[i]));
                *lists[i] = dxl_message_list_of(&b->lists[i], n);
        }
        b->payload = payload_of(vector);
        m->version = (unsigned)json_integer_value(json_object_get(vector, "version"));
        m->type =
            (enum dxl_message_type)json_integer_value(json_object_get(vector, "message_type"));
        m->message_id = text_at(vector, "message_id");
        m->source_client_id = text_at(vector, "source_client_id");
        m->source_broker_id = text_at(vector, "source_broker_id");
        m->payload = (struct text){(const char *)b->payload.ptr, b->payload.len};
        m->reply_to = text_at(vector, "reply_to_topic");
        m->request_message_id = text_at(vector, "request_message_id");
        m->service_id = text_at(vector, "service_id");
        m->error_code = json_integer_value(json_object_get(vector, "error_code"));
        m->error_text = text_at(vector, "error_message");
        m->source_tenant_guid = text_at(vector, "source_tenant_guid");
        m->source_instance_id = text_at(vector, "source_client_instance_id");
}

static void built_done(struct built *b)
{
        for (size_t i = 0; i < LIST_COUNT; i++)
                msgpack_sbuffer_destroy(&b->lists[i]);
        free(b->payload.ptr);
}

static void check_text(const char *name, const char *field, struct text got, struct text want)
{
        if (!text_eq(got, want))
                fail_msg("%s: %s: got \"%.*s\", want \"%.*s\"", name, field, (int)got.len, got.ptr,
                         (int)want.len, want.ptr);
}

static void check_list(const char *name, const char *field, struct dxl_message_list got,
                       struct dxl_message_list want)
{
        if (got.count != want.count)
                fail_msg("%s: %s: %u texts, want %u", name, field, got.count, want.count);
        struct text g, w;
        while (dxl_message_next(&got, &g) && dxl_message_next(&want, &w))
                check_text(name, field, g, w);
}

static void check_message(const char *name, const struct dxl_message *got,
                          const struct dxl_message *want)
{
        if (got->version != want->version || got->type != want->type)
                fail_msg("%s: version %u type %d", name, got->version, (int)got->type);
        check_text(name, "message_id", got->message_id, want->message_id);
        check_text(name, "source_client_id", got->source_client_id, want->source_client_id);
        check_text(name, "source_broker_id", got->source_broker_id, want->source_broker_id);
        check_list(name, "broker_ids", got->broker_ids, want->broker_ids);
        check_list(name, "client_ids", got->client_ids, want->client_ids);
        check_text(name, "payload", got->payload, want->payload);
        check_text(name, "reply_to", got->reply_to, want->reply_to);
        check_text(name, "request_message_id", got->request_message_id, want->request_message_id);
        check_text(name, "service_id", got->service_id, want->service_id);
        if (got->error_code != want->error_code)
                fail_msg("%s: error code %lld", name, (long long)got->error_code);
        check_text(name, "error_text", got->error_text, want->error_text);
        check_list(name, "other_fields", got->other_fields, want->other_fields);
        check_text(name, "source_tenant_guid", got->source_tenant_guid, want->source_tenant_guid);
        check_list(name, "tenant_guids", got->tenant_guids, want->tenant_guids);
        check_text(name, "source_instance_id", got->source_instance_id, want->source_instance_id);
}

static void vectors_read_and_written(void **state)
{
        (void)state;
        json_t *all = vectors_load();
        size_t i, decoded = 0, encoded = 0;
        const json_t *v;
        json_array_foreach(all, i, v)
        {
                const char *name = vector_str(v, "name"), *use = vector_str(v, "use");
                struct vector_bytes wire = vector_wire(v);
                struct built want;
                build(&want, v);
                struct dxl_message got;
                if (dxl_message_decode(wire.ptr, wire.len, &got) != 0)
                        fail_msg("%s: not decoded", name);
                check_message(name, &got, &want.message);
                decoded++;
                if (strcmp(use, "encode+decode") == 0) {
                        msgpack_sbuffer out;
                        msgpack_sbuffer_init(&out);
                        dxl_message_pack(&out, &want.message);
                        if (out.size != wire.len || memcmp(out.data, wire.ptr, wire.len) != 0)
                                fail_msg("%s: packed otherwise", name);
                        msgpack_sbuffer_destroy(&out);
                        encoded++;
                }
                built_done(&want);
                free(wire.ptr);
        }
        json_decref(all);
        assert_int_equal(decoded, 61);
        assert_int_equal(encoded, 48);
}

/* Where a message may end early: a version 3 before the source instance id. */
static bool may_end_at(const json_t *v, size_t wire_len, size_t cut)
{
        if (json_integer_value(json_object_get(v, "version")) < 3)
                return false;
        size_t id = strlen(vector_str(v, "source_client_instance_id"));
        size_t header = id <= 31 ? 1 : 3;
        return cut == wire_len - header - id;
}

static void vectors_cut_anywhere(void **state)
{
        (void)state;
        json_t *all = vectors_load();
        size_t i;
        const json_t *v;
        json_array_foreach(all, i, v)
        {
                struct vector_bytes wire = vector_wire(v);
                /* Inside a long payload every cut is alike: look at the last 400 bytes only. */
                size_t step_from = wire.len > 2000 ? wire.len - 400 : 0;
                for (size_t cut = 0; cut < wire.len; cut++) {
                        if (cut == 200 && step_from > 200)
                                cut = step_from;
                        uint8_t *part = malloc(cut ? cut : 1);
                        assert_non_null(part);
                        memcpy(part, wire.ptr, cut);
                        struct dxl_message m;
                        int rc = dxl_message_decode(part, cut, &m);
                        int want = may_end_at(v, wire.len, cut) ? 0 : DXL_MESSAGE_E_BAD;
                        if (rc != want)
                                fail_msg("%s cut at %zu: %d", vector_str(v, "name"), cut, rc);
                        free(part);
                }
                free(wire.ptr);
        }
        json_decref(all);
}

/* version, type, id, two sources, two lists, payload; then the event is complete in version 0. */
#define EVENT "\x02\xa1i\xa0\xa0\x90\x90\xa0"

static void malformed(void **state)
{
        (void)state;
        static const struct {
                const char *what;
                const char *bytes;
                size_t len;
                int want;
        } cases[] = {
#define CASE(what, bytes, want) {what, bytes, sizeof(bytes) - 1, want}
            CASE("event, version 0", "\x00" EVENT, 0),
            CASE("nothing", "", DXL_MESSAGE_E_BAD),
            CASE("left over in version 0", "\x00" EVENT "\x90", DXL_MESSAGE_E_BAD),
            CASE("left over in version 2", "\x02" EVENT "\x90\xa0\x90\xa0", DXL_MESSAGE_E_BAD),
            CASE("version 3", "\x03" EVENT "\x90\xa0\x90\xa1s", 0),
            CASE("version 3, more fields", "\x03" EVENT "\x90\xa0\x90\xa1s\xc1\xff", 0),
            CASE("version 9, more fields", "\x09" EVENT "\x90\xa0\x90\xa1s\x01\xdf", 0),
            CASE("version as uint8", "\xcc\x00" EVENT, 0),
            CASE("version below zero", "\xff" EVENT, DXL_MESSAGE_E_BAD),
            CASE("version as text", "\xa1\x30" EVENT, DXL_MESSAGE_E_BAD),
            CASE("type 4", "\x00\x04\xa1i\xa0\xa0\x90\x90\xa0", DXL_MESSAGE_E_BAD),
            CASE("type -1", "\x00\xff\xa1i\xa0\xa0\x90\x90\xa0", DXL_MESSAGE_E_BAD),
            CASE("nil id", "\x00\x02\xc0\xa0\xa0\x90\x90\xa0", DXL_MESSAGE_E_BAD),
            CASE("raw32 that promises 4 GiB", "\x00\x02\xdb\xff\xff\xff\xff\xa0\xa0\x90\x90\xa0",
                 DXL_MESSAGE_E_BAD),
            CASE("array32 that promises 4 G", "\x00\x02\xa0\xa0\xa0\xdd\xff\xff\xff\xff\x90\xa0",
                 DXL_MESSAGE_E_BAD),
            CASE("array that eats the rest", "\x00\x02\xa0\xa0\xa0\x93\x90\xa0\xa0",
                 DXL_MESSAGE_E_BAD),
            CASE("a number in a list", "\x00\x02\xa0\xa0\xa0\x91\x01\x90\xa0", DXL_MESSAGE_E_BAD),
            CASE("a list in a list", "\x00\x02\xa0\xa0\xa0\x91\x90\x90\xa0", DXL_MESSAGE_E_BAD),
            CASE("a map for a list", "\x00\x02\xa0\xa0\xa0\x80\x90\xa0", DXL_MESSAGE_E_BAD),
            CASE("a key without a value", "\x01" EVENT "\x91\xa1k", DXL_MESSAGE_E_BAD),
            CASE("an msgpack array", "\x98\x00" EVENT, DXL_MESSAGE_E_BAD),
            CASE("JSON", "{\"hashes\": []}", DXL_MESSAGE_E_BAD),
#undef CASE
        };
        for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
                struct dxl_message m;
                int rc = dxl_message_decode(cases[i].bytes, cases[i].len, &m);
                if (rc != cases[i].want)
                        fail_msg("%s: %d", cases[i].what, rc);
        }
}

/* A message of 1 MiB is the largest that a broker lets through. */
static void too_long(void **state)
{
        (void)state;
        size_t len = DXL_MESSAGE_MAX - 13;
        char *payload = calloc(1, len + 1);
        assert_non_null(payload);
        for (size_t more = 0; more < 2; more++) {
                struct dxl_message m = {.type = DXL_MESSAGE_EVENT,
                                        .message_id = text_of("x"),
                                        .payload = {payload, len + more}};
                msgpack_sbuffer out;
                msgpack_sbuffer_init(&out);
                dxl_message_pack(&out, &m);
                assert_int_equal(out.size, DXL_MESSAGE_MAX + more);
                assert_int_equal(dxl_message_decode(out.data, out.size, &m),
                                 more ? DXL_MESSAGE_E_BAD : 0);
                msgpack_sbuffer_destroy(&out);
        }
        free(payload);
}

static void error_code_forms(void **state)
{
        (void)state;
        static const struct {
                const char *bytes;
                size_t len;
                int64_t want;
        } cases[] = {
#define CASE(bytes, want) {bytes, sizeof(bytes) - 1, want}
            CASE("\x7f", 127),
            CASE("\xe0", -32),
            CASE("\xcc\xff", 255),
            CASE("\xcd\xff\xff", 65535),
            CASE("\xce\x80\x00\x00\x01", 2147483649),
            CASE("\xcf\x00\x00\x00\x00\x80\x00\x00\x01", 2147483649),
            CASE("\xd0\x80", -128),
            CASE("\xd1\xff\xfe", -2),
            CASE("\xd2\x80\x00\x00\x01", -2147483647),
            CASE("\xd3\xff\xff\xff\xff\x80\x00\x00\x01", -2147483647),
#undef CASE
        };
        for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
                uint8_t bytes[32] = "\x00\x03\xa0\xa0\xa0\x90\x90\xa0\xa0\xa0";
                memcpy(bytes + 10, cases[i].bytes, cases[i].len);
                bytes[10 + cases[i].len] = 0xa0;
                struct dxl_message m;
                assert_int_equal(dxl_message_decode(bytes, 11 + cases[i].len, &m), 0);
                assert_true(m.error_code == cases[i].want);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(vectors_read_and_written),
            cmocka_unit_test(vectors_cut_anywhere),
            cmocka_unit_test(malformed),
            cmocka_unit_test(too_long),
            cmocka_unit_test(error_code_forms),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
