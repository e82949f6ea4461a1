/*
 * Replaces several files of one folder at one moment: whoever reads them by their names sees all of
 * the old ones or all of the new ones, and so it is when this process is killed, at any step.
 *
 * The new files are written to <folder>/.provisioning/new and the old ones linked to …/old. Each
 * name then becomes a symbolic link to .provisioning/now/NAME, where `now` is a link to `old`:
 * still the old set. One rename turns `now` to `new`: the whole new set. Then the links become
 * plain files again and .provisioning goes. What a killed one left is carried on or taken back by
 * the next.
 */
#ifndef TQ_PUBLISHER_PROVISION_FILESET_H
#define TQ_PUBLISHER_PROVISION_FILESET_H

#include "publisher/provision/failure.h"

#include <sys/types.h>

struct fileset_file {
        const char *name; /* without a slash */
        const char *content;
        mode_t mode; /* whatever the old file had */
};

/* Whether the folder can be written, or made, and none of the names is taken by something else than
 * a file; changes nothing. 0 or -errno with *why. */
int fileset_check(const char *folder, const struct fileset_file *files, size_t count,
                  struct failure *why);
/* Writes the files, durably. A folder that is missing is made with 0700 and those above it with
 * 0755; one that is there keeps its mode. For root the files belong to the folder's owner. 0, or
 * -errno with *why and the old files in their places; -EBUSY: another process replaces files there.
 */
int fileset_replace(const char *folder, const struct fileset_file *files, size_t count,
                    struct failure *why);

#endif
