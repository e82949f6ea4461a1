/*
 * A process that is killed while it replaces files, at each of its steps: the wrapped calls end it
 * at the wanted one. Whoever reads the files by their names sees the old set or the new one.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "publisher/provision/fileset.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { KILLED = 99, FILES = 3, STEPS_MAX = 200 };

static unsigned steps_left; /* 0: no end in sight */

static void step(void)
{
        if (steps_left > 0 && --steps_left == 0)
                _exit(KILLED);
}

#define WRAP(name, parameters, arguments)                                                          \
        int __real_##name parameters;                                                              \
        int __wrap_##name parameters;                                                              \
        int __wrap_##name parameters                                                               \
        {                                                                                          \
                step();                                                                            \
                return __real_##name arguments;                                                    \
        }
WRAP(mkdirat, (int fd, const char *path, mode_t mode), (fd, path, mode))
WRAP(linkat, (int a, const char *from, int b, const char *to, int flags), (a, from, b, to, flags))
WRAP(symlinkat, (const char *target, int fd, const char *path), (target, fd, path))
WRAP(renameat, (int a, const char *from, int b, const char *to), (a, from, b, to))
WRAP(unlinkat, (int fd, const char *path, int flags), (fd, path, flags))
WRAP(fchmod, (int fd, mode_t mode), (fd, mode))

/* The power stays on here. */
int __wrap_fsync(int fd);
int __wrap_fsync(int fd)
{
        (void)fd;
        step();
        return 0;
}

struct place {
        char base[64], folder[80];
};

static void make_set(const char *word, char contents[FILES][32], struct fileset_file out[FILES])
{
        static const char *const names[FILES] = {"client.crt", "client.key", "dxlclient.config"};

        for (size_t i = 0; i < FILES; i++) {
                snprintf(contents[i], sizeof(contents[i]), "%s of %s", names[i], word);
                out[i] = (struct fileset_file){names[i], contents[i], i == 1 ? 0600 : 0644};
        }
}

static int replace_by(const struct place *place, const char *word, struct failure *why)
{
        char contents[FILES][32];
        struct fileset_file files[FILES];

        make_set(word, contents, files);
        return fileset_replace(place->folder, files, FILES, why);
}

/* The last word of the file, "" when it cannot be read. */
static void word_of(const struct place *place, const char *name, char out[32])
{
        char path[128], line[64] = "";
        FILE *file;

        snprintf(path, sizeof(path), "%s/%s", place->folder, name);
        out[0] = '\0';
        file = fopen(path, "re");
        if (!file)
                return;
        if (fgets(line, sizeof(line), file) && strrchr(line, ' '))
                snprintf(out, 32, "%.31s", strrchr(line, ' ') + 1);
        fclose(file);
}

/* All three files are of one set; its word is left in `out`. */
static void assert_whole(const struct place *place, char out[32])
{
        char key[32], config[32];

        word_of(place, "client.crt", out);
        word_of(place, "client.key", key);
        word_of(place, "dxlclient.config", config);
        assert_string_equal(out, key);
        assert_string_equal(out, config);
}

static void assert_tidy(const struct place *place, const char *word)
{
        static const struct {
                const char *name;
                mode_t mode;
        } files[] = {{"client.crt", 0644}, {"client.key", 0600}, {"dxlclient.config", 0644}};
        char path[128], got[32];
        struct stat st;

        assert_whole(place, got);
        assert_string_equal(got, word);
        for (size_t i = 0; i < FILES; i++) {
                snprintf(path, sizeof(path), "%s/%s", place->folder, files[i].name);
                assert_int_equal(lstat(path, &st), 0);
                assert_true(S_ISREG(st.st_mode));
                assert_int_equal(st.st_mode & 07777, files[i].mode);
                assert_int_equal(st.st_nlink, 1);
        }
        snprintf(path, sizeof(path), "%s/.provisioning", place->folder);
        assert_int_equal(lstat(path, &st), -1);
        assert_int_equal(errno, ENOENT);
}

/* Whether the child was killed at this step; false when it came to its end before. */
static bool killed_at(const struct place *place, unsigned at, const char *word)
{
        int status;
        pid_t pid = fork();

        assert_true(pid >= 0);
        if (pid == 0) {
                struct failure why;

                steps_left = at;
                _exit(replace_by(place, word, &why) == 0 ? 0 : 1);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        assert_true(WEXITSTATUS(status) == KILLED || WEXITSTATUS(status) == 0);
        return WEXITSTATUS(status) == KILLED;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
        (void)st;
        (void)type;
        (void)ftw;
        return remove(path);
}

static int setup(void **state)
{
        static struct place place;

        snprintf(place.base, sizeof(place.base), "/tmp/tq-fileset-XXXXXX");
        if (!mkdtemp(place.base))
                return -1;
        snprintf(place.folder, sizeof(place.folder), "%s/emea", place.base);
        *state = &place;
        return 0;
}

static int teardown(void **state)
{
        const struct place *place = *state;

        return nftw(place->base, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void killed_while_it_replaces(void **state)
{
        const struct place *place = *state;
        struct failure why;
        char got[32];
        bool saw_old = false, saw_new = false;
        unsigned at = 0;

        do {
                assert_true(++at < STEPS_MAX);
                assert_int_equal(replace_by(place, "old", &why), 0);
                assert_tidy(place, "old");
                if (!killed_at(place, at, "new"))
                        break;
                assert_whole(place, got);
                saw_old = saw_old || strcmp(got, "old") == 0;
                saw_new = saw_new || strcmp(got, "new") == 0;
                assert_true(strcmp(got, "old") == 0 || strcmp(got, "new") == 0);
                assert_int_equal(replace_by(place, "next", &why), 0);
                assert_tidy(place, "next");
        } while (true);
        assert_true(saw_old && saw_new);
        assert_tidy(place, "new");
}

static void killed_in_an_empty_folder(void **state)
{
        const struct place *place = *state;
        struct failure why;
        char got[32];
        unsigned at = 0;

        while (killed_at(place, ++at, "new")) {
                assert_true(at < STEPS_MAX);
                assert_whole(place, got);
                assert_true(strcmp(got, "") == 0 || strcmp(got, "new") == 0);
                assert_int_equal(replace_by(place, "next", &why), 0);
                assert_tidy(place, "next");
                assert_int_equal(nftw(place->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
        }
        assert_true(at > 20);
        assert_tidy(place, "new");
}

/* The next run is killed too while it puts in order what the first one left. */
static void killed_twice(void **state)
{
        const struct place *place = *state;
        struct failure why;
        char got[32];

        for (unsigned first = 1; first < STEPS_MAX; first += 3) {
                bool more = true;

                for (unsigned second = 1; more && second < STEPS_MAX; second += 2) {
                        assert_int_equal(replace_by(place, "old", &why), 0);
                        if (!killed_at(place, first, "new"))
                                return;
                        more = killed_at(place, second, "newer");
                        assert_whole(place, got);
                        assert_true(strcmp(got, "old") == 0 || strcmp(got, "new") == 0 ||
                                    strcmp(got, "newer") == 0);
                }
        }
}

static void a_second_one_waits_its_turn(void **state)
{
        const struct place *place = *state;
        struct failure why;
        int fd;

        assert_int_equal(replace_by(place, "old", &why), 0);
        fd = open(place->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
        assert_int_equal(replace_by(place, "new", &why), -EBUSY);
        assert_non_null(strstr(why.text, place->folder));
        close(fd);
        assert_tidy(place, "old");
}

static void a_folder_in_the_way_is_named(void **state)
{
        const struct place *place = *state;
        char contents[FILES][32], path[128];
        struct fileset_file files[FILES];
        struct failure why;

        make_set("new", contents, files);
        assert_int_equal(mkdir(place->folder, 0700), 0);
        snprintf(path, sizeof(path), "%s/client.key", place->folder);
        assert_int_equal(mkdir(path, 0700), 0);
        assert_int_equal(fileset_check(place->folder, files, FILES, &why), -EEXIST);
        assert_non_null(strstr(why.text, path));
        assert_int_equal(rmdir(path), 0);
        assert_int_equal(fileset_check(place->folder, files, FILES, &why), 0);
}

static void what_root_makes_is_the_owners_above(void **state)
{
        const struct place *place = *state;
        static const char *const names[] = {"", "/client.crt", "/client.key", "/dxlclient.config"};
        struct failure why = {0};
        char path[128];
        struct stat st;

        if (geteuid() != 0)
                skip();
        assert_int_equal(chown(place->base, 65534, 65533), 0);
        assert_int_equal(replace_by(place, "new", &why), 0);
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
                snprintf(path, sizeof(path), "%s%s", place->folder, names[i]);
                assert_int_equal(stat(path, &st), 0);
                assert_int_equal(st.st_uid, 65534);
                assert_int_equal(st.st_gid, 65533);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(killed_while_it_replaces, setup, teardown),
            cmocka_unit_test_setup_teardown(killed_in_an_empty_folder, setup, teardown),
            cmocka_unit_test_setup_teardown(killed_twice, setup, teardown),
            cmocka_unit_test_setup_teardown(a_second_one_waits_its_turn, setup, teardown),
            cmocka_unit_test_setup_teardown(a_folder_in_the_way_is_named, setup, teardown),
            cmocka_unit_test_setup_teardown(what_root_makes_is_the_owners_above, setup, teardown),
        };

        return cmocka_run_group_tests_name("fileset", tests, NULL, NULL);
}
