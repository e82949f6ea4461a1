/*
 * What the command line leaves open: user, password and passphrase, from files, the environment or
 * the person at the terminal.
 */
#ifndef TQ_PUBLISHER_PROVISION_CREDENTIALS_H
#define TQ_PUBLISHER_PROVISION_CREDENTIALS_H

#include "publisher/provision/prov_options.h"

/* Completes epo.user, epo.password and csr.passphrase as far as the command needs them. 0 or -errno
 * with *why; -ENOTTY when nobody is there to be asked. */
int credentials_complete(struct prov_options *options, struct failure *why);

#endif
