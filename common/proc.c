#include "common/proc.h"

#include "common/backoff.h"
#include "common/proc_internal.h"
#include "common/proc_options.h"
#include "common/trouble.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

enum { STOP_MS = 4500 }; /* of the 5 s a stop may take */

/* The file a place names: a folder gets <stage>[-fabric].log. NULL and *ret NULL: no file. */
static int log_path(const struct proc_spec *spec, const struct proc_options *options, char **ret)
{
        const char *place = options->report || options->check ? NULL : options->log_place;
        size_t len = place ? strlen(place) : 0;
        struct stat st;
        int r;

        *ret = NULL;
        if (!place)
                return 0;
        if (strcmp(place, LOG_STDOUT) == 0 || (len > 4 && strcmp(place + len - 4, ".log") == 0) ||
            (stat(place, &st) == 0 && !S_ISDIR(st.st_mode))) {
                *ret = strdup(place);
                return *ret ? 0 : -ENOMEM;
        }
        r = proc_make_dir(place);
        if (r < 0)
                return r;
        r = asprintf(ret, "%s/%s%s%s.log", place, spec->name, options->fabric ? "-" : "",
                     options->fabric ? options->fabric : "");
        return r < 0 ? -ENOMEM : 0;
}

static int start_log(struct proc *proc, const struct proc_options *options)
{
        _cleanup_(freep) char *path = NULL;
        char name[128];
        int r = log_path(proc->spec, options, &path);

        if (options->fabric)
                snprintf(name, sizeof(name), "%s[%s]", proc->spec->name, options->fabric);
        else
                snprintf(name, sizeof(name), "%s", proc->spec->name);
        if (r >= 0)
                r = log_open(name, path, options->verbosity, &proc->log);
        if (r < 0) {
                fprintf(stderr, "%s: cannot log to '%s': %s\n", name, options->log_place,
                        strerror(-r));
                return PROC_EXIT_CONFIG;
        }
        return 0;
}

/* The loader writes one line per fault; each becomes a line of the log. */
static void log_lines(struct log *log, char *text)
{
        char *rest = NULL;

        for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
                log_error(log, "%s", line);
}

/* Others look for the key that links: gives this stage, so it must be the one of this host. */
static int check_key(const struct proc *proc)
{
        const struct config *config = proc->config;
        const char *key = proc->fabric            ? proc->fabric->port.public_key
                          : proc->spec->exclusive ? config->links.fetcher.public_key
                                                  : NULL;

        if (!key || strcmp(key, config->links.public_key) == 0)
                return 0;
        log_error(proc->log,
                  "%s: links: gives the host of this stage the public_key %s, but the secret key "
                  "here belongs to %s: write that one there, or give this host the other's "
                  "key_file",
                  config->path, key, config->links.public_key);
        return PROC_EXIT_CONFIG;
}

static int start_config(struct proc *proc, const struct proc_options *options)
{
        _cleanup_(freep) char *error = NULL;
        int r = config_load(options->config, &proc->config, &error);

        if (r < 0 && error)
                log_lines(proc->log, error);
        else if (r < 0)
                log_error(proc->log, "cannot read the configuration file=%s error=\"%s\"",
                          LOG_Q(text_of(options->config)), strerror(-r));
        if (r < 0)
                return PROC_EXIT_CONFIG;
        if (proc->spec->uses_threatq && !proc->config->threatq.verify && !options->report &&
            !options->check)
                log_warn(proc->log,
                         "threatq.verify is false: anyone on the way to %s may read the "
                         "login; give threatq.ca_file and leave verify out",
                         proc->config->threatq.host);
        if (options->fabric)
                proc->fabric = config_fabric(proc->config, options->fabric);
        if (!options->fabric || proc->fabric)
                return options->report || options->check || options->stdio ? 0 : check_key(proc);
        log_error(proc->log, "%s: no fabric of this name: --fabric %s; the first there is %s",
                  proc->config->path, LOG_Q(text_of(options->fabric)),
                  LOG_Q(text_of(proc->config->fabrics[0].name)));
        return PROC_EXIT_CONFIG;
}

/* Before any library starts a thread, which would take the mask as it finds it. */
static int start_signals(struct proc *proc)
{
        sigset_t set;

        sigemptyset(&set);
        sigaddset(&set, SIGTERM);
        sigaddset(&set, SIGINT);
        sigaddset(&set, SIGHUP);
        sigaddset(&set, SIGUSR1);
        if (sigprocmask(SIG_BLOCK, &set, NULL) < 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
                return -errno;
        proc->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
        return proc->signal_fd < 0 ? -errno : 0;
}

/* Memory holds the password: no core, and no other process of this user may look inside. */
static int hide_secrets(void)
{
        const struct rlimit none = {0, 0};

        if (setrlimit(RLIMIT_CORE, &none) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
                return -errno;
        return 0;
}

static int make_dirs(struct proc *proc)
{
        const char *const dirs[] = {proc->config->state_dir, proc->config->run_dir};

        for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
                int r = proc_make_dir(dirs[i]);

                if (r < 0) {
                        log_error(proc->log, "cannot make folder path=%s error=\"%s\"",
                                  LOG_Q(text_of(dirs[i])), strerror(-r));
                        return PROC_EXIT_FAILED;
                }
        }
        return 0;
}

static int start_lock(struct proc *proc)
{
        _cleanup_(freep) char *path = proc_file(proc, ".lock");
        int holder = 0, r = proc_take_lock(proc, &holder);

        if (r == PROC_E_LOCKED) {
                log_error(proc->log, "runs already pid=%d lock=%s", holder, LOG_Q(text_of(path)));
                return PROC_EXIT_RUNNING;
        }
        if (r < 0) {
                log_error(proc->log, "cannot take the lock path=%s error=\"%s\"",
                          LOG_Q(text_of(path)), strerror(-r));
                return PROC_EXIT_FAILED;
        }
        return 0;
}

static int start_loop(struct proc *proc)
{
        int r = loop_open(&proc->loop);

        if (r < 0)
                return r;
        proc->zmq = zmq_ctx_new();
        if (!proc->zmq)
                return -ENOMEM;
        /* A socket that is still open must not hang the end of the process. */
        if (zmq_ctx_set(proc->zmq, ZMQ_BLOCKY, 0) < 0)
                return -EINVAL;
        return links_open(proc->zmq, proc->loop, proc->config, proc->log, &proc->links);
}

/* Only of a stage that holds its lock: one that was started beside it speaks for nobody. */
static int start_trouble(struct proc *proc)
{
        _cleanup_(freep) char *path = proc_file(proc, ".trouble");

        if (!path || trouble_open(path, &proc->trouble) < 0) {
                log_error(proc->log, "cannot start error=\"%s\"", strerror(ENOMEM));
                return PROC_EXIT_FAILED;
        }
        log_listen(proc->log, trouble_note, proc->trouble);
        return 0;
}

static int start(struct proc *proc, const struct proc_options *options)
{
        int r = start_log(proc, options);

        if (r != 0)
                return r;
        umask(077);
        /* first of all: a signal that comes while the stage starts asks it to stop, too */
        r = start_signals(proc);
        if (r == 0)
                r = hide_secrets();
        if (r == 0)
                r = start_config(proc, options);
        if (r == 0 && !options->report && !options->check)
                r = start_loop(proc);
        if (r < 0) {
                log_error(proc->log, "cannot start error=\"%s\"", strerror(-r));
                return PROC_EXIT_FAILED;
        }
        if (r > 0)
                return r;
        if (options->report || options->check || (options->stdio && !proc->spec->stdio_keeps))
                return 0;
        r = make_dirs(proc);
        if (r == 0 && proc->spec->exclusive && !(proc->spec->lock_later && *proc->spec->lock_later))
                r = start_lock(proc);
        return r == 0 ? start_trouble(proc) : r;
}

int proc_start(const struct proc_spec *spec, int argc, char **argv, struct proc **ret)
{
        struct proc *proc = calloc(1, sizeof(*proc));
        struct proc_options options;

        *ret = proc;
        if (proc)
                *proc = (struct proc){.spec = spec, .lock_fd = -1, .signal_fd = -1};
        if (!proc || proc_options_parse(spec, argc, argv, &options) < 0) {
                fprintf(stderr, "%s: out of memory\n", spec->name);
                return PROC_EXIT_FAILED;
        }
        proc->argv = argv;
        proc->config_path = options.config;
        proc->stdio = options.stdio;
        proc->report = options.report;
        proc->check = options.check;
        /* 63 bits: a JSON integer holds no more. */
        proc->incarnation = (uint64_t)(backoff_random() >> 1) << 32 | backoff_random();
        return start(proc, &options);
}

/* One stop is asked of the stage, however many signals come. */
struct stopping {
        struct proc *proc;
        int timer;
        bool asked;
};

static int on_late(void *userdata)
{
        struct stopping *stopping = userdata;

        log_warn(stopping->proc->log, "stopping before all in flight is finished");
        loop_stop(stopping->proc->loop);
        return 0;
}

static int ask_to_stop(struct stopping *stopping, uint32_t signal_number)
{
        struct proc *proc = stopping->proc;

        /* Whoever wants it to stop now does not want it to start anew. */
        proc->reload = proc->reload && signal_number == SIGHUP;
        if (stopping->asked)
                return 0;
        stopping->asked = true;
        proc->reload = signal_number == SIGHUP;
        log_info(proc->log, "stopping signal=%s", sigabbrev_np((int)signal_number));
        loop_arm(proc->loop, stopping->timer, STOP_MS);
        if (proc->on_stop)
                return proc->on_stop(proc->userdata);
        loop_stop(proc->loop);
        return 0;
}

static int on_signal(void *userdata)
{
        struct stopping *stopping = userdata;
        struct proc *proc = stopping->proc;
        struct signalfd_siginfo info;
        int r;

        if (read(proc->signal_fd, &info, sizeof(info)) != sizeof(info))
                return 0;
        switch (info.ssi_signo) {
        case SIGHUP:
                r = log_reopen(proc->log);
                if (r < 0)
                        log_warn(proc->log, "cannot reopen the log error=\"%s\"", strerror(-r));
                if (stopping->asked || proc->stdio || !proc_reload_wanted(proc))
                        return 0;
                return ask_to_stop(stopping, SIGHUP);
        case SIGUSR1:
                if (proc->on_counters)
                        proc->on_counters(proc->userdata);
                return 0;
        default:
                return ask_to_stop(stopping, info.ssi_signo);
        }
}

bool proc_asked_to_stop(struct proc *proc, int wait_ms)
{
        struct pollfd fd = {.fd = proc->signal_fd, .events = POLLIN};
        struct signalfd_siginfo info;

        if (poll(&fd, 1, wait_ms) <= 0 ||
            read(proc->signal_fd, &info, sizeof(info)) != sizeof(info) ||
            (info.ssi_signo != SIGTERM && info.ssi_signo != SIGINT))
                return false;
        log_info(proc->log, "stopping signal=%s", sigabbrev_np((int)info.ssi_signo));
        return true;
}

int proc_run(struct proc *proc)
{
        struct stopping stopping = {.proc = proc};
        int r = loop_add_fd(proc->loop, proc->signal_fd, on_signal, &stopping);

        if (r >= 0)
                r = stopping.timer = loop_add_timer(proc->loop, on_late, &stopping);
        if (r >= 0) {
                log_info(proc->log, "ready pid=%d", (int)getpid());
                r = loop_run(proc->loop);
        }
        if (proc->on_counters)
                proc->on_counters(proc->userdata);
        if (r < 0) {
                log_error(proc->log, "stopped: cannot go on error=\"%s\"", strerror(-r));
                return PROC_EXIT_FAILED;
        }
        log_info(proc->log, "stopped");
        return PROC_EXIT_OK;
}

int proc_finish(struct proc *proc, int code)
{
        bool reload = proc && proc->reload && code == PROC_EXIT_OK;
        char **argv = proc ? proc->argv : NULL;

        if (!proc)
                return code;
        if (code == PROC_EXIT_CONFIG && !proc->report)
                proc_linger();
        links_close(proc->links);
        loop_close(proc->loop);
        if (proc->zmq)
                zmq_ctx_term(proc->zmq);
        if (proc->lock_fd >= 0)
                close(proc->lock_fd);
        if (proc->signal_fd >= 0)
                close(proc->signal_fd);
        config_free(proc->config);
        log_close(proc->log);
        trouble_close(proc->trouble);
        free(proc);
        if (reload) {
                fprintf(stderr, "%s: cannot start anew: %s\n", argv[0],
                        strerror(-proc_start_anew(argv)));
                return PROC_EXIT_FAILED;
        }
        return code;
}
