#include "console/watch.h"

#include "common/clock.h"

#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>

int watch_init(struct watch *watch)
{
        struct epoll_event event = {.events = EPOLLIN};
        sigset_t set;

        *watch = (struct watch){.epoll = -1, .signal_fd = -1};
        signal(SIGPIPE, SIG_IGN);
        sigemptyset(&set);
        sigaddset(&set, SIGINT);
        sigaddset(&set, SIGTERM);
        sigaddset(&set, SIGHUP);
        sigaddset(&set, SIGCHLD);
        sigaddset(&set, SIGWINCH);
        if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
                return -errno;
        watch->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
        if (watch->signal_fd < 0)
                return -errno;
        watch->epoll = epoll_create1(EPOLL_CLOEXEC);
        if (watch->epoll < 0)
                return -errno;
        return epoll_ctl(watch->epoll, EPOLL_CTL_ADD, watch->signal_fd, &event) < 0 ? -errno : 0;
}

void watch_done(struct watch *watch)
{
        closep(&watch->signal_fd);
        closep(&watch->epoll);
}

int watch_wait(struct watch *watch, int64_t until_boot_ms)
{
        struct epoll_event events[16];
        struct signalfd_siginfo info;
        int64_t left = until_boot_ms - clock_boot_ms();
        int n;

        if (left < 0)
                left = 0;
        if (left > 60000)
                left = 60000;
        n = epoll_wait(watch->epoll, events, sizeof(events) / sizeof(events[0]), (int)left);
        if (n < 0 && errno != EINTR)
                return -errno;
        while (read(watch->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
                if (info.ssi_signo == SIGHUP)
                        watch->hangups++;
                if (info.ssi_signo == SIGWINCH)
                        watch->resizes++;
                else if (info.ssi_signo != SIGCHLD)
                        watch->interrupts++;
        }
        return 0;
}
