/*
 * Whether certificate and key files are what TLS needs, so that the fault is named before a
 * handshake fails without saying why.
 */
#ifndef TQ_PUBLISHER_DXL_CERTS_H
#define TQ_PUBLISHER_DXL_CERTS_H

enum { DXL_CERTS_ERROR_MAX = 512 };

/* Reads CA bundle, client certificate and private key, all PEM. 0, or -EINVAL with file, fault and
 * mend in error. */
int dxl_certs_check(const char *ca_file, const char *cert_file, const char *key_file,
                    char error[DXL_CERTS_ERROR_MAX]);

#endif
