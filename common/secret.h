/*
 * Secrets in files: one line, in a file that nobody else can read or change.
 */
#ifndef TQ_COMMON_SECRET_H
#define TQ_COMMON_SECRET_H

#include "common/cleanup.h"

#include <stddef.h>

enum { SECRET_MAX = 4096, SECRET_FAULT_MAX = 4352 };

/* The secret that stands alone in the file, without its line end; secret_wipe it. NULL when the
 * file is not fit to hold one, with what is wrong and the mend in fault. */
char *secret_read(const char *file, char fault[SECRET_FAULT_MAX]);
/* Overwrites and frees; takes NULL. */
void secret_wipe(char *secret);
DEFINE_CLEANUP(char *, secret_wipe);

#endif
