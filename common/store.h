/*
 * LMDB with our habits: one environment per process, full sync, a map that grows when it is full,
 * stale readers cleared at the start, mapped pages given back so that memory stays flat. LMDB's
 * codes become -errno here and nowhere else (MDB_NOTFOUND is STORE_E_NONE).
 *
 * A write transaction that meets a full map fails with STORE_E_FULL: the caller runs its function
 * again through store_update(), which has grown the map meanwhile.
 */
#ifndef TQ_COMMON_STORE_H
#define TQ_COMMON_STORE_H

#include "common/cleanup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lmdb.h>

struct store;

enum {
        STORE_E_NONE = 1, /* no such key, no next entry, or (read-only) no store yet */
        STORE_E_FULL = 2, /* the map is full: store_update grows it and runs the function again */
};

/* Opens (and unless readonly makes, 0700/0600) the environment in folder `path`, with the named
 * tables in the order of `tables` (NULL-terminated, at most 16): table i is store_dbi(store, i). A
 * folder on a network file system is refused with -EOPNOTSUPP. 0, STORE_E_NONE (readonly and
 * nothing there), -errno. */
int store_open(const char *path, const char *const *tables, bool readonly, struct store **ret);
void store_close(struct store *store);
DEFINE_CLEANUP(struct store *, store_close);
MDB_dbi store_dbi(const struct store *store, unsigned table);
/* False of a table other than the first that a store opened for reading does not have, because it
 * is from before the table; then every operation on it fails with -EINVAL. */
bool store_has_table(const struct store *store, unsigned table);
/* The library's text of the last failure, for the log. Valid until the next call. */
const char *store_error(const struct store *store);

/* Whether a file system of this type (statfs f_type) lies on a network. */
bool store_is_network(int64_t fs_type);

/* Runs fn in one write transaction and commits it, durable when 0 is returned. fn returns 0 to
 * commit, anything else to abort, which is passed on. fn may run several times (map growth): it
 * must not change anything outside the transaction that it does not set anew. A full disk gives
 * -ENOSPC, the store stays usable. Not from within another transaction of this process: growth
 * maps the file anew. */
int store_update(struct store *store, int (*fn)(struct store *, MDB_txn *, void *), void *userdata);
/* Lets a companion follow the store: `ended` is called after each write transaction of
 * store_update, committed or aborted. NULL takes it off. */
void store_attach(struct store *store, void *companion, void (*ended)(bool committed, void *));
/* The companion of the last store_attach. */
void *store_attached(const struct store *store);
/* Runs fn in one read transaction. */
int store_view(struct store *store, int (*fn)(struct store *, MDB_txn *, void *), void *userdata);

/* Single operations inside a transaction: 0, STORE_E_NONE, STORE_E_FULL or -errno. */
int store_get(struct store *store, MDB_txn *txn, unsigned table, const void *key, size_t key_len,
              MDB_val *ret);
int store_put(struct store *store, MDB_txn *txn, unsigned table, const void *key, size_t key_len,
              const void *value, size_t value_len);
int store_del(struct store *store, MDB_txn *txn, unsigned table, const void *key, size_t key_len);
/* Takes all entries out of a table. */
int store_empty(struct store *store, MDB_txn *txn, unsigned table);
/* Entries of a table. */
int store_count(struct store *store, MDB_txn *txn, unsigned table, uint64_t *ret);
/* The first entry with a key >= key (NULL: the first of all), in *key_ret and *value_ret, valid
 * until the transaction ends or writes. */
int store_seek(struct store *store, MDB_txn *txn, unsigned table, const void *key, size_t key_len,
               MDB_val *key_ret, MDB_val *value_ret);
/* One function that turns an LMDB code into ours and keeps its text. */
int store_code(struct store *store, int mdb_rc);

/* Big-endian numbers, so that keys sort by value. */
void store_put_u64(uint8_t out[8], uint64_t n);
uint64_t store_get_u64(const uint8_t in[8]);
void store_put_u32(uint8_t out[4], uint32_t n);
uint32_t store_get_u32(const uint8_t in[4]);

#endif
