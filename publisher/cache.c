#include "publisher/cache.h"

#include "common/clock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

static const char imported_key[] = "imported";    /* start_time, indicators_sent, when */
static const char missed_key[] = "imported none"; /* when */

/* ---- what it says ---- */

static bool read_number(const json_t *root, const char *key, double max, double *ret)
{
        const json_t *value = json_object_get(root, key);
        double n = json_number_value(value);

        if (!json_is_number(value) || !(n >= 0 && n <= max))
                return false;
        *ret = floor(n);
        return true;
}

int cache_parse(const char *json, size_t len, struct cache *ret, const char **why)
{
        _cleanup_(json_decrefp) json_t *root = json_loadb(json, len, JSON_REJECT_DUPLICATES, NULL);
        double sent, start;

        if (!json_is_object(root))
                *why = "it is no JSON object";
        else if (!read_number(root, "indicators_sent", CACHE_SENT_MAX, &sent))
                *why = "indicators_sent is no number from 0 to 100000";
        else if (!read_number(root, "start_time", 1e11, &start))
                *why = "start_time is no time in seconds since 1970";
        else {
                *ret = (struct cache){.sent = (uint64_t)sent, .start_s = (int64_t)start};
                return 0;
        }
        return CACHE_E_BAD;
}

int64_t cache_ledger_time(const struct cache *cache, int64_t ledger_ms, int64_t wall_ms)
{
        int64_t age = wall_ms - cache->start_s * 1000;

        if (age < 0)
                age = 0;
        return age < QUOTA_WINDOW_MS ? ledger_ms - age : -1;
}

/* ---- where it is ---- */

bool cache_name_fits(const char *name, const char *fabric, bool alone)
{
        static const char stem[] = "trellix_tie_cache", end[] = ".json";
        size_t len = strlen(name), fabric_len = strlen(fabric);
        const char *rest = name + sizeof(stem) - 1;

        if (len < sizeof(stem) - 1 || strncasecmp(name, stem, sizeof(stem) - 1) != 0)
                return false;
        if (strcmp(rest, end) == 0)
                return alone;
        return *rest == '-' && strncmp(rest + 1, fabric, fabric_len) == 0 &&
               strcmp(rest + 1 + fabric_len, end) == 0;
}

/* The file in the folder that fits; NULL: none. The caller frees. */
static char *find_in(const char *folder, const char *fabric, bool alone)
{
        DIR *dir = opendir(folder);
        const struct dirent *e;
        char *path = NULL;

        while (dir && !path && (e = readdir(dir))) {
                if (cache_name_fits(e->d_name, fabric, alone) &&
                    asprintf(&path, "%s/%s", folder, e->d_name) < 0)
                        path = NULL;
        }
        if (dir)
                closedir(dir);
        return path;
}

static char *find_beside(const char *config, const char *fabric, bool alone)
{
        const char *slash = strrchr(config, '/');
        _cleanup_(freep) char *folder =
            slash ? strndup(config, slash > config ? (size_t)(slash - config) : 1) : strdup(".");

        return folder ? find_in(folder, fabric, alone) : NULL;
}

/* A file that is named is meant, unless its name is another fabric's. */
static char *find_given(const struct proc *proc, const char *given, bool alone)
{
        const char *fabric = proc->fabric->name, *slash = strrchr(given, '/');
        const char *name = slash ? slash + 1 : given;
        struct stat st;

        if (stat(given, &st) == 0 && S_ISDIR(st.st_mode))
                return find_in(given, fabric, alone);
        if (alone || cache_name_fits(name, fabric, false))
                return strdup(given);
        for (size_t i = 0; i < proc->config->fabric_count; i++) {
                if (cache_name_fits(name, proc->config->fabrics[i].name, false))
                        return NULL;
        }
        log_warn(proc->log,
                 "the cache file %s does not say which fabric it is of, and is not counted: rename "
                 "it to Trellix_tie_cache-%s.json if it is of this one",
                 given, fabric);
        return NULL;
}

/* ---- into the ledger ---- */

struct import {
        const struct cache *cache;
        int64_t at; /* ledger time; -1: nothing counts */
        bool before;
};

static int import_in(struct store *store, MDB_txn *txn, void *userdata)
{
        struct import *import = userdata;
        uint8_t record[24];
        MDB_val old;
        int r = store_get(store, txn, TABLE_META, imported_key, sizeof(imported_key), &old);

        import->before = r == 0;
        if (r != STORE_E_NONE)
                return r;
        if (import->at >= 0 && import->cache->sent > 0)
                r = quota_add(store, txn, import->cache->sent, import->at);
        else
                r = 0;
        if (r != 0)
                return r;
        store_put_u64(record, (uint64_t)import->cache->start_s);
        store_put_u64(record + 8, import->cache->sent);
        store_put_u64(record + 16, (uint64_t)clock_wall_s());
        return store_put(store, txn, TABLE_META, imported_key, sizeof(imported_key), record,
                         sizeof(record));
}

/* What the store knows of earlier starts. */
struct past {
        bool imported;
        bool missed;
};

static int look_for(struct store *store, MDB_txn *txn, const char *key, size_t size, bool *ret)
{
        MDB_val old;
        int r = store_get(store, txn, TABLE_META, key, size, &old);

        *ret = r == 0;
        return r == STORE_E_NONE ? 0 : r;
}

static int look(struct store *store, MDB_txn *txn, void *userdata)
{
        struct past *past = userdata;
        int r = look_for(store, txn, imported_key, sizeof(imported_key), &past->imported);

        return r == 0 ? look_for(store, txn, missed_key, sizeof(missed_key), &past->missed) : r;
}

static int note_missed(struct store *store, MDB_txn *txn, void *userdata)
{
        uint8_t record[8];

        (void)userdata;
        store_put_u64(record, (uint64_t)clock_wall_s());
        return store_put(store, txn, TABLE_META, missed_key, sizeof(missed_key), record,
                         sizeof(record));
}

/* The file is not there: worth a warning once, by a wrong -x, and none each time cron passes the -x
 * of a connector that is long gone. */
static int miss(const struct proc *proc, const char *path, const struct past *past,
                struct store *store)
{
        if (past->missed) {
                log_info(proc->log, "there is still no cache file file=%s", path);
                return 0;
        }
        log_warn(
            proc->log,
            "there is no cache file %s: what the old connector sent today is not in the quota. "
            "If it is elsewhere, name it: it is counted whenever it is found. This is said "
            "once",
            path);
        return store_update(store, note_missed, NULL);
}

/* 0 with the text's length in *len, or -errno. */
static int read_file(const char *path, char text[CACHE_BYTES_MAX], size_t *len)
{
        _cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        struct stat st;
        ssize_t n;

        if (fd < 0 || fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode))
                return -EISDIR;
        if (st.st_size > CACHE_BYTES_MAX)
                return -EFBIG;
        n = read(fd, text, CACHE_BYTES_MAX);
        if (n < 0)
                return -errno;
        *len = (size_t)n;
        return 0;
}

static bool read_cache(const struct proc *proc, const char *path, struct cache *ret)
{
        _cleanup_(freep) char *text = malloc(CACHE_BYTES_MAX);
        const char *why = "memory is out";
        size_t len = 0;
        int r = text ? read_file(path, text, &len) : -ENOMEM;

        if (r < 0)
                why = strerror(-r);
        else if (cache_parse(text, len, ret, &why) == 0)
                return true;
        log_warn(proc->log,
                 "the cache file %s is not counted: %s. What the old connector sent today is not "
                 "in the quota: mend the file, or wait a day before the first run",
                 path, why);
        return false;
}

static void say(const struct proc *proc, const char *path, const struct cache *cache, bool counts)
{
        char until[32];

        clock_format_utc(cache->start_s + QUOTA_DAY_MS / 1000, until);
        if (counts)
                log_info(proc->log,
                         "counted what the old connector sent file=%s sent=%" PRIu64 " until=%s: "
                         "this is done once",
                         path, cache->sent, until);
        else
                log_info(proc->log,
                         "nothing of the old connector's day counts any more file=%s "
                         "sent=%" PRIu64 " until=%s",
                         path, cache->sent, until);
}

int cache_import(const struct proc *proc, const char *given, struct vault *vault)
{
        bool alone = proc->config->fabric_count == 1;
        struct past past = {.imported = false};
        _cleanup_(freep) char *path = NULL;
        struct import import;
        struct cache cache;
        int r = store_view(vault->store, look, &past);

        if (r != 0)
                return r;
        path = given ? find_given(proc, given, alone)
                     : find_beside(proc->config->path, proc->fabric->name, alone);
        if (!path)
                return 0;
        if (past.imported) {
                if (given)
                        log_info(proc->log,
                                 "a cache file was counted before, and is counted once "
                                 "only file=%s",
                                 path);
                return 0;
        }
        if (access(path, F_OK) < 0 && errno == ENOENT)
                return miss(proc, path, &past, vault->store);
        if (!read_cache(proc, path, &cache))
                return 0;
        import = (struct import){
            .cache = &cache,
            .at = cache_ledger_time(&cache, quota_time(vault->quota, clock_boot_ms()),
                                    clock_wall_ms()),
        };
        r = store_update(vault->store, import_in, &import);
        if (r == 0)
                r = quota_reload(vault->quota, vault->store);
        if (r == 0 && !import.before)
                say(proc, path, &cache, import.at >= 0 && cache.sent > 0);
        return r;
}
