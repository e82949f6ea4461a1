/*
 * ePO's remote commands over HTTPS with Basic authentication (dxl-protocol.md, section 10). ePO's
 * certificate is verified unless told otherwise; redirects are refused, since they would take the
 * password elsewhere.
 */
#ifndef TQ_PUBLISHER_PROVISION_EPO_H
#define TQ_PUBLISHER_PROVISION_EPO_H

#include "publisher/provision/failure.h"

#include <stdint.h>

struct epo {
        const char *host; /* name or address; IPv6 with or without brackets */
        const char *port;
        const char *user, *password;
        const char *truststore; /* NULL: the system's CAs */
        bool insecure;
        int64_t timeout_ms; /* of one command as a whole */
};

#define EPO_PROVISION "DxlBrokerMgmt.generateOpenDXLClientProvisioningPackageCmd"
#define EPO_BUNDLE "DxlClientMgmt.createClientCaBundle"
#define EPO_BROKERS "DxlClientMgmt.getBrokerList"

/* Runs a command; csr is its csrString, or NULL. The result inside ePO's answer, freed by the
 * caller. 0, or -errno with *why. */
int epo_run(const struct epo *epo, const char *command, const char *csr, char **ret,
            struct failure *why);

#endif
