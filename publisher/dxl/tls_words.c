#include "publisher/dxl/expiry.h"
#include "publisher/dxl/tls.h"

#include <stdio.h>
#include <string.h>

/* What is wrong with the certificate that the broker showed. */
static void about_broker(const struct dxl_config *config, const char *host,
                         const struct dxl_tls_trouble *t, char out[DXL_TLS_ERROR_MAX])
{
        const char *whose = t->depth == 0 ? "the broker's certificate" : "a CA of the broker's";

        switch (t->verify) {
        case X509_V_ERR_CERT_HAS_EXPIRED:
                snprintf(out, DXL_TLS_ERROR_MAX, "%s (%s) has expired; renew it%s%.250s", whose,
                         t->subject, t->depth == 0 ? " on the broker" : ", and then ",
                         t->depth == 0 ? "" : config->ca_file);
                break;
        case X509_V_ERR_CERT_NOT_YET_VALID:
                snprintf(out, DXL_TLS_ERROR_MAX,
                         "%s (%s) is not valid yet; is this machine's clock right?", whose,
                         t->subject);
                break;
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
                snprintf(out, DXL_TLS_ERROR_MAX,
                         "the broker's certificate (%s) does not hold the name %.200s; name the "
                         "broker as its certificate does, or set verify_hostname: false",
                         t->subject, host);
                break;
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        case X509_V_ERR_CERT_SIGNATURE_FAILURE:
                snprintf(out, DXL_TLS_ERROR_MAX,
                         "the broker's certificate (issuer %s) does not come from a CA in %.250s; "
                         "is this the CA bundle of that fabric?",
                         t->issuer, config->ca_file);
                break;
        default:
                snprintf(out, DXL_TLS_ERROR_MAX, "%s (%s) is not accepted: %s (CAs: %.200s)", whose,
                         t->subject, X509_verify_cert_error_string(t->verify), config->ca_file);
        }
}

/* Alerts of a broker that does not like the client's certificate (RFC 8446, section 6.2). */
static const char *why_refused(int alert)
{
        switch (alert) {
        case SSL_AD_CERTIFICATE_EXPIRED:
                return "it has expired";
        case SSL_AD_CERTIFICATE_REVOKED:
                return "it is revoked";
        case SSL_AD_UNKNOWN_CA:
                return "the broker does not know the CA that signed it";
        case SSL_AD_BAD_CERTIFICATE:
        case SSL_AD_UNSUPPORTED_CERTIFICATE:
        case SSL_AD_CERTIFICATE_UNKNOWN:
                return "it is no good";
        case SSL_AD_ACCESS_DENIED:
                return "it has no access";
        case SSL_AD_CERTIFICATE_REQUIRED:
                return "the broker asks for another";
        default:
                return NULL;
        }
}

static void about_client(const struct dxl_config *config, const char *why, const char *expiry,
                         char out[DXL_TLS_ERROR_MAX])
{
        snprintf(out, DXL_TLS_ERROR_MAX,
                 "the broker refused the client certificate %.300s: %s%s%s; provision the client "
                 "anew",
                 config->cert_file, why, *expiry ? "; it " : "", expiry);
}

void dxl_tls_words(const struct dxl_config *config, const char *host,
                   const struct dxl_tls_trouble *trouble, int64_t client_expires_s, int64_t now_s,
                   char out[DXL_TLS_ERROR_MAX])
{
        const char *refused = why_refused(trouble->alert);
        char expiry[DXL_EXPIRY_TEXT_MAX] = "";
        bool over = dxl_expiry_level(client_expires_s, now_s) == DXL_EXPIRY_PAST;

        if (over)
                dxl_expiry_text(client_expires_s, now_s, expiry);
        if (trouble->verify != X509_V_OK)
                about_broker(config, host, trouble, out);
        else if (refused)
                about_client(config, refused, expiry, out);
        else if (over)
                about_client(config, "the connection was cut", expiry, out);
        else if (trouble->alert == SSL_AD_HANDSHAKE_FAILURE ||
                 trouble->alert == SSL_AD_INSUFFICIENT_SECURITY)
                snprintf(out, DXL_TLS_ERROR_MAX,
                         "TLS: the broker and this client have no cipher in common, or the broker "
                         "refused the client certificate %.300s",
                         config->cert_file);
        else if (trouble->library)
                snprintf(out, DXL_TLS_ERROR_MAX, "TLS: %s", trouble->library);
        else
                snprintf(out, DXL_TLS_ERROR_MAX,
                         "the broker cut the connection; does it %saccept the client certificate "
                         "%.300s?",
                         config->websockets ? "speak WebSockets on this port, and " : "",
                         config->cert_file);
}
