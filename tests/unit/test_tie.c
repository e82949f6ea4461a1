/*
 * TIE payloads against the golden set and get, and answers in every shape.
 */
#include "tests/unit/dxl_vectors.h"
#include "publisher/dxl/tie.h"

#include <openssl/evp.h>

/* Hashes of the peer's example file, notepad.exe. */
static const struct {
        enum hash_type type;
        const char *hex;
} notepad[] = {
    {HASH_MD5, "f2c7bb8acc97f92e987a2d4087d021b1"},
    {HASH_SHA1, "7eb0139d2175739b3ccb0d1110067820be6abd29"},
    {HASH_SHA256, "142e1d688ef0568370c37187fd9f2351d7ddeda574f8bfa9b0fa4ef42db85aa2"},
};

static void notepad_hashes(struct hash out[3])
{
        for (size_t i = 0; i < 3; i++)
                assert_true(hash_parse(notepad[i].type, text_of(notepad[i].hex), &out[i]));
}

static void check_vector(const char *name, const char *payload, size_t len)
{
        json_t *all = vectors_load();
        size_t i;
        const json_t *v;
        bool seen = false;
        json_array_foreach(all, i, v)
        {
                if (strcmp(vector_str(v, "name"), name) != 0)
                        continue;
                unsigned char want[2048];
                const char *b64 = vector_str(v, "payload");
                EVP_DecodeBlock(want, (const unsigned char *)b64, (int)strlen(b64));
                assert_int_equal(len, json_integer_value(json_object_get(v, "payload_length")));
                assert_memory_equal(payload, want, len);
                seen = true;
        }
        assert_true(seen);
        json_decref(all);
}

static void golden_payloads(void **state)
{
        (void)state;
        struct hash hashes[3];
        notepad_hashes(hashes);
        char out[TIE_PAYLOAD_MAX];
        struct tie_set set = {hashes, 3, TRUST_KNOWN_MALICIOUS, text_of("notepad.exe"),
                              text_of("Reputation set via OpenDXL")};
        check_vector("tie-set", out, tie_set_payload(&set, out));
        struct tie_set raw = {hashes, 1, TRUST_KNOWN_TRUSTED, text_of("Résumé 中文 🧪.exe"),
                              text_of("")};
        check_vector("tie-set-unicode-raw", out, tie_set_payload(&raw, out));
        check_vector("tie-get", out, tie_get_payload(hashes, 3, out));
        check_vector("captured-tie-get-request-sent-v2", out, tie_get_payload(hashes, 1, out));
}

static void texts_escaped_and_cut(void **state)
{
        (void)state;
        char full[300], cut[300];
        memset(full, 'a', sizeof(full));
        memset(cut, 'a', sizeof(cut));
        memcpy(full + 255, "\xc3\xbc", 2); /* a character across the limit goes as a whole */
        cut[255] = '\0';
        char control[TIE_TEXT_MAX];
        memset(control, 1, sizeof(control));
        const struct {
                struct text in;
                const char *want;
        } cases[] = {
            {text_of("a\"b\\c/d"), "a\"b\\c/d"},
            {text_of("line\nand\ttab\x7f"), "line\nand\ttab\x7f"},
            {text_of("\xff\xc3x\xed\xa0\x80\xf5"), "??x????"},
            {text_of("\xc0\xaf\xe0\x80\x80\xf4\x90\x80\x80\xc3"), "??????????"},
            {{full, sizeof(full)}, cut},
            {{"a\0b", 3}, NULL},
            {{control, sizeof(control)}, NULL},
        };
        struct hash hashes[3];
        notepad_hashes(hashes);
        for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
                struct tie_set set = {hashes, 3, TRUST_UNKNOWN, cases[i].in, cases[i].in};
                char out[TIE_PAYLOAD_MAX];
                size_t len = tie_set_payload(&set, out);
                assert_int_equal(strlen(out), len);
                json_t *root = json_loadb(out, len, JSON_ALLOW_NUL, NULL);
                if (!root)
                        fail_msg("case %zu is no JSON: %s", i, out);
                const json_t *comment = json_object_get(root, "comment");
                if (cases[i].want)
                        assert_string_equal(json_string_value(comment), cases[i].want);
                else
                        assert_int_equal(json_string_length(comment), cases[i].in.len);
                json_decref(root);
        }
}

#define GTI "{\"providerId\": 1, \"trustLevel\": 99}"
#define ENTERPRISE(level, attributes)                                                              \
        "{\"providerId\": 3, \"trustLevel\": " level ", \"attributes\": {" attributes "}}"

static void answers(void **state)
{
        (void)state;
        static const struct {
                const char *json;
                struct wire_enrichment want;
        } cases[] = {
            {"{\"reputations\": []}", {-1, -1, -1, -1, -1, -1}},
            {"{\"reputations\": [" GTI "]}", {-1, 99, -1, -1, -1, -1}},
            {"{\"reputations\": [" ENTERPRISE("1", "\"2123156\": \"1\", \"2113685\": \"2\", "
                                                   "\"2101652\": \"52\"") "]}",
             {1, -1, -1, 1, 2, 52}},
            {"{\"reputations\": [" ENTERPRISE("\"15\"", "\"2123156\": 0, \"2113685\": 0, "
                                                        "\"2101652\": 7") "]}",
             {15, -1, -1, 0, 0, 7}},
            {"{\"reputations\": [" ENTERPRISE("0", "\"2123156\": \"2\", \"2113685\": \"-2\", "
                                                   "\"2101652\": \"7x\"") "]}",
             {0, -1, -1, -1, -1, -1}},
            {"{\"reputations\": [" ENTERPRISE("42", "\"2113685\": \"99999999999999999999\", "
                                                    "\"2101652\": null") "]}",
             {-1, -1, -1, -1, -1, -1}},
            {"{\"reputations\": [{\"providerId\": \"5\", \"trustLevel\": 30}, null, 7, "
             "{\"providerId\": 7, \"trustLevel\": 1}, {\"trustLevel\": 1}]}",
             {-1, -1, 30, -1, -1, -1}},
            {"{\"reputations\": [{\"providerId\": 3, \"trustLevel\": 1, \"attributes\": []}]}",
             {1, -1, -1, -1, -1, -1}},
        };
        for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
                struct wire_enrichment got, want = cases[i].want;
                /* With the NUL at its end, and without. */
                for (size_t nul = 0; nul < 2; nul++) {
                        assert_int_equal(
                            tie_get_parse(cases[i].json, strlen(cases[i].json) + nul, &got), 0);
                        if (memcmp(&got, &want, sizeof(got)) != 0)
                                fail_msg("case %zu: {%d, %d, %d, %d, %lld, %lld}", i,
                                         got.enterprise_level, got.gti_level, got.atd_level,
                                         got.prevalent, (long long)got.detection_count,
                                         (long long)got.enterprise_count);
                }
        }
}

static void bad_answers(void **state)
{
        (void)state;
        static const char *const cases[] = {
            "",
            "\0",
            "garbage",
            "[]",
            "null",
            "{}",
            "{\"reputations\":",
            "{\"reputations\": {}}",
            "{\"reputations\": []} x",
        };
        struct wire_enrichment untouched = {7, 7, 7, 7, 7, 7}, got = untouched;
        for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
                if (tie_get_parse(cases[i], strlen(cases[i]), &got) != TIE_E_BAD)
                        fail_msg("\"%s\" was read", cases[i]);
                assert_memory_equal(&got, &untouched, sizeof(got));
        }
        size_t depth = 100000;
        char *deep = malloc(depth);
        assert_non_null(deep);
        memset(deep, '[', depth);
        assert_int_equal(tie_get_parse(deep, depth, &got), TIE_E_BAD);
        free(deep);
}

static void golden_answers(void **state)
{
        (void)state;
        static const struct {
                const char *name;
                struct wire_enrichment want;
        } cases[] = {
            {"tie-get-response", {1, 99, 1, 1, 2, 52}},
            {"tie-get-response-nul", {1, 99, 1, 1, 2, 52}},
            {"captured-tie-get-response-received-v3", {1, 99, 15, 1, 2, 17}},
        };
        json_t *all = vectors_load();
        size_t i, seen = 0;
        const json_t *v;
        json_array_foreach(all, i, v)
        {
                for (size_t k = 0; k < sizeof(cases) / sizeof(*cases); k++) {
                        if (strcmp(vector_str(v, "name"), cases[k].name) != 0)
                                continue;
                        unsigned char payload[2048];
                        const char *b64 = vector_str(v, "payload");
                        EVP_DecodeBlock(payload, (const unsigned char *)b64, (int)strlen(b64));
                        json_int_t len = json_integer_value(json_object_get(v, "payload_length"));
                        struct wire_enrichment got;
                        assert_int_equal(tie_get_parse(payload, (size_t)len, &got), 0);
                        assert_memory_equal(&got, &cases[k].want, sizeof(got));
                        seen++;
                }
        }
        assert_int_equal(seen, 3);
        json_decref(all);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(golden_payloads), cmocka_unit_test(texts_escaped_and_cut),
            cmocka_unit_test(answers),         cmocka_unit_test(bad_answers),
            cmocka_unit_test(golden_answers),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
