/*
 * A line of [Brokers] or [BrokersWebSockets] (dxl-protocol, section 7). Pure.
 */
#ifndef TQ_PUBLISHER_DXL_BROKERLINE_H
#define TQ_PUBLISHER_DXL_BROKERLINE_H

#include "common/text.h"

#include <stdbool.h>
#include <stdint.h>

enum { DXL_BROKERLINE_HOST_MAX = 253, DXL_BROKERLINE_FAULT_MAX = 256 };

/* [UniqueId;]Port;HostName[;IpAddress]. The texts are parts of the value. */
struct dxl_brokerline {
        struct text id; /* empty when there is none */
        uint16_t port;
        struct text host; /* not empty; without the brackets of IPv6, as ip */
        struct text ip;   /* empty when there is none */
};

struct text dxl_brokerline_unbracket(struct text t);
/* 0, or -EINVAL with what is wrong and the mend in fault. */
int dxl_brokerline_parse(struct text value, struct dxl_brokerline *ret,
                         char fault[DXL_BROKERLINE_FAULT_MAX]);

#endif
