#include "publisher/dxl/nodelay.h"

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

unsigned dxl_nodelay(uint16_t peer_port)
{
        const int on = 1;
        unsigned found = 0;
        struct dirent *entry;
        DIR *fds = opendir("/proc/self/fd");

        while (fds && (entry = readdir(fds))) {
                int fd = atoi(entry->d_name);

                if (entry->d_name[0] == '.' || !is_connected_to(fd, peer_port))
                        continue;
                found++;
                /* best effort: without it the connection is slower, not wrong */
                (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        }
        if (fds)
                closedir(fds);
        return found;
}
