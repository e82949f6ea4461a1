#include "publisher/dxl/dxlconfig.h"

#include "common/text.h"
#include "publisher/dxl/certs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include <ini.h>

/* What reading needs beside its result. */
struct reader {
        struct dxl_config *config;
        FILE *faults;
        unsigned fault_count;
        bool websockets; /* [BrokersWebSockets] has a line */
        bool out_of_memory;
};

static void fault(struct reader *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void fault(struct reader *r, const char *format, ...)
{
        if (r->fault_count++ > 0)
                fputc('\n', r->faults);
        fprintf(r->faults, "%s: ", r->config->path);
        va_list ap;
        va_start(ap, format);
        vfprintf(r->faults, format, ap);
        va_end(ap);
}

/* The value as OpenDXL's own reader (ConfigObj) takes it: quotes off, a comment after it cut. */
static struct text plain_value(const char *value)
{
        struct text t = text_trim(text_of(value));
        if (t.len > 0 && (t.ptr[0] == '"' || t.ptr[0] == '\'')) {
                const char *end = memchr(t.ptr + 1, t.ptr[0], t.len - 1);
                if (end)
                        return (struct text){t.ptr + 1, (size_t)(end - t.ptr - 1)};
        }
        for (size_t i = 0; i < t.len; i++)
                if (t.ptr[i] == '#' && (i == 0 || t.ptr[i - 1] == ' ' || t.ptr[i - 1] == '\t'))
                        t.len = i;
        return text_trim(t);
}

static void keep(struct reader *r, char **where, struct text t)
{
        free(*where);
        *where = t.len > 0 ? text_dup(t) : NULL;
        if (t.len > 0 && !*where)
                r->out_of_memory = true;
}

/* The text before the next ';', trimmed; takes it and the ';' off *rest. */
static struct text next_field(struct text *rest)
{
        const char *end = rest->len > 0 ? memchr(rest->ptr, ';', rest->len) : NULL;
        size_t len = end ? (size_t)(end - rest->ptr) : rest->len;
        struct text field = text_trim((struct text){rest->ptr, len});
        size_t skip = end ? len + 1 : len;
        *rest = (struct text){rest->ptr + skip, rest->len - skip};
        return field;
}

static bool port_of(struct text t, uint16_t *ret)
{
        unsigned long n = 0;
        if (t.len == 0 || t.len > 5)
                return false;
        for (size_t i = 0; i < t.len; i++) {
                if (t.ptr[i] < '0' || t.ptr[i] > '9')
                        return false;
                n = n * 10 + (unsigned long)(t.ptr[i] - '0');
        }
        if (n < 1 || n > UINT16_MAX)
                return false;
        *ret = (uint16_t)n;
        return true;
}

static struct text without_brackets(struct text t)
{
        if (t.len >= 2 && t.ptr[0] == '[' && t.ptr[t.len - 1] == ']')
                return (struct text){t.ptr + 1, t.len - 2};
        return t;
}

static void add_broker(struct reader *r, const struct dxl_broker *broker, struct text id,
                       struct text host, struct text ip)
{
        struct dxl_config *c = r->config;
        struct dxl_broker *all = reallocarray(c->brokers, c->broker_count + 1, sizeof(*c->brokers));
        if (!all) {
                r->out_of_memory = true;
                return;
        }
        c->brokers = all;
        struct dxl_broker *b = &all[c->broker_count++];
        *b = *broker;
        b->id = text_dup(id);
        keep(r, &b->host, host);
        keep(r, &b->ip, ip);
        if (!b->id)
                r->out_of_memory = true;
}

static void read_broker(struct reader *r, const char *key, struct text value)
{
        struct text rest = value, id = {"", 0};
        struct text first = next_field(&rest);
        struct dxl_broker broker = {0};
        if (!port_of(first, &broker.port)) {
                id = first;
                struct text port = next_field(&rest);
                if (!port_of(port, &broker.port)) {
                        fault(r,
                              "[Brokers] %s: \"%.*s\" is no port; write id;port;host;ip with a "
                              "port of 1 to 65535",
                              key, (int)port.len, port.ptr);
                        return;
                }
        }
        struct text host = without_brackets(next_field(&rest));
        struct text ip = without_brackets(next_field(&rest));
        if (host.len == 0 || host.len > 253 || ip.len > 253)
                fault(r,
                      "[Brokers] %s: the host name is missing or too long; write "
                      "id;port;host;ip",
                      key);
        else if (r->config->broker_count == DXL_CONFIG_BROKERS_MAX)
                fault(r, "[Brokers] %s: more than %d brokers; remove some", key,
                      DXL_CONFIG_BROKERS_MAX);
        else
                add_broker(r, &broker, id, host, ip);
}

static void read_general(struct reader *r, const char *key, struct text value)
{
        if (strcmp(key, "ClientId") == 0)
                keep(r, &r->config->client_id, value);
        else if (strcmp(key, "UseWebSockets") == 0 && text_eq_nocase(value, text_of("true")))
                fault(r, "[General] UseWebSockets: brokers are reached by MQTT only; set it to "
                         "False and fill [Brokers]");
}

static void read_certs(struct reader *r, const char *key, struct text value)
{
        if (strcmp(key, "BrokerCertChain") == 0)
                keep(r, &r->config->ca_file, value);
        else if (strcmp(key, "CertFile") == 0)
                keep(r, &r->config->cert_file, value);
        else if (strcmp(key, "PrivateKey") == 0)
                keep(r, &r->config->key_file, value);
}

/* inih's handler: 1 goes on. Settings of other sections are none of ours. */
static int on_setting(void *userdata, const char *section, const char *key, const char *raw)
{
        struct reader *r = userdata;
        struct text value = plain_value(raw);
        if (strcmp(section, "Certs") == 0)
                read_certs(r, key, value);
        else if (strcmp(section, "Brokers") == 0)
                read_broker(r, key, value);
        else if (strcmp(section, "General") == 0)
                read_general(r, key, value);
        else if (strcmp(section, "BrokersWebSockets") == 0)
                r->websockets = true;
        return 1;
}

/* inih cuts a value at " ;" and a line at 200 bytes unless told otherwise, and takes an indented
 * line for the end of the last value. Its settings are the process's; this is their only user. */
static int parse(struct reader *r, const char *content)
{
        ini_allow_inline_comments = false;
        ini_allow_multiline = false;
        ini_allow_bom = true;
        ini_use_stack = false;
        ini_allow_realloc = true;
        ini_initial_alloc = 4096;
        ini_max_line = DXL_CONFIG_FILE_MAX + 3;
        int line = ini_parse_string(content, on_setting, r);
        if (line == -2 || r->out_of_memory)
                return -ENOMEM;
        if (line != 0)
                fault(r,
                      "line %d is neither [section], name = value nor a # comment; mend or "
                      "remove it",
                      line);
        return 0;
}

/* Where the file named `name` is: as it is when it is there, else beside the configuration. */
static int resolve(const struct dxl_config *config, char **name)
{
        const char *slash = strrchr(config->path, '/');
        if ((*name)[0] == '/' || !slash || access(*name, F_OK) == 0)
                return 0;
        char *beside;
        if (asprintf(&beside, "%.*s/%s", (int)(slash - config->path), config->path, *name) < 0)
                return -ENOMEM;
        free(*name);
        *name = beside;
        return 0;
}

static int check_file(struct reader *r, const char *setting, char **name, bool secret)
{
        if (!*name) {
                fault(r, "[Certs] %s is missing; name the file there, or provision the client anew",
                      setting);
                return 0;
        }
        int rc = resolve(r->config, name);
        if (rc < 0)
                return rc;
        _cleanup_(closep) int fd = open(*name, O_RDONLY | O_CLOEXEC);
        struct stat st;
        if (fd < 0 || fstat(fd, &st) < 0) {
                fault(r, "[Certs] %s: cannot read %s: %s; mend the name or its permissions",
                      setting, *name, strerror(errno));
                return 0;
        }
        if (!S_ISREG(st.st_mode)) {
                fault(r, "[Certs] %s: %s is no file; name a PEM file", setting, *name);
                return 0;
        }
        if (secret && st.st_mode & S_IRWXO)
                fault(r, "[Certs] %s: others can read %s, which holds a secret; run: chmod 600 %s",
                      setting, *name, *name);
        return 0;
}

static int check(struct reader *r)
{
        int rc = check_file(r, "BrokerCertChain", &r->config->ca_file, false);
        if (rc == 0)
                rc = check_file(r, "CertFile", &r->config->cert_file, false);
        if (rc == 0)
                rc = check_file(r, "PrivateKey", &r->config->key_file, true);
        char error[DXL_CERTS_ERROR_MAX];
        if (rc == 0 && r->fault_count == 0 &&
            dxl_certs_check(r->config->ca_file, r->config->cert_file, r->config->key_file, error) <
                0)
                fault(r, "%s", error);
        if (rc == 0 && r->config->broker_count == 0 && r->fault_count == 0)
                fault(r, r->websockets
                             ? "[Brokers] is empty and brokers are reached by MQTT only; add a "
                               "line id = id;8883;host;ip to it"
                             : "[Brokers] is empty; add a line id = id;8883;host;ip");
        return rc;
}

/* The whole file with a NUL at its end. */
static int read_file(const char *path, char **ret)
{
        _cleanup_(fclosep) FILE *f = fopen(path, "re");
        if (!f)
                return -errno;
        _cleanup_(freep) char *content = malloc(DXL_CONFIG_FILE_MAX + 1);
        if (!content)
                return -ENOMEM;
        size_t n = fread(content, 1, DXL_CONFIG_FILE_MAX + 1, f);
        if (ferror(f))
                return -errno;
        if (n > DXL_CONFIG_FILE_MAX || memchr(content, '\0', n))
                return -EINVAL;
        content[n] = '\0';
        *ret = content;
        content = NULL;
        return 0;
}

static int read_all(struct reader *r)
{
        _cleanup_(freep) char *content = NULL;
        int rc = read_file(r->config->path, &content);
        if (rc < 0) {
                if (rc == -EINVAL)
                        fault(r, "is no text file of at most 1 MiB; name the dxlclient.config");
                else
                        fault(r, "cannot be read: %s; mend its name or permissions", strerror(-rc));
                return rc;
        }
        rc = parse(r, content);
        if (rc == 0)
                rc = check(r);
        if (rc == 0 && r->fault_count > 0)
                rc = -EINVAL;
        return rc;
}

int dxl_config_load(const char *path, struct dxl_config **ret, char **error)
{
        _cleanup_(dxl_config_freep) struct dxl_config *config = calloc(1, sizeof(*config));
        size_t len;
        _cleanup_(freep) char *text = NULL;
        struct reader r = {.config = config, .faults = open_memstream(&text, &len)};
        int rc = -ENOMEM;
        if (config && r.faults && (config->path = strdup(path)))
                rc = read_all(&r);
        if (r.faults)
                fclose(r.faults);
        if (rc < 0) {
                *error = text && *text ? text : strdup("out of memory");
                if (*error == text)
                        text = NULL;
                return rc;
        }
        *ret = config;
        config = NULL;
        return 0;
}

void dxl_config_free(struct dxl_config *config)
{
        if (!config)
                return;
        for (size_t i = 0; i < config->broker_count; i++) {
                free(config->brokers[i].id);
                free(config->brokers[i].host);
                free(config->brokers[i].ip);
        }
        free(config->brokers);
        free(config->path);
        free(config->ca_file);
        free(config->cert_file);
        free(config->key_file);
        free(config->client_id);
        free(config);
}
