/*
 * What a command says when it has done its work, and what comes next.
 */
#ifndef TQ_PUBLISHER_PROVISION_TOLD_H
#define TQ_PUBLISHER_PROVISION_TOLD_H

#include "publisher/provision/epo_answer.h"
#include "publisher/provision/prov_options.h"

/* key_there: the file of the key holds one. */
void told_provision(const struct prov_options *options, const struct epo_package *package,
                    bool key_there);
void told_generatecsr(const struct prov_options *options);
void told_updateconfig(const struct prov_options *options, const struct epo_package *package);

#endif
