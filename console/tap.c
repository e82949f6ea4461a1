#include "console/tap.h"

#include "common/proc.h"
#include "common/store.h"
#include "common/tap.h"
#include "common/wire.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <zmq.h>

enum {
        KEY_COUNT = COMMANDS_KEY,
        CHANNELS = CONFIG_WRITTEN + 1,
        HELD_MAX = 1000, /* messages that wait here for the reader; few wait in the stage */
};

struct tap_words {
        const char *channel;
        uint64_t count; /* 0: until it is ended */
};

static const struct argp_option own_options[] = {
    {"count", KEY_COUNT, "N", 0, "end after so many messages", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
        struct tap_words *own = state->input;
        char *end = NULL;

        switch (key) {
        case KEY_COUNT:
                own->count = strtoull(arg, &end, 10);
                if (arg[0] < '0' || arg[0] > '9' || *end || own->count == 0)
                        argp_error(state, "--count %s: a number from 1 on", arg);
                return 0;
        case ARGP_KEY_ARG:
                if (state->arg_num > 0)
                        argp_error(state, "'%s' is too much: one channel at a time", arg);
                own->channel = arg;
                return 0;
        case ARGP_KEY_END:
                if (!own->channel)
                        argp_error(state, "which channel? pages, acks, in, outcomes or written");
                return 0;
        default:
                return ARGP_ERR_UNKNOWN;
        }
}

static const struct argp argp = {
    .options = own_options,
    .parser = parse,
    .args_doc = "pages|acks|in|outcomes|written",
    .doc =
        "\vThe channels:\n"
        "\n"
        "  pages     fetcher to mappers: PAGE, SWEEP_END\n"
        "  acks      to the fetcher: ACK, HELLO, SWEEP_REQUEST\n"
        "  in        mappers to a publisher: BATCH, SWEEP_END\n"
        "  outcomes  a publisher to the enrichers: OUTCOMES\n"
        "  written   enrichers to a publisher: WRITTEN, HELLO\n"
        "\n"
        "The last three are of one fabric: -cn NAME says of which. "
        "Each message is a line, as --stdio of a stage reads and writes it: what is tapped from "
        "`in` can be fed to tie-publisher --stdio. The stages never wait for the reader: what he "
        "is too slow for is left out, and a line {\"type\":\"DROPPED\",\"count\":N} says how "
        "many. It taps on the host of the fetcher or publisher that holds the channel, until "
        "Ctrl-C.\n"
        "\n"
        "  tq-trellix-tie tap acks\n"
        "  tq-trellix-tie tap in -cn emea | jq -c '.items[]?'\n"
        "\n"
        "Exit status: 0 ended; 1 it cannot tap, or somebody else does; 2 the command line or the "
        "configuration is wrong."};
const struct command_arguments tap_arguments = {&argp, sizeof(struct tap_words)};

struct tapping {
        char path[TAP_PATH_MAX];
        int lock;
        int signals;
        void *zmq;
        void *socket;
        uint64_t dropped; /* as the stage counts them */
};

/* The channel of that name, and whose it is: NULL for the fetcher's. 0 or the exit code, after it
 * was said. */
static int find_channel(const struct console *console, enum config_channel *channel,
                        const char **fabric)
{
        const struct tap_words *own = console->options->own;
        unsigned i = 0;

        while (i < CHANNELS && strcmp(own->channel, config_channel_name(i)) != 0)
                i++;
        if (i == CHANNELS) {
                fprintf(stderr,
                        "tq-trellix-tie: no channel '%s': pages, acks, in, outcomes or written\n",
                        own->channel);
                return PROC_EXIT_CONFIG;
        }
        *channel = i;
        *fabric = i == CONFIG_PAGES || i == CONFIG_ACKS ? NULL : console->fabrics[0];
        if (*fabric && console->fabric_count > 1) {
                fprintf(stderr, "tq-trellix-tie: each fabric has a channel '%s': name one by -cn\n",
                        own->channel);
                return PROC_EXIT_CONFIG;
        }
        return 0;
}

static int zmq_failed(void)
{
        return -zmq_errno();
}

static int open_tapping(struct tapping *t)
{
        char endpoint[TAP_PATH_MAX + 8];
        const int hwm = HELD_MAX, linger = 0;
        sigset_t mask;

        sigemptyset(&mask);
        sigaddset(&mask, SIGINT);
        sigaddset(&mask, SIGTERM);
        sigprocmask(SIG_BLOCK, &mask, NULL);
        signal(SIGPIPE, SIG_IGN); /* a reader that is gone is no reason to leave files behind */
        t->signals = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
        if (t->signals < 0)
                return -errno;
        t->lock = tap_lock(t->path);
        if (t->lock < 0)
                return t->lock;
        t->zmq = zmq_ctx_new();
        t->socket = t->zmq ? zmq_socket(t->zmq, ZMQ_PULL) : NULL;
        if (!t->socket || zmq_setsockopt(t->socket, ZMQ_RCVHWM, &hwm, sizeof(hwm)) < 0 ||
            zmq_setsockopt(t->socket, ZMQ_LINGER, &linger, sizeof(linger)) < 0)
                return zmq_failed();
        snprintf(endpoint, sizeof(endpoint), "ipc://%s", t->path);
        return zmq_bind(t->socket, endpoint) < 0 ? zmq_failed() : 0;
}

static void close_tapping(struct tapping *t)
{
        char lock[TAP_PATH_MAX + 8];

        if (t->socket)
                zmq_close(t->socket);
        if (t->zmq)
                zmq_ctx_term(t->zmq);
        if (t->lock >= 0) {
                unlink(t->path);
                snprintf(lock, sizeof(lock), "%s.lock", t->path);
                unlink(lock);
        }
        closep(&t->lock);
        closep(&t->signals);
}

/* Prints one copy; false when there is nobody to print to. */
static bool print(struct tapping *t, const uint8_t *copy, size_t len)
{
        _cleanup_(freep) char *json = NULL;
        uint64_t dropped = len >= TAP_HEAD ? store_get_u64(copy) : t->dropped;

        if (dropped > t->dropped)
                printf("{\"type\":\"DROPPED\",\"count\":%" PRIu64 "}\n", dropped - t->dropped);
        t->dropped = dropped;
        json = len > TAP_HEAD ? wire_to_json(copy + TAP_HEAD, len - TAP_HEAD) : NULL;
        if (json)
                printf("%s\n", json);
        else
                printf("{\"type\":\"UNREADABLE\",\"bytes\":%zu}\n", len);
        return fflush(stdout) == 0;
}

/* Until it was asked to end, the reader is gone, or `count` messages were printed (0: any). */
static int follow(struct tapping *t, uint64_t count)
{
        zmq_pollitem_t items[] = {{.socket = t->socket, .events = ZMQ_POLLIN},
                                  {.fd = t->signals, .events = ZMQ_POLLIN},
                                  {.fd = STDOUT_FILENO, .events = ZMQ_POLLERR}};
        uint64_t printed = 0;

        while (count == 0 || printed < count) {
                zmq_msg_t msg;
                bool good = true;

                if (zmq_poll(items, sizeof(items) / sizeof(items[0]), -1) < 0)
                        return zmq_errno() == EINTR ? 0 : zmq_failed();
                if (items[1].revents || items[2].revents & ZMQ_POLLERR)
                        return 0;
                zmq_msg_init(&msg);
                if (items[0].revents && zmq_msg_recv(&msg, t->socket, ZMQ_DONTWAIT) >= 0) {
                        good = print(t, zmq_msg_data(&msg), zmq_msg_size(&msg));
                        printed++;
                }
                zmq_msg_close(&msg);
                if (!good)
                        return 0;
        }
        return 0;
}

int tap_main(const struct console *console)
{
        const struct tap_words *own = console->options->own;
        struct tapping t = {.lock = -1, .signals = -1};
        enum config_channel channel = CONFIG_PAGES;
        const char *fabric = NULL;
        int r = find_channel(console, &channel, &fabric);

        if (r != 0)
                return r;
        tap_path(console->config, channel, fabric, t.path);
        r = open_tapping(&t);
        if (r == -EBUSY && t.lock < 0)
                fprintf(stderr, "tq-trellix-tie: somebody taps %s already\n", own->channel);
        else if (r < 0)
                fprintf(stderr, "tq-trellix-tie: cannot tap at %s: %s\n", t.path, strerror(-r));
        if (r == 0) {
                fprintf(stderr, "tq-trellix-tie: taps %s; Ctrl-C ends it\n", t.path);
                r = follow(&t, own->count);
        }
        close_tapping(&t);
        return r == 0 ? PROC_EXIT_OK : PROC_EXIT_FAILED;
}
