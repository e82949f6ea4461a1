/*
 * What a person is told of a TLS failure: the certificate, the file, the mend.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "publisher/dxl/tls.h"

#include <string.h>

enum { NOW = 1777636800 /* 2026-05-01T12:00:00Z */ };

static void words(void **state)
{
        static const struct {
                struct dxl_tls_trouble trouble;
                int64_t client_end;
                bool websockets;
                const char *says[2]; /* each must be there */
        } cases[] = {
            {{.verify = X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
              .alert = -1,
              .issuer = "/CN=X"},
             0,
             false,
             {"issuer /CN=X", "does not come from a CA in /f/ca.crt"}},
            {{.verify = X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, .alert = -1},
             0,
             false,
             {"does not come from a CA in /f/ca.crt", "bundle"}},
            {{.verify = X509_V_ERR_CERT_HAS_EXPIRED, .alert = -1, .subject = "/CN=b"},
             0,
             false,
             {"the broker's certificate (/CN=b) has expired", "on the broker"}},
            {{.verify = X509_V_ERR_CERT_HAS_EXPIRED, .depth = 1, .alert = -1, .subject = "/CN=ca"},
             0,
             false,
             {"a CA of the broker's (/CN=ca) has expired", "/f/ca.crt"}},
            {{.verify = X509_V_ERR_CERT_NOT_YET_VALID, .alert = -1},
             0,
             false,
             {"not valid yet", "clock"}},
            {{.verify = X509_V_ERR_HOSTNAME_MISMATCH, .alert = -1},
             0,
             false,
             {"does not hold the name broker.example.com", "verify_hostname: false"}},
            {{.verify = X509_V_ERR_IP_ADDRESS_MISMATCH, .alert = -1},
             0,
             false,
             {"does not hold the name", "verify_hostname"}},
            {{.verify = X509_V_ERR_INVALID_CA, .alert = -1},
             0,
             false,
             {"not accepted", "/f/ca.crt"}},
            {{.alert = SSL_AD_CERTIFICATE_EXPIRED},
             NOW - 1,
             false,
             {"/f/client.crt: it has expired; it has expired on 2026-05-01", "anew"}},
            {{.alert = SSL_AD_CERTIFICATE_EXPIRED},
             NOW + 1,
             false,
             {"/f/client.crt: it has expired; provision", "anew"}},
            {{.alert = SSL_AD_CERTIFICATE_REVOKED},
             0,
             false,
             {"/f/client.crt: it is revoked", "anew"}},
            {{.alert = SSL_AD_UNKNOWN_CA}, 0, false, {"does not know the CA", "/f/client.crt"}},
            {{.alert = SSL_AD_BAD_CERTIFICATE}, 0, false, {"no good", "/f/client.crt"}},
            {{.alert = SSL_AD_ACCESS_DENIED}, 0, false, {"no access", "/f/client.crt"}},
            {{.alert = SSL_AD_CERTIFICATE_REQUIRED},
             0,
             false,
             {"asks for another", "/f/client.crt"}},
            {{.alert = SSL_AD_HANDSHAKE_FAILURE},
             0,
             false,
             {"no cipher in common", "/f/client.crt"}},
            {{.alert = SSL_AD_HANDSHAKE_FAILURE}, NOW - 1, false, {"expired on", "/f/client.crt"}},
            {{.alert = -1, .library = "wrong version number"},
             0,
             false,
             {"TLS: wrong version number", ""}},
            {{.alert = -1}, 0, false, {"cut the connection", "/f/client.crt"}},
            {{.alert = -1}, 0, true, {"speak WebSockets", "/f/client.crt"}},
        };
        struct dxl_config config = {.ca_file = (char[]){"/f/ca.crt"},
                                    .cert_file = (char[]){"/f/client.crt"}};
        char out[DXL_TLS_ERROR_MAX];

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
                config.websockets = cases[i].websockets;
                dxl_tls_words(&config, "broker.example.com", &cases[i].trouble, cases[i].client_end,
                              NOW, out);
                for (size_t k = 0; k < 2; k++)
                        if (!strstr(out, cases[i].says[k]))
                                fail_msg("case %zu: \"%s\" is not in: %s", i, cases[i].says[k],
                                         out);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(words),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
