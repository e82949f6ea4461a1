#include "common/question.h"

const char question_refusal[] = "neither an indicator's id nor an MD5, SHA-1 or SHA-256 in hex";

bool question_parse(const char *text, struct question *ret)
{
        struct text hex = text_trim(text_of(text));
        uint64_t id = 0;

        for (enum hash_type type = HASH_MD5; type <= HASH_SHA256; type++) {
                struct hash hash;

                if (hash_parse(type, hex, &hash)) {
                        *ret = (struct question){.hash = hash};
                        return true;
                }
        }
        if (hex.len == 0 || hex.len > 18) /* fits into 63 bits */
                return false;
        for (size_t i = 0; i < hex.len; i++) {
                if (hex.ptr[i] < '0' || hex.ptr[i] > '9')
                        return false;
                id = id * 10 + (uint64_t)(hex.ptr[i] - '0');
        }
        *ret = (struct question){.id = id};
        return id > 0;
}
