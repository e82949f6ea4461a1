/*
 * A folder that is about to get new files: whether it can, making it, locking it, and putting in
 * order what a killed run of fileset left in it.
 */
#ifndef TQ_PUBLISHER_PROVISION_FOLDER_H
#define TQ_PUBLISHER_PROVISION_FOLDER_H

#include "publisher/provision/failure.h"

/* Whether it can be written, or made where it is missing; changes nothing. 0 or -errno. */
int folder_check(const char *folder, struct failure *why);
/* Makes it (0700) and those above it (0755) when they are missing; for root it belongs to the owner
 * of the one above. *made tells whether it was missing. 0 or -errno. */
int folder_make(const char *folder, bool *made, struct failure *why);
/* For as long as fd is open. 0, -EBUSY when another process has it, or -errno. */
int folder_lock(int fd, const char *folder, struct failure *why);
/* Every link to <stage>/now/NAME becomes the file it leads to, or goes when it leads nowhere; then
 * <stage> goes. Nothing to do is fine. May be killed and called again. 0 or -errno. */
int folder_settle(int fd, const char *stage);
/* Whether <folder>/<name> is such a link. */
bool folder_is_ours(const char *folder, const char *name, const char *stage);

#endif
