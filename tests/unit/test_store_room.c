#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "common/store.h"
#include "common/store_room.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BLOCK = 4096, CANNOT_MOUNT = 77, ROOM_MAX = 12 };

static const char *const tables[] = {"a", "b", "c", NULL};

/* Fills the file system but for so many blocks. */
static int fill(const char *ballast, int spare)
{
        static const char block[BLOCK];
        int fd = open(ballast, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        off_t size = 0;
        ssize_t n;

        while ((n = write(fd, block, BLOCK)) > 0)
                size += n;
        if (errno != ENOSPC || ftruncate(fd, size - (off_t)spare * BLOCK) < 0)
                return -1;
        return close(fd);
}

/* A new store on a disk with room for `spare` blocks: it opens, or says that the disk is full; and
 * it opens when there is room. */
static int open_on_a_full_disk(const char *folder, int spare)
{
        char path[128], ballast[128];
        struct store *store = NULL;
        bool opened;
        int r;

        if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", "none", MS_REC | MS_PRIVATE, "") < 0 ||
            mount("tmpfs", folder, "tmpfs", 0, "size=1m") < 0)
                return CANNOT_MOUNT;
        snprintf(path, sizeof(path), "%s/store", folder);
        snprintf(ballast, sizeof(ballast), "%s/ballast", folder);
        if (fill(ballast, spare) < 0)
                return 1;
        r = store_open(path, tables, false, &store);
        opened = r == 0;
        store_close(store);
        if (!opened && r != -ENOSPC)
                return 2;
        if (!opened && !store_room_is_new(path))
                return 3;
        if (unlink(ballast) < 0 || store_open(path, tables, false, &store) != 0)
                return 4;
        store_close(store);
        return store_room_is_new(path) ? 5 : opened ? 10 : 0;
}

static void a_new_store_on_a_full_disk(void **state)
{
        char folder[] = "/tmp/tq-room-XXXXXX";
        int refused = 0, opened = 0;

        (void)state;
        assert_non_null(mkdtemp(folder));
        for (int spare = 0; spare <= ROOM_MAX; spare++) {
                int status;
                pid_t pid;

                fflush(NULL);
                pid = fork();
                if (pid == 0)
                        _exit(open_on_a_full_disk(folder, spare));
                assert_int_equal(waitpid(pid, &status, 0), pid);
                if (WIFSIGNALED(status))
                        fail_msg("killed by signal %d with %d blocks", WTERMSIG(status), spare);
                if (WEXITSTATUS(status) == CANNOT_MOUNT) {
                        rmdir(folder);
                        skip();
                }
                if (WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != 10)
                        fail_msg("step %d with %d blocks", WEXITSTATUS(status), spare);
                refused += WEXITSTATUS(status) == 0;
                opened += WEXITSTATUS(status) == 10;
        }
        rmdir(folder);
        assert_true(refused > 2);
        assert_true(opened > 2);
}

int main(void)
{
        const struct CMUnitTest tests[] = {cmocka_unit_test(a_new_store_on_a_full_disk)};

        return cmocka_run_group_tests(tests, NULL, NULL);
}
