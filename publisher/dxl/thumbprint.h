/*
 * What a fabric calls a client: the SHA-1 of its certificate. Topic authorization in ePO and the
 * broker's log name it so (opendxl-broker, "Not authorized for send: <thumbprint>").
 */
#ifndef TQ_PUBLISHER_DXL_THUMBPRINT_H
#define TQ_PUBLISHER_DXL_THUMBPRINT_H

enum { DXL_THUMBPRINT_LEN = 40 };

/* 40 lower-case hex digits of the first certificate of a PEM file. 0 or -EINVAL, and out is "". */
int dxl_thumbprint(const char *cert_file, char out[DXL_THUMBPRINT_LEN + 1]);

#endif
