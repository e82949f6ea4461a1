#include "publisher/reset.h"

#include "common/clock.h"
#include "common/store.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

enum {
        WAIT_MS = 10000, /* a publisher that runs looks every second */
        LOOK_MS = 50,
};

static char *request_path(const struct proc *proc)
{
        return proc_file(proc, ".quota-reset");
}

/* When it was made names a request; 0: there is none. */
static uint64_t request_of(const char *path)
{
        struct stat st;

        if (lstat(path, &st) < 0)
                return 0;
        return (uint64_t)st.st_mtim.tv_sec * 1000000000 + (uint64_t)st.st_mtim.tv_nsec;
}

/* A request that is there already becomes a new one. 0 or -errno. */
static int make_request(const char *path)
{
        _cleanup_(closep) int fd = -1;

        if (utimensat(AT_FDCWD, path, NULL, AT_SYMLINK_NOFOLLOW) == 0)
                return 0;
        fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        return fd < 0 ? -errno : 0;
}

static int forget(const struct proc *proc, struct vault *vault, uint64_t request, uint64_t *ret)
{
        uint64_t used = quota_used(vault->quota, clock_boot_ms());
        int r = quota_reset(vault->quota, vault->store, request);

        *ret = 0;
        if (r != 0)
                return r == QUOTA_E_DONE ? 0 : r;
        log_warn(proc->log,
                 "the quota ledger was emptied: %" PRIu64 " requests of the last 24 hours do not "
                 "count any more, and up to %u more may leave at once",
                 used, quota_limit(vault->quota));
        *ret = used;
        return 0;
}

int reset_serve(const struct proc *proc, struct vault *vault)
{
        _cleanup_(freep) char *path = request_path(proc);
        uint64_t forgotten, request;
        int r;

        if (!path)
                return -ENOMEM;
        request = request_of(path);
        if (request == 0)
                return RESET_E_NONE;
        r = forget(proc, vault, request, &forgotten);
        if (r == 0 && unlink(path) < 0)
                log_warn(proc->log,
                         "cannot remove %s: %s: the ledger is emptied, but who asked for it is not "
                         "told: remove the file",
                         path, strerror(errno));
        return r;
}

static int print(const struct proc *proc, uint64_t forgotten, unsigned limit, int pid)
{
        _cleanup_(json_decrefp) json_t *json =
            json_pack("{s:s, s:I, s:i, s:i}", "fabric", proc->fabric->name, "forgotten",
                      (json_int_t)forgotten, "limit", (int)limit, "pid", pid);

        json_dumpf(json, stdout, JSON_COMPACT);
        putchar('\n');
        return PROC_EXIT_OK;
}

/* Nobody runs: the lock is ours, and so is the store. */
static int reset_here(struct proc *proc)
{
        _cleanup_(freep) char *path = request_path(proc);
        struct vault vault = {0};
        uint64_t forgotten = 0;
        unsigned limit = 0;
        int r = vault_open(proc, &vault);

        if (r == 0) {
                limit = quota_limit(vault.quota);
                r = forget(proc, &vault, 0, &forgotten);
                if (r != 0)
                        log_error(proc->log, "cannot empty the ledger: %s", strerror(-r));
                else if (path)
                        unlink(path); /* of one who asked a publisher that ended meanwhile */
        }
        vault_close(&vault);
        return r == 0 ? print(proc, forgotten, limit, 0) : PROC_EXIT_FAILED;
}

/* What the ledger of a publisher that runs holds now, and what limit it goes by. */
static uint64_t used_there(const struct proc *proc, unsigned *limit)
{
        _cleanup_(freep) char *path = proc_store_path(proc);
        _cleanup_(store_closep) struct store *store = NULL;
        _cleanup_(quota_closep) struct quota *quota = NULL;
        struct quota_now now = quota_read_clocks();
        struct rule rule;

        *limit = proc->fabric->daily_limit;
        if (!path || store_open(path, record_tables, true, &store) != 0 ||
            rule_load(store, proc->fabric, &rule) != 0 ||
            quota_open(store, rule.daily_limit, &now, true, &quota) != 0)
                return 0;
        *limit = rule.daily_limit;
        return quota_used(quota, clock_boot_ms());
}

static int ask(struct proc *proc, int holder)
{
        _cleanup_(freep) char *path = request_path(proc);
        const struct timespec gap = {.tv_nsec = LOOK_MS * 1000000L};
        int64_t until = clock_boot_ms() + WAIT_MS;
        unsigned limit;
        uint64_t used = used_there(proc, &limit);
        int r = path ? make_request(path) : -ENOMEM;

        if (r < 0) {
                log_error(proc->log, "cannot ask the running publisher: %s: %s",
                          path ? path : "its file", strerror(-r));
                return PROC_EXIT_FAILED;
        }
        while (access(path, F_OK) == 0 && clock_boot_ms() < until)
                nanosleep(&gap, NULL);
        /* It is gone when the publisher has done it, even in the last moment. */
        if (unlink(path) < 0 && errno == ENOENT)
                return print(proc, used, limit, holder);
        log_error(proc->log,
                  "the publisher that runs (pid %d) does not take the request within %d s, and "
                  "nothing was reset: stop it and try again",
                  holder, WAIT_MS / 1000);
        return PROC_EXIT_FAILED;
}

int reset_main(struct proc *proc)
{
        int holder = 0, r = proc_take_lock(proc, &holder);

        if (r == PROC_E_LOCKED)
                return ask(proc, holder);
        if (r == 0)
                return reset_here(proc);
        log_error(proc->log, "cannot take the lock: %s", strerror(-r));
        return PROC_EXIT_FAILED;
}
