#include "publisher/extract.h"

#include "common/clock.h"
#include "common/store.h"
#include "common/words.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <jansson.h>

enum { PART = 1000 /* entries in one transaction */ };

const char extract_columns[] =
    "time,fabric,hash,level,rule,answer,hash_type,trust_level,score,indicator_id,error_code";

void extract_line(FILE *out, enum extract_format format, const char *fabric,
                  const struct journal_entry *entry)
{
        const char *level = trust_level_name(entry->level);
        char time[32], hash[HASH_MAX_HEX + 1], code[16] = "";
        json_t *json;

        clock_format_utc(entry->at, time);
        hash_format(&entry->hash, hash);
        if (entry->answer == JOURNAL_REFUSED || entry->answer == JOURNAL_UNDELIVERED)
                snprintf(code, sizeof(code), "0x%08x", entry->code);
        if (format == EXTRACT_CSV) {
                fprintf(out, "%s,%s,%s,%s,%s,%s,%s,%d,%.10g,%" PRIu64 ",%s\n", time, fabric, hash,
                        level ? level : "", words_rule(entry->override, entry->score),
                        journal_answer_name(entry->answer), hash_type_name(entry->hash.type),
                        (int)entry->level, entry->score, entry->id, code);
                return;
        }
        json = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:f, s:I, s:o}", "time", time,
                         "fabric", fabric, "hash", hash, "level", level ? level : "", "rule",
                         words_rule(entry->override, entry->score), "answer",
                         journal_answer_name(entry->answer), "hash_type",
                         hash_type_name(entry->hash.type), "trust_level", (int)entry->level,
                         "score", entry->score, "indicator_id", (json_int_t)entry->id, "error_code",
                         code[0] ? json_string(code) : json_null());
        json_dumpf(json, out, JSON_COMPACT | JSON_REAL_PRECISION(10));
        fputc('\n', out);
        json_decref(json);
}

struct part {
        struct journal_entry entries[PART];
        uint64_t from;
        unsigned count;
};

static int read_in(struct store *store, MDB_txn *txn, void *userdata)
{
        struct work w = {.store = store, .txn = txn};
        struct part *part = userdata;

        return journal_read(&w, part->from, part->entries, PART, &part->count);
}

static int print_all(struct store *store, const char *fabric, enum extract_format format,
                     int64_t since)
{
        _cleanup_(freep) struct part *part = calloc(1, sizeof(*part));
        int r;

        if (!part)
                return -ENOMEM;
        do {
                r = store_view(store, read_in, part);
                for (unsigned i = 0; r == 0 && i < part->count; i++) {
                        if (part->entries[i].at >= since)
                                extract_line(stdout, format, fabric, &part->entries[i]);
                        part->from = part->entries[i].number + 1;
                }
        } while (r == 0 && part->count == PART && !ferror(stdout));
        return r;
}

int extract_print(const struct proc *proc, enum extract_format format, int64_t since)
{
        _cleanup_(freep) char *path = proc_store_path(proc);
        _cleanup_(store_closep) struct store *store = NULL;
        int r = path ? store_open(path, record_tables, true, &store) : -ENOMEM;

        if (r == STORE_E_NONE)
                return PROC_EXIT_OK;
        if (r == 0)
                r = print_all(store, proc->fabric->name, format, since);
        if (r != 0) {
                log_error(proc->log, "cannot read the store: %s", strerror(-r));
                return PROC_EXIT_FAILED;
        }
        return fflush(stdout) == 0 ? PROC_EXIT_OK : PROC_EXIT_FAILED;
}
