#include "common/links_monitor.h"

#include "common/backoff.h"
#include "common/burst.h"
#include "common/clock.h"
#include "common/contact.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <zmq.h>

enum {
        ADDRESS_MAX = 64,
        ENDPOINT_MAX = 512,
        PEERS_MAX = 32, /* of which the address is remembered until they have shaken hands */
        PEER_MAX = 64,
        EVENTS_AT_ONCE = 64,
        EVENT_BYTES = 6, /* uint16 event, uint32 value, as the machine has them */
};

struct peer {
        int fd;
        char address[PEER_MAX];
};

struct links_monitor {
        struct links_monitor_spec spec;
        char *endpoint;
        char address[ADDRESS_MAX];
        void *socket;
        struct chan *chan;
        struct contact contact; /* connected */
        loop_fn back;           /* connected; NULL: nobody wants to know */
        void *back_userdata;
        struct burst burst; /* bound */
        uint32_t failure;   /* bound: of the handshake that fails now; 0: none */
        struct peer peers[PEERS_MAX];
        unsigned next_peer;
};

int links_monitor_open(const struct links_monitor_spec *spec, struct links_monitor **ret)
{
        _cleanup_(links_monitor_closep) struct links_monitor *monitor = calloc(1, sizeof(*monitor));

        if (!monitor)
                return -ENOMEM;
        monitor->spec = *spec;
        monitor->endpoint = strdup(spec->endpoint);
        if (!monitor->endpoint)
                return -ENOMEM;
        snprintf(monitor->address, sizeof(monitor->address), "inproc://monitor-%p",
                 (void *)monitor);
        contact_init(&monitor->contact, clock_boot_ms());
        for (int i = 0; i < PEERS_MAX; i++)
                monitor->peers[i].fd = -1;
        monitor->socket = zmq_socket(spec->zmq, ZMQ_PAIR);
        if (!monitor->socket)
                return -EIO;
        *ret = monitor;
        monitor = NULL;
        return 0;
}

const char *links_monitor_address(const struct links_monitor *monitor)
{
        return monitor->address;
}

void links_monitor_close(struct links_monitor *monitor)
{
        if (!monitor)
                return;
        if (monitor->socket)
                zmq_close(monitor->socket);
        free(monitor->endpoint);
        free(monitor);
}

static void say(const struct links_monitor *monitor, enum contact_news news)
{
        struct log *log = monitor->spec.log;
        const char *endpoint = monitor->endpoint;

        switch (news) {
        case CONTACT_BACK:
                log_info(log, "the link to another host is up endpoint=%s", endpoint);
                return;
        case CONTACT_LOST:
                log_info(log,
                         "the link to another host is lost endpoint=%s; connecting again, what was "
                         "on its way is sent again",
                         endpoint);
                return;
        case CONTACT_UNREACHED:
                log_warn(log,
                         "no link to another host yet endpoint=%s; trying on: does the stage run "
                         "there, and does the network let it through?",
                         endpoint);
                return;
        case CONTACT_TURNED_AWAY:
                log_warn(log,
                         "another host turns us away endpoint=%s our_public_key=%s; trying on: is "
                         "our key in its links.allow, and is the public_key of that endpoint "
                         "right?",
                         endpoint, monitor->spec.public_key ? monitor->spec.public_key : "none");
                return;
        case CONTACT_FOREIGN:
                log_warn(log,
                         "what answers speaks another protocol or other security endpoint=%s; "
                         "trying on: is it a stage of ours, and has it the same links:?",
                         endpoint);
                return;
        case CONTACT_NOTHING:
                return;
        }
}

/* The socket may be gone again before its event is read: then its address stays unknown. */
static void note_peer(struct links_monitor *monitor, int fd)
{
        struct peer *peer = &monitor->peers[monitor->next_peer++ % PEERS_MAX];
        struct sockaddr_storage address = {0};
        socklen_t len = sizeof(address);
        const struct sockaddr_in *four = (const struct sockaddr_in *)&address;
        const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)&address;
        bool known = getpeername(fd, (struct sockaddr *)&address, &len) == 0;

        peer->fd = fd;
        if (!known || !inet_ntop(address.ss_family,
                                 address.ss_family == AF_INET6 ? (const void *)&six->sin6_addr
                                                               : (const void *)&four->sin_addr,
                                 peer->address, sizeof(peer->address)))
                peer->address[0] = '\0';
}

static const char *peer_address(const struct links_monitor *monitor, int fd)
{
        for (unsigned i = 1; i <= PEERS_MAX; i++) {
                const struct peer *peer =
                    &monitor->peers[(monitor->next_peer + PEERS_MAX - i) % PEERS_MAX];

                if (peer->fd == fd)
                        return peer->address;
        }
        return "";
}

static void say_refused(struct links_monitor *monitor, int fd)
{
        bool keys = monitor->spec.public_key != NULL;
        const char *address = peer_address(monitor, fd);
        uint64_t more;

        if (!burst_say(&monitor->burst, clock_boot_ms(), &more))
                return;
        log_warn(monitor->spec.log,
                 "refused a connection endpoint=%s%s%s: %s more=%" PRIu64 "; nothing is disturbed",
                 monitor->endpoint, *address ? " address=" : "", address,
                 monitor->failure == ZMQ_PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC
                     ? "it does not know our public key"
                 : keys ? "it shows no key, or is no stage"
                        : "it shows a key where plain text is spoken, or is no stage",
                 more);
}

/* Of a bound socket. A failed handshake names no connection; its end, which follows, does. */
static void take_bound(struct links_monitor *monitor, unsigned event, uint32_t value)
{
        switch (event) {
        case ZMQ_EVENT_ACCEPTED:
                note_peer(monitor, (int)value);
                return;
        case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
                monitor->failure = value;
                return;
        case ZMQ_EVENT_DISCONNECTED:
                if (monitor->failure != 0)
                        say_refused(monitor, (int)value);
                monitor->failure = 0;
                return;
        default:
                return;
        }
}

/* One event: its number and value, then the endpoint. 0, 1 when none waits, -errno. */
static int receive(struct links_monitor *monitor, unsigned *event, uint32_t *value)
{
        char bytes[EVENT_BYTES], endpoint[ENDPOINT_MAX];
        uint16_t number;
        int n = zmq_recv(monitor->socket, bytes, sizeof(bytes), ZMQ_DONTWAIT);

        if (n < 0)
                return zmq_errno() == EAGAIN || zmq_errno() == EINTR ? 1 : -EIO;
        if (n != EVENT_BYTES || zmq_recv(monitor->socket, endpoint, sizeof(endpoint), 0) < 0)
                return -EIO;
        memcpy(&number, bytes, sizeof(number));
        memcpy(value, bytes + sizeof(number), sizeof(*value));
        *event = number;
        return 0;
}

static int take_connected(struct links_monitor *monitor, unsigned event)
{
        enum contact_news news =
            contact_event(&monitor->contact, event, clock_boot_ms(), backoff_random());

        say(monitor, news);
        return news == CONTACT_BACK && monitor->back ? monitor->back(monitor->back_userdata) : 0;
}

static int on_events(void *userdata)
{
        struct links_monitor *monitor = userdata;
        uint32_t value;
        unsigned event;
        int r = 0;

        for (int i = 0; i < EVENTS_AT_ONCE; i++) {
                r = receive(monitor, &event, &value);
                if (r != 0)
                        break;
                if (monitor->spec.bound)
                        take_bound(monitor, event, value);
                else
                        r = take_connected(monitor, event);
                if (r < 0)
                        return r;
        }
        if (monitor->contact.again_at >= 0)
                monitor->spec.on_due(monitor->spec.userdata);
        return r < 0 ? r : 0;
}

int links_monitor_start(struct links_monitor *monitor, struct chan *chan)
{
        monitor->chan = chan;
        if (zmq_connect(monitor->socket, monitor->address) < 0)
                return -EIO;
        return loop_add_socket(monitor->spec.loop, monitor->socket, on_events, monitor);
}

void links_monitor_when_back(struct links_monitor *monitor, const struct chan *chan, loop_fn fn,
                             void *userdata)
{
        if (monitor->chan != chan)
                return;
        monitor->back = fn;
        monitor->back_userdata = userdata;
}

int64_t links_monitor_next(const struct links_monitor *monitor)
{
        return monitor->contact.again_at;
}

int links_monitor_serve(struct links_monitor *monitor, int64_t now_ms)
{
        if (!contact_due(&monitor->contact, now_ms))
                return 0;
        return chan_connect_again(monitor->chan, monitor->endpoint);
}
