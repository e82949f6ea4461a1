#include "common/store_memory.h"

#include "common/cleanup.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum {
        RESIDENT_MAX = 16 << 20,
        /* The kernel maps up to 16 pages around one that is touched: so many touches are at most
         * 8 MiB. */
        TOUCHES_A_LOOK = 128,
};

void store_memory_init(struct store_memory *memory)
{
        *memory = (struct store_memory){
            .statm_fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC),
        };
}

void store_memory_done(struct store_memory *memory)
{
        if (memory->statm_fd >= 0)
                close(memory->statm_fd);
        memory->statm_fd = -1;
        memory->map = NULL;
}

/* Resident pages that are shared with files: the third number. 0 when it cannot be read. */
static size_t shared_pages(const struct store_memory *memory)
{
        unsigned long shared = 0;
        char text[128];
        ssize_t n = pread(memory->statm_fd, text, sizeof(text) - 1, 0);

        if (n <= 0)
                return 0;
        text[n] = '\0';
        if (sscanf(text, "%*u %*u %lu", &shared) != 1)
                return 0;
        return shared;
}

static void set_limit(struct store_memory *memory)
{
        memory->limit_pages =
            shared_pages(memory) + (size_t)RESIDENT_MAX / (size_t)sysconf(_SC_PAGESIZE);
}

/* LMDB tells the address of a map only when it is a fixed one, so the kernel is asked: the largest
 * mapping of the file. */
void store_memory_find(struct store_memory *memory, int fd)
{
        _cleanup_(fclosep) FILE *maps = fopen("/proc/self/maps", "re");
        uintptr_t start, end;
        unsigned major_id, minor_id;
        unsigned long inode;
        struct stat st;
        char line[512];

        memory->map = NULL;
        memory->len = 0;
        if (!maps || fstat(fd, &st) < 0)
                return;
        while (fgets(line, sizeof(line), maps)) {
                if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %*s %*s %x:%x %lu", &start, &end,
                           &major_id, &minor_id, &inode) != 5)
                        continue;
                if (inode != st.st_ino || major_id != major(st.st_dev) ||
                    minor_id != minor(st.st_dev) || end - start <= memory->len)
                        continue;
                memory->map = (void *)start;
                memory->len = end - start;
        }
        set_limit(memory);
}

void store_memory_touch(struct store_memory *memory)
{
        if (++memory->touches < TOUCHES_A_LOOK || !memory->map || memory->statm_fd < 0)
                return;
        memory->touches = 0;
        if (shared_pages(memory) <= memory->limit_pages)
                return;
        /* What others have mapped meanwhile is not ours to give back, hence the new limit. */
        if (madvise(memory->map, memory->len, MADV_DONTNEED) == 0)
                set_limit(memory);
}
