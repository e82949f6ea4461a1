/*
 * A walk over a whole table of a store in one transaction, for what is asked by a person: it looks
 * at every entry.
 */
#ifndef TQ_COMMON_STORE_WALK_H
#define TQ_COMMON_STORE_WALK_H

#include "common/store.h"

/* Calls fn for each entry in the order of the keys until it returns something else than 0, which is
 * passed on. Key and value are valid until the transaction ends or writes. fn must not change the
 * table. 0 at the end, else what fn returned, or -errno. */
int store_walk(struct store *store, MDB_txn *txn, unsigned table,
               int (*fn)(MDB_val key, MDB_val value, void *userdata), void *userdata);

#endif
