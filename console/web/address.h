/*
 * Where the web page listens: an IP address with a port, and what kind of address it is.
 */
#ifndef TQ_CONSOLE_ADDRESS_H
#define TQ_CONSOLE_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

enum { ADDRESS_TEXT_MAX = 64 };

struct address {
        struct sockaddr_storage socket;
        socklen_t len;
};

/* "127.0.0.1:9117", "[::1]:9117"; port 0: any that is free. False when it is none; names are none,
 * since what a name means is decided elsewhere. Pure. */
bool address_parse(const char *text, struct address *ret);
/* Whether only this machine reaches it. Pure. */
bool address_is_loopback(const struct address *address);
/* As address_parse reads it; returns out. */
const char *address_text(const struct address *address, char out[ADDRESS_TEXT_MAX]);
/* Whether the value of a Host header names this machine by a loopback address or as localhost, with
 * any port: a name that a stranger's DNS points here does not. NULL: false. Pure. */
bool address_host_is_loopback(const char *host);
/* A listening socket that does not block, or -errno. Fills in the port that was chosen. */
int address_listen(struct address *address);

#endif
