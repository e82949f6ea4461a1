/*
 * The command line of tq-trellix-tie-prov.
 */
#ifndef TQ_PUBLISHER_PROVISION_PROV_OPTIONS_H
#define TQ_PUBLISHER_PROVISION_PROV_OPTIONS_H

#include "publisher/provision/csr.h"
#include "publisher/provision/epo.h"

#define PROV_OPTIONS_FOLDER "/etc/pki/tls/certs/Trellix_dxl_certs"
/* In the environment. */
#define PROV_OPTIONS_PASSWORD "TQ_EPO_PASSWORD"

enum prov_command { PROV_PROVISION, PROV_GENERATECSR, PROV_UPDATECONFIG };

enum { PROV_OPTIONS_SAN_MAX = 64, PROV_OPTIONS_CN_MAX = 80 };

struct prov_options {
        enum prov_command command;
        const char *conn_name;   /* or NULL */
        const char *base_folder; /* of all fabrics */
        char *folder;            /* of this fabric's files */
        const char *file_prefix;
        const char *csr_file; /* the person's own request, or NULL */
        struct epo epo;       /* user and password may be NULL: ask */
        const char *password_file, *passphrase_file;
        bool ask_passphrase;
        struct csr_wish csr; /* common_name and san point into this struct */
        char common_name[PROV_OPTIONS_CN_MAX];
        const char *san[PROV_OPTIONS_SAN_MAX];
        char *user;                  /* as the person typed it, or NULL */
        char *password, *passphrase; /* wiped by prov_options_done */
};

/* Reads the arguments; --help ends the process with 0, what is wrong with 2. Secrets are taken out
 * of argv at once, so that `ps` does not show them any longer. The other texts are argv's. */
void prov_options_read(int argc, char **argv, struct prov_options *ret);
void prov_options_done(struct prov_options *options);

#endif
