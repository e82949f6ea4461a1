#include "console/turn.h"

#include "common/cleanup.h"
#include "common/proc.h"
#include "console/report.h"
#include "console/run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

struct turn {
        int fds[REPORT_FABRICS_MAX + 1];
        size_t fd_count;
        const char *fabrics[REPORT_FABRICS_MAX]; /* those that no other run is about */
        size_t fabric_count;
};

static void turn_done(struct turn *turn)
{
        for (size_t i = 0; i < turn->fd_count; i++)
                close(turn->fds[i]);
}

/* The lock's file, -1 when it cannot be opened: then the stages, which have locks in the same
 * folder, say what is wrong with it. `fabric` NULL: the turn. */
static int open_lock(struct turn *turn, const char *state_dir, const char *fabric)
{
        _cleanup_(freep) char *path = NULL;
        int fd;

        if (asprintf(&path, "%s/run%s%s.lock", state_dir, fabric ? "-" : "", fabric ? fabric : "") <
            0) {
                path = NULL;
                return -1;
        }
        /* As the stages do for theirs. */
        (void)mkdir(state_dir, 0700);
        fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd >= 0)
                turn->fds[turn->fd_count++] = fd;
        return fd;
}

static void take_fabrics(struct turn *turn, const struct console *console)
{
        for (size_t i = 0; i < console->fabric_count; i++) {
                const char *fabric = console->fabrics[i];
                int fd = open_lock(turn, console->config->state_dir, fabric);

                if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
                        turn->fabrics[turn->fabric_count++] = fabric;
        }
}

static bool is_mine(const struct turn *turn, const char *fabric)
{
        for (size_t i = 0; i < turn->fabric_count; i++) {
                if (strcmp(turn->fabrics[i], fabric) == 0)
                        return true;
        }
        return false;
}

/* The fabrics of other runs. */
static void put_others(FILE *out, const struct turn *turn, const struct console *console,
                       const char *quote)
{
        const char *comma = "";

        for (size_t i = 0; i < console->fabric_count; i++) {
                if (is_mine(turn, console->fabrics[i]))
                        continue;
                fprintf(out, "%s%s%s%s", comma, quote, console->fabrics[i], quote);
                comma = ", ";
        }
}

static void say_others(const struct turn *turn, const struct console *console)
{
        fputs("tq-trellix-tie: another run is under way for ", stderr);
        put_others(stderr, turn, console, "");
        fputs(turn->fabric_count > 0 ? ": this one leaves that to it\n"
                                     : ": there is nothing left for this one to do\n",
              stderr);
        if (turn->fabric_count > 0 || !console->options->json)
                return;
        fputs("{\"exit\": 0, \"under_way\": [", stdout);
        put_others(stdout, turn, console, "\"");
        puts("]}");
}

/* Until no other run uses the fetcher. Ctrl-C ends the process, which has done nothing yet. */
static void await(struct turn *turn, const char *state_dir)
{
        int fd = open_lock(turn, state_dir, NULL);

        if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
                return;
        fputs("tq-trellix-tie: waits until the run that is under way has ended\n", stderr);
        while (flock(fd, LOCK_EX) < 0 && errno == EINTR)
                ;
}

int turn_main(const struct console *console)
{
        _cleanup_(turn_done) struct turn turn = {.fd_count = 0};
        struct console mine = *console;

        take_fabrics(&turn, console);
        if (turn.fabric_count < console->fabric_count)
                say_others(&turn, console);
        if (turn.fabric_count == 0)
                return PROC_EXIT_OK;
        await(&turn, console->config->state_dir);
        mine.fabrics = turn.fabrics;
        mine.fabric_count = turn.fabric_count;
        return run_main(&mine);
}
