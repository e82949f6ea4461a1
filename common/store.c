#include "common/store.h"

#include "common/store_memory.h"
#include "common/store_room.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { TABLES_MAX = 16, ERROR_MAX = 160 };

static const size_t MAP_START = (size_t)16 << 20;
static const size_t MAP_MAX = (size_t)64 << 30;
/* A disk with less room than this is called full when LMDB can only say that a write was short. */
static const uint64_t DISK_FULL = 1 << 20;

/* Read-only: the store is from before the table. No database has this handle. */
static const MDB_dbi NO_TABLE = (MDB_dbi)-1;

struct store {
        MDB_env *env;
        MDB_dbi tables[TABLES_MAX];
        unsigned table_count;
        struct store_memory memory;
        void *companion;
        void (*ended)(bool committed, void *companion);
        char error[ERROR_MAX];
};

int store_code(struct store *store, int mdb_rc)
{
        static const struct {
                int mdb, code;
        } codes[] = {
            {0, 0},
            {MDB_NOTFOUND, STORE_E_NONE},
            {MDB_MAP_FULL, STORE_E_FULL},
            {MDB_CORRUPTED, -EUCLEAN},
            {MDB_PAGE_NOTFOUND, -EUCLEAN},
            {MDB_PANIC, -EUCLEAN},
            {MDB_INVALID, -EUCLEAN},
            {MDB_VERSION_MISMATCH, -EPROTONOSUPPORT},
            {MDB_TXN_FULL, -E2BIG},
            {MDB_READERS_FULL, -EUSERS},
            {EDQUOT, -ENOSPC},
        };

        if (mdb_rc != 0)
                snprintf(store->error, sizeof(store->error), "%s", mdb_strerror(mdb_rc));
        for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
                if (codes[i].mdb == mdb_rc)
                        return codes[i].code;
        }
        return mdb_rc > 0 ? -mdb_rc : -EINVAL;
}

const char *store_error(const struct store *store)
{
        return store->error;
}

bool store_is_network(int64_t fs_type)
{
        static const int64_t network[] = {
            NFS_SUPER_MAGIC, SMB_SUPER_MAGIC,  SMB2_SUPER_MAGIC, CIFS_SUPER_MAGIC,
            AFS_SUPER_MAGIC, CODA_SUPER_MAGIC, CEPH_SUPER_MAGIC, 0x0bd00bd0, /* Lustre */
            0x47504653,                                                      /* GPFS */
        };

        for (size_t i = 0; i < sizeof(network) / sizeof(network[0]); i++) {
                if ((uint32_t)network[i] == (uint32_t)fs_type)
                        return true;
        }
        return false;
}

/* Locks and shared maps of a network file system do not hold what LMDB needs of them. */
static int check_folder(const char *path)
{
        struct statfs fs;

        if (statfs(path, &fs) < 0)
                return -errno;
        return store_is_network((int64_t)fs.f_type) ? -EOPNOTSUPP : 0;
}

static int sync_folder(const char *path)
{
        _cleanup_(closep) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

/* The names of new files are not durable before their folders are. */
static int sync_new(const char *path)
{
        char copy[PATH_MAX];
        int r = sync_folder(path);

        if (r < 0)
                return r;
        if (snprintf(copy, sizeof(copy), "%s", path) >= (int)sizeof(copy))
                return -ENAMETOOLONG;
        return sync_folder(dirname(copy));
}

static int map_anew(struct store *store, size_t size)
{
        int r = store_code(store, mdb_env_set_mapsize(store->env, size));

        if (r == 0) {
                mdb_filehandle_t fd;

                mdb_env_get_fd(store->env, &fd);
                store_memory_find(&store->memory, fd);
        }
        return r;
}

static int grow(struct store *store)
{
        MDB_envinfo info;

        mdb_env_info(store->env, &info);
        if (info.me_mapsize >= MAP_MAX) {
                snprintf(store->error, sizeof(store->error), "the store has reached its limit");
                return -ENOSPC;
        }
        return map_anew(store, info.me_mapsize * 2 > MAP_MAX ? MAP_MAX : info.me_mapsize * 2);
}

/* Another process may have grown the map: then ours takes its size. */
static int begin(struct store *store, unsigned flags, MDB_txn **ret)
{
        int rc = mdb_txn_begin(store->env, NULL, flags, ret);

        for (int i = 0; rc == MDB_MAP_RESIZED && i < 8; i++) {
                int r = map_anew(store, 0);

                if (r < 0)
                        return r;
                rc = mdb_txn_begin(store->env, NULL, flags, ret);
        }
        return store_code(store, rc);
}

/* LMDB reports a short write, which is how a disk runs full, as EIO. */
static int commit(struct store *store, MDB_txn *txn)
{
        int rc = mdb_txn_commit(txn);
        mdb_filehandle_t fd;
        struct statvfs vfs;

        if (rc == EIO && mdb_env_get_fd(store->env, &fd) == 0 && fstatvfs(fd, &vfs) == 0 &&
            (uint64_t)vfs.f_bavail * vfs.f_frsize < DISK_FULL)
                rc = ENOSPC;
        return store_code(store, rc);
}

static int open_tables(struct store *store, const char *const *tables, bool readonly)
{
        MDB_txn *txn;
        int r = begin(store, readonly ? MDB_RDONLY : 0, &txn);

        if (r != 0)
                return r;
        for (; tables[store->table_count]; store->table_count++) {
                unsigned i = store->table_count;
                int rc = i < TABLES_MAX ? mdb_dbi_open(txn, tables[i], readonly ? 0 : MDB_CREATE,
                                                       &store->tables[i])
                                        : EINVAL;

                if (rc == MDB_NOTFOUND && i > 0) {
                        store->tables[i] = NO_TABLE;
                        continue;
                }
                if (rc != 0) {
                        mdb_txn_abort(txn);
                        return store_code(store, rc);
                }
        }
        return commit(store, txn);
}

static int open_env(struct store *store, const char *path, bool readonly)
{
        /* NOTLS: a read transaction belongs to its store_view, not to the thread. */
        unsigned flags = MDB_NOTLS | (readonly ? MDB_RDONLY : 0);
        mdb_filehandle_t fd;
        int dead, r;

        r = store_code(store, mdb_env_create(&store->env));
        if (r == 0)
                r = store_code(store, mdb_env_set_maxdbs(store->env, TABLES_MAX));
        if (r == 0)
                r = store_code(store, mdb_env_set_mapsize(store->env, MAP_START));
        if (r == 0)
                r = store_code(store, mdb_env_open(store->env, path, flags, 0600));
        if (r == -ENOENT && readonly)
                return STORE_E_NONE;
        if (r == 0)
                r = store_code(store, mdb_reader_check(store->env, &dead));
        if (r != 0)
                return r;
        mdb_env_get_fd(store->env, &fd);
        store_memory_find(&store->memory, fd);
        return 0;
}

int store_open(const char *path, const char *const *tables, bool readonly, struct store **ret)
{
        _cleanup_(store_closep) struct store *store = calloc(1, sizeof(*store));
        bool new;
        int r;

        if (!store)
                return -ENOMEM;
        store_memory_init(&store->memory);
        if (!readonly && mkdir(path, 0700) < 0 && errno != EEXIST)
                return -errno;
        r = check_folder(path);
        if (r == -ENOENT && readonly)
                return STORE_E_NONE;
        new = !readonly &&store_room_is_new(path);
        if (r == 0 && !readonly)
                r = store_room_reserve(path);
        if (r == 0)
                r = open_env(store, path, readonly);
        if (r == 0)
                r = open_tables(store, tables, readonly);
        if (r == 0 && !readonly)
                r = sync_new(path);
        if (r != 0 && new)
                store_room_undo(path);
        if (r != 0)
                return r;
        *ret = store;
        store = NULL;
        return 0;
}

void store_close(struct store *store)
{
        if (!store)
                return;
        if (store->env)
                mdb_env_close(store->env);
        store_memory_done(&store->memory);
        free(store);
}

MDB_dbi store_dbi(const struct store *store, unsigned table)
{
        return store->tables[table];
}

bool store_has_table(const struct store *store, unsigned table)
{
        return store->tables[table] != NO_TABLE;
}

int store_update(struct store *store, int (*fn)(struct store *, MDB_txn *, void *), void *userdata)
{
        for (;;) {
                MDB_txn *txn;
                int r = begin(store, 0, &txn);

                if (r != 0)
                        return r;
                r = fn(store, txn, userdata);
                if (r == 0)
                        r = commit(store, txn);
                else
                        mdb_txn_abort(txn);
                if (store->ended)
                        store->ended(r == 0, store->companion);
                if (r != STORE_E_FULL)
                        return r;
                r = grow(store);
                if (r < 0)
                        return r;
        }
}

void store_attach(struct store *store, void *companion, void (*ended)(bool committed, void *))
{
        store->companion = companion;
        store->ended = ended;
}

void *store_attached(const struct store *store)
{
        return store->companion;
}

int store_view(struct store *store, int (*fn)(struct store *, MDB_txn *, void *), void *userdata)
{
        MDB_txn *txn;
        int r = begin(store, MDB_RDONLY, &txn);

        if (r != 0)
                return r;
        r = fn(store, txn, userdata);
        mdb_txn_abort(txn);
        return r;
}

/* LMDB's values have no const, but it writes through none that it is given. */
static MDB_val value_of(const void *data, size_t len)
{
        MDB_val v = {.mv_size = len};

        memcpy(&v.mv_data, &data, sizeof(data));
        return v;
}

int store_get(struct store *store, MDB_txn *txn, unsigned table, const void *key, size_t key_len,
              MDB_val *ret)
{
        MDB_val k = value_of(key, key_len);

        store_memory_touch(&store->memory);
        return store_code(store, mdb_get(txn, store->tables[table], &k, ret));
}

int store_put(struct store *store, MDB_txn *txn, unsigned table, const void *key, size_t key_len,
              const void *value, size_t value_len)
{
        MDB_val k = value_of(key, key_len), v = value_of(value, value_len);

        store_memory_touch(&store->memory);
        return store_code(store, mdb_put(txn, store->tables[table], &k, &v, 0));
}

int store_del(struct store *store, MDB_txn *txn, unsigned table, const void *key, size_t key_len)
{
        MDB_val k = value_of(key, key_len);

        store_memory_touch(&store->memory);
        return store_code(store, mdb_del(txn, store->tables[table], &k, NULL));
}

int store_empty(struct store *store, MDB_txn *txn, unsigned table)
{
        return store_code(store, mdb_drop(txn, store->tables[table], 0));
}

int store_count(struct store *store, MDB_txn *txn, unsigned table, uint64_t *ret)
{
        MDB_stat stat;
        int r = store_code(store, mdb_stat(txn, store->tables[table], &stat));

        if (r == 0)
                *ret = stat.ms_entries;
        return r;
}

int store_seek(struct store *store, MDB_txn *txn, unsigned table, const void *key, size_t key_len,
               MDB_val *key_ret, MDB_val *value_ret)
{
        MDB_val k = value_of(key, key_len), v = {0};
        MDB_cursor *cursor;
        int r = store_code(store, mdb_cursor_open(txn, store->tables[table], &cursor));

        if (r != 0)
                return r;
        store_memory_touch(&store->memory);
        r = store_code(store, mdb_cursor_get(cursor, &k, &v, key ? MDB_SET_RANGE : MDB_FIRST));
        mdb_cursor_close(cursor);
        if (r != 0)
                return r;
        *key_ret = k;
        *value_ret = v;
        return 0;
}
