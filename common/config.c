#include "common/config_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char default_name[] = "tq-trellix-tie.yaml";

static const cyaml_config_t cyaml_config = {
    .mem_fn = cyaml_mem,
    .flags = CYAML_CFG_NO_ALIAS,
};

/* What is left for libcyaml to refuse once the document fits the schema. */
static void load_fault(struct config_check *check, cyaml_err_t error)
{
        if (error == CYAML_ERR_ALIAS)
                config_fault(check, "",
                             "anchors and aliases (&name, *name) are not supported: "
                             "write the value out where it is used");
        else
                config_fault(check, "", "cannot be loaded: %s", cyaml_strerror(error));
}

static struct config *build(struct config_check *check, const char *data, size_t len)
{
        struct config *config = config_alloc(1, sizeof *config);
        struct config_raw *raw = NULL;
        yaml_document_t doc;
        cyaml_err_t error;

        if (config_doc_open(check, data, len, &doc)) {
                error = cyaml_load_data((const uint8_t *)data, len, &cyaml_config, &config_schema,
                                        (cyaml_data_t **)&raw, NULL);
                if (error != CYAML_OK)
                        load_fault(check, error);
                else
                        config_check_all(check, raw, config);
                if (check->fault_count == 0)
                        config_set_marks(check, config);
                cyaml_free(&cyaml_config, &config_schema, raw, 0);
        }
        if (check->doc)
                yaml_document_delete(check->doc);
        return config;
}

int config_parse(const char *file, mode_t mode, const char *data, size_t len, struct config **ret,
                 char **error)
{
        struct config_check check = {.file = file, .mode = mode};
        _cleanup_(config_freep) struct config *config = NULL;
        _cleanup_(freep) char *text = NULL;
        size_t text_len = 0;

        check.faults = open_memstream(&text, &text_len);
        if (!check.faults)
                abort();
        config = build(&check, data, len);
        config->path = config_dup(file);
        if (fclose(check.faults) != 0)
                abort();
        if (check.fault_count > 0) {
                *error = text;
                text = NULL;
                return -EINVAL;
        }
        *ret = config;
        config = NULL;
        return 0;
}

__attribute__((format(printf, 3, 4))) static int refuse(char **error, int code, const char *format,
                                                        ...)
{
        va_list args;

        va_start(args, format);
        if (vasprintf(error, format, args) < 0)
                abort();
        va_end(args);
        return code;
}

/* Reads up to CONFIG_FILE_MAX + 1 bytes. Returns how many, or -errno. */
static ssize_t read_all(int fd, char *data)
{
        size_t len = 0;

        while (len <= CONFIG_FILE_MAX) {
                ssize_t n = read(fd, data + len, CONFIG_FILE_MAX + 1 - len);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                if (n == 0)
                        break;
                len += (size_t)n;
        }
        return (ssize_t)len;
}

char *config_file(const char *path)
{
        size_t len = strlen(path);
        struct stat st;
        char *file;

        if (stat(path, &st) < 0 ? len == 0 || path[len - 1] != '/' : !S_ISDIR(st.st_mode))
                return config_dup(path);
        while (len > 1 && path[len - 1] == '/')
                len--;
        if (asprintf(&file, "%.*s/%s", (int)len, path, default_name) < 0)
                abort();
        return file;
}

int config_load(const char *path, struct config **ret, char **error)
{
        _cleanup_(freep) char *file = config_file(path);
        _cleanup_(closep) int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        struct stat st;
        ssize_t len;
        char *data;
        int r;

        if (fd < 0 || fstat(fd, &st) < 0) {
                r = -errno;
                return refuse(error, r, "%s: cannot open it: %s: give the configuration with -c\n",
                              file, strerror(-r));
        }
        if (!S_ISREG(st.st_mode))
                return refuse(error, -EINVAL, "%s: not a file: give a YAML file with -c\n", file);

        /* The parsers' buffers and trees hold copies of the secrets, out of our reach: let the
         * allocator overwrite what is freed meanwhile. */
        mallopt(M_PERTURB, 0xff);
        data = config_alloc(1, CONFIG_FILE_MAX + 1);
        len = read_all(fd, data);
        if (len < 0)
                r = refuse(error, (int)len, "%s: cannot read it: %s\n", file, strerror((int)-len));
        else if (len > CONFIG_FILE_MAX)
                r = refuse(error, -EINVAL, "%s: larger than %d KiB: is it a configuration?\n", file,
                           CONFIG_FILE_MAX >> 10);
        else
                r = config_parse(file, st.st_mode, data, (size_t)len, ret, error);
        explicit_bzero(data, CONFIG_FILE_MAX + 1);
        free(data);
        mallopt(M_PERTURB, 0);
        return r;
}

void config_selection_done(struct config_selection *selection)
{
        for (size_t i = 0; i < selection->status_count; i++)
                free(selection->status[i]);
        free(selection->status);
        for (size_t i = 0; i < selection->attribute_count; i++) {
                free(selection->attributes[i].name);
                free(selection->attributes[i].value);
        }
        free(selection->attributes);
}

void config_port_done(struct config_port *port)
{
        free(port->host);
        free(port->listen_host);
        free(port->public_key);
}

void config_fabric_done(struct config_fabric *fabric)
{
        config_port_done(&fabric->port);
        free(fabric->name);
        free(fabric->dxl_config);
        free(fabric->key_passphrase_file);
        free(fabric->remote_config);
        config_selection_done(&fabric->selection);
}

void config_free(struct config *config)
{
        if (!config)
                return;
        free(config->path);
        free(config->threatq.host);
        free(config->threatq.client_id);
        free(config->threatq.username);
        config_wipe(config->threatq.password);
        config_wipe(config->threatq.client_secret);
        free(config->threatq.ca_file);
        free(config->threatq.data_collection);
        free(config->status);
        free(config->source);
        free(config->state_dir);
        free(config->run_dir);
        for (size_t i = 0; i < SHARE_COUNT; i++)
                free(config->share_status[i]);
        for (size_t i = 0; i < config->fabric_count; i++)
                config_fabric_done(&config->fabrics[i]);
        free(config->fabrics);
        config_wipe(config->links.secret_key);
        free(config->links.public_key);
        for (size_t i = 0; i < config->links.allow_count; i++)
                free(config->links.allow[i]);
        free(config->links.allow);
        config_port_done(&config->links.fetcher);
        free(config);
}

const struct config_fabric *config_fabric(const struct config *config, const char *name)
{
        for (size_t i = 0; i < config->fabric_count; i++) {
                if (strcmp(config->fabrics[i].name, name) == 0)
                        return &config->fabrics[i];
        }
        return NULL;
}
