/*
 * The skeleton of a stage. proc_start does the chores in one order: options, log, umask,
 * SIGTERM/SIGINT/SIGHUP/SIGUSR1 blocked and SIGPIPE ignored before any library starts a thread,
 * core dumps off (PR_SET_DUMPABLE, RLIMIT_CORE 0) before a secret is read, configuration, loop and
 * ZeroMQ context, a lock on the stage's lock file. proc_run says "ready", loops, says "stopped".
 * main() returns what they return.
 *
 * Common options of every stage: -c FILE|DIR, -ll DIR|stdout (long --loglocation), -v N, --stdio,
 * --report, -h; of those that talk to an outside party also --check. Exit codes: 0 stopped as
 * asked, 1 cannot go on, 2 usage or configuration, 3 the stage runs already.
 */
#ifndef TQ_COMMON_PROC_H
#define TQ_COMMON_PROC_H

#include "common/chan.h"
#include "common/config.h"
#include "common/links.h"
#include "common/log.h"
#include "common/loop.h"

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

enum { PROC_EXIT_OK = 0, PROC_EXIT_FAILED = 1, PROC_EXIT_CONFIG = 2, PROC_EXIT_RUNNING = 3 };

struct proc_spec {
        const char *name;       /* "fetcher": log name, lock and status file */
        const char *doc;        /* --help: what it does, takes, gives, keeps, how it ends */
        bool per_fabric;        /* takes --fabric NAME, which is required */
        bool exclusive;         /* one at a time: holds <state_dir>/<name>[-fabric].lock */
        const bool *lock_later; /* set by parse when the stage calls proc_take_lock by itself */
        bool stdio_keeps;       /* with --stdio too it keeps its store, and so holds the lock */
        bool checks;            /* takes --check */
        bool uses_threatq;      /* talks to ThreatQ: warns when its certificate is not verified */
        const struct argp_option *options; /* further options, or NULL; keys from 1000 on */
        error_t (*parse)(int key, char *arg, struct argp_state *state, void *userdata);
        void *userdata; /* for parse */
};

struct trouble;

struct proc {
        const struct proc_spec *spec;
        struct config *config;
        const struct config_fabric *fabric; /* per_fabric: the one asked for */
        struct log *log;
        struct trouble *trouble; /* where the last warning or error is kept, or NULL */
        struct loop *loop;
        void *zmq;
        struct links *links; /* opens the channels; NULL with --report and --check */
        bool stdio;          /* --stdio */
        bool report; /* --report: no lock, no socket, no thread: print one JSON object and exit */
        bool check;  /* --check: likewise: print findings (common/finding.h) and exit */
        uint64_t incarnation; /* random */
        int lock_fd;
        int signal_fd;
        char **argv;             /* of main, for starting anew */
        const char *config_path; /* as given */
        bool reload;             /* it stops in order to start anew */
        int (*on_stop)(
            void *); /* set by the stage before proc_run: SIGTERM/SIGINT came; it finishes what is
                        in flight and calls loop_stop within 4 s. NULL: loop_stop at once */
        void (*on_counters)(void *); /* SIGUSR1: log the counters */
        void *userdata;              /* for both */
};

/* 0, or the exit code (after it said why). *ret is freed by proc_finish in any case. */
int proc_start(const struct proc_spec *spec, int argc, char **argv, struct proc **ret);
/* Loops until asked to stop; returns the exit code. 4.5 s after a stop was asked the loop ends
 * anyhow. SIGHUP reopens the log and reads the configuration again: when it says something else to
 * this stage, the stage stops as for SIGTERM and proc_finish starts it anew under the same pid; a
 * configuration with a fault is said and left alone. */
int proc_run(struct proc *proc);
/* Before proc_run: waits for so long, or until SIGTERM or SIGINT comes; then true. Other signals of
 * that time are passed over. */
bool proc_asked_to_stop(struct proc *proc, int wait_ms);
/* Takes NULL. Passes `code` through: `return proc_finish(proc, code);`. Does not return when the
 * stage starts anew. Under supervisord it waits with code 2 for so long that supervisord heeds it.
 */
int proc_finish(struct proc *proc, int code);

/* Writes text to <state_dir>/<stage>[-fabric].status by rename, for --report of a later call. */
int proc_write_status(struct proc *proc, const char *json);
/* The text last written, the caller frees; NULL when there is none. */
char *proc_read_status(const struct proc *proc);
/* Takes the stage's lock, held until proc_finish: 0, PROC_E_LOCKED with the holder's pid, -errno.
 */
enum { PROC_E_LOCKED = 1 };
int proc_take_lock(struct proc *proc, int *holder);
/* Pid of the process that holds the stage's lock now, 0 when nobody does. Works in --report. */
int proc_running_pid(const struct proc *proc);
/* <state_dir>/<stage>[-fabric], the folder of the stage's store. The caller frees. */
char *proc_store_path(const struct proc *proc);
/* <state_dir>/<stage>[-fabric]<suffix>; the caller frees. NULL when memory is out. */
char *proc_file(const struct proc *proc, const char *suffix);

/* Starts the program anew in this process; returns only when that fails: -errno. */
int proc_start_anew(char **argv);

#endif
