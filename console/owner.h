/*
 * As whom a command works: what root starts for a connector that runs as another user must not
 * leave files behind that this user cannot write to.
 */
#ifndef TQ_CONSOLE_OWNER_H
#define TQ_CONSOLE_OWNER_H

/* For root: from here on this process, and what it starts, is the owner of the configuration file,
 * with his groups. For anybody else, when root owns it, or when it is not there: nothing changes.
 * 0 or -errno; then the process may not go on. */
int owner_become(const char *config);
/* The name of the configuration's owner, freed by the caller; NULL: it is root, or has no name. */
char *owner_name(const char *config);

#endif
