#include "publisher/dxl/certs.h"

#include "common/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

DEFINE_CLEANUP(X509 *, X509_free);
DEFINE_CLEANUP(EVP_PKEY *, EVP_PKEY_free);

int dxl_certs_passphrase(char *buffer, int size, int writing, void *userdata)
{
        const char *secret = userdata;
        size_t len = secret ? strlen(secret) : 0;

        (void)writing;
        if (len == 0 || len > (size_t)size)
                return -1;
        memcpy(buffer, secret, len);
        return (int)len;
}

int dxl_certs_find(const char *config_path, char **name)
{
        const char *slash = strrchr(config_path, '/');
        if ((*name)[0] == '/' || !slash || access(*name, F_OK) == 0)
                return 0;
        char *beside;
        if (asprintf(&beside, "%.*s/%s", (int)(slash - config_path), config_path, *name) < 0)
                return -ENOMEM;
        free(*name);
        *name = beside;
        return 0;
}

int dxl_certs_file(const char *name, bool secret, char error[DXL_CERTS_ERROR_MAX])
{
        _cleanup_(closep) int fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        struct stat st;
        if (fd < 0 || fstat(fd, &st) < 0)
                snprintf(error, DXL_CERTS_ERROR_MAX,
                         "cannot read %s: %s; mend the name or its permissions", name,
                         strerror(errno));
        else if (!S_ISREG(st.st_mode))
                snprintf(error, DXL_CERTS_ERROR_MAX, "%s is no file; name a PEM file", name);
        else if (secret && st.st_mode & (S_IRWXG | S_IRWXO))
                snprintf(error, DXL_CERTS_ERROR_MAX,
                         "%s can be read or changed by others (mode %04o); run: chmod 600 %s", name,
                         st.st_mode & 07777, name);
        else
                return 0;
        return -EINVAL;
}

static X509 *read_cert(const char *path)
{
        _cleanup_(fclosep) FILE *f = fopen(path, "re");
        return f ? PEM_read_X509(f, NULL, dxl_certs_passphrase, NULL) : NULL;
}

static EVP_PKEY *read_key(const char *path, char *passphrase)
{
        _cleanup_(fclosep) FILE *f = fopen(path, "re");
        return f ? PEM_read_PrivateKey(f, NULL, dxl_certs_passphrase, passphrase) : NULL;
}

/* The certificates in the file are counted; *ret_end is the first end of one, 0 with none. False
 * when one of them is broken. */
static bool read_bundle(const char *path, unsigned *ret_count, int64_t *ret_end)
{
        _cleanup_(fclosep) FILE *f = fopen(path, "re");
        X509 *cert = NULL;

        *ret_count = 0;
        *ret_end = 0;
        while (f && (cert = PEM_read_X509(f, NULL, dxl_certs_passphrase, NULL))) {
                int64_t end = dxl_certs_end(cert);
                if (++*ret_count == 1 || end < *ret_end)
                        *ret_end = end;
                X509_free(cert);
        }
        bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
        ERR_clear_error();
        return f && at_end;
}

static const char *key_mend(const struct dxl_config *config)
{
        return config->passphrase
                   ? "holds no PEM key that the passphrase in key_passphrase_file opens"
                   : "holds no PEM key without passphrase; write the passphrase into a file and "
                     "name it as key_passphrase_file of the fabric";
}

int dxl_certs_check(const struct dxl_config *config, char error[DXL_CERTS_ERROR_MAX])
{
        _cleanup_(X509_freep) X509 *cert = read_cert(config->cert_file);
        _cleanup_(EVP_PKEY_freep) EVP_PKEY *key = read_key(config->key_file, config->passphrase);
        bool match = cert && key && X509_check_private_key(cert, key) == 1;
        ERR_clear_error();
        unsigned count;
        int64_t end;
        bool whole = read_bundle(config->ca_file, &count, &end);
        const char *again = "provision the client anew";
        if (count == 0)
                snprintf(error, DXL_CERTS_ERROR_MAX,
                         "[Certs] BrokerCertChain: %s holds no PEM certificate; %s",
                         config->ca_file, again);
        else if (!whole)
                snprintf(error, DXL_CERTS_ERROR_MAX,
                         "[Certs] BrokerCertChain: %s is broken after %u certificates; %s",
                         config->ca_file, count, again);
        else if (!cert)
                snprintf(error, DXL_CERTS_ERROR_MAX,
                         "[Certs] CertFile: %s holds no PEM certificate; %s", config->cert_file,
                         again);
        else if (!key)
                snprintf(error, DXL_CERTS_ERROR_MAX, "[Certs] PrivateKey: %s %s, or %s",
                         config->key_file, key_mend(config), again);
        else if (!match)
                snprintf(error, DXL_CERTS_ERROR_MAX,
                         "[Certs] PrivateKey: %s is not the key of the certificate %s; name the "
                         "pair, or %s",
                         config->key_file, config->cert_file, again);
        return match && whole && count > 0 ? 0 : -EINVAL;
}

int64_t dxl_certs_end(const X509 *cert)
{
        struct tm tm;

        return ASN1_TIME_to_tm(X509_get0_notAfter(cert), &tm) == 1 ? timegm(&tm) : 0;
}

int64_t dxl_certs_client_end(const struct dxl_config *config)
{
        _cleanup_(X509_freep) X509 *cert = read_cert(config->cert_file);

        ERR_clear_error();
        return cert ? dxl_certs_end(cert) : 0;
}

int64_t dxl_certs_bundle_end(const struct dxl_config *config)
{
        unsigned count;
        int64_t end;

        read_bundle(config->ca_file, &count, &end);
        return end;
}
