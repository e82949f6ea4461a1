/*
 * The fabrics of a first run: the one that -cn names, else those whose certificates
 * tq-trellix-tie-prov has put into the folder of all certificates.
 */
#ifndef TQ_CONSOLE_FIRST_FABRICS_H
#define TQ_CONSOLE_FIRST_FABRICS_H

#include "console/first_text.h"

#include <stddef.h>

#define FIRST_FABRICS_FOLDER "/etc/pki/tls/certs/Trellix_dxl_certs"
/* The name of the one whose files are in that folder itself: provisioned without -cn. */
#define FIRST_FABRICS_UNNAMED "default"

/* *ret, by name, is freed with first_fabrics_free. When none is found, the unnamed one, whose
 * dxlclient.config is still to come. folder is absolute; name NULL: no -cn. 0 or -errno. */
int first_fabrics_find(const char *folder, const char *name, struct first_fabric **ret,
                       size_t *count);
void first_fabrics_free(struct first_fabric *fabrics, size_t count);

#endif
