#include "publisher/dxl/survey.h"

#include "common/clock.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>

enum { THREADS_MAX = 64, TICK_MS = 100 };

struct crew {
        const struct dxl_survey *survey;
        atomic_size_t next;  /* broker */
        atomic_uint working; /* threads */
        int cancel_fd;
        int done_fd; /* rings when a thread ends */
};

static void look(const struct crew *crew, const char *host, uint16_t port, struct dxl_probe *ret)
{
        const struct dxl_survey *s = crew->survey;
        struct dxl_patience patience = {clock_boot_ms() + s->bound_ms, crew->cancel_fd};

        dxl_probe(s->ctx, s->config, host, port, &patience, ret);
}

/* By name, and when that fails by address. */
static void look_at_broker(const struct crew *crew, size_t i)
{
        const struct dxl_broker *b = &crew->survey->config->brokers[i];
        struct dxl_finding *f = &crew->survey->findings[i];
        bool other = b->ip && strcmp(b->ip, b->host) != 0;

        look(crew, b->host, b->port, &f->probe);
        f->by_ip = false;
        if (f->probe.rc == 0 || f->probe.rc == -ECANCELED || !other)
                return;
        struct dxl_probe by_ip = {.expiries = f->probe.expiries};
        look(crew, b->ip, b->port, &by_ip);
        if (by_ip.rank.reached < f->probe.rank.reached) {
                f->probe = by_ip;
                f->by_ip = true;
        }
}

static void *work(void *userdata)
{
        struct crew *crew = userdata;
        size_t i, count = crew->survey->config->broker_count;

        while ((i = atomic_fetch_add(&crew->next, 1)) < count)
                if (crew->survey->findings[i].wanted)
                        look_at_broker(crew, i);
        atomic_fetch_sub(&crew->working, 1);
        eventfd_write(crew->done_fd, 1);
        return NULL;
}

static void await_crew(struct crew *crew)
{
        const struct dxl_survey *s = crew->survey;
        struct pollfd p = {.fd = crew->done_fd, .events = POLLIN};
        eventfd_t n;

        while (atomic_load(&crew->working) > 0) {
                if (poll(&p, 1, TICK_MS) > 0)
                        eventfd_read(crew->done_fd, &n);
                else if (!s->go_on(s->userdata))
                        eventfd_write(crew->cancel_fd, 1);
        }
}

static int run(struct crew *crew)
{
        pthread_t threads[THREADS_MAX];
        size_t count = 0, wanted = 0;
        int rc = 0;

        for (size_t i = 0; i < crew->survey->config->broker_count; i++)
                wanted += crew->survey->findings[i].wanted;
        if (wanted > THREADS_MAX)
                wanted = THREADS_MAX;
        for (; rc == 0 && count < wanted; count += rc == 0) {
                atomic_fetch_add(&crew->working, 1);
                rc = -pthread_create(&threads[count], NULL, work, crew);
                if (rc < 0)
                        atomic_fetch_sub(&crew->working, 1);
        }
        await_crew(crew);
        for (size_t i = 0; i < count; i++)
                pthread_join(threads[i], NULL);
        return count > 0 || wanted == 0 ? 0 : rc;
}

int dxl_survey_run(struct dxl_survey *survey)
{
        struct crew crew = {.survey = survey,
                            .cancel_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
                            .done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
        int rc = crew.cancel_fd < 0 || crew.done_fd < 0 ? -errno : run(&crew);

        closep(&crew.cancel_fd);
        closep(&crew.done_fd);
        return rc;
}
