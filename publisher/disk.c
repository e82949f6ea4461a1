#include "publisher/disk.h"

#include <errno.h>

bool disk_is_full(int result)
{
        return result == -ENOSPC || result == -EDQUOT;
}

int disk_judge(struct disk *disk, int result)
{
        bool full = disk_is_full(result);

        if (full && !disk->full)
                log_error(disk->log,
                          "the disk that holds %s is full; nothing is lost, trying again until "
                          "there is room",
                          disk->folder);
        if (result == 0 || full)
                disk->full = full;
        return full ? 0 : result;
}
