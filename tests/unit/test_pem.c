/*
 * Which certificate, key and request belong together, and what is none of them.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "common/cleanup.h"
#include "publisher/provision/csr.h"
#include "publisher/provision/pem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

DEFINE_CLEANUP(BIO *, BIO_free_all);
DEFINE_CLEANUP(EVP_PKEY *, EVP_PKEY_free);
DEFINE_CLEANUP(X509 *, X509_free);

/* In the place of EVP_RSA_gen, which takes its time: any key will do here. */
EVP_PKEY *__real_EVP_PKEY_Q_keygen(OSSL_LIB_CTX *context, const char *query, const char *type, ...);
EVP_PKEY *__wrap_EVP_PKEY_Q_keygen(OSSL_LIB_CTX *context, const char *query, const char *type, ...);
EVP_PKEY *__wrap_EVP_PKEY_Q_keygen(OSSL_LIB_CTX *context, const char *query, const char *type, ...)
{
        (void)type;
        return __real_EVP_PKEY_Q_keygen(context, query, "EC", "P-256");
}

static struct csr one, two;
static char *cert; /* for the key of `one` */

/* A certificate for the key, signed by itself, valid until 2028-05-01 10:00:00; to be freed. */
static char *certify(const char *pem)
{
        _cleanup_(BIO_free_allp) BIO *in = BIO_new_mem_buf(pem, -1);
        _cleanup_(BIO_free_allp) BIO *out = BIO_new(BIO_s_mem());
        _cleanup_(EVP_PKEY_freep) EVP_PKEY *key = PEM_read_bio_PrivateKey(in, NULL, NULL, NULL);
        _cleanup_(X509_freep) X509 *x = X509_new();
        char *text = calloc(1, 4096);

        ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
        X509_gmtime_adj(X509_getm_notBefore(x), 0);
        ASN1_TIME_set(X509_getm_notAfter(x), 1840788000);
        X509_set_pubkey(x, key);
        assert_true(X509_sign(x, key, EVP_sha256()) > 0);
        PEM_write_bio_X509(out, x);
        assert_true(BIO_read(out, text, 4095) > 0);
        return text;
}

static int make(void **state)
{
        (void)state;
        struct failure why;

        if (csr_make(&(struct csr_wish){.common_name = "one"}, &one, &why) != 0 ||
            csr_make(&(struct csr_wish){.common_name = "two"}, &two, &why) != 0)
                return -1;
        cert = certify(one.key);
        return 0;
}

static int unmake(void **state)
{
        (void)state;
        csr_done(&one);
        csr_done(&two);
        free(cert);
        return 0;
}

static void certificate_of_a_request(void **state)
{
        (void)state;
        struct failure why;

        assert_int_equal(pem_cert_of_csr(cert, one.request, &why), 0);
        assert_int_equal(pem_cert_of_csr(cert, two.request, &why), -EINVAL);
        assert_non_null(strstr(why.text, "for another key"));
        assert_int_equal(pem_cert_of_csr("", one.request, &why), -EINVAL);
        assert_int_equal(pem_cert_of_csr(cert, "", &why), -EINVAL);
}

/* The key with a passphrase; to be freed. */
static char *lock(const char *pem)
{
        _cleanup_(BIO_free_allp) BIO *in = BIO_new_mem_buf(pem, -1);
        _cleanup_(BIO_free_allp) BIO *out = BIO_new(BIO_s_mem());
        _cleanup_(EVP_PKEY_freep) EVP_PKEY *key = PEM_read_bio_PrivateKey(in, NULL, NULL, NULL);
        char *text = calloc(1, 4096), passphrase[] = "open sesame";

        assert_true(PEM_write_bio_PKCS8PrivateKey(out, key, EVP_aes_256_cbc(), NULL, 0, NULL,
                                                  passphrase) == 1);
        assert_true(BIO_read(out, text, 4095) > 0);
        return text;
}

static void certificate_of_a_key(void **state)
{
        (void)state;
        _cleanup_(freep) char *locked = lock(two.key);
        struct failure why;

        assert_int_equal(pem_cert_of_key(cert, one.key, "k", &why), 0);
        assert_int_equal(pem_cert_of_key(cert, two.key, "/x/client.key", &why), -EINVAL);
        assert_non_null(strstr(why.text, "/x/client.key is not the key of the request"));
        assert_int_equal(pem_cert_of_key(cert, locked, "k", &why), 0);
}

static void requests(void **state)
{
        (void)state;
        _cleanup_(freep) char *damaged = strdup(one.request);
        char *letter = strstr(damaged, "\n-----END") - 8;
        struct failure why;

        assert_int_equal(pem_check_csr(one.request, "f", &why), 0);
        assert_int_equal(pem_check_csr(one.key, "/x/f", &why), -EINVAL);
        assert_non_null(strstr(why.text, "/x/f holds no certificate signing request"));
        *letter = *letter == 'A' ? 'B' : 'A';
        assert_int_equal(pem_check_csr(damaged, "/x/f", &why), -EINVAL);
        assert_non_null(strstr(why.text, "the signature of the request in /x/f does not hold"));
}

static void bundles(void **state)
{
        (void)state;
        _cleanup_(freep) char *text = NULL;
        struct failure why;

        assert_int_equal(pem_check(cert, "it", &why), 0);
        assert_true(asprintf(&text, "a comment\n%s\n%s", cert, cert) > 0);
        assert_int_equal(pem_check(text, "it", &why), 0);
        strstr(text, "-----END")[0] = 'x';
        assert_int_equal(pem_check(text, "it", &why), -EINVAL);
        assert_non_null(strstr(why.text, "in it is a block that is no certificate"));
        assert_int_equal(pem_check(one.request, "it", &why), -EINVAL);
        assert_int_equal(pem_check("nothing", "it", &why), -EINVAL);
        assert_non_null(strstr(why.text, "no certificate for it"));
}

static void facts(void **state)
{
        (void)state;
        struct pem_facts facts;

        pem_facts(cert, &facts);
        assert_string_equal(facts.until, "2028-05-01 10:00:00 UTC");
        assert_int_equal(strspn(facts.thumbprint, "0123456789abcdef"), 40);
        pem_facts("", &facts);
        assert_string_equal(facts.until, "");
        assert_string_equal(facts.thumbprint, "");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(certificate_of_a_request),
            cmocka_unit_test(certificate_of_a_key),
            cmocka_unit_test(requests),
            cmocka_unit_test(bundles),
            cmocka_unit_test(facts),
        };

        return cmocka_run_group_tests_name("pem", tests, make, unmake);
}
