#include "publisher/dxl/dxlconfig.h"

#include "common/secret.h"
#include "common/text.h"
#include "publisher/dxl/brokerline.h"
#include "publisher/dxl/certs.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include <ini.h>

struct brokers {
        struct dxl_broker *all;
        size_t count;
};

enum use { USE_UNSAID, USE_NO, USE_YES };

/* What reading needs beside its result. */
struct reader {
        struct dxl_config *config;
        FILE *faults;
        unsigned fault_count;
        struct brokers plain, web; /* [Brokers], [BrokersWebSockets] */
        enum use use_websockets;
        struct dxl_proxy proxy;
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

static void free_brokers(struct dxl_broker *all, size_t count)
{
        for (size_t i = 0; i < count; i++) {
                free(all[i].id);
                free(all[i].host);
                free(all[i].ip);
        }
        free(all);
}

static void free_proxy(struct dxl_proxy *proxy)
{
        free(proxy->host);
        free(proxy->user);
        secret_wipe(proxy->password);
}

static void add_broker(struct reader *r, struct brokers *brokers, const struct dxl_brokerline *line)
{
        struct dxl_broker *all =
            reallocarray(brokers->all, brokers->count + 1, sizeof(*brokers->all));
        if (!all) {
                r->out_of_memory = true;
                return;
        }
        brokers->all = all;
        struct dxl_broker *b = &all[brokers->count++];
        *b = (struct dxl_broker){.port = line->port, .id = text_dup(line->id)};
        keep(r, &b->host, line->host);
        keep(r, &b->ip, line->ip);
        if (!b->id)
                r->out_of_memory = true;
}

static void read_broker(struct reader *r, struct brokers *brokers, const char *section,
                        const char *key, struct text value)
{
        struct dxl_brokerline line;
        char why[DXL_BROKERLINE_FAULT_MAX];
        if (dxl_brokerline_parse(value, &line, why) < 0)
                fault(r, "[%s] %.100s: %s", section, key, why);
        else if (brokers->count == DXL_CONFIG_BROKERS_MAX)
                fault(r, "[%s] %.100s: more than %d brokers; remove some", section, key,
                      DXL_CONFIG_BROKERS_MAX);
        else
                add_broker(r, brokers, &line);
}

static bool is_one_of(struct text t, const char *const words[4])
{
        for (size_t i = 0; i < 4; i++)
                if (text_eq_nocase(t, text_of(words[i])))
                        return true;
        return false;
}

static void read_general(struct reader *r, const char *key, struct text value)
{
        static const char *const yes[4] = {"true", "yes", "on", "1"};
        static const char *const no[4] = {"false", "no", "off", "0"};

        if (strcmp(key, "ClientId") == 0)
                keep(r, &r->config->client_id, value);
        else if (strcmp(key, "UseWebSockets") != 0)
                return;
        else if (is_one_of(value, yes))
                r->use_websockets = USE_YES;
        else if (is_one_of(value, no))
                r->use_websockets = USE_NO;
        else
                fault(r, "[General] UseWebSockets is neither True nor False; write one of the two");
}

static void read_proxy(struct reader *r, const char *key, struct text value)
{
        if (strcmp(key, "Address") == 0)
                keep(r, &r->proxy.host, dxl_brokerline_unbracket(value));
        else if (strcmp(key, "User") == 0)
                keep(r, &r->proxy.user, value);
        else if (strcmp(key, "Password") == 0)
                keep(r, &r->proxy.password, value);
        else if (strcmp(key, "Port") == 0 && value.len > 0 && !text_port(value, &r->proxy.port))
                fault(r, "[Proxy] Port is none; write one of 1 to 65535");
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
                read_broker(r, &r->plain, section, key, value);
        else if (strcmp(section, "BrokersWebSockets") == 0)
                read_broker(r, &r->web, section, key, value);
        else if (strcmp(section, "General") == 0)
                read_general(r, key, value);
        else if (strcmp(section, "Proxy") == 0)
                read_proxy(r, key, value);
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

static int check_file(struct reader *r, const char *setting, char **name, bool secret)
{
        char why[DXL_CERTS_ERROR_MAX];
        if (!*name) {
                fault(r, "[Certs] %s is missing; name the file there, or provision the client anew",
                      setting);
                return 0;
        }
        int rc = dxl_certs_find(r->config->path, name);
        if (rc == 0 && dxl_certs_file(*name, secret, why) < 0)
                fault(r, "[Certs] %s: %s", setting, why);
        return rc;
}

static void check_proxy(struct reader *r)
{
        struct dxl_proxy *p = &r->proxy;

        if (!p->host)
                return;
        if (p->port == 0)
                fault(r, "[Proxy] Port is missing; write the proxy's");
        if (strlen(p->host) > DXL_BROKERLINE_HOST_MAX ||
            (p->user && strlen(p->user) > DXL_PROXY_FIELD_MAX) ||
            (p->password && strlen(p->password) > DXL_PROXY_FIELD_MAX))
                fault(r, "[Proxy] Address, User or Password is too long; shorten it");
        r->config->proxy = *p;
        *p = (struct dxl_proxy){0};
}

/* Which of the two lists is used (dxl-protocol, section 7). */
static void choose_brokers(struct reader *r)
{
        struct dxl_config *c = r->config;
        bool web = r->use_websockets == USE_YES ||
                   (r->use_websockets == USE_UNSAID && r->plain.count == 0 && r->web.count > 0);
        struct brokers *used = web ? &r->web : &r->plain;

        c->websockets = web;
        if (used->count == 0 && r->fault_count == 0)
                fault(r, web ? "[BrokersWebSockets] is empty; add a line id = id;443;host;ip, or "
                               "set UseWebSockets to False"
                             : "[Brokers] is empty; add a line id = id;8883;host;ip");
        c->brokers = used->all;
        c->broker_count = used->count;
        *used = (struct brokers){0};
        if (web)
                check_proxy(r);
}

static int check_files(struct reader *r)
{
        struct dxl_config *c = r->config;
        int rc = check_file(r, "BrokerCertChain", &c->ca_file, false);
        if (rc == 0)
                rc = check_file(r, "CertFile", &c->cert_file, false);
        if (rc == 0)
                rc = check_file(r, "PrivateKey", &c->key_file, true);
        char error[DXL_CERTS_ERROR_MAX];
        if (rc == 0 && r->fault_count == 0 && dxl_certs_check(c, error) < 0)
                fault(r, "%s", error);
        return rc;
}

/* The whole file with a NUL at its end. A password in it is for nobody else to read. */
static int read_file(const char *path, char **ret, mode_t *ret_mode)
{
        _cleanup_(fclosep) FILE *f = fopen(path, "re");
        struct stat st;
        if (!f || fstat(fileno(f), &st) < 0)
                return -errno;
        *ret_mode = st.st_mode;
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

static int read_content(struct reader *r, const char *content)
{
        int rc = parse(r, content);
        if (rc == 0)
                choose_brokers(r);
        return rc;
}

static int read_all(struct reader *r, const struct dxl_config_options *options)
{
        _cleanup_(freep) char *content = NULL;
        char why[SECRET_FAULT_MAX];
        mode_t mode = 0;
        int rc = read_file(r->config->path, &content, &mode);
        if (rc < 0) {
                if (rc == -EINVAL)
                        fault(r, "is no text file of at most 1 MiB; name the dxlclient.config");
                else
                        fault(r, "cannot be read: %s; mend its name or permissions", strerror(-rc));
                return rc;
        }
        if (options && options->key_passphrase_file &&
            !(r->config->passphrase = secret_read(options->key_passphrase_file, why)))
                fault(r, "key_passphrase_file: %s", why);
        r->config->verify_hostname = options && options->verify_hostname;
        rc = read_content(r, content);
        if (rc == 0 && r->config->proxy.password && mode & (S_IRWXG | S_IRWXO))
                fault(r, "[Proxy] Password: others can read or change this file; run: chmod 600 %s",
                      r->config->path);
        return rc == 0 ? check_files(r) : rc;
}

/* Reads content, or the file when it is NULL. */
static int load(const char *path, const char *content, const struct dxl_config_options *options,
                struct dxl_config **ret, char **error)
{
        _cleanup_(dxl_config_freep) struct dxl_config *config = calloc(1, sizeof(*config));
        size_t len;
        _cleanup_(freep) char *text = NULL;
        struct reader r = {.config = config, .faults = open_memstream(&text, &len)};
        int rc = -ENOMEM;
        if (config && r.faults && (config->path = strdup(path)))
                rc = content ? read_content(&r, content) : read_all(&r, options);
        if (r.faults)
                fclose(r.faults);
        free_brokers(r.plain.all, r.plain.count);
        free_brokers(r.web.all, r.web.count);
        free_proxy(&r.proxy);
        if (rc == 0 && r.fault_count > 0)
                rc = -EINVAL;
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

int dxl_config_load(const char *path, const struct dxl_config_options *options,
                    struct dxl_config **ret, char **error)
{
        return load(path, NULL, options, ret, error);
}

int dxl_config_parse(const char *path, const char *content, struct dxl_config **ret, char **error)
{
        return load(path, content, NULL, ret, error);
}

void dxl_config_free(struct dxl_config *config)
{
        if (!config)
                return;
        free_brokers(config->brokers, config->broker_count);
        free_proxy(&config->proxy);
        secret_wipe(config->passphrase);
        free(config->path);
        free(config->ca_file);
        free(config->cert_file);
        free(config->key_file);
        free(config->client_id);
        free(config);
}
