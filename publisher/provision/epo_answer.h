/*
 * What ePO's remote commands answer (dxl-protocol.md, section 10): "OK:", a line break and a JSON
 * string that holds the result, or "Error 3 :" and a message. Pure.
 */
#ifndef TQ_PUBLISHER_PROVISION_EPO_ANSWER_H
#define TQ_PUBLISHER_PROVISION_EPO_ANSWER_H

#include "common/cleanup.h"
#include "publisher/provision/brokerlines.h"

enum { EPO_ANSWER_MAX = 4 << 20 /* bytes */ };

struct epo_package {
        char *bundle; /* CA certificates, PEM, as received; NULL when the answer holds none */
        char *cert;   /* the client's certificate, PEM, as received; NULL likewise */
        struct brokerlines brokers, websockets;
        bool websockets_given;
};

/* The result inside the answer's body, freed by the caller. 0, or -EINVAL (not as above),
 * -EREMOTEIO (ePO said no) with *why. */
int epo_answer_result(struct text body, char **ret, struct failure *why);
/* Of generateOpenDXLClientProvisioningPackageCmd: all members are set, and each certificate parses.
 * 0, or -EINVAL with *why. */
int epo_answer_package(const char *result, struct epo_package *ret, struct failure *why);
/* Of createClientCaBundle: bundle is set. */
int epo_answer_bundle(const char *result, struct epo_package *ret, struct failure *why);
/* Of getBrokerList: brokers and websockets are set. */
int epo_answer_brokers(const char *result, struct epo_package *ret, struct failure *why);
/* For a package that holds anything or nothing. */
void epo_package_done(struct epo_package *package);

#endif
