/*
 * The golden DXL messages of tests/fixtures/dxl-vectors.json, for tests.
 */
#ifndef TQ_TESTS_DXL_VECTORS_H
#define TQ_TESTS_DXL_VECTORS_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

struct vector_bytes {
        uint8_t *ptr; /* exactly len bytes of heap, so that a sanitizer sees a read past them */
        size_t len;
};

static inline json_t *vectors_load(void)
{
        json_error_t error;
        json_t *all = json_load_file(FIXTURES "/dxl-vectors.json", 0, &error);
        if (!all)
                fail_msg("%s:%d: %s", error.source, error.line, error.text);
        assert_true(json_is_array(all));
        return all;
}

static inline const char *vector_str(const json_t *vector, const char *key)
{
        const char *s = json_string_value(json_object_get(vector, key));
        return s ? s : "";
}

static inline void vector_append_hex(struct vector_bytes *out, const char *hex)
{
        size_t n = strlen(hex) / 2;
        out->ptr = realloc(out->ptr, out->len + n + 1);
        assert_non_null(out->ptr);
        for (size_t i = 0; i < n; i++) {
                char digits[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
                out->ptr[out->len + i] = (uint8_t)strtoul(digits, NULL, 16);
        }
        out->len += n;
}

/* Long payloads are given as one byte and a count. */
static inline void vector_append_repeat(struct vector_bytes *out, const json_t *repeat)
{
        size_t n = (size_t)json_integer_value(json_object_get(repeat, "count"));
        int byte = (int)strtoul(vector_str(repeat, "byte"), NULL, 16);
        out->ptr = realloc(out->ptr, out->len + n + 1);
        assert_non_null(out->ptr);
        memset(out->ptr + out->len, byte, n);
        out->len += n;
}

static inline struct vector_bytes vector_wire(const json_t *vector)
{
        struct vector_bytes out = {0};
        const json_t *repeat = json_object_get(vector, "payload_repeat");
        if (repeat) {
                vector_append_hex(&out, vector_str(vector, "wire_hex_before_payload"));
                vector_append_repeat(&out, repeat);
                vector_append_hex(&out, vector_str(vector, "wire_hex_after_payload"));
        } else {
                vector_append_hex(&out, vector_str(vector, "wire_hex"));
        }
        assert_int_equal(out.len, json_integer_value(json_object_get(vector, "wire_length")));
        return out;
}

#endif
