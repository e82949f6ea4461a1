/*
 * A new store on a disk that is full. LMDB maps its lock file for writing: without blocks for it
 * the process would be killed by SIGBUS. And a data file of which only a part could be written is
 * taken for a damaged store ever after.
 */
#ifndef TQ_COMMON_STORE_ROOM_H
#define TQ_COMMON_STORE_ROOM_H

#include <stdbool.h>

/* Gives the lock file of the store in this folder its blocks. 0 or -errno (-ENOSPC: no room). */
int store_room_reserve(const char *path);
/* Whether the folder holds no data yet. */
bool store_room_is_new(const char *path);
/* Empties the data file of a new store that could not be opened, so that the next try begins anew.
 */
void store_room_undo(const char *path);

#endif
