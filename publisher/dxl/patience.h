/*
 * How long something may take, and a way to end it before.
 */
#ifndef TQ_PUBLISHER_DXL_PATIENCE_H
#define TQ_PUBLISHER_DXL_PATIENCE_H

#include <stdint.h>

struct dxl_patience {
        int64_t until_ms; /* CLOCK_BOOTTIME */
        int cancel_fd;    /* an eventfd that is readable once all is to end; -1: none */
};

/* Waits until fd is ready for events (of poll). 0, -ETIMEDOUT, -ECANCELED or another -errno. */
int dxl_patience_wait(const struct dxl_patience *patience, int fd, short events);

#endif
