/*
 * The CA inside the simulated ePO: signs requests.
 */
#ifndef TQ_SIM_EPO_ISSUER_H
#define TQ_SIM_EPO_ISSUER_H

#include "common/cleanup.h"

#include <stdbool.h>

struct issuer;

/* NULL when the files do not hold a CA's certificate and key in PEM. */
struct issuer *issuer_open(const char *ca_file, const char *key_file);
void issuer_close(struct issuer *issuer);
DEFINE_CLEANUP(struct issuer *, issuer_close);
/* A client certificate in PEM with the request's subject and key, or with some other key. NULL when
 * the text is no request whose signature holds. The caller frees. */
char *issuer_sign(struct issuer *issuer, const char *csr, unsigned days, bool other_key);
/* The subject of a request, "CN=threatq-emea, O=…"; NULL as above. The caller frees. */
char *issuer_subject(const char *csr);

#endif
