#include "publisher/dxl/thumbprint.h"

#include <errno.h>
#include <stdio.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

static X509 *first_certificate(const char *path)
{
        FILE *f = fopen(path, "re");
        X509 *certificate = f ? PEM_read_X509(f, NULL, NULL, NULL) : NULL;

        if (f)
                fclose(f);
        return certificate;
}

int dxl_thumbprint(const char *cert_file, char out[DXL_THUMBPRINT_LEN + 1])
{
        unsigned char digest[EVP_MAX_MD_SIZE];
        unsigned len = 0;
        X509 *certificate = first_certificate(cert_file);
        int good = certificate && X509_digest(certificate, EVP_sha1(), digest, &len) &&
                   2 * len == DXL_THUMBPRINT_LEN;

        X509_free(certificate);
        out[0] = '\0';
        for (unsigned i = 0; good && i < len; i++)
                snprintf(out + 2 * (size_t)i, 3, "%02x", digest[i]);
        return good ? 0 : -EINVAL;
}
