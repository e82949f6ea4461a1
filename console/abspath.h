/*
 * Paths for files that are read later, by somebody who works in another folder.
 */
#ifndef TQ_CONSOLE_ABSPATH_H
#define TQ_CONSOLE_ABSPATH_H

/* The path from the root on, symbolic links as they are. The caller frees; NULL when memory is out
 * or the working directory is gone. */
char *abspath(const char *path);

#endif
