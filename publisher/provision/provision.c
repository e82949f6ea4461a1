#include "publisher/provision/provision.h"

#include "common/cleanup.h"
#include "publisher/provision/dxlini.h"
#include "publisher/provision/epo_answer.h"
#include "publisher/provision/fileset.h"
#include "publisher/provision/pem.h"
#include "publisher/provision/readfile.h"
#include "publisher/provision/told.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum { FILES_MAX = 5, NAME_SIZE = 80 };

/* What a command is about to write. */
struct work {
        const struct prov_options *options;
        char csr_name[NAME_SIZE], key_name[NAME_SIZE], cert_name[NAME_SIZE];
        struct csr csr;
        struct epo_package package;
        char *old_ini; /* of the folder, or NULL */
        mode_t ini_mode;
        char *ini;
        struct fileset_file files[FILES_MAX];
        size_t count;
};

static void work_init(struct work *work, const struct prov_options *options)
{
        *work = (struct work){.options = options, .ini_mode = 0644};
        snprintf(work->csr_name, NAME_SIZE, "%s.csr", options->file_prefix);
        snprintf(work->key_name, NAME_SIZE, "%s.key", options->file_prefix);
        snprintf(work->cert_name, NAME_SIZE, "%s.crt", options->file_prefix);
}

static void work_done(struct work *work)
{
        csr_done(&work->csr);
        epo_package_done(&work->package);
        free(work->old_ini);
        free(work->ini);
}

static void add(struct work *work, const char *name, const char *content, mode_t mode)
{
        work->files[work->count++] = (struct fileset_file){name, content, mode};
}

/* Before ePO is asked: a certificate that cannot be stored should not be issued. */
static int check_folder(const struct work *work, struct failure *why)
{
        const struct fileset_file all[FILES_MAX] = {
            {.name = work->csr_name}, {.name = work->key_name}, {.name = work->cert_name},
            {.name = DXLINI_BUNDLE},  {.name = DXLINI_NAME},
        };

        return fileset_check(work->options->folder, all, FILES_MAX, why);
}

static int write_files(const struct work *work, struct failure *why)
{
        const char *folder = work->options->folder;
        int r = fileset_replace(folder, work->files, work->count, why);

        if (r == 0 && chmod(folder, 0700) < 0)
                r = failure_set(why, -errno,
                                "the new files are in place, but %s cannot be closed to others: "
                                "%s: chmod 700 it",
                                folder, strerror(errno));
        return r;
}

static int generate(struct work *work, struct failure *why)
{
        int r = csr_make(&work->options->csr, &work->csr, why);

        if (r < 0)
                return r;
        add(work, work->csr_name, work->csr.request, 0644);
        add(work, work->key_name, work->csr.key, 0600);
        return 0;
}

static int run_generatecsr(struct work *work, struct failure *why)
{
        int r = check_folder(work, why);

        if (r == 0)
                r = generate(work, why);
        if (r == 0)
                r = write_files(work, why);
        if (r == 0)
                told_generatecsr(work->options);
        return r;
}

/* dxlclient.config as it is, with what people wrote into it. A new one is no more open to others:
 * it may hold the password of a proxy. -ENOENT: there is none. */
static int read_ini(struct work *work, struct failure *why)
{
        _cleanup_(freep) char *path = NULL;
        struct stat st;
        int r;

        if (asprintf(&path, "%s/" DXLINI_NAME, work->options->folder) < 0)
                return path = NULL, failure_memory(why);
        r = readfile_text(path, "the configuration", &work->old_ini, why);
        if (r == 0 && stat(path, &st) == 0)
                work->ini_mode = st.st_mode & 0644;
        return r;
}

/* The person's own request, and whether the key that is there already is the one of it. */
static int read_own(struct work *work, struct failure *why)
{
        int r = readfile_text(work->options->csr_file, "the request", &work->csr.request, why);

        return r < 0 ? r : pem_check_csr(work->csr.request, work->options->csr_file, why);
}

static int check_own_key(const struct work *work, bool *there, struct failure *why)
{
        _cleanup_(freep) char *path = NULL, *key = NULL;
        int r;

        if (asprintf(&path, "%s/%s", work->options->folder, work->key_name) < 0)
                return path = NULL, failure_memory(why);
        r = readfile_text(path, "the key", &key, why);
        *there = r == 0;
        if (r == -ENOENT)
                return 0;
        if (r == 0)
                r = pem_cert_of_key(work->package.cert, key, path, why);
        if (key)
                explicit_bzero(key, strlen(key));
        return r;
}

static int fetch_package(struct work *work, struct failure *why)
{
        _cleanup_(freep) char *result = NULL;
        int r = epo_run(&work->options->epo, EPO_PROVISION, work->csr.request, &result, why);

        if (r == 0)
                r = epo_answer_package(result, &work->package, why);
        return r == 0 ? pem_cert_of_csr(work->package.cert, work->csr.request, why) : r;
}

static int run_provision(struct work *work, struct failure *why)
{
        bool own = work->options->csr_file != NULL, key_there = true;
        int r = check_folder(work, why);

        if (r < 0)
                return r;
        r = read_ini(work, why);
        if (r == 0 || r == -ENOENT)
                r = own ? read_own(work, why) : generate(work, why);
        if (r == 0)
                r = fetch_package(work, why);
        if (r == 0 && own)
                r = check_own_key(work, &key_there, why);
        if (r < 0)
                return r;
        work->ini = dxlini_provision(work->old_ini, work->options->file_prefix,
                                     &work->package.brokers, &work->package.websockets);
        if (!work->ini)
                return failure_memory(why);
        add(work, work->cert_name, work->package.cert, 0644);
        add(work, DXLINI_BUNDLE, work->package.bundle, 0644);
        add(work, DXLINI_NAME, work->ini, work->ini_mode);
        r = write_files(work, why);
        if (r == 0)
                told_provision(work->options, &work->package, key_there);
        return r;
}

/* Where BrokerCertChain is: its folder (to be freed) and its name there. As OpenDXL's reader looks
 * for it: as it is named when it is there, else beside the configuration. */
static int locate_bundle(const char *folder, const char *named, char **ret, struct failure *why)
{
        char *joined;

        *ret = realpath(named, NULL);
        if (*ret)
                return 0;
        if (named[0] == '/')
                joined = strdup(named);
        else if (asprintf(&joined, "%s/%s", folder, named) < 0)
                joined = NULL;
        if (!joined)
                return failure_memory(why);
        *ret = realpath(joined, NULL);
        if (*ret)
                free(joined);
        else
                *ret = joined;
        return 0;
}

/* The bundle and the configuration fit each other's old versions: where they are not in one folder
 * the bundle goes first. */
static int write_update(struct work *work, char *bundle, struct failure *why)
{
        char *slash = strrchr(bundle, '/'), *name = slash + 1;
        _cleanup_(freep) char *own = realpath(work->options->folder, NULL);
        struct fileset_file file = {name, work->package.bundle, 0644};
        int r = 0;

        *slash = '\0';
        if (own && strcmp(own, bundle) == 0) {
                add(work, name, work->package.bundle, 0644);
        } else {
                r = fileset_check(bundle, &file, 1, why);
                if (r == 0)
                        r = fileset_replace(bundle, &file, 1, why);
        }
        add(work, DXLINI_NAME, work->ini, work->ini_mode);
        return r == 0 ? write_files(work, why) : r;
}

static int fetch_update(struct work *work, struct failure *why)
{
        _cleanup_(freep) char *bundle = NULL, *brokers = NULL;
        struct epo_package list = {0};
        int r = epo_run(&work->options->epo, EPO_BUNDLE, NULL, &bundle, why);

        if (r == 0)
                r = epo_run(&work->options->epo, EPO_BROKERS, NULL, &brokers, why);
        if (r == 0)
                r = epo_answer_brokers(brokers, &work->package, why);
        if (r == 0)
                r = epo_answer_bundle(bundle, &list, why);
        work->package.bundle = list.bundle;
        return r;
}

static int run_updateconfig(struct work *work, struct failure *why)
{
        _cleanup_(freep) char *named = NULL, *bundle = NULL;
        const struct brokerlines *sockets = &work->package.websockets;
        int r = check_folder(work, why);

        if (r == 0)
                r = read_ini(work, why);
        if (r < 0)
                return r;
        named = dxlini_value(work->old_ini, "Certs", "BrokerCertChain");
        if (!named)
                return failure_set(why, -EINVAL,
                                   "%s/" DXLINI_NAME " names no BrokerCertChain in [Certs]: "
                                   "provision the client anew",
                                   work->options->folder);
        r = locate_bundle(work->options->folder, named, &bundle, why);
        if (r == 0)
                r = fetch_update(work, why);
        if (r < 0)
                return r;
        work->ini = dxlini_update(work->old_ini, &work->package.brokers,
                                  sockets->count > 0 ? sockets : NULL);
        r = work->ini ? write_update(work, bundle, why) : failure_memory(why);
        if (r == 0)
                told_updateconfig(work->options, &work->package);
        return r;
}

int provision_run(const struct prov_options *options, struct failure *why)
{
        static int (*const run[])(struct work *, struct failure *) = {
            [PROV_PROVISION] = run_provision,
            [PROV_GENERATECSR] = run_generatecsr,
            [PROV_UPDATECONFIG] = run_updateconfig,
        };
        struct work work;
        int r;

        work_init(&work, options);
        r = run[options->command](&work, why);
        work_done(&work);
        return r;
}
