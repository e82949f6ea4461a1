#include "publisher/vault.h"

#include "publisher/cache.h"
#include "publisher/disk.h"
#include "publisher/outbox.h"

#include <errno.h>
#include <string.h>

static int load_in(struct store *store, MDB_txn *txn, void *userdata)
{
        struct work w = {.store = store, .txn = txn};

        return state_load(&w, userdata);
}

static int open_parts(const struct proc *proc, const char *path, struct vault *vault)
{
        struct quota_now now = quota_read_clocks();
        int r = path ? store_open(path, record_tables, false, &vault->store) : -ENOMEM;

        if (r == 0)
                r = identity_settle(vault->store, vault->id);
        if (r == 0)
                r = recent_open(vault->store, &vault->recent);
        if (r == 0)
                r = store_view(vault->store, load_in, &vault->state);
        if (r == 0)
                r = rule_load(vault->store, proc->fabric, &vault->rule);
        if (r == 0)
                r = quota_open(vault->store, vault->rule.daily_limit, &now, false, &vault->quota);
        return r;
}

static void say_failed(const struct proc *proc, const char *path, const struct vault *vault, int r)
{
        if (!vault->store)
                log_error(proc->log, "cannot open the store %s: %s", path, strerror(-r));
        else
                log_error(proc->log, "cannot read the store %s: %s", path,
                          r == -EPROTONOSUPPORT ? "it is of another version of this program"
                                                : store_error(vault->store));
}

int vault_open(const struct proc *proc, struct vault *vault)
{
        _cleanup_(freep) char *path = proc_store_path(proc);
        int r = open_parts(proc, path, vault);

        if (r != 0)
                say_failed(proc, path, vault, r);
        return r;
}

/* One try; a full disk is for disk_judge to say. */
static int open_at_work(const struct proc *proc, const char *cache, struct vault *vault)
{
        _cleanup_(freep) char *path = proc_store_path(proc);
        int r = open_parts(proc, path, vault);

        if (r != 0 && !disk_is_full(r))
                say_failed(proc, path, vault, r);
        if (r != 0)
                return r;
        r = cache_import(proc, cache, vault);
        if (r != 0 && !disk_is_full(r))
                log_error(proc->log, "cannot change the quota ledger: %s", strerror(-r));
        return r;
}

int vault_open_at_work(struct proc *proc, const char *cache, struct vault *vault)
{
        struct disk disk = {.log = proc->log, .folder = proc->config->state_dir};

        for (;;) {
                int r = disk_judge(&disk, open_at_work(proc, cache, vault));

                if (!disk.full)
                        return r;
                vault_close(vault);
                if (proc_asked_to_stop(proc, DISK_PAUSE_MS))
                        return VAULT_E_STOPPED;
        }
}

void vault_close(struct vault *vault)
{
        quota_close(vault->quota);
        recent_close(vault->recent);
        store_close(vault->store);
        *vault = (struct vault){0};
}
