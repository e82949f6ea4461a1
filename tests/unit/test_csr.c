/*
 * Keys and requests as OpenDXL's own tool makes them. One with a passphrase takes its time, and is
 * tested with the program itself.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "common/cleanup.h"
#include "publisher/provision/csr.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

DEFINE_CLEANUP(BIO *, BIO_free_all);
DEFINE_CLEANUP(X509_REQ *, X509_REQ_free);
DEFINE_CLEANUP(EVP_PKEY *, EVP_PKEY_free);

static struct csr make(const struct csr_wish *wish)
{
        struct failure why;
        struct csr csr;

        if (csr_make(wish, &csr, &why) != 0)
                fail_msg("%s", why.text);
        return csr;
}

static X509_REQ *parse_request(const char *pem)
{
        _cleanup_(BIO_free_allp) BIO *bio = BIO_new_mem_buf(pem, -1);

        return PEM_read_bio_X509_REQ(bio, NULL, NULL, NULL);
}

static EVP_PKEY *parse_key(const char *pem)
{
        _cleanup_(BIO_free_allp) BIO *bio = BIO_new_mem_buf(pem, -1);

        return PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
}

/* As openssl prints it. */
static void print_extensions(X509_REQ *req, char out[1024])
{
        _cleanup_(BIO_free_allp) BIO *bio = BIO_new(BIO_s_mem());
        STACK_OF(X509_EXTENSION) *all = X509_REQ_get_extensions(req);
        int n;

        for (int i = 0; i < sk_X509_EXTENSION_num(all); i++) {
                X509_EXTENSION *e = sk_X509_EXTENSION_value(all, i);

                BIO_printf(bio, "%s%s=", OBJ_nid2sn(OBJ_obj2nid(X509_EXTENSION_get_object(e))),
                           X509_EXTENSION_get_critical(e) ? "!" : "");
                X509V3_EXT_print(bio, e, 0, 0);
                BIO_puts(bio, "\n");
        }
        sk_X509_EXTENSION_pop_free(all, X509_EXTENSION_free);
        n = BIO_read(bio, out, 1023);
        out[n > 0 ? n : 0] = '\0';
}

static void request(void **state)
{
        (void)state;
        static const char *const san[] = {"a.example.com", "*.example.com"};
        struct csr csr = make(&(struct csr_wish){.common_name = "threatq-emea",
                                                 .country = "DE",
                                                 .state = "Bayern",
                                                 .locality = "München",
                                                 .organization = "Acme, Inc.",
                                                 .unit = "SOC",
                                                 .email = "soc@example.com",
                                                 .san = san,
                                                 .san_count = 2});
        _cleanup_(X509_REQ_freep) X509_REQ *req = parse_request(csr.request);
        _cleanup_(EVP_PKEY_freep) EVP_PKEY *key = parse_key(csr.key);
        _cleanup_(BIO_free_allp) BIO *bio = BIO_new(BIO_s_mem());
        char text[1024];
        int n;

        assert_non_null(req);
        assert_int_equal(X509_REQ_verify(req, X509_REQ_get0_pubkey(req)), 1);
        assert_int_equal(EVP_PKEY_eq(X509_REQ_get0_pubkey(req), key), 1);
        assert_int_equal(X509_REQ_get_version(req), X509_REQ_VERSION_1);
        assert_int_equal(X509_REQ_get_signature_nid(req), NID_sha256WithRSAEncryption);
        assert_int_equal(EVP_PKEY_get_bits(key), 2048);
        X509_NAME_print_ex(bio, X509_REQ_get_subject_name(req), 0,
                           ASN1_STRFLGS_SHOW_TYPE | ASN1_STRFLGS_UTF8_CONVERT |
                               XN_FLAG_SEP_SPLUS_SPC);
        n = BIO_read(bio, text, sizeof(text) - 1);
        text[n] = '\0';
        assert_string_equal(text, "C=PRINTABLESTRING:DE; ST=UTF8STRING:Bayern; "
                                  "L=UTF8STRING:München; O=UTF8STRING:Acme, Inc.; "
                                  "OU=UTF8STRING:SOC; CN=UTF8STRING:threatq-emea; "
                                  "emailAddress=IA5STRING:soc@example.com");
        print_extensions(req, text);
        assert_string_equal(text, "basicConstraints=CA:FALSE\n"
                                  "keyUsage!=Digital Signature, Key Encipherment\n"
                                  "extendedKeyUsage=TLS Web Client Authentication\n"
                                  "subjectAltName=DNS:a.example.com, DNS:*.example.com\n");
        csr_done(&csr);
        assert_null(csr.key);
}

static void without_san(void **state)
{
        (void)state;
        struct csr csr = make(&(struct csr_wish){.common_name = "threatq"});
        _cleanup_(X509_REQ_freep) X509_REQ *req = parse_request(csr.request);
        char text[1024];

        print_extensions(req, text);
        assert_null(strstr(text, "subjectAltName"));
        assert_int_equal(strncmp(csr.key, "-----BEGIN PRIVATE KEY-----\n", 28), 0);
        csr_done(&csr);
}

static void bad_fields(void **state)
{
        (void)state;
        static const struct {
                struct csr_wish wish;
                const char *says;
        } cases[] = {
            {{.common_name = "c", .country = "Germany"}, "--country"},
            {{.common_name = "c", .country = "D"}, "--country"},
            {{.common_name = "c", .country = "D\xc3\xa9"}, "--country"},
            {{.common_name = "c", .state = ""}, "--state-or-province"},
            {{.common_name = "c", .locality = "\xff"}, "--locality"},
            {{.common_name = "c", .organization = ""}, "--organization"},
            {{.common_name = "c", .unit = ""}, "--organizational-unit"},
            {{.common_name = "c", .email = "\xc3\xa9@example.com"}, "--email-address"},
            {{.common_name = ""}, "the common name"},
            {{.common_name = "12345678901234567890123456789012345678901234567890123456789012345"},
             "the common name"},
        };

        for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
                struct failure why;
                struct csr csr;

                assert_int_equal(csr_make(&cases[i].wish, &csr, &why), -EINVAL);
                if (!strstr(why.text, cases[i].says))
                        fail_msg("case %zu: %s", i, why.text);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(request),
            cmocka_unit_test(without_san),
            cmocka_unit_test(bad_fields),
        };

        return cmocka_run_group_tests_name("csr", tests, NULL, NULL);
}
