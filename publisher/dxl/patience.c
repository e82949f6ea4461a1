#include "publisher/dxl/patience.h"

#include "common/clock.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>

int dxl_patience_wait(const struct dxl_patience *patience, int fd, short events)
{
        for (;;) {
                struct pollfd p[2] = {{.fd = fd, .events = events},
                                      {.fd = patience->cancel_fd, .events = POLLIN}};
                int64_t left = patience->until_ms - clock_boot_ms();
                if (left < 0)
                        left = 0;
                int n = poll(p, 2, left < INT_MAX ? (int)left : INT_MAX);
                if (n < 0 && errno != EINTR)
                        return -errno;
                if (n > 0 && p[1].revents)
                        return -ECANCELED;
                if (n > 0)
                        return 0;
                if (n == 0)
                        return -ETIMEDOUT;
        }
}
