/*
 * Random UUIDs (version 4) as DXL clients write them: lower case, in braces.
 */
#ifndef TQ_PUBLISHER_DXL_UUID_H
#define TQ_PUBLISHER_DXL_UUID_H

enum { DXL_UUID_LEN = 38 };

/* "{d822b3eb-dfd5-493a-aa81-90715a6b959e}" from the kernel's random numbers. */
void dxl_uuid_new(char out[DXL_UUID_LEN + 1]);

#endif
