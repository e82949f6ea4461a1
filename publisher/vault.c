#include "publisher/vault.h"

#include "publisher/cache.h"
#include "publisher/outbox.h"

#include <errno.h>
#include <string.h>

static int load_in(struct store *store, MDB_txn *txn, void *userdata)
{
        struct work w = {.store = store, .txn = txn};

        return state_load(&w, userdata);
}

int vault_open(const struct proc *proc, struct vault *vault)
{
        _cleanup_(freep) char *path = proc_store_path(proc);
        struct quota_now now = quota_read_clocks();
        int r = store_open(path, record_tables, false, &vault->store);

        if (r != 0) {
                log_error(proc->log, "cannot open the store %s: %s", path, strerror(-r));
                return r;
        }
        r = identity_settle(vault->store, vault->id);
        if (r == 0)
                r = recent_open(vault->store, &vault->recent);
        if (r == 0)
                r = store_view(vault->store, load_in, &vault->state);
        if (r == 0)
                r = quota_open(vault->store, proc->fabric->daily_limit, &now, false, &vault->quota);
        if (r != 0)
                log_error(proc->log, "cannot read the store %s: %s", path,
                          r == -EPROTONOSUPPORT ? "it is of another version of this program"
                                                : store_error(vault->store));
        return r;
}

int vault_open_at_work(const struct proc *proc, const char *cache, struct vault *vault)
{
        int r = vault_open(proc, vault);

        if (r != 0)
                return r;
        r = cache_import(proc, cache, vault);
        if (r != 0)
                log_error(proc->log, "cannot change the quota ledger: %s", strerror(-r));
        return r;
}

void vault_close(struct vault *vault)
{
        quota_close(vault->quota);
        recent_close(vault->recent);
        store_close(vault->store);
        *vault = (struct vault){0};
}
