/*
 * The brokers that ePO names: "guid=guid;port;host;ip" in a provisioning package, objects of JSON
 * in a broker list (dxl-protocol.md, section 10). Pure.
 */
#ifndef TQ_PUBLISHER_PROVISION_BROKERLINES_H
#define TQ_PUBLISHER_PROVISION_BROKERLINES_H

#include "publisher/provision/failure.h"

#include <stddef.h>

struct json_t;

struct brokerlines {
        struct brokerline {
                char *guid;
                char *value; /* "guid;port;host" or "guid;port;host;ip", trimmed */
        } * all;
        size_t count;
};

/* One broker a line; none is fine, an empty line is not. A guid that comes twice: the last counts.
 * 0, or -EINVAL with the line in *why; *ret is to be freed in any case. */
int brokerlines_parse(struct text lines, struct brokerlines *ret, struct failure *why);
/* An array of {"guid", "hostName", "ipAddress", "port"}; as above. */
int brokerlines_of_json(const struct json_t *array, struct brokerlines *ret, struct failure *why);
void brokerlines_done(struct brokerlines *lines);
/* The line of this guid, or NULL. */
const struct brokerline *brokerlines_find(const struct brokerlines *lines, struct text guid);

#endif
