/*
 * A new RSA key and its certificate signing request, as OpenDXL's own tool makes them
 * (dxl-protocol.md, section 10): RSA 2048, SHA-256, clientAuth.
 */
#ifndef TQ_PUBLISHER_PROVISION_CSR_H
#define TQ_PUBLISHER_PROVISION_CSR_H

#include "publisher/provision/failure.h"

struct csr_wish {
        const char *country, *state, *locality, *organization, *unit, *email; /* or NULL */
        const char *common_name;
        const char *const *san; /* DNS names */
        size_t san_count;
        const char *passphrase; /* of the key; NULL: it is not encrypted */
};

struct csr {
        char *request; /* PKCS#10, PEM */
        char *key;     /* PKCS#8, PEM; wiped when it is freed */
};

/* 0, or -errno with *why: -EINVAL names the field of the subject that cannot be used. */
int csr_make(const struct csr_wish *wish, struct csr *ret, struct failure *why);
void csr_done(struct csr *csr);

#endif
