/*
 * The text of dxlclient.config: made new, or changed line by line so that what people wrote into it
 * stays. Pure.
 */
#ifndef TQ_PUBLISHER_PROVISION_DXLINI_H
#define TQ_PUBLISHER_PROVISION_DXLINI_H

#include "publisher/provision/brokerlines.h"

#define DXLINI_NAME "dxlclient.config"
#define DXLINI_BUNDLE "ca-bundle.crt"

/* The configuration of a client that was just provisioned: its files are <prefix>.crt, <prefix>.key
 * and DXLINI_BUNDLE beside it. Of an old one that is given (or NULL) all else stays: the proxy, the
 * client's id, comments; unless a line of it cannot be read. Freed by the caller; NULL when memory
 * is out. */
char *dxlini_provision(const char *old, const char *prefix, const struct brokerlines *brokers,
                       const struct brokerlines *websockets);
/* The text with the brokers of [Brokers] replaced, and those of [BrokersWebSockets] unless
 * websockets is NULL. Entries that remain keep the comments above them, entries that are gone go
 * with theirs; a section that is missing is added. Freed by the caller; NULL when memory is out. */
char *dxlini_update(const char *text, const struct brokerlines *brokers,
                    const struct brokerlines *websockets);
/* The last value of a setting, without quotes and comment; NULL when there is none or it is empty,
 * or memory is out. Freed by the caller. */
char *dxlini_value(const char *text, const char *section, const char *key);

#endif
