#include "publisher/provision/pem.h"

#include "common/cleanup.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

DEFINE_CLEANUP(BIO *, BIO_free_all);
DEFINE_CLEANUP(X509 *, X509_free);
DEFINE_CLEANUP(X509_REQ *, X509_REQ_free);
DEFINE_CLEANUP(EVP_PKEY *, EVP_PKEY_free);

static BIO *open_text(const char *pem)
{
        size_t len = strlen(pem);

        return len <= INT_MAX ? BIO_new_mem_buf(pem, (int)len) : NULL;
}

/* A key with a passphrase is not asked about on a terminal. */
static int no_passphrase(char *buffer, int size, int writing, void *userdata)
{
        (void)buffer, (void)size, (void)writing, (void)userdata;
        return -1;
}

static X509 *first_cert(const char *pem)
{
        _cleanup_(BIO_free_allp) BIO *bio = open_text(pem);
        X509 *cert = bio ? PEM_read_bio_X509(bio, NULL, no_passphrase, NULL) : NULL;

        ERR_clear_error();
        return cert;
}

static X509_REQ *first_csr(const char *pem)
{
        _cleanup_(BIO_free_allp) BIO *bio = open_text(pem);
        X509_REQ *csr = bio ? PEM_read_bio_X509_REQ(bio, NULL, no_passphrase, NULL) : NULL;

        ERR_clear_error();
        return csr;
}

/* 1: one more certificate, 0: the end, -1: something else. */
static int next_cert(BIO *bio)
{
        _cleanup_(X509_freep) X509 *cert = NULL;
        char *name = NULL, *header = NULL;
        unsigned char *data = NULL;
        const unsigned char *at;
        long len = 0;
        int result = -1;

        if (PEM_read_bio(bio, &name, &header, &data, &len) != 1) {
                unsigned long error = ERR_peek_last_error();

                result = ERR_GET_LIB(error) == ERR_LIB_PEM &&
                                 ERR_GET_REASON(error) == PEM_R_NO_START_LINE
                             ? 0
                             : -1;
                ERR_clear_error();
                return result;
        }
        at = data;
        if (strcmp(name, PEM_STRING_X509) == 0 && (cert = d2i_X509(NULL, &at, len)) != NULL &&
            X509_get0_pubkey(cert))
                result = 1;
        ERR_clear_error();
        OPENSSL_free(name);
        OPENSSL_free(header);
        OPENSSL_free(data);
        return result;
}

int pem_check(const char *pem, const char *what, struct failure *why)
{
        _cleanup_(BIO_free_allp) BIO *bio = open_text(pem);
        unsigned count = 0;
        int n;

        if (!bio)
                return failure_memory(why);
        while ((n = next_cert(bio)) > 0)
                count++;
        if (n < 0)
                return failure_set(why, -EINVAL,
                                   "ePO's answer is damaged: in %s is a block that is no "
                                   "certificate",
                                   what);
        if (count == 0)
                return failure_set(why, -EINVAL, "ePO's answer holds no certificate for %s", what);
        return 0;
}

int pem_check_csr(const char *csr, const char *file, struct failure *why)
{
        _cleanup_(X509_REQ_freep) X509_REQ *req = first_csr(csr);
        EVP_PKEY *key = req ? X509_REQ_get0_pubkey(req) : NULL;
        bool good = key && X509_REQ_verify(req, key) == 1;

        ERR_clear_error();
        if (!req)
                return failure_set(why, -EINVAL,
                                   "%s holds no certificate signing request in PEM: make one with "
                                   "generatecsr",
                                   file);
        if (!good)
                return failure_set(why, -EINVAL,
                                   "the signature of the request in %s does not hold: it is "
                                   "damaged, make it anew",
                                   file);
        return 0;
}

int pem_cert_of_csr(const char *cert, const char *csr, struct failure *why)
{
        _cleanup_(X509_freep) X509 *x = first_cert(cert);
        _cleanup_(X509_REQ_freep) X509_REQ *req = first_csr(csr);
        bool same = x && req && EVP_PKEY_eq(X509_get0_pubkey(x), X509_REQ_get0_pubkey(req)) == 1;

        ERR_clear_error();
        if (!same)
                return failure_set(why, -EINVAL,
                                   "ePO's certificate is for another key than the one of the "
                                   "request: it cannot be used; try again");
        return 0;
}

int pem_cert_of_key(const char *cert, const char *key, const char *file, struct failure *why)
{
        _cleanup_(X509_freep) X509 *x = first_cert(cert);
        _cleanup_(BIO_free_allp) BIO *bio = open_text(key);
        _cleanup_(EVP_PKEY_freep) EVP_PKEY *pkey =
            bio ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL) : NULL;
        bool same = x && pkey && X509_check_private_key(x, pkey) == 1;

        ERR_clear_error();
        if (pkey && !same)
                return failure_set(why, -EINVAL,
                                   "%s is not the key of the request: put the request's own key "
                                   "there, or choose another --file-prefix",
                                   file);
        return 0;
}

void pem_facts(const char *cert, struct pem_facts *ret)
{
        _cleanup_(X509_freep) X509 *x = first_cert(cert);
        unsigned char digest[EVP_MAX_MD_SIZE];
        unsigned len = 0;
        struct tm tm;

        *ret = (struct pem_facts){0};
        if (!x)
                return;
        if (X509_digest(x, EVP_sha1(), digest, &len) == 1) {
                for (unsigned i = 0; i < len && 2 * i + 2 < sizeof(ret->thumbprint); i++)
                        snprintf(ret->thumbprint + 2 * i, 3, "%02x", digest[i]);
        }
        if (ASN1_TIME_to_tm(X509_get0_notAfter(x), &tm) == 1)
                strftime(ret->until, sizeof(ret->until), "%Y-%m-%d %H:%M:%S UTC", &tm);
}
