#include "publisher/provision/prov_options.h"

#include "common/cleanup.h"
#include "common/options.h"

#include <argp.h>
#include <ctype.h>
#include <errno.h>
#include <string.h>

enum {
        KEY_IP = 1000,
        KEY_PORT,
        KEY_LOGIN,
        KEY_PASS,
        KEY_PASS_FILE,
        KEY_CONN_NAME,
        KEY_FOLDER,
        KEY_INSECURE,
        KEY_TIMEOUT,
        KEY_PASSPHRASE_FILE,
        KEY_COUNTRY,
        KEY_STATE,
        KEY_LOCALITY,
        KEY_ORGANIZATION,
        KEY_UNIT,
        KEY_EMAIL,
};

enum { NAME_MAX_LEN = 56 /* "threatq-" and it: a common name has at most 64 */, FILE_MAX_LEN = 64 };

static const char doc[] =
    "Gets a DXL client certificate from Trellix ePO, and the brokers of the fabric.\v"
    "The commands:\n"
    "\n"
    "  provision     (also without a command, or provisionconfig) makes a key and a\n"
    "                certificate signing request, has ePO sign it, and writes all\n"
    "                that the connector needs to connect.\n"
    "  generatecsr   only makes key and request, for an external CA or for\n"
    "                --cert-request-file.\n"
    "  updateconfig  fetches CA certificates and brokers anew; key and certificate\n"
    "                stay, and so do comments in dxlclient.config.\n"
    "\n"
    "The password: an argument of a command can be seen by every user of this machine while it "
    "runs, and stays in the shell's history. Leave --epo-pass out and it is asked for without "
    "echo; or use --epo-pass-file, or " PROV_OPTIONS_PASSWORD " in the environment.\n"
    "\n"
    "Files: it writes PREFIX.csr, PREFIX.key (readable by its owner only), PREFIX.crt, "
    "ca-bundle.crt and dxlclient.config into " PROV_OPTIONS_FOLDER "[/NAME]; all of them or "
    "none.\n"
    "\n"
    "Environment: " PROV_OPTIONS_PASSWORD " holds the password of ePO's user.\n"
    "\n"
    "Exit status: 0 done; 1 failed, and nothing was changed; 2 usage.\n"
    "\n"
    "Example: tq-trellix-tie-prov --epo-ip epo.example.com --epo-login admin -cn emea";

/* argp knows no options of one dash and two letters: they are rewritten before it looks, and shown
 * by hand. */
static const struct argp_option table[] = {
    {"epo-ip", KEY_IP, "HOST", 0, "name or address of ePO, as it is in ePO's certificate", 1},
    {"epo-port", KEY_PORT, "PORT", 0, "port of ePO (default: 8443)", 1},
    {"epo-login", KEY_LOGIN, "USER", 0, "user of ePO (default: it is asked for)", 1},
    {"epo-pass", KEY_PASS, "PASSWORD", 0,
     "password of this user; others can see it here, see below (default: it is asked for)", 1},
    {"epo-pass-file", KEY_PASS_FILE, "FILE", 0,
     "read the password from this file, which only its owner can read", 1},
    {"-cn, --conn-name=NAME", 0, NULL, OPTION_DOC,
     "name of the fabric, the same as in fabrics[].name: folder NAME, common name threatq-NAME "
     "(default: no folder of its own, threatq)",
     2},
    {"conn-name", KEY_CONN_NAME, "NAME", OPTION_HIDDEN, NULL, 2},
    {"con-name", 0, NULL, OPTION_ALIAS | OPTION_HIDDEN, NULL, 2},
    {"-dc, --dxl-config-dir=DIR", 0, NULL, OPTION_DOC,
     "folder of all fabrics (default: " PROV_OPTIONS_FOLDER ")", 2},
    {"dxl-config-dir", KEY_FOLDER, "DIR", OPTION_HIDDEN, NULL, 2},
    {"file-prefix", 'f', "PREFIX", 0, "of the files' names (default: client)", 2},
    {"truststore", 'e', "FILE", 0,
     "CA certificates (PEM) that ePO's certificate must come from (default: the system's)", 3},
    {"insecure", KEY_INSECURE, NULL, 0,
     "take any certificate of ePO: whoever answers in its place gets the password", 3},
    {"timeout", KEY_TIMEOUT, "SECONDS", 0, "for each answer of ePO (default: 60)", 3},
    {"cert-request-file", 'r', "FILE", 0,
     "have this request signed; no key is made. Its key belongs into PREFIX.key", 4},
    {"san", 's', "NAME[,NAME...]", 0, "DNS names for the certificate; may be repeated", 4},
    {"passphrase", 'P', "PASS", OPTION_ARG_OPTIONAL,
     "encrypt the key; without PASS, which others could see, it is asked for", 4},
    {"passphrase-file", KEY_PASSPHRASE_FILE, "FILE", 0, "read the passphrase from this file", 4},
    {"country", KEY_COUNTRY, "C", 0, "of the certificate's subject: two letters", 5},
    {"state-or-province", KEY_STATE, "ST", 0, NULL, 5},
    {"locality", KEY_LOCALITY, "L", 0, NULL, 5},
    {"organization", KEY_ORGANIZATION, "O", 0, NULL, 5},
    {"organizational-unit", KEY_UNIT, "OU", 0, NULL, 5},
    {"email-address", KEY_EMAIL, "ADDRESS", 0, NULL, 5},
    {NULL, 'h', NULL, 0, "the same as --help", -1},
    {0},
};

static const struct {
        const char *name;
        enum prov_command command;
} commands[] = {
    {"provision", PROV_PROVISION},
    {"provisionconfig", PROV_PROVISION},
    {"generatecsr", PROV_GENERATECSR},
    {"updateconfig", PROV_UPDATECONFIG},
};

static void parse_command(const char *arg, struct argp_state *state, struct prov_options *ret)
{
        for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
                if (strcmp(arg, commands[i].name) == 0) {
                        ret->command = commands[i].command;
                        return;
                }
        }
        argp_error(state, "unknown command '%s'; commands: provision, generatecsr, updateconfig",
                   arg);
}

/* A copy, and no trace of it in argv. */
static void take_secret(char **where, char *arg, struct argp_state *state)
{
        if (*where)
                explicit_bzero(*where, strlen(*where));
        free(*where);
        *where = strdup(arg);
        explicit_bzero(arg, strlen(arg));
        if (!*where)
                argp_failure(state, 1, ENOMEM, "cannot keep a secret");
        else if (!**where)
                argp_error(state, "a password or passphrase is empty");
}

static void add_sans(char *arg, struct argp_state *state, struct prov_options *ret)
{
        static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "0123456789-_.*";
        char *rest = NULL;

        for (char *name = strtok_r(arg, ", ", &rest); name; name = strtok_r(NULL, ", ", &rest)) {
                if (name[strspn(name, good)] != '\0' || strlen(name) > 253)
                        argp_error(state, "--san: '%s' is no DNS name", name);
                if (ret->csr.san_count == PROV_OPTIONS_SAN_MAX)
                        argp_error(state, "--san: more than %d names", PROV_OPTIONS_SAN_MAX);
                ret->san[ret->csr.san_count++] = name;
        }
}

static void parse_port(const char *arg, struct argp_state *state, struct prov_options *ret)
{
        char *end;
        unsigned long port = strtoul(arg, &end, 10);

        if (!isdigit((unsigned char)*arg) || *end || port < 1 || port > UINT16_MAX)
                argp_error(state, "--epo-port: '%s' is none of 1 to 65535", arg);
        ret->epo.port = arg;
}

static void parse_timeout(const char *arg, struct argp_state *state, struct prov_options *ret)
{
        char *end;
        unsigned long s = strtoul(arg, &end, 10);

        if (!isdigit((unsigned char)*arg) || *end || s < 1 || s > 3600)
                argp_error(state, "--timeout: '%s' is none of 1 to 3600 seconds", arg);
        ret->epo.timeout_ms = (int64_t)s * 1000;
}

static const char **subject_field(int key, struct prov_options *ret)
{
        switch (key) {
        case KEY_COUNTRY:
                return &ret->csr.country;
        case KEY_STATE:
                return &ret->csr.state;
        case KEY_LOCALITY:
                return &ret->csr.locality;
        case KEY_ORGANIZATION:
                return &ret->csr.organization;
        case KEY_UNIT:
                return &ret->csr.unit;
        case KEY_EMAIL:
                return &ret->csr.email;
        default:
                return NULL;
        }
}

/* What may be a part of a path: as fabrics[].name of the configuration. */
static bool is_name(const char *name, size_t max)
{
        for (const char *c = name; *c; c++) {
                if (!isascii(*c) || (!isalnum((unsigned char)*c) && !strchr("-_.", *c)))
                        return false;
        }
        return (isalnum((unsigned char)*name) || *name == '_') && strlen(name) <= max;
}

static void check_epo(struct argp_state *state, struct prov_options *ret)
{
        if (ret->command == PROV_GENERATECSR)
                return;
        if (!ret->epo.host)
                argp_error(state, "--epo-ip is missing: give the name or address of ePO");
        else if (ret->epo.host[strcspn(ret->epo.host, "/?#@ \t\\")] != '\0' || !*ret->epo.host)
                argp_error(state, "--epo-ip: '%s' is no host name or address", ret->epo.host);
        if (ret->epo.user && strchr(ret->epo.user, ':'))
                argp_error(state, "--epo-login: a user name with ':' cannot be sent to ePO");
        if (ret->password && ret->password_file)
                argp_error(state, "--epo-pass and --epo-pass-file: give one of the two");
        if (ret->epo.insecure && ret->epo.truststore)
                argp_error(state, "--insecure and --truststore: give one of the two");
}

static void check(struct argp_state *state, struct prov_options *ret)
{
        int n;

        if (ret->conn_name && !is_name(ret->conn_name, NAME_MAX_LEN))
                argp_error(state,
                           "--conn-name: '%s' is no name of a fabric: at most %d letters, digits, "
                           "'-', '_' and '.', a letter, digit or '_' first",
                           ret->conn_name, NAME_MAX_LEN);
        if (!is_name(ret->file_prefix, FILE_MAX_LEN))
                argp_error(state,
                           "--file-prefix: '%s' is no file name of at most %d letters, "
                           "digits, '-', '_' and '.'",
                           ret->file_prefix, FILE_MAX_LEN);
        check_epo(state, ret);
        if ((ret->passphrase || ret->ask_passphrase) && ret->passphrase_file)
                argp_error(state, "--passphrase and --passphrase-file: give one of the two");
        if (ret->csr_file && ret->command != PROV_PROVISION)
                argp_error(state, "--cert-request-file goes with provision alone");
        if (ret->csr_file && (ret->passphrase || ret->ask_passphrase || ret->passphrase_file ||
                              ret->csr.san_count > 0))
                argp_error(state, "--cert-request-file: no key and no request are made, so leave "
                                  "out --passphrase and --san");
        n = asprintf(&ret->folder, "%s%s%s", ret->base_folder, ret->conn_name ? "/" : "",
                     ret->conn_name ? ret->conn_name : "");
        if (n < 0)
                argp_failure(state, 1, ENOMEM, "cannot start");
        snprintf(ret->common_name, sizeof(ret->common_name), "threatq%s%s",
                 ret->conn_name ? "-" : "", ret->conn_name ? ret->conn_name : "");
}

static bool parse_text(int key, const char *arg, struct prov_options *ret)
{
        const char **where = subject_field(key, ret);

        switch (key) {
        case KEY_IP:
                where = &ret->epo.host;
                break;
        case KEY_LOGIN:
                where = &ret->epo.user;
                break;
        case KEY_PASS_FILE:
                where = &ret->password_file;
                break;
        case KEY_PASSPHRASE_FILE:
                where = &ret->passphrase_file;
                break;
        case KEY_CONN_NAME:
                where = &ret->conn_name;
                break;
        case KEY_FOLDER:
                where = &ret->base_folder;
                break;
        case 'f':
                where = &ret->file_prefix;
                break;
        case 'e':
                where = &ret->epo.truststore;
                break;
        case 'r':
                where = &ret->csr_file;
                break;
        default:
                break;
        }
        if (where)
                *where = arg;
        return where != NULL;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
        struct prov_options *ret = state->input;

        if (parse_text(key, arg, ret))
                return 0;
        switch (key) {
        case KEY_PORT:
                parse_port(arg, state, ret);
                return 0;
        case KEY_PASS:
                take_secret(&ret->password, arg, state);
                return 0;
        case 'P':
                if (arg)
                        take_secret(&ret->passphrase, arg, state);
                ret->ask_passphrase = !arg;
                return 0;
        case KEY_INSECURE:
                ret->epo.insecure = true;
                return 0;
        case KEY_TIMEOUT:
                parse_timeout(arg, state, ret);
                return 0;
        case 's':
                add_sans(arg, state, ret);
                return 0;
        case 'h':
                argp_state_help(state, state->out_stream, ARGP_HELP_STD_HELP);
                return 0;
        case ARGP_KEY_ARG:
                if (state->arg_num > 0)
                        argp_error(state, "one command at a time; '%s' is too many", arg);
                parse_command(arg, state, ret);
                return 0;
        case ARGP_KEY_END:
                check(state, ret);
                return 0;
        default:
                return ARGP_ERR_UNKNOWN;
        }
}

void prov_options_read(int argc, char **argv, struct prov_options *ret)
{
        static const struct options_alias aliases[] = {
            {"-cn", "--conn-name"}, {"-dc", "--dxl-config-dir"}, {NULL, NULL}};
        const struct argp argp = {table, parse, "[provision|generatecsr|updateconfig]", doc, NULL,
                                  NULL,  NULL};
        char **expanded = options_expand(argc, argv, aliases);

        *ret = (struct prov_options){
            .base_folder = PROV_OPTIONS_FOLDER,
            .file_prefix = "client",
            .epo = {.port = "8443", .timeout_ms = 60000},
        };
        argp_err_exit_status = 2;
        options_have_version();
        if (!expanded || argp_parse(&argp, argc, expanded, 0, NULL, ret) != 0)
                exit(2);
        free(expanded);
        ret->csr.common_name = ret->common_name;
        ret->csr.san = ret->san;
}

static void wipe(char *secret)
{
        if (secret)
                explicit_bzero(secret, strlen(secret));
        free(secret);
}

void prov_options_done(struct prov_options *options)
{
        wipe(options->password);
        wipe(options->passphrase);
        free(options->user);
        free(options->folder);
}
