#include "publisher/requests.h"

#include "publisher/failed_command.h"
#include "publisher/reset.h"

int requests_serve(const struct proc *proc, struct vault *vault, struct disk *disk)
{
        int r = reset_serve(proc, vault);

        /* what was not asked says nothing of the disk */
        r = r == RESET_E_NONE ? 0 : disk_judge(disk, r);
        if (r != 0)
                return r;
        r = failed_serve(proc, vault);
        return r == FAILED_E_NONE ? 0 : disk_judge(disk, r);
}
