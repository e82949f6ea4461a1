/*
 * Keeps the resident part of a store's map small. The map is read-only and shared (no
 * MDB_WRITEMAP), so a page given back is only read again from the file when it is next touched.
 */
#ifndef TQ_COMMON_STORE_MEMORY_H
#define TQ_COMMON_STORE_MEMORY_H

#include <stddef.h>

struct store_memory {
        void *map; /* NULL: not found, nothing is given back */
        size_t len;
        int statm_fd;       /* /proc/self/statm, or -1 */
        unsigned touches;   /* since the last look at it */
        size_t limit_pages; /* resident shared pages above which the map is given back */
};

void store_memory_init(struct store_memory *memory);
void store_memory_done(struct store_memory *memory);
/* Finds the map of the open file fd. Call it after the file was mapped, and again after it was
 * mapped anew. */
void store_memory_find(struct store_memory *memory, int fd);
/* Counts one access; from time to time looks how much is resident and gives the map back when it is
 * more than 16 MiB above what it was. */
void store_memory_touch(struct store_memory *memory);

#endif
