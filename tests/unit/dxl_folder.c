#include "tests/unit/dxl_folder.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

static void must(int ok)
{
        if (!ok)
                abort();
}

const char *dxl_folder_file(const struct dxl_folder *folder, const char *name,
                            char out[DXL_FOLDER_PATH_MAX + 64])
{
        snprintf(out, DXL_FOLDER_PATH_MAX + 64, "%s/%s", folder->path, name);
        return out;
}

static FILE *create(const struct dxl_folder *folder, const char *name, mode_t mode)
{
        char path[DXL_FOLDER_PATH_MAX + 64];
        dxl_folder_file(folder, name, path);
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
        must(fd >= 0 && fchmod(fd, mode) == 0);
        FILE *f = fdopen(fd, "w");
        must(f != NULL);
        return f;
}

void dxl_folder_write(const struct dxl_folder *folder, const char *name, const char *content,
                      mode_t mode)
{
        FILE *f = create(folder, name, mode);
        must(fputs(content, f) >= 0 && fclose(f) == 0);
}

/* issuer NULL: signed by itself. */
static X509 *make_cert(const char *name, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key)
{
        static long serial = 1;
        X509 *cert = X509_new();
        must(cert != NULL && X509_set_version(cert, 2));
        ASN1_INTEGER_set(X509_get_serialNumber(cert), serial++);
        X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
        X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
        must(X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
                                        (const unsigned char *)name, -1, -1, 0));
        must(X509_set_issuer_name(cert, X509_get_subject_name(issuer ? issuer : cert)));
        must(X509_set_pubkey(cert, key));
        if (!issuer) {
                X509_EXTENSION *ca =
                    X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints, "critical,CA:TRUE");
                must(ca != NULL && X509_add_ext(cert, ca, -1));
                X509_EXTENSION_free(ca);
        }
        must(X509_sign(cert, issuer_key ? issuer_key : key, EVP_sha256()) > 0);
        return cert;
}

static void write_pair(const struct dxl_folder *folder, const char *name, X509 *cert, EVP_PKEY *key)
{
        char file[64];
        snprintf(file, sizeof(file), "%s.crt", name);
        FILE *f = create(folder, file, 0644);
        must(PEM_write_X509(f, cert) && fclose(f) == 0);
        snprintf(file, sizeof(file), "%s.key", name);
        f = create(folder, file, 0600);
        must(PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL) && fclose(f) == 0);
}

void dxl_folder_open(struct dxl_folder *folder)
{
        strcpy(folder->path, "/tmp/tq-dxl-XXXXXX");
        must(mkdtemp(folder->path) != NULL);
        EVP_PKEY *ca_key = EVP_EC_gen("P-256");
        X509 *ca = make_cert("ca", ca_key, NULL, NULL);
        write_pair(folder, "ca", ca, ca_key);
        static const char *const names[] = {"broker", "client", "stranger"};
        for (size_t i = 0; i < 3; i++) {
                EVP_PKEY *key = EVP_EC_gen("P-256");
                X509 *cert = i < 2 ? make_cert(names[i], key, ca, ca_key)
                                   : make_cert(names[i], key, NULL, NULL);
                write_pair(folder, names[i], cert, key);
                X509_free(cert);
                EVP_PKEY_free(key);
        }
        X509_free(ca);
        EVP_PKEY_free(ca_key);
}

void dxl_folder_write_config(const struct dxl_folder *folder, int port)
{
        char text[512];
        snprintf(text, sizeof(text),
                 "[General]\n#UseWebSockets = False\n\n"
                 "[Certs]\nBrokerCertChain = ca.crt\nCertFile = client.crt\n"
                 "PrivateKey = client.key\n\n[Brokers]\n{b1} = {b1};%d;localhost;127.0.0.1\n",
                 port);
        dxl_folder_write(folder, "dxlclient.config", text, 0644);
}

void dxl_folder_join(const struct dxl_folder *folder, const char *name, const char *first,
                     const char *second)
{
        char path[DXL_FOLDER_PATH_MAX + 64], content[8192];
        size_t len = 0;
        const char *const parts[] = {first, second};
        for (size_t i = 0; i < 2; i++) {
                FILE *f = fopen(dxl_folder_file(folder, parts[i], path), "r");
                must(f != NULL);
                len += fread(content + len, 1, sizeof(content) - len - 1, f);
                fclose(f);
        }
        content[len] = '\0';
        dxl_folder_write(folder, name, content, 0644);
}

void dxl_folder_lock_key(const struct dxl_folder *folder, const char *name, const char *file,
                         const char *passphrase)
{
        char path[DXL_FOLDER_PATH_MAX + 64], key_name[64];
        snprintf(key_name, sizeof(key_name), "%s.key", name);
        FILE *f = fopen(dxl_folder_file(folder, key_name, path), "r");
        must(f != NULL);
        EVP_PKEY *key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
        fclose(f);
        must(key != NULL);
        f = create(folder, file, 0600);
        must(PEM_write_PKCS8PrivateKey(f, key, EVP_aes_256_cbc(), passphrase,
                                       (int)strlen(passphrase), NULL, NULL) &&
             fclose(f) == 0);
        EVP_PKEY_free(key);
}

static int on_entry(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
        (void)st;
        (void)kind;
        (void)ftw;
        return remove(path);
}

void dxl_folder_close(struct dxl_folder *folder)
{
        nftw(folder->path, on_entry, 8, FTW_DEPTH | FTW_PHYS);
}
