/*
 * Whether certificate and key files are what TLS needs, so that the fault is named before a
 * handshake fails without saying why; and how long they last.
 */
#ifndef TQ_PUBLISHER_DXL_CERTS_H
#define TQ_PUBLISHER_DXL_CERTS_H

#include "publisher/dxl/dxlconfig.h"
#include "publisher/dxl/expiry.h"

#include <stdbool.h>
#include <stdint.h>

#include <openssl/x509.h>

enum { DXL_CERTS_ERROR_MAX = 1024 };

/* Where the file is that dxlclient.config at config_path names: as it is when it is there, else
 * beside that. Replaces *name, which is on the heap. 0 or -ENOMEM. */
int dxl_certs_find(const char *config_path, char **name);
/* Whether it is a file that can be read; a secret one by its owner alone, not by its group either.
 * 0, or -EINVAL with fault and mend in error. */
int dxl_certs_file(const char *name, bool secret, char error[DXL_CERTS_ERROR_MAX]);
/* Reads CA bundle, client certificate and private key of config, all PEM. 0, or -EINVAL with file,
 * fault and mend in error. */
int dxl_certs_check(const struct dxl_config *config, char error[DXL_CERTS_ERROR_MAX]);
/* A pem_password_cb: userdata is the passphrase, or NULL; then it is not asked for on a terminal,
 * but missing. */
int dxl_certs_passphrase(char *buffer, int size, int writing, void *userdata);
/* The end of a certificate's validity, wall clock in s; 0 when it cannot be told. */
int64_t dxl_certs_end(const X509 *cert);
/* That of the client's certificate, read from its file now. */
int64_t dxl_certs_client_end(const struct dxl_config *config);
/* The first to end of all the certificates in the CA bundle. Some may not be in use any more: those
 * that a broker's certificate comes from are known once it was asked (probe.h). */
int64_t dxl_certs_bundle_end(const struct dxl_config *config);

#endif
