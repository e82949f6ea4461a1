#include "publisher/dxl/sockets.h"

#include <dirent.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>

static bool is_connected_to(int fd, uint16_t port)
{
        union {
                struct sockaddr any;
                struct sockaddr_in v4;
                struct sockaddr_in6 v6;
                struct sockaddr_storage room;
        } peer = {0};
        socklen_t len = sizeof(peer);

        if (getpeername(fd, &peer.any, &len) < 0)
                return false;
        if (peer.any.sa_family == AF_INET)
                return ntohs(peer.v4.sin_port) == port;
        return peer.any.sa_family == AF_INET6 && ntohs(peer.v6.sin6_port) == port;
}

static void be_prompt(int fd)
{
        const int on = 1;

        /* best effort: without it the connection is slower, not wrong */
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

static void end(int fd)
{
        (void)shutdown(fd, SHUT_RDWR); /* it may be over already */
}

static unsigned each(uint16_t peer_port, void (*act)(int fd))
{
        unsigned found = 0;
        struct dirent *entry;
        DIR *fds = opendir("/proc/self/fd");

        while (fds && (entry = readdir(fds))) {
                int fd = atoi(entry->d_name);

                if (entry->d_name[0] == '.' || !is_connected_to(fd, peer_port))
                        continue;
                found++;
                act(fd);
        }
        if (fds)
                closedir(fds);
        return found;
}

unsigned dxl_sockets_nodelay(uint16_t peer_port)
{
        return each(peer_port, be_prompt);
}

unsigned dxl_sockets_cut(uint16_t peer_port)
{
        return each(peer_port, end);
}
