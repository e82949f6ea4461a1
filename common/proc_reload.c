/* A stage takes a changed configuration by starting anew in its own process: it stops as for
 * SIGTERM, with everything committed, and executes its program again. Nothing of the old
 * configuration is left, whoever watches its pid sees it run on, and what its queues cannot hold
 * meanwhile is sent again by the stages before it. */
#include "common/proc.h"
#include "common/proc_internal.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LINGER_MS = 1500 };

bool proc_reload_wanted(const struct proc *proc)
{
        const char *fabric = proc->fabric ? proc->fabric->name : NULL;
        _cleanup_(config_freep) struct config *config = NULL;
        _cleanup_(freep) char *error = NULL;
        char *rest = NULL;
        int r = config_load(proc->config_path, &config, &error);

        if (r < 0) {
                for (char *line = strtok_r(error, "\n", &rest); line;
                     line = strtok_r(NULL, "\n", &rest))
                        log_error(proc->log, "%s", line);
                log_error(proc->log, "the configuration is wrong: this stage goes on with the one "
                                     "it has; mend it, then send SIGHUP again");
                return false;
        }
        if (fabric && !config_fabric(config, fabric)) {
                log_warn(proc->log,
                         "this fabric is not in the configuration any more: the stage goes on with "
                         "the one it has until it is stopped");
                return false;
        }
        if (config_mark(config, fabric) == config_mark(proc->config, fabric)) {
                log_info(proc->log, "the configuration says nothing new");
                return false;
        }
        log_info(proc->log, "the configuration has changed: starting anew");
        return true;
}

int proc_start_anew(char **argv)
{
        /* By its path it is the installed program, which may have been replaced since. */
        execv(strchr(argv[0], '/') ? argv[0] : "/proc/self/exe", argv);
        return -errno;
}

void proc_linger(void)
{
        const struct timespec linger = {.tv_sec = LINGER_MS / 1000,
                                        .tv_nsec = LINGER_MS % 1000 * 1000000L};
        sigset_t stop;

        if (!getenv("SUPERVISOR_ENABLED"))
                return;
        sigemptyset(&stop);
        sigaddset(&stop, SIGTERM);
        sigaddset(&stop, SIGINT);
        (void)sigtimedwait(&stop, NULL, &linger);
}
