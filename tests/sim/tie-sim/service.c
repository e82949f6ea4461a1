#include "tests/sim/tie-sim/service.h"

#include "publisher/dxl/tie.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>
#include <openssl/evp.h>

struct service {
        struct sim *sim;
        struct answers *answers;
        FILE *log;
        bool dirty;
};

/* A request as TIE reads it. */
struct request {
        struct hash hashes[TIE_HASHES_MAX];
        size_t hash_count;
        int level; /* of a set */
        const char *comment;
};

struct service *service_open(struct sim *sim, struct answers *answers, FILE *log)
{
        struct service *s = calloc(1, sizeof(*s));
        if (s)
                *s = (struct service){sim, answers, log, false};
        return s;
}

void service_close(struct service *s)
{
        free(s);
}

static bool read_hash(const json_t *o, struct hash *ret)
{
        const char *type = json_string_value(json_object_get(o, "type"));
        const char *base64 = json_string_value(json_object_get(o, "value"));
        if (!type || !base64)
                return false;
        for (enum hash_type t = HASH_MD5; t <= HASH_SHA256; t++) {
                size_t size = hash_size(t), len = strlen(base64);
                unsigned char bytes[48];
                if (strcmp(type, hash_type_tie_name(t)) != 0)
                        continue;
                if (len != 4 * ((size + 2) / 3) ||
                    EVP_DecodeBlock(bytes, (const unsigned char *)base64, (int)len) < (int)size)
                        return false;
                *ret = (struct hash){.type = t};
                memcpy(ret->bytes, bytes, size);
                return true;
        }
        return false;
}

static bool read_hashes(const json_t *root, struct request *ret)
{
        const json_t *hashes = json_object_get(root, "hashes");
        size_t n = json_array_size(hashes);
        if (n < 1 || n > TIE_HASHES_MAX)
                return false;
        for (size_t i = 0; i < n; i++)
                if (!read_hash(json_array_get(hashes, i), &ret->hashes[i]))
                        return false;
        ret->hash_count = n;
        return true;
}

static bool read_set(const json_t *root, struct request *ret)
{
        const json_t *level = json_object_get(root, "trustLevel");
        ret->comment = json_string_value(json_object_get(root, "comment"));
        ret->level = (int)json_integer_value(level);
        return json_is_integer(level) && trust_level_valid(ret->level) && ret->comment &&
               json_integer_value(json_object_get(root, "providerId")) == TIE_PROVIDER_ENTERPRISE &&
               read_hashes(root, ret);
}

static void log_json_text(FILE *log, struct text t)
{
        fputc('"', log);
        for (size_t i = 0; i < t.len; i++) {
                unsigned char c = (unsigned char)t.ptr[i];
                if (c == '"' || c == '\\')
                        fputc('\\', log);
                if (c < 0x20)
                        fprintf(log, "\\u%04x", c);
                else
                        fputc(c, log);
        }
        fputc('"', log);
}

static void log_set(struct service *s, const struct request *r, struct text id, const char *answer)
{
        struct timespec wall, mono;
        clock_gettime(CLOCK_REALTIME, &wall);
        clock_gettime(CLOCK_MONOTONIC, &mono);
        for (size_t i = 0; s->log && i < r->hash_count; i++) {
                char hex[HASH_MAX_HEX + 1];
                hash_format(&r->hashes[i], hex);
                fprintf(s->log,
                        "{\"time_ms\":%lld,\"mono_ns\":%lld,\"hash\":\"%s\",\"type\":\"%s\","
                        "\"level\":%d,\"answer\":\"%s\",\"request\":",
                        (long long)wall.tv_sec * 1000 + wall.tv_nsec / 1000000,
                        (long long)mono.tv_sec * 1000000000 + mono.tv_nsec, hex,
                        hash_type_tie_name(r->hashes[i].type), r->level, answer);
                log_json_text(s->log, id);
                fputs(",\"comment\":", s->log);
                log_json_text(s->log, text_of(r->comment));
                fputs("}\n", s->log);
                s->dirty = true;
        }
}

static bool is_error_hash(const struct service *s, const struct request *r)
{
        const char *want = s->sim->faults.error_hash;
        for (size_t i = 0; *want && i < r->hash_count; i++) {
                char hex[HASH_MAX_HEX + 1];
                hash_format(&r->hashes[i], hex);
                if (strcmp(hex, want) == 0)
                        return true;
        }
        return false;
}

static void answer_fault(struct service *s, const struct dxl_message *request)
{
        const struct faults *f = &s->sim->faults;
        answers_error(s->answers, SPEAKER_TIE, request, f->error_code, f->error_text);
}

static void do_set(struct service *s, const struct dxl_message *message, const struct request *r)
{
        struct sim *sim = s->sim;
        uint64_t n = ++sim->stats.sets;
        if (sim_every(n, sim->faults.drop_set)) {
                sim->stats.dropped++;
                log_set(s, r, message->message_id, "dropped");
        } else if (sim_every(n, sim->faults.error_set) || is_error_hash(s, r)) {
                log_set(s, r, message->message_id, "error");
                answer_fault(s, message);
        } else {
                sim->stats.sets_done++;
                for (size_t i = 0; i < r->hash_count; i++)
                        reputations_set(sim->reputations, &r->hashes[i], r->level);
                log_set(s, r, message->message_id, "ok");
                answers_send(s->answers, SPEAKER_TIE, message, (struct text){0});
        }
}

static void do_get(struct service *s, const json_t *root, const struct dxl_message *message,
                   const struct request *r)
{
        struct sim *sim = s->sim;
        uint64_t n = ++sim->stats.gets;
        sim->stats.sightings += json_integer_value(json_object_get(root, "scanType")) != 3;
        if (sim_every(n, sim->faults.drop_get)) {
                sim->stats.dropped++;
        } else if (sim_every(n, sim->faults.error_get) || is_error_hash(s, r)) {
                answer_fault(s, message);
        } else if (sim_every(n, sim->faults.garbage_json)) {
                answers_send(s->answers, SPEAKER_TIE, message, text_of("{\"reputations\": [{\"pr"));
        } else {
                char text[REPUTATIONS_ANSWER_MAX];
                size_t len = reputations_answer(sim->reputations, &r->hashes[0], text);
                answers_send(s->answers, SPEAKER_TIE, message, (struct text){text, len});
        }
}

bool service_request(struct service *s, struct text topic, const struct dxl_message *request)
{
        bool set = text_eq_str(topic, tie_topic_set);
        if (!set && !text_eq_str(topic, tie_topic_get))
                return false;
        struct request r = {0};
        json_t *root =
            json_loadb(request->payload.ptr, request->payload.len, JSON_REJECT_DUPLICATES, NULL);
        bool good = set ? read_set(root, &r) : read_hashes(root, &r);
        if (good && set)
                do_set(s, request, &r);
        else if (good)
                do_get(s, root, request, &r);
        else {
                s->sim->stats.bad++;
                answers_error(s->answers, SPEAKER_TIE, request, 0, "bad request");
        }
        json_decref(root);
        return true;
}

bool service_dirty(const struct service *s)
{
        return s->dirty;
}

void service_flush(struct service *s)
{
        if (s->log)
                fflush(s->log);
        s->dirty = false;
}
