#include "publisher/failed_command.h"

#include "common/clock.h"
#include "common/store.h"
#include "publisher/failed.h"

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
        ORDER_MAX = 8192, /* bytes of an order, and of an answer */
        PART = 500,       /* failures in one transaction */
};

/* ---- the list ---- */

struct part {
        struct failure failures[PART];
        uint64_t from;
        unsigned count;
};

static int list_in(struct store *store, MDB_txn *txn, void *userdata)
{
        struct work w = {.store = store, .txn = txn};
        struct part *part = userdata;
        int r = 0;

        for (part->count = 0; part->count < PART && r == 0; part->count++) {
                struct failure *next = &part->failures[part->count];

                r = failed_next(&w, part->from, next);
                if (r != 0)
                        break;
                part->from = next->id + 1;
        }
        return r == STORE_E_NONE ? 0 : r;
}

static void print_failure(const char *fabric, const struct failure *f)
{
        const char *level = trust_level_name(f->level);
        char hex[HASH_MAX_HEX + 1] = "", at[32] = "", code[16];
        json_t *text = json_string(f->text), *json;

        snprintf(code, sizeof(code), "0x%08x", f->code);
        if (f->hash.type != HASH_NONE)
                hash_format(&f->hash, hex);
        if (f->at > 0)
                clock_format_utc(f->at, at);
        json = json_pack("{s:s, s:I, s:s, s:s, s:s, s:s, s:o, s:s}", "fabric", fabric, "id",
                         (json_int_t)f->id, "hash", hex, "hash_type",
                         hex[0] ? hash_type_name(f->hash.type) : "", "level", level ? level : "",
                         "code", code, "text", text ? text : json_string(""), "at", at);
        json_dumpf(json, stdout, JSON_COMPACT);
        putchar('\n');
        json_decref(json);
}

static int print_all(struct store *store, const char *fabric)
{
        _cleanup_(freep) struct part *part = calloc(1, sizeof(*part));
        int r;

        if (!part)
                return -ENOMEM;
        do {
                r = store_view(store, list_in, part);
                for (unsigned i = 0; r == 0 && i < part->count; i++)
                        print_failure(fabric, &part->failures[i]);
        } while (r == 0 && part->count == PART && !ferror(stdout));
        return r;
}

int failed_print(const struct proc *proc)
{
        _cleanup_(freep) char *path = proc_store_path(proc);
        _cleanup_(store_closep) struct store *store = NULL;
        int r = path ? store_open(path, record_tables, true, &store) : -ENOMEM;

        if (r == STORE_E_NONE)
                return PROC_EXIT_OK;
        if (r == 0)
                r = print_all(store, proc->fabric->name);
        if (r != 0) {
                log_error(proc->log, "cannot read the store: %s", strerror(-r));
                return PROC_EXIT_FAILED;
        }
        return fflush(stdout) == 0 ? PROC_EXIT_OK : PROC_EXIT_FAILED;
}

/* ---- orders ---- */

struct execution {
        const struct failed_order *order;
        struct failed_done done; /* set by the transaction */
};

static int execute_in(struct store *store, MDB_txn *txn, void *userdata)
{
        struct work w = {.store = store, .txn = txn};
        struct execution *e = userdata;

        return failed_execute(&w, e->order, &e->done);
}

static int execute(const struct proc *proc, struct vault *vault, const struct failed_order *order,
                   struct failed_done *ret)
{
        struct execution e = {.order = order};
        int r = store_update(vault->store, execute_in, &e);

        if (r != 0)
                return r;
        log_info(proc->log, "%s of what failed: %" PRIu64 " taken off the list",
                 order->drop ? "drop" : "retry", e.done.done);
        *ret = e.done;
        return 0;
}

static json_t *done_json(const struct proc *proc, const struct failed_done *done, int pid)
{
        return json_pack("{s:s, s:I, s:I, s:i}", "fabric", proc->fabric->name, "done",
                         (json_int_t)done->done, "unwanted", (json_int_t)done->unwanted, "pid",
                         pid);
}

/* The whole file. The caller frees; NULL when there is none that can be read. */
static char *read_file(const char *path)
{
        _cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        char *text = fd < 0 ? NULL : calloc(1, ORDER_MAX + 1);

        if (text && read(fd, text, ORDER_MAX) < 0) {
                free(text);
                return NULL;
        }
        return text;
}

/* Whole or not at all: it is written beside its place. */
static int write_file(const char *path, const char *text)
{
        _cleanup_(freep) char *fresh = NULL;
        _cleanup_(closep) int fd = -1;

        if (asprintf(&fresh, "%s.new", path) < 0)
                return -ENOMEM;
        unlink(fresh);
        fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text) ||
            rename(fresh, path) < 0)
                return errno ? -errno : -EIO;
        return 0;
}

static int answer(const struct proc *proc, const struct failed_done *done)
{
        _cleanup_(freep) char *path = proc_file(proc, ".failed-answer");
        _cleanup_(freep) char *text = NULL;
        json_t *json = done_json(proc, done, (int)getpid());

        text = json_dumps(json, JSON_COMPACT);
        json_decref(json);
        return path && text ? write_file(path, text) : -ENOMEM;
}

int failed_serve(const struct proc *proc, struct vault *vault)
{
        _cleanup_(freep) char *path = proc_file(proc, ".failed-order");
        _cleanup_(freep) char *words = path ? read_file(path) : NULL;
        struct failed_done result = {0};
        struct failed_order order;
        int r = 0;

        if (!words)
                return FAILED_E_NONE;
        if (failed_parse(words, &order))
                r = execute(proc, vault, &order, &result);
        else
                log_warn(proc->log, "%s holds no order: it is removed", path);
        if (r != 0)
                return r;
        r = answer(proc, &result);
        if (r != 0 || unlink(path) < 0)
                log_warn(proc->log, "who gave the order in %s is not told that it is done: %s",
                         path, strerror(r != 0 ? -r : errno));
        return 0;
}

static int print(json_t *json)
{
        if (!json)
                return PROC_EXIT_FAILED;
        json_dumpf(json, stdout, JSON_COMPACT);
        putchar('\n');
        json_decref(json);
        return fflush(stdout) == 0 ? PROC_EXIT_OK : PROC_EXIT_FAILED;
}

/* Nobody runs: the lock is ours, and so is the store. */
static int order_here(struct proc *proc, const struct failed_order *order)
{
        struct failed_done done = {0};
        struct vault vault = {0};
        int r = vault_open(proc, &vault);

        if (r == 0) {
                r = execute(proc, &vault, order, &done);
                if (r != 0)
                        log_error(proc->log, "cannot change the store: %s", strerror(-r));
        }
        vault_close(&vault);
        return r == 0 ? print(done_json(proc, &done, 0)) : PROC_EXIT_FAILED;
}

static int ask(struct proc *proc, const char *words, int holder)
{
        _cleanup_(freep) char *path = proc_file(proc, ".failed-order");
        _cleanup_(freep) char *answer_path = proc_file(proc, ".failed-answer");
        _cleanup_(freep) char *text = NULL;
        const struct timespec gap = {.tv_nsec = LOOK_MS * 1000000L};
        int64_t until = clock_boot_ms() + WAIT_MS;
        int r;

        if (!path || !answer_path)
                return PROC_EXIT_FAILED;
        unlink(answer_path);
        r = write_file(path, words);
        if (r < 0) {
                log_error(proc->log, "cannot ask the running publisher: %s: %s", path,
                          strerror(-r));
                return PROC_EXIT_FAILED;
        }
        while (access(path, F_OK) == 0 && clock_boot_ms() < until)
                nanosleep(&gap, NULL);
        /* It is gone when the publisher has done it, even in the last moment. */
        if (unlink(path) < 0 && errno == ENOENT && (text = read_file(answer_path)) != NULL) {
                unlink(answer_path);
                return print(json_loads(text, 0, NULL));
        }
        log_error(proc->log,
                  "the publisher that runs (pid %d) does not take the order within %d s: look at "
                  "the list, and try again",
                  holder, WAIT_MS / 1000);
        return PROC_EXIT_FAILED;
}

int failed_main(struct proc *proc, const char *words)
{
        struct failed_order order;
        int holder = 0, r;

        if (!failed_parse(words, &order)) {
                log_error(proc->log,
                          "%s is no order: retry or drop, then all, or at most %d ids and hashes",
                          LOG_Q(text_of(words)), FAILED_NAMED_MAX);
                return PROC_EXIT_CONFIG;
        }
        r = proc_take_lock(proc, &holder);
        if (r == PROC_E_LOCKED)
                return ask(proc, words, holder);
        if (r == 0)
                return order_here(proc, &order);
        log_error(proc->log, "cannot take the lock: %s", strerror(-r));
        return PROC_EXIT_FAILED;
}
