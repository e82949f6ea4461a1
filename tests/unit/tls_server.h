/*
 * A scripted HTTPS server on 127.0.0.1 for tests: a thread answers each request on a kept-alive
 * connection with the next scripted piece of text, byte for byte, and keeps what was asked.
 */
#ifndef TQ_TESTS_TLS_SERVER_H
#define TQ_TESTS_TLS_SERVER_H

#include <stdbool.h>
#include <stddef.h>

struct tls_server;

/* Writes a fresh self-signed certificate for 127.0.0.1 to a file of its own: the clients' CA. */
struct tls_server *tls_server_open(void);
void tls_server_close(struct tls_server *server);
int tls_server_port(const struct tls_server *server);
const char *tls_server_ca_file(const struct tls_server *server);
/* Adds an answer to the script. cut: the connection is closed after it, without a TLS goodbye. */
void tls_server_add(struct tls_server *server, const char *answer, bool cut);
void tls_server_add_bytes(struct tls_server *server, const void *answer, size_t len, bool cut);
/* Adds "200 OK" or another status with a JSON body. */
void tls_server_add_json(struct tls_server *server, int status, const char *json);
/* Requests taken so far; the nth as it came (head and body), "" when there is none. Valid until
 * close. */
size_t tls_server_count(struct tls_server *server);
const char *tls_server_request(struct tls_server *server, size_t n);
/* Connections accepted so far. */
size_t tls_server_connections(struct tls_server *server);

#endif
