#include "tests/sim/epo-sim/issuer.h"

#include <string.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

struct issuer {
        X509 *ca;
        EVP_PKEY *key;
};

DEFINE_CLEANUP(BIO *, BIO_free_all);
DEFINE_CLEANUP(X509 *, X509_free);
DEFINE_CLEANUP(X509_REQ *, X509_REQ_free);
DEFINE_CLEANUP(EVP_PKEY *, EVP_PKEY_free);

struct issuer *issuer_open(const char *ca_file, const char *key_file)
{
        _cleanup_(issuer_closep) struct issuer *issuer = calloc(1, sizeof(*issuer));
        _cleanup_(fclosep) FILE *ca = fopen(ca_file, "re");
        _cleanup_(fclosep) FILE *key = fopen(key_file, "re");
        struct issuer *ret = issuer;

        if (!issuer || !ca || !key)
                return NULL;
        issuer->ca = PEM_read_X509(ca, NULL, NULL, NULL);
        issuer->key = PEM_read_PrivateKey(key, NULL, NULL, NULL);
        if (!issuer->ca || !issuer->key)
                return NULL;
        issuer = NULL;
        return ret;
}

void issuer_close(struct issuer *issuer)
{
        if (!issuer)
                return;
        X509_free(issuer->ca);
        EVP_PKEY_free(issuer->key);
        free(issuer);
}

static X509_REQ *read_csr(const char *csr)
{
        _cleanup_(BIO_free_allp) BIO *bio = BIO_new_mem_buf(csr, -1);
        X509_REQ *req = bio ? PEM_read_bio_X509_REQ(bio, NULL, NULL, NULL) : NULL;

        if (req && X509_REQ_verify(req, X509_REQ_get0_pubkey(req)) != 1) {
                X509_REQ_free(req);
                req = NULL;
        }
        return req;
}

static void add(X509 *cert, X509 *ca, int nid, const char *value)
{
        X509V3_CTX context;
        X509_EXTENSION *made;

        X509V3_set_ctx(&context, ca, cert, NULL, NULL, 0);
        made = X509V3_EXT_conf_nid(NULL, &context, nid, value);
        if (!made || X509_add_ext(cert, made, -1) != 1)
                abort();
        X509_EXTENSION_free(made);
}

static X509 *make_cert(struct issuer *issuer, X509_REQ *req, EVP_PKEY *key, unsigned days)
{
        X509 *cert = X509_new();
        unsigned char serial[16];
        BIGNUM *number;

        if (!cert || RAND_bytes(serial, sizeof(serial)) != 1)
                abort();
        serial[0] = (unsigned char)((serial[0] & 0x3f) | 0x40);
        number = BN_bin2bn(serial, sizeof(serial), NULL);
        if (!number || !BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert)))
                abort();
        BN_free(number);
        X509_set_version(cert, X509_VERSION_3);
        X509_gmtime_adj(X509_getm_notBefore(cert), -300);
        X509_time_adj_ex(X509_getm_notAfter(cert), (int)days, 0, NULL);
        X509_set_subject_name(cert, X509_REQ_get_subject_name(req));
        X509_set_issuer_name(cert, X509_get_subject_name(issuer->ca));
        X509_set_pubkey(cert, key);
        add(cert, issuer->ca, NID_basic_constraints, "CA:FALSE");
        add(cert, issuer->ca, NID_key_usage, "critical,digitalSignature,keyEncipherment");
        add(cert, issuer->ca, NID_ext_key_usage, "clientAuth");
        if (X509_sign(cert, issuer->key, EVP_sha256()) <= 0)
                abort();
        return cert;
}

static char *text_of_bio(BIO *bio)
{
        char *data = NULL;
        long len = BIO_get_mem_data(bio, &data);

        return len > 0 ? strndup(data, (size_t)len) : NULL;
}

char *issuer_sign(struct issuer *issuer, const char *csr, unsigned days, bool other_key)
{
        _cleanup_(X509_REQ_freep) X509_REQ *req = read_csr(csr);
        _cleanup_(EVP_PKEY_freep) EVP_PKEY *other = other_key ? EVP_RSA_gen(2048) : NULL;
        _cleanup_(BIO_free_allp) BIO *bio = BIO_new(BIO_s_mem());
        _cleanup_(X509_freep) X509 *cert = NULL;

        if (!req || !bio)
                return NULL;
        cert = make_cert(issuer, req, other ? other : X509_REQ_get0_pubkey(req), days);
        return PEM_write_bio_X509(bio, cert) == 1 ? text_of_bio(bio) : NULL;
}

char *issuer_subject(const char *csr)
{
        _cleanup_(X509_REQ_freep) X509_REQ *req = read_csr(csr);
        _cleanup_(BIO_free_allp) BIO *bio = BIO_new(BIO_s_mem());

        if (!req || !bio ||
            X509_NAME_print_ex(bio, X509_REQ_get_subject_name(req), 0, XN_FLAG_RFC2253) < 0)
                return NULL;
        return text_of_bio(bio);
}
