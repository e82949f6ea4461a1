#include "publisher/dxl/certs.h"

#include "common/cleanup.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

DEFINE_CLEANUP(X509 *, X509_free);
DEFINE_CLEANUP(EVP_PKEY *, EVP_PKEY_free);

/* A key with a passphrase is refused, not asked about on a terminal. */
static int no_passphrase(char *buffer, int size, int writing, void *userdata)
{
        (void)buffer;
        (void)size;
        (void)writing;
        (void)userdata;
        return -1;
}

static X509 *read_cert(const char *path)
{
        _cleanup_(fclosep) FILE *f = fopen(path, "re");
        return f ? PEM_read_X509(f, NULL, no_passphrase, NULL) : NULL;
}

static EVP_PKEY *read_key(const char *path)
{
        _cleanup_(fclosep) FILE *f = fopen(path, "re");
        return f ? PEM_read_PrivateKey(f, NULL, no_passphrase, NULL) : NULL;
}

int dxl_certs_check(const char *ca_file, const char *cert_file, const char *key_file,
                    char error[DXL_CERTS_ERROR_MAX])
{
        _cleanup_(X509_freep) X509 *ca = read_cert(ca_file);
        _cleanup_(X509_freep) X509 *cert = read_cert(cert_file);
        _cleanup_(EVP_PKEY_freep) EVP_PKEY *key = read_key(key_file);
        bool match = cert && key && X509_check_private_key(cert, key) == 1;
        ERR_clear_error();
        const char *again = "provision the client anew";
        if (!ca)
                snprintf(error, DXL_CERTS_ERROR_MAX,
                         "[Certs] BrokerCertChain: %s holds no PEM certificate; %s", ca_file,
                         again);
        else if (!cert)
                snprintf(error, DXL_CERTS_ERROR_MAX,
                         "[Certs] CertFile: %s holds no PEM certificate; %s", cert_file, again);
        else if (!key)
                snprintf(error, DXL_CERTS_ERROR_MAX,
                         "[Certs] PrivateKey: %s holds no PEM key without passphrase; take it off "
                         "with: openssl pkey -in FILE -out FILE, or %s",
                         key_file, again);
        else if (!match)
                snprintf(error, DXL_CERTS_ERROR_MAX,
                         "[Certs] PrivateKey: %s is not the key of the certificate %s; name the "
                         "pair, or %s",
                         key_file, cert_file, again);
        return match && ca ? 0 : -EINVAL;
}
