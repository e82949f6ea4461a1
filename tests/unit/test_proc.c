/* A stage is a process: each case runs a small one in a child and looks at its exit and output. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "common/proc.h"
#include "common/proc_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct fixture {
        char dir[64];
        char config[96];
        char output[16384];
};

static void write_config(const struct fixture *f)
{
        FILE *file = fopen(f->config, "we");

        assert_non_null(file);
        assert_int_equal(fchmod(fileno(file), 0600), 0);
        fprintf(file,
                "threatq:\n"
                "  host: https://threatq.example.com\n"
                "  auth: password\n"
                "  client_id: id\n"
                "  username: connector@example.com\n"
                "  password: secret\n"
                "connector:\n"
                "  state_dir: %s/state/deep\n"
                "  run_dir: %s/run\n"
                "fabrics:\n"
                "  - name: emea\n"
                "    dxl_config: /nonexistent/dxlclient.config\n",
                f->dir, f->dir);
        fclose(file);
}

static int setup(void **state)
{
        static struct fixture f;

        f = (struct fixture){.dir = "/tmp/test-proc-XXXXXX"};
        assert_non_null(mkdtemp(f.dir));
        snprintf(f.config, sizeof(f.config), "%s/c.yaml", f.dir);
        write_config(&f);
        *state = &f;
        return 0;
}

static int teardown(void **state)
{
        struct fixture *f = *state;
        char command[128];

        snprintf(command, sizeof(command), "rm -rf '%s'", f->dir);
        return system(command);
}

static error_t parse_own(int key, char *arg, struct argp_state *state, void *userdata)
{
        (void)arg;
        (void)state;
        if (key != 1000)
                return ARGP_ERR_UNKNOWN;
        *(bool *)userdata = true;
        return 0;
}

static bool own_option;

static const struct argp_option own_options[] = {
    {"on-request", 1000, NULL, 0, "Wait for requests", 0}, {0}};

static const struct proc_spec sample = {
    .name = "sample",
    .doc = "Samples things.",
    .exclusive = true,
    .options = own_options,
    .parse = parse_own,
    .userdata = &own_option,
};

static const struct proc_spec sample_fabric = {
    .name = "sample", .doc = "Samples a fabric.", .exclusive = true, .per_fabric = true};

static int stop_later(void *userdata)
{
        struct proc *proc = userdata;

        log_info(proc->log, "finishing own=%d", own_option);
        loop_stop(proc->loop);
        return 0;
}

static void say_counters(void *userdata)
{
        struct proc *proc = userdata;

        log_info(proc->log, "counters");
}

/* A stage that is told to count and to stop before it began. */
static int stage(const struct proc_spec *spec, int argc, char **argv)
{
        struct proc *proc = NULL;
        int r = proc_start(spec, argc, argv, &proc);

        if (r != 0)
                return proc_finish(proc, r);
        if (proc->report) {
                _cleanup_(freep) char *status = proc_read_status(proc);

                printf("pid=%d status=%s\n", proc_running_pid(proc), status ? status : "none");
                fflush(stdout);
                return proc_finish(proc, 0);
        }
        proc->on_stop = stop_later;
        proc->on_counters = say_counters;
        proc->userdata = proc;
        proc_write_status(proc, "{\"n\":1}");
        printf("dumpable=%d stdio=%d\n", prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), proc->stdio);
        fflush(stdout);
        raise(SIGUSR1);
        raise(SIGTERM);
        return proc_finish(proc, proc_run(proc));
}

/* Runs the stage in a child, its output in f->output; returns its exit code. */
static int run(struct fixture *f, const struct proc_spec *spec, const char *const *args)
{
        char *argv[16] = {NULL};
        int fds[2], argc = 0, status;
        size_t used = 0;
        ssize_t n;
        pid_t pid;

        argv[argc++] = strdup("tie-sample");
        while (args[argc - 1]) {
                argv[argc] = strdup(args[argc - 1]);
                argc++;
        }
        assert_int_equal(pipe(fds), 0);
        fflush(NULL);
        pid = fork();
        if (pid == 0) {
                dup2(fds[1], STDOUT_FILENO);
                dup2(fds[1], STDERR_FILENO);
                close(fds[0]);
                close(fds[1]);
                _exit(stage(spec, argc, argv));
        }
        close(fds[1]);
        while ((n = read(fds[0], f->output + used, sizeof(f->output) - 1 - used)) > 0)
                used += (size_t)n;
        f->output[used] = '\0';
        close(fds[0]);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        for (int i = 0; i < argc; i++)
                free(argv[i]);
        assert_true(WIFEXITED(status));
        return WEXITSTATUS(status);
}

static void says(const struct fixture *f, const char *text)
{
        if (!strstr(f->output, text))
                fail_msg("'%s' is not in: %s", text, f->output);
}

#define RUN(f, spec, ...) run(f, spec, (const char *const[]){__VA_ARGS__, NULL})

static void test_help_teaches(void **state)
{
        struct fixture *f = *state;

        assert_int_equal(RUN(f, &sample, "--help"), 0);
        says(f, "Samples things.");
        says(f, "--on-request");
        says(f, "/etc/tq_labs/tq-trellix-tie.yaml");
        says(f, "Exit status:");
        assert_int_equal(RUN(f, &sample, "-h"), 0);
        says(f, "Samples things.");
}

static void test_usage_errors_exit_2(void **state)
{
        struct fixture *f = *state;

        assert_int_equal(RUN(f, &sample, "--nonsense"), 2);
        assert_int_equal(RUN(f, &sample, "word"), 2);
        assert_int_equal(RUN(f, &sample, "-v4"), 2);
        says(f, "-v takes 1, 2 or 3");
        assert_int_equal(RUN(f, &sample, "-v", "33"), 2);
        assert_int_equal(RUN(f, &sample, "--fabric", "emea"), 2);
        assert_int_equal(RUN(f, &sample, "--stdio", "--report"), 2);
        assert_int_equal(RUN(f, &sample, "--stdio", "-ll", "stdout"), 2);
        assert_int_equal(RUN(f, &sample_fabric, "-c", f->config), 2);
        says(f, "--fabric NAME is missing");
        assert_int_equal(RUN(f, &sample_fabric, "-c", f->config, "--fabric", "../x"), 2);
}

static void test_configuration_errors_exit_2(void **state)
{
        struct fixture *f = *state;

        assert_int_equal(RUN(f, &sample, "-c", "/nonexistent/x.yaml"), 2);
        says(f, "/nonexistent/x.yaml");
        assert_int_equal(RUN(f, &sample_fabric, "-c", f->config, "--fabric", "apac"), 2);
        says(f, "apac");
        says(f, "emea");
}

static void test_runs_and_stops(void **state)
{
        struct fixture *f = *state;

        assert_int_equal(RUN(f, &sample, "-c", f->config, "--on-request"), 0);
        says(f, "sample info ready");
        says(f, "counters");
        says(f, "stopping signal=TERM");
        says(f, "finishing own=1");
        says(f, "sample info stopped\n");
        says(f, "dumpable=0");
        assert_null(strstr(f->output, "secret"));
}

static void test_makes_its_folders_for_itself_only(void **state)
{
        struct fixture *f = *state;
        char path[128];
        struct stat st;

        assert_int_equal(RUN(f, &sample_fabric, "-c", f->config, "--fabric", "emea"), 0);
        says(f, "sample[emea] info ready");
        snprintf(path, sizeof(path), "%s/state/deep", f->dir);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0700);
        snprintf(path, sizeof(path), "%s/run", f->dir);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0700);
        snprintf(path, sizeof(path), "%s/state/deep/sample-emea.lock", f->dir);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
}

static void test_one_at_a_time(void **state)
{
        struct fixture *f = *state;
        char path[128], expected[64];
        int holder = 0, fd, other;

        snprintf(path, sizeof(path), "%s/state/deep", f->dir);
        assert_int_equal(proc_make_dir(path), 0);
        snprintf(path, sizeof(path), "%s/state/deep/sample.lock", f->dir);
        assert_int_equal(proc_lock(path, &holder, &fd), 0);
        assert_int_equal(proc_lock(path, &holder, &other), PROC_E_LOCKED);
        assert_int_equal(holder, getpid());

        assert_int_equal(RUN(f, &sample, "-c", f->config), 3);
        snprintf(expected, sizeof(expected), "runs already pid=%d", (int)getpid());
        says(f, expected);
        snprintf(expected, sizeof(expected), "pid=%d status=none", (int)getpid());
        assert_int_equal(RUN(f, &sample, "-c", f->config, "--report"), 0);
        says(f, expected);
        close(fd);

        assert_int_equal(RUN(f, &sample, "-c", f->config), 0);
        assert_int_equal(RUN(f, &sample, "-c", f->config, "--report"), 0);
        says(f, "pid=0 status={\"n\":1}");
}

static void test_stdio_keeps_nothing(void **state)
{
        struct fixture *f = *state;
        char path[128];

        assert_int_equal(RUN(f, &sample, "-c", f->config, "--stdio"), 0);
        says(f, "stdio=1");
        snprintf(path, sizeof(path), "%s/state", f->dir);
        assert_int_equal(access(path, F_OK), -1);
        snprintf(path, sizeof(path), "%s/run", f->dir);
        assert_int_equal(access(path, F_OK), -1);
}

static void test_logs_where_it_is_told(void **state)
{
        struct fixture *f = *state;
        char folder[96], path[128], line[256];
        FILE *file;

        snprintf(folder, sizeof(folder), "%s/logs", f->dir);
        assert_int_equal(
            RUN(f, &sample_fabric, "-c", f->config, "--fabric", "emea", "-ll", folder, "-v3"), 0);
        assert_null(strstr(f->output, "ready"));
        snprintf(path, sizeof(path), "%s/sample-emea.log", folder);
        file = fopen(path, "re");
        assert_non_null(file);
        assert_non_null(fgets(line, sizeof(line), file));
        assert_non_null(strstr(line, "sample[emea] info ready"));
        fclose(file);

        assert_int_equal(RUN(f, &sample, "-c", f->config, "-ll", "stdout"), 0);
        says(f, "sample info ready");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_help_teaches, setup, teardown),
            cmocka_unit_test_setup_teardown(test_usage_errors_exit_2, setup, teardown),
            cmocka_unit_test_setup_teardown(test_configuration_errors_exit_2, setup, teardown),
            cmocka_unit_test_setup_teardown(test_runs_and_stops, setup, teardown),
            cmocka_unit_test_setup_teardown(test_makes_its_folders_for_itself_only, setup,
                                            teardown),
            cmocka_unit_test_setup_teardown(test_one_at_a_time, setup, teardown),
            cmocka_unit_test_setup_teardown(test_stdio_keeps_nothing, setup, teardown),
            cmocka_unit_test_setup_teardown(test_logs_where_it_is_told, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
