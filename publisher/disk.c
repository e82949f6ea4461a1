#include "publisher/disk.h"

#include <errno.h>

int disk_judge(struct disk *disk, int result)
{
        bool full = result == -ENOSPC || result == -EDQUOT;

        if (full && !disk->full)
                log_error(disk->log,
                          "the disk that holds %s is full; nothing is lost, trying again until "
                          "there is room",
                          disk->folder);
        if (result == 0 || full)
                disk->full = full;
        return full ? 0 : result;
}
