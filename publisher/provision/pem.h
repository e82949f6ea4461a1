/*
 * Whether PEM text holds what it should. Pure.
 */
#ifndef TQ_PUBLISHER_PROVISION_PEM_H
#define TQ_PUBLISHER_PROVISION_PEM_H

#include "publisher/provision/failure.h"

/* What a person wants to know of a certificate. */
struct pem_facts {
        char thumbprint[41]; /* SHA-1, lower-case hex */
        char until[32];      /* "2028-05-01 10:00:00 UTC" */
};

/* At least one block, all of them certificates that parse; `what` names them in *why ("the CA
 * certificates"). 0 or -EINVAL. */
int pem_check(const char *pem, const char *what, struct failure *why);
/* The text is one certificate signing request whose own signature holds. 0 or -EINVAL; file names
 * it in *why. */
int pem_check_csr(const char *csr, const char *file, struct failure *why);
/* The first certificate is for the key of the request. 0 or -EINVAL. */
int pem_cert_of_csr(const char *cert, const char *csr, struct failure *why);
/* The first certificate is for this private key (PEM; of one with a passphrase that is not known
 * nothing can be said: 0). 0 or -EINVAL; file names the key in *why. */
int pem_cert_of_key(const char *cert, const char *key, const char *file, struct failure *why);
/* Of the first certificate, which has been checked. */
void pem_facts(const char *cert, struct pem_facts *ret);

#endif
