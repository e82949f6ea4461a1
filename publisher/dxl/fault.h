/*
 * The fabric's own error codes: those with bit 31 set. All others are a service's. Pure.
 */
#ifndef TQ_PUBLISHER_DXL_FAULT_H
#define TQ_PUBLISHER_DXL_FAULT_H

#include <stdint.h>

enum dxl_fault {
        DXL_FAULT_NONE,       /* no code of the fabric: the service itself has answered */
        DXL_FAULT_NO_SERVICE, /* 0x80000001: nobody was there to take the request */
        DXL_FAULT_OVERLOADED, /* 0x80000002: the service has more than it can take */
        DXL_FAULT_OTHER,
};

enum { DXL_FAULT_TEXT_MAX = 160 };

/* code: masked to 32 bits. */
enum dxl_fault dxl_fault_of(uint32_t code);
/* What a person is shown: `0x80000001 "unable to locate service for request"`. The text is the one
 * that came with the code, or what opendxl-broker says for it when none did. */
void dxl_fault_describe(uint32_t code, const char *text, char out[DXL_FAULT_TEXT_MAX]);

#endif
