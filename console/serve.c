#include "console/serve.h"

#include "common/clock.h"
#include "common/config.h"
#include "common/proc.h"
#include "common/secret.h"
#include "console/gather.h"
#include "console/history.h"
#include "console/snapshot.h"
#include "console/watch.h"
#include "console/web/access.h"
#include "console/web/address.h"
#include "console/web/lookups.h"
#include "console/web/pages.h"
#include "console/web/server.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
        KEY_LISTEN = COMMANDS_KEY,
        KEY_TOKEN_FILE,
        KEY_EVERY,
        EVERY_MS = 15000,
        EVERY_MIN_MS = 500,
        SAMPLES = 1440, /* six hours, 15 s apart */
};

static const char listen_default[] = "127.0.0.1:9117";

struct serve_options {
        const char *listen;
        const char *token_file;
        int64_t every_ms;
};

static const struct argp_option own_options[] = {
    {"listen", KEY_LISTEN, "ADDRESS:PORT", 0,
     "where it listens (default: 127.0.0.1:9117; port 0: any that is free)", 0},
    {"token-file", KEY_TOKEN_FILE, "FILE", 0,
     "holds the token that is asked for, one line that only its owner can read; needed for every "
     "address that is not of this machine alone",
     0},
    {"every", KEY_EVERY, "TIME", 0,
     "between two samples of the charts, which show the last 1440 (default: 15s)", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
        struct serve_options *own = state->input;

        switch (key) {
        case KEY_LISTEN:
                own->listen = arg;
                return 0;
        case KEY_TOKEN_FILE:
                own->token_file = arg;
                return 0;
        case KEY_EVERY:
                if (config_parse_duration(text_of(arg), &own->every_ms) &&
                    own->every_ms >= EVERY_MIN_MS)
                        return 0;
                argp_error(state, "'%s' is no time from 500ms on, such as 15s or 1m", arg);
                return EINVAL;
        default:
                return ARGP_ERR_UNKNOWN;
        }
}

static const struct argp argp = {
    .options = own_options,
    .parser = parse,
    .doc = "\vPages: / for people, /metrics for Prometheus, /api/status (what `status --json` "
           "prints), /healthz (it answers), /readyz (503 when the pipeline is down). The last two "
           "need no token. It reads only, and asks the stages anew for each look; it runs until "
           "SIGTERM or Ctrl-C. SIGHUP takes a changed configuration. `supervisor --serve` and the "
           "unit tie-serve have it run as a service.\n"
           "It speaks plain HTTP: for other machines put a proxy with TLS before it.\n"
           "\n"
           "Exit status: 0 it was ended; 1 it cannot listen there; 2 the command line, the "
           "configuration or the token's file is wrong."};
const struct command_arguments serve_arguments = {&argp, sizeof(struct serve_options)};

struct serve {
        const struct console *console;
        struct watch watch;
        struct gather *gather;
        struct snapshot *snapshot;
        struct history *history;
        struct lookups *lookups;
        struct pages *pages;
        struct server *server;
        int64_t every_ms;
        int64_t next_sample; /* boot ms */
        int64_t rested;      /* boot ms: no round begins before */
        bool again;          /* it ends to start anew */
};

/* 0 with the address and the token (NULL: none) that it may be served with, or the exit code, after
 * it was said. */
static int read_options(const struct serve_options *own, struct address *address, char **token)
{
        const char *where = own->listen ? own->listen : listen_default;
        char fault[SECRET_FAULT_MAX];

        if (!address_parse(where, address)) {
                fprintf(stderr,
                        "tq-trellix-tie: --listen %s: write an IP address and a port, as in %s or "
                        "[::1]:9117\n",
                        where, listen_default);
                return PROC_EXIT_CONFIG;
        }
        if (!own->token_file && !address_is_loopback(address)) {
                fprintf(
                    stderr,
                    "tq-trellix-tie: --listen %s: other machines reach it there, so it needs a "
                    "token: openssl rand -hex 32 >FILE; chmod 600 FILE; and --token-file FILE\n",
                    where);
                return PROC_EXIT_CONFIG;
        }
        if (!own->token_file)
                return 0;
        *token = secret_read(own->token_file, fault);
        if (!*token) {
                fprintf(stderr, "tq-trellix-tie: --token-file: %s\n", fault);
                return PROC_EXIT_CONFIG;
        }
        if (!access_token_is_fit(*token)) {
                fprintf(stderr,
                        "tq-trellix-tie: --token-file %s: the token must be one word of at least "
                        "%d characters: openssl rand -hex 32 makes one\n",
                        own->token_file, ACCESS_TOKEN_MIN);
                return PROC_EXIT_CONFIG;
        }
        return 0;
}

static int open_serve(struct serve *s, const struct access_policy *policy)
{
        struct gather_options options = {
            .tools = s->console->tools,
            .config = s->console->config->path,
            .fabrics = s->console->fabrics,
            .fabric_count = s->console->fabric_count,
        };
        struct explain_options explain = {
            .tools = options.tools,
            .config = options.config,
            .fabrics = options.fabrics,
            .fabric_count = options.fabric_count,
        };
        int r = watch_init(&s->watch);

        options.epoll = s->watch.epoll;
        explain.epoll = s->watch.epoll;
        if (r == 0)
                r = gather_open(&options, &s->gather);
        if (r == 0)
                r = snapshot_open(s->console, &s->snapshot);
        if (r == 0)
                r = history_open(s->console->fabric_count, SAMPLES, &s->history);
        if (r == 0)
                r = lookups_open(&explain, &s->lookups);
        return r == 0 ? pages_open(policy, s->lookups, &s->pages) : r;
}

static int listen_at(struct serve *s, struct address *address)
{
        int listener = address_listen(address), r = listener;

        if (listener >= 0)
                r = server_open(listener, s->watch.epoll, pages_answer, s->pages, &s->server);
        if (r < 0)
                fprintf(stderr, "tq-trellix-tie: cannot listen on %s: %s\n",
                        address_text(address, (char[ADDRESS_TEXT_MAX]){0}), strerror(-r));
        else
                fprintf(stderr, "tq-trellix-tie: serves http://%s/\n",
                        address_text(address, (char[ADDRESS_TEXT_MAX]){0}));
        return r;
}

/* A report that cannot be started now is asked for in the next round: a look that fails is no
 * reason to end. */
static void begin_round(struct serve *s, int64_t now)
{
        int r;

        if (gather_under_way(s->gather) || now < s->rested ||
            (now < s->next_sample && !pages_want_round(s->pages)))
                return;
        pages_round_begins(s->pages);
        r = gather_start(s->gather, now);
        if (r < 0)
                fprintf(stderr, "tq-trellix-tie: cannot ask the stages: %s; asked again\n",
                        strerror(-r));
}

static int end_round(struct serve *s)
{
        int64_t now = clock_boot_ms(), wall_s = clock_wall_s();
        int r;

        snapshot_take(s->snapshot, s->gather, wall_s, false);
        if (now >= s->next_sample) {
                history_add(s->history, snapshot_summary(s->snapshot), now, wall_s);
                s->next_sample = now + s->every_ms;
        }
        /* However many look: half of the time the stages are left in peace. */
        s->rested = now + gather_took_ms(s->gather);
        r = pages_round_ended(s->pages, s->snapshot, s->history);
        if (r == 0)
                server_wake(s->server);
        return r;
}

static int64_t next_of(const struct serve *s, int64_t now)
{
        int64_t mine = s->next_sample, server = server_next(s->server, now);
        int64_t lookups = lookups_next(s->lookups);

        if (gather_under_way(s->gather))
                mine = gather_deadline(s->gather);
        else if (pages_want_round(s->pages))
                mine = s->rested;
        if (lookups < mine)
                mine = lookups;
        return mine < server ? mine : server;
}

/* Where a hang-up means that the terminal is gone, and this with it. */
static bool at_terminal(void)
{
        int fd = open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);

        if (fd >= 0)
                close(fd);
        return fd >= 0;
}

/* SIGHUP of a service manager: whether the configuration says something new that can be taken. If
 * not, this goes on. */
static bool hung_up(struct serve *s)
{
        _cleanup_(config_freep) struct config *config = NULL;
        _cleanup_(freep) char *error = NULL;
        int r = config_load(s->console->config->path, &config, &error);

        if (r == 0 && config_mark(config, NULL) != config_mark(s->console->config, NULL)) {
                fputs("tq-trellix-tie: the configuration has changed: starting anew\n", stderr);
                return true;
        }
        if (r < 0)
                fprintf(stderr,
                        "tq-trellix-tie: %s\ntq-trellix-tie: the configuration is wrong: "
                        "this goes on with the one it has; mend it, then send SIGHUP again\n",
                        error ? error : strerror(-r));
        s->watch.interrupts = s->watch.hangups = 0;
        return false;
}

static int loop(struct serve *s)
{
        int r = 0;

        s->next_sample = clock_boot_ms();
        while (r == 0) {
                begin_round(s, clock_boot_ms());
                r = watch_wait(&s->watch, next_of(s, clock_boot_ms()));
                if (s->watch.hangups > 0 && s->watch.hangups == s->watch.interrupts &&
                    !at_terminal())
                        s->again = hung_up(s);
                if (s->watch.interrupts > 0)
                        return 0;
                if (r == 0 && gather_serve(s->gather, clock_boot_ms()))
                        r = end_round(s);
                if (lookups_serve(s->lookups, clock_boot_ms()))
                        server_wake(s->server);
                server_serve(s->server, clock_boot_ms());
        }
        return r;
}

int serve_main(const struct console *console)
{
        const struct serve_options *own = console->options->own;
        _cleanup_(secret_wipep) char *token = NULL;
        struct serve s = {.console = console,
                          .every_ms = own->every_ms > 0 ? own->every_ms : EVERY_MS};
        struct access_policy policy;
        struct address address;
        int code = read_options(own, &address, &token), r;

        if (code != PROC_EXIT_OK)
                return code;
        r = access_init(&policy, address_is_loopback(&address), token);
        if (r == 0)
                r = open_serve(&s, &policy);
        if (r == 0 && listen_at(&s, &address) < 0)
                code = PROC_EXIT_FAILED;
        else if (r == 0)
                r = loop(&s);
        if (r < 0) {
                fprintf(stderr, "tq-trellix-tie: cannot serve: %s\n", strerror(-r));
                code = PROC_EXIT_FAILED;
        }
        server_close(s.server);
        pages_close(s.pages);
        lookups_close(s.lookups);
        history_close(s.history);
        snapshot_close(s.snapshot);
        gather_close(s.gather);
        watch_done(&s.watch);
        return s.again ? CONSOLE_AGAIN : code;
}
