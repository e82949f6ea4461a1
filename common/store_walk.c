#include "common/store_walk.h"

int store_walk(struct store *store, MDB_txn *txn, unsigned table,
               int (*fn)(MDB_val key, MDB_val value, void *userdata), void *userdata)
{
        MDB_val key = {0}, value = {0};
        MDB_cursor *cursor;
        int stop = 0;
        int r = store_code(store, mdb_cursor_open(txn, store_dbi(store, table), &cursor));

        if (r != 0)
                return r;
        r = store_code(store, mdb_cursor_get(cursor, &key, &value, MDB_FIRST));
        while (r == 0 && stop == 0) {
                stop = fn(key, value, userdata);
                if (stop == 0)
                        r = store_code(store, mdb_cursor_get(cursor, &key, &value, MDB_NEXT));
        }
        mdb_cursor_close(cursor);
        if (stop != 0)
                return stop;
        return r == STORE_E_NONE ? 0 : r;
}
