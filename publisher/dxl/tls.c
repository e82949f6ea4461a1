#include "publisher/dxl/tls.h"

#include "publisher/dxl/brokerline.h"
#include "publisher/dxl/certs.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

const char dxl_tls_ciphers[] = "HIGH:!aNULL";

static int on_verify(int ok, X509_STORE_CTX *store)
{
        if (ok)
                return ok;
        SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
        struct dxl_tls_trouble *trouble = SSL_get_app_data(ssl);
        X509 *cert = X509_STORE_CTX_get_current_cert(store);
        trouble->verify = X509_STORE_CTX_get_error(store);
        trouble->depth = X509_STORE_CTX_get_error_depth(store);
        if (cert) {
                X509_NAME_oneline(X509_get_subject_name(cert), trouble->subject,
                                  sizeof(trouble->subject));
                X509_NAME_oneline(X509_get_issuer_name(cert), trouble->issuer,
                                  sizeof(trouble->issuer));
        }
        return ok;
}

static const char *load(SSL_CTX *ctx, const struct dxl_config *config)
{
        SSL_CTX_set_default_passwd_cb(ctx, dxl_certs_passphrase);
        SSL_CTX_set_default_passwd_cb_userdata(ctx, config->passphrase);
        if (SSL_CTX_use_certificate_chain_file(ctx, config->cert_file) != 1)
                return config->cert_file;
        if (SSL_CTX_use_PrivateKey_file(ctx, config->key_file, SSL_FILETYPE_PEM) != 1)
                return config->key_file;
        if (SSL_CTX_load_verify_locations(ctx, config->ca_file, NULL) != 1)
                return config->ca_file;
        return NULL;
}

int dxl_tls_open(const struct dxl_config *config, SSL_CTX **ret, char error[DXL_TLS_ERROR_MAX])
{
        _cleanup_(SSL_CTX_freep) SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
        if (!ctx || SSL_CTX_set_cipher_list(ctx, dxl_tls_ciphers) != 1)
                return -ENOMEM;
        const char *file = load(ctx, config);
        if (file) {
                const char *reason = ERR_reason_error_string(ERR_peek_last_error());
                snprintf(error, DXL_TLS_ERROR_MAX,
                         "cannot use %.300s: %s; provision the client anew", file,
                         reason ? reason : strerror(errno));
                ERR_clear_error();
                return -EINVAL;
        }
        SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, on_verify);
        *ret = ctx;
        ctx = NULL;
        return 0;
}

static bool is_address(const char *host)
{
        unsigned char any[sizeof(struct in6_addr)];

        return inet_pton(AF_INET, host, any) == 1 || inet_pton(AF_INET6, host, any) == 1;
}

SSL *dxl_tls_new(SSL_CTX *ctx, const struct dxl_config *config, int fd, const char *host,
                 struct dxl_tls_trouble *trouble)
{
        char name[DXL_BROKERLINE_HOST_MAX + 1]; /* OpenSSL's macro wants it without const */
        snprintf(name, sizeof(name), "%s", host);
        _cleanup_(SSL_freep) SSL *ssl = SSL_new(ctx);
        bool ok = ssl && SSL_set_fd(ssl, fd) == 1 && SSL_set_app_data(ssl, trouble) == 1 &&
                  SSL_set_tlsext_host_name(ssl, name) == 1;
        if (ok && config->verify_hostname)
                ok = is_address(host)
                         ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1
                         : SSL_set1_host(ssl, host) == 1;
        if (!ok)
                return NULL;
        *trouble = (struct dxl_tls_trouble){.alert = -1};
        SSL *made = ssl;
        ssl = NULL;
        return made;
}

void dxl_tls_note(struct dxl_tls_trouble *trouble)
{
        unsigned long error;

        while ((error = ERR_get_error()) != 0) {
                int reason = ERR_GET_REASON(error);
                const char *text = ERR_reason_error_string(error);
                if (ERR_GET_LIB(error) == ERR_LIB_SSL && reason > SSL_AD_REASON_OFFSET)
                        trouble->alert = reason - SSL_AD_REASON_OFFSET;
                if (text)
                        trouble->library = text;
        }
}
