/*
 * What a TLS connection to a broker is made of, and in plain words why there is none. The
 * connection that carries messages is paho's; this one is for looking (probe.h), since paho neither
 * shows the broker's certificate nor says which file is at fault.
 */
#ifndef TQ_PUBLISHER_DXL_TLS_H
#define TQ_PUBLISHER_DXL_TLS_H

#include "common/cleanup.h"
#include "publisher/dxl/dxlconfig.h"

#include <stdint.h>

#include <openssl/ssl.h>

enum { DXL_TLS_ERROR_MAX = 512, DXL_TLS_NAME_MAX = 100 };

/* For TLS 1.2: paho's own default has ciphers without a certificate in it. AES128-SHA256, the only
 * one that OpenDXL's own client offers, is among them. */
extern const char dxl_tls_ciphers[];

DEFINE_CLEANUP(SSL_CTX *, SSL_CTX_free);
DEFINE_CLEANUP(SSL *, SSL_free);

/* What went wrong in a handshake. */
struct dxl_tls_trouble {
        long verify; /* X509_V_ERR_…; 0: nothing is wrong with the broker's certificate */
        int depth;   /* of the certificate that is: 0 the broker's own, else one it comes from */
        char subject[DXL_TLS_NAME_MAX]; /* of that certificate */
        char issuer[DXL_TLS_NAME_MAX];
        int alert;           /* that the broker sent; -1: none */
        const char *library; /* OpenSSL's reason; NULL: the connection just ended */
};

/* Reads the files of config anew. 0, or -EINVAL with the file in error. */
int dxl_tls_open(const struct dxl_config *config, SSL_CTX **ret, char error[DXL_TLS_ERROR_MAX]);
/* A connection's TLS on fd (which stays the caller's) to `host`, the name that
 * config->verify_hostname holds the certificate against. What goes wrong with the broker's
 * certificate is noted in *trouble, which outlives it. NULL when memory is out. */
SSL *dxl_tls_new(SSL_CTX *ctx, const struct dxl_config *config, int fd, const char *host,
                 struct dxl_tls_trouble *trouble);
/* Adds what OpenSSL's queue of errors says, and empties it. */
void dxl_tls_note(struct dxl_tls_trouble *trouble);
/* Pure: the trouble for a person, with the file to mend. now_s and client_expires_s (0: not known)
 * tell whether the client's certificate is over. */
void dxl_tls_words(const struct dxl_config *config, const char *host,
                   const struct dxl_tls_trouble *trouble, int64_t client_expires_s, int64_t now_s,
                   char out[DXL_TLS_ERROR_MAX]);

#endif
