/*
 * Writes a small file as a whole: it is there with all its content, durably, or it is not.
 */
#ifndef TQ_CONSOLE_NEWFILE_H
#define TQ_CONSOLE_NEWFILE_H

#include <stdbool.h>
#include <sys/types.h>

/* Writes `content` to `path` with this mode, by way of a hidden file beside it, which is gone
 * afterwards. Signals that would end the process wait meanwhile. replace: what has the name gives
 * way; else it stays, and -EEXIST is returned. For root the file belongs to the owner of its
 * folder. 0 or -errno. */
int newfile_write(const char *path, const char *content, mode_t mode, bool replace);

#endif
