#include "publisher/dxl/tie.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <openssl/evp.h>

const char tie_topic_set[] = "/mcafee/service/tie/file/reputation/set";
const char tie_topic_get[] = "/mcafee/service/tie/file/reputation";

/* Attributes of the Enterprise provider, as TIE numbers them. */
static const char attribute_prevalent[] = "2123156";
static const char attribute_detection_count[] = "2113685";
static const char attribute_enterprise_count[] = "2101652";

/* The payload as it grows. The bounds of the header keep it from ever being full. */
struct writer {
        char *out;
        size_t len;
};

static void put(struct writer *w, const char *s, size_t len)
{
        if (len >= TIE_PAYLOAD_MAX - w->len)
                abort();
        memcpy(w->out + w->len, s, len);
        w->len += len;
        w->out[w->len] = '\0';
}

static void put_str(struct writer *w, const char *s)
{
        put(w, s, strlen(s));
}

/* Bytes of the UTF-8 character at t.ptr: 1–4; 0 when it is none. */
static size_t utf8_len(struct text t)
{
        const unsigned char *p = (const unsigned char *)t.ptr;
        if (p[0] < 0x80)
                return 1;
        size_t n = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
        if (p[0] < 0xc2 || p[0] > 0xf4 || n > t.len)
                return 0;
        for (size_t i = 1; i < n; i++)
                if ((p[i] & 0xc0) != 0x80)
                        return 0;
        bool overlong = (p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xf0 && p[1] < 0x90);
        bool none = (p[0] == 0xed && p[1] > 0x9f) || (p[0] == 0xf4 && p[1] > 0x8f);
        return overlong || none ? 0 : n;
}

static void put_escaped(struct writer *w, char c)
{
        char buf[8];
        if (c == '"' || c == '\\')
                snprintf(buf, sizeof(buf), "\\%c", c);
        else
                snprintf(buf, sizeof(buf), "\\u%04x", (unsigned)(unsigned char)c);
        put_str(w, buf);
}

/* A JSON string: UTF-8 as it is, what is no UTF-8 as '?', at most TIE_TEXT_MAX bytes of t. */
static void put_text(struct writer *w, struct text t)
{
        put_str(w, "\"");
        size_t used = 0;
        while (used < t.len) {
                size_t n = utf8_len((struct text){t.ptr + used, t.len - used});
                if (used + (n ? n : 1) > TIE_TEXT_MAX)
                        break;
                char c = t.ptr[used];
                if (n == 0)
                        put_str(w, "?");
                else if (n > 1)
                        put(w, t.ptr + used, n);
                else if (c == '"' || c == '\\' || (unsigned char)c < 0x20 || c == 0x7f)
                        put_escaped(w, c);
                else
                        put(w, &c, 1);
                used += n ? n : 1;
        }
        put_str(w, "\"");
}

static void put_hashes(struct writer *w, const struct hash *hashes, size_t count)
{
        if (count > TIE_HASHES_MAX)
                abort();
        put_str(w, "\"hashes\": [");
        for (size_t i = 0; i < count; i++) {
                unsigned char base64[4 * (HASH_MAX_BYTES + 2) / 3 + 1];
                EVP_EncodeBlock(base64, hashes[i].bytes, (int)hash_size(hashes[i].type));
                put_str(w, i ? ", {\"type\": \"" : "{\"type\": \"");
                put_str(w, hash_type_tie_name(hashes[i].type));
                put_str(w, "\", \"value\": \"");
                put_str(w, (const char *)base64);
                put_str(w, "\"}");
        }
        put_str(w, "]");
}

size_t tie_set_payload(const struct tie_set *set, char out[TIE_PAYLOAD_MAX])
{
        struct writer w = {.out = out};
        char head[64];
        snprintf(head, sizeof(head),
                 "{\"trustLevel\": %d, \"providerId\": %d, \"filename\": ", (int)set->level,
                 TIE_PROVIDER_ENTERPRISE);
        put_str(&w, head);
        put_text(&w, set->filename);
        put_str(&w, ", \"comment\": ");
        put_text(&w, set->comment);
        put_str(&w, ", ");
        put_hashes(&w, set->hashes, set->hash_count);
        put_str(&w, "}");
        return w.len;
}

size_t tie_get_payload(const struct hash *hashes, size_t hash_count, char out[TIE_PAYLOAD_MAX])
{
        struct writer w = {.out = out};
        put_str(&w, "{");
        put_hashes(&w, hashes, hash_count);
        put_str(&w, ", \"scanType\": 3}");
        return w.len;
}

/* A number given as such or as text; -1 when it is absent, negative or no number. */
static int64_t number_of(const json_t *value)
{
        if (json_is_integer(value))
                return json_integer_value(value) < 0 ? -1 : json_integer_value(value);
        const char *s = json_string_value(value);
        if (!s || *s < '0' || *s > '9')
                return -1;
        int64_t n = 0;
        for (; *s >= '0' && *s <= '9'; s++)
                if (__builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, *s - '0', &n))
                        return -1;
        return *s ? -1 : n;
}

static void read_enterprise(const json_t *attributes, struct wire_enrichment *e)
{
        int64_t prevalent = number_of(json_object_get(attributes, attribute_prevalent));
        e->prevalent = prevalent == 0 || prevalent == 1 ? (int)prevalent : -1;
        e->detection_count = number_of(json_object_get(attributes, attribute_detection_count));
        e->enterprise_count = number_of(json_object_get(attributes, attribute_enterprise_count));
}

static void read_reputation(const json_t *reputation, struct wire_enrichment *e)
{
        int64_t level = number_of(json_object_get(reputation, "trustLevel"));
        int valid = trust_level_valid(level) ? (int)level : -1;
        switch (number_of(json_object_get(reputation, "providerId"))) {
        case TIE_PROVIDER_GTI:
                e->gti_level = valid;
                break;
        case TIE_PROVIDER_ENTERPRISE:
                e->enterprise_level = valid;
                read_enterprise(json_object_get(reputation, "attributes"), e);
                break;
        case TIE_PROVIDER_ATD:
                e->atd_level = valid;
                break;
        default: /* other providers are not asked for */
                break;
        }
}

int tie_get_parse(const void *payload, size_t len, struct wire_enrichment *ret)
{
        const char *json = payload;
        while (len > 0 && json[len - 1] == '\0')
                len--; /* services may end their JSON with NUL bytes */
        if (len == 0 || len > TIE_ANSWER_MAX)
                return TIE_E_BAD;
        json_t *root = json_loadb(json, len, JSON_ALLOW_NUL, NULL);
        const json_t *reputations = json_object_get(root, "reputations");
        if (!json_is_array(reputations)) {
                json_decref(root);
                return TIE_E_BAD;
        }
        struct wire_enrichment e = {-1, -1, -1, -1, -1, -1};
        size_t i;
        const json_t *reputation;
        json_array_foreach(reputations, i, reputation)
        {
                read_reputation(reputation, &e);
        }
        json_decref(root);
        *ret = e;
        return 0;
}
