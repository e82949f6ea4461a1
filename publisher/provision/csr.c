#include "publisher/provision/csr.h"

#include "common/cleanup.h"
#include "common/log.h"

#include <errno.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

enum { KEY_BITS = 2048, PASSPHRASE_ROUNDS = 550000 };

DEFINE_CLEANUP(BIO *, BIO_free_all);
DEFINE_CLEANUP(X509_REQ *, X509_REQ_free);
DEFINE_CLEANUP(X509_SIG *, X509_SIG_free);
DEFINE_CLEANUP(EVP_PKEY *, EVP_PKEY_free);
DEFINE_CLEANUP(PKCS8_PRIV_KEY_INFO *, PKCS8_PRIV_KEY_INFO_free);
DEFINE_CLEANUP(GENERAL_NAMES *, GENERAL_NAMES_free);

static void extensions_free(STACK_OF(X509_EXTENSION) * list)
{
        sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
}
DEFINE_CLEANUP(STACK_OF(X509_EXTENSION) *, extensions_free);

/* OpenSSL's own text of its last error. */
static int failed(struct failure *why, const char *what)
{
        char text[256];

        ERR_error_string_n(ERR_get_error(), text, sizeof(text));
        ERR_clear_error();
        return failure_set(why, -EIO, "cannot make %s: %s", what, text);
}

/* The library chooses the string type of each field and knows its limits. */
static int set_subject(X509_REQ *req, const struct csr_wish *wish, struct failure *why)
{
        const struct {
                int nid;
                const char *value, *option;
        } fields[] = {
            {NID_countryName, wish->country, "--country (two letters)"},
            {NID_stateOrProvinceName, wish->state, "--state-or-province"},
            {NID_localityName, wish->locality, "--locality"},
            {NID_organizationName, wish->organization, "--organization"},
            {NID_organizationalUnitName, wish->unit, "--organizational-unit"},
            {NID_commonName, wish->common_name, "the common name"},
            {NID_pkcs9_emailAddress, wish->email, "--email-address"},
        };
        X509_NAME *name = X509_REQ_get_subject_name(req);

        for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
                if (!fields[i].value)
                        continue;
                if (X509_NAME_add_entry_by_NID(name, fields[i].nid, MBSTRING_UTF8,
                                               (const unsigned char *)fields[i].value, -1, -1,
                                               0) == 1)
                        continue;
                ERR_clear_error();
                return failure_set(why, -EINVAL,
                                   "%s: a certificate cannot hold %s there: it is empty, too long "
                                   "or has wrong characters",
                                   fields[i].option, LOG_Q(text_of(fields[i].value)));
        }
        return 0;
}

static int push_extension(STACK_OF(X509_EXTENSION) * list, X509_EXTENSION *made)
{
        if (made && sk_X509_EXTENSION_push(list, made) > 0)
                return 0;
        X509_EXTENSION_free(made);
        return -EIO;
}

static int push_san(GENERAL_NAMES *names, const char *dns)
{
        GENERAL_NAME *name = GENERAL_NAME_new();
        ASN1_IA5STRING *text = ASN1_IA5STRING_new();

        if (!name || !text || ASN1_STRING_set(text, dns, -1) != 1) {
                GENERAL_NAME_free(name);
                ASN1_IA5STRING_free(text);
                return -EIO;
        }
        GENERAL_NAME_set0_value(name, GEN_DNS, text);
        if (sk_GENERAL_NAME_push(names, name) > 0)
                return 0;
        GENERAL_NAME_free(name);
        return -EIO;
}

static int add_san(STACK_OF(X509_EXTENSION) * list, const struct csr_wish *wish)
{
        _cleanup_(GENERAL_NAMES_freep) GENERAL_NAMES *names = GENERAL_NAMES_new();
        int r = names ? 0 : -EIO;

        for (size_t i = 0; r == 0 && i < wish->san_count; i++)
                r = push_san(names, wish->san[i]);
        return r == 0 ? push_extension(list, X509V3_EXT_i2d(NID_subject_alt_name, 0, names)) : r;
}

static int add_extensions(X509_REQ *req, const struct csr_wish *wish, struct failure *why)
{
        static const struct {
                int nid;
                const char *value;
        } fixed[] = {
            {NID_basic_constraints, "CA:FALSE"},
            {NID_key_usage, "critical,digitalSignature,keyEncipherment"},
            {NID_ext_key_usage, "clientAuth"},
        };
        _cleanup_(extensions_freep) STACK_OF(X509_EXTENSION) *list = sk_X509_EXTENSION_new_null();
        int r = list ? 0 : -EIO;

        for (size_t i = 0; r == 0 && i < sizeof(fixed) / sizeof(fixed[0]); i++)
                r = push_extension(list,
                                   X509V3_EXT_conf_nid(NULL, NULL, fixed[i].nid, fixed[i].value));
        if (r == 0 && wish->san_count > 0)
                r = add_san(list, wish);
        if (r == 0 && X509_REQ_add_extensions(req, list) != 1)
                r = -EIO;
        return r == 0 ? 0 : failed(why, "the certificate signing request");
}

/* All of what was written to memory, terminated; the memory of the BIO is wiped. */
static char *take_text(BIO *bio)
{
        char *data = NULL, *copy;
        long len = BIO_get_mem_data(bio, &data);

        copy = len > 0 ? text_dup((struct text){data, (size_t)len}) : NULL;
        if (len > 0)
                OPENSSL_cleanse(data, (size_t)len);
        return copy;
}

static int print_key(EVP_PKEY *key, const char *passphrase, char **ret)
{
        _cleanup_(BIO_free_allp) BIO *bio = BIO_new(BIO_s_secmem());
        _cleanup_(PKCS8_PRIV_KEY_INFO_freep) PKCS8_PRIV_KEY_INFO *plain = EVP_PKEY2PKCS8(key);
        _cleanup_(X509_SIG_freep) X509_SIG *sealed = NULL;
        int ok;

        if (!bio || !plain)
                return -EIO;
        if (passphrase) {
                sealed = PKCS8_encrypt(NID_hmacWithSHA256, EVP_aes_256_cbc(), passphrase,
                                       (int)strlen(passphrase), NULL, 0, PASSPHRASE_ROUNDS, plain);
                ok = sealed && PEM_write_bio_PKCS8(bio, sealed) == 1;
        } else {
                ok = PEM_write_bio_PKCS8_PRIV_KEY_INFO(bio, plain) == 1;
        }
        *ret = ok ? take_text(bio) : NULL;
        return *ret ? 0 : -EIO;
}

static int print_request(X509_REQ *req, char **ret)
{
        _cleanup_(BIO_free_allp) BIO *bio = BIO_new(BIO_s_mem());

        *ret = bio && PEM_write_bio_X509_REQ(bio, req) == 1 ? take_text(bio) : NULL;
        return *ret ? 0 : -EIO;
}

int csr_make(const struct csr_wish *wish, struct csr *ret, struct failure *why)
{
        _cleanup_(X509_REQ_freep) X509_REQ *req = X509_REQ_new();
        _cleanup_(EVP_PKEY_freep) EVP_PKEY *key = NULL;
        struct csr made = {0};
        int r;

        if (!req || X509_REQ_set_version(req, X509_REQ_VERSION_1) != 1)
                return failed(why, "the certificate signing request");
        r = set_subject(req, wish, why);
        if (r == 0)
                r = add_extensions(req, wish, why);
        if (r < 0)
                return r;
        key = EVP_RSA_gen(KEY_BITS);
        if (!key || print_key(key, wish->passphrase, &made.key) < 0)
                return failed(why, "the key");
        if (X509_REQ_set_pubkey(req, key) != 1 || X509_REQ_sign(req, key, EVP_sha256()) <= 0 ||
            print_request(req, &made.request) < 0) {
                csr_done(&made);
                return failed(why, "the certificate signing request");
        }
        *ret = made;
        return 0;
}

void csr_done(struct csr *csr)
{
        if (csr->key)
                explicit_bzero(csr->key, strlen(csr->key));
        free(csr->key);
        free(csr->request);
        *csr = (struct csr){0};
}
