/*
 * Small text files as a whole.
 */
#ifndef TQ_PUBLISHER_PROVISION_READFILE_H
#define TQ_PUBLISHER_PROVISION_READFILE_H

#include "publisher/provision/failure.h"

enum { READFILE_MAX = 1 << 20 /* bytes */ };

/* A text file of at most READFILE_MAX bytes, NUL-terminated; the caller frees. `what` names it in
 * *why ("the truststore"). 0 or -errno. */
int readfile_text(const char *path, const char *what, char **ret, struct failure *why);
/* The one line of a file that only its owner can read; the caller wipes and frees. */
int readfile_secret(const char *path, const char *what, char **ret, struct failure *why);

#endif
