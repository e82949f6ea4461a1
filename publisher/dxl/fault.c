#include "publisher/dxl/fault.h"

#include <stddef.h>
#include <stdio.h>

static const uint32_t fabric_bit = 0x80000000U;

/* opendxl-broker's, and what a service client says for a service id that it does not have. */
static const struct {
        uint32_t code;
        enum dxl_fault fault;
        const char *text;
} known[] = {
    {0x80000001U, DXL_FAULT_NO_SERVICE, "unable to locate service for request"},
    {0x80000002U, DXL_FAULT_OVERLOADED, "service is overloaded"},
    {0x80000003U, DXL_FAULT_OTHER, "response timeout"},
    {0x80000011U, DXL_FAULT_OTHER, "service limit exceeded"},
    {0x80000012U, DXL_FAULT_OTHER, "subscription limit exceeded"},
};

enum dxl_fault dxl_fault_of(uint32_t code)
{
        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
                if (known[i].code == code)
                        return known[i].fault;
        }
        return code & fabric_bit ? DXL_FAULT_OTHER : DXL_FAULT_NONE;
}

void dxl_fault_describe(uint32_t code, const char *text, char out[DXL_FAULT_TEXT_MAX])
{
        const char *said = text && text[0] ? text : "unknown error code";

        for (size_t i = 0; said != text && i < sizeof(known) / sizeof(known[0]); i++) {
                if (known[i].code == code)
                        said = known[i].text;
        }
        snprintf(out, DXL_FAULT_TEXT_MAX, "0x%08x \"%.128s\"", code, said);
}
