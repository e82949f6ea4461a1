#include "publisher/identity.h"

#include "common/backoff.h"
#include "common/store.h"
#include "publisher/record.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char identity_key[] = "identity";

/* Record: format in one byte, then the id with its NUL. */
static int settle_in(struct store *store, MDB_txn *txn, void *userdata)
{
        uint8_t record[1 + IDENTITY_SIZE] = {STORE_FORMAT};
        char *id = userdata;
        MDB_val value;
        int r = store_get(store, txn, TABLE_META, identity_key, sizeof(identity_key), &value);

        if (r == STORE_E_NONE) {
                snprintf(id, IDENTITY_SIZE, "%08x%08x%08x%08x", backoff_random(), backoff_random(),
                         backoff_random(), backoff_random());
                memcpy(record + 1, id, IDENTITY_SIZE);
                return store_put(store, txn, TABLE_META, identity_key, sizeof(identity_key), record,
                                 sizeof(record));
        }
        if (r != 0)
                return r;
        if (value.mv_size != sizeof(record) || *(const uint8_t *)value.mv_data != STORE_FORMAT)
                return -EPROTONOSUPPORT;
        memcpy(id, (const char *)value.mv_data + 1, IDENTITY_SIZE);
        id[IDENTITY_SIZE - 1] = '\0';
        return 0;
}

int identity_settle(struct store *store, char ret[IDENTITY_SIZE])
{
        return store_update(store, settle_in, ret);
}
