/*
 * The three commands. Everything is made and checked in memory first; the folder changes as the
 * last step, all at once.
 */
#ifndef TQ_PUBLISHER_PROVISION_PROVISION_H
#define TQ_PUBLISHER_PROVISION_PROVISION_H

#include "publisher/provision/prov_options.h"

/* Runs options->command, whose credentials are complete, and says on standard output what was done.
 * 0, or -errno with *why and the folder as it was. */
int provision_run(const struct prov_options *options, struct failure *why);

#endif
