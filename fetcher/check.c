#include "fetcher/check.h"

#include "common/clock.h"
#include "fetcher/ask.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

enum {
        BODY_MAX = 4 << 20,
        /* Incremental sweeps reach back five minutes more than they must (design section 3). */
        SKEW_FINE_S = 60,
        SKEW_MAX_S = 300,
};

static const char *const hash_types[] = {"MD5", "SHA-1", "SHA-256"};
enum { HASH_TYPES = sizeof(hash_types) / sizeof(hash_types[0]) };

static const char mend_role[] =
    "give the account the role Primary Contributor, Maintenance or Administrative in ThreatQ's "
    "User Management";
static const char mend_later[] = "ThreatQ answers, but not to this: look at its health, and check "
                                 "again";

static void json_free(json_t *json)
{
        json_decref(json);
}
DEFINE_CLEANUP(json_t *, json_free);

static json_t *parse(const struct threatq_result *result)
{
        return json_loadb(result->body ? result->body : "", result->body_len, 0, NULL);
}

void check_login(const char *host, int64_t life_s, const struct threatq_result *result,
                 struct finding *ret)
{
        if (life_s >= 0)
                finding_set(ret, "threatq-login", host, FINDING_OK, NULL,
                            "logged in; a token lasts %" PRId64 " minutes", life_s / 60);
        else if (result->untrusted)
                finding_set(ret, "threatq-certificate", host, FINDING_FAILED,
                            "for a certificate of a private CA give threatq.ca_file; "
                            "threatq.host must be a name that is in the certificate",
                            "%s", result->error);
        else if (result->status == 0)
                finding_set(ret, "threatq-connect", host, FINDING_FAILED,
                            "look whether threatq.host is right and can be reached from here", "%s",
                            result->error);
        else
                finding_set(ret, "threatq-login", host, FINDING_FAILED,
                            "correct the threatq: block; client id: User Management, API details",
                            "%s", result->error);
}

static bool has_name(const json_t *rows, const char *name)
{
        for (size_t i = 0; i < json_array_size(rows); i++) {
                const json_t *row = json_array_get(rows, i);

                if (text_eq_str(text_of(json_string_value(json_object_get(row, "name"))), name))
                        return true;
        }
        return false;
}

/* An answer that is no good, whatever was asked. */
static void failure(const char *check, const char *host, enum threatq_answer answer,
                    const struct threatq_result *result, struct finding *ret)
{
        finding_set(ret, check, host, FINDING_FAILED,
                    answer == THREATQ_E_FORBIDDEN ? mend_role : mend_later, "%s", result->error);
}

void check_types(const char *host, enum threatq_answer answer, const struct threatq_result *result,
                 struct finding *ret)
{
        static const char check[] = "threatq-types";
        _cleanup_(json_freep) json_t *json = parse(result);
        const json_t *rows = json_object_get(json, "data");
        char missing[64] = "";

        if (answer != THREATQ_OK) {
                failure(check, host, answer, result, ret);
                return;
        }
        if (!json_is_array(rows)) {
                finding_set(ret, check, host, FINDING_FAILED,
                            "is threatq.host the address of ThreatQ's API?",
                            "the list of indicator types cannot be read");
                return;
        }
        for (size_t i = 0; i < HASH_TYPES; i++) {
                size_t used = strlen(missing);

                if (!has_name(rows, hash_types[i]))
                        snprintf(missing + used, sizeof(missing) - used, " %s", hash_types[i]);
        }
        if (missing[0])
                finding_set(ret, check, host, FINDING_WARNING,
                            "none, unless you have hashes under other names of types",
                            "ThreatQ has no indicator type%s: nothing of it is exported", missing);
        else
                finding_set(ret, check, host, FINDING_OK, NULL,
                            "ThreatQ knows MD5, SHA-1 and SHA-256");
}

void check_search(const char *host, enum threatq_answer answer, const struct threatq_result *result,
                  struct finding *ret)
{
        static const char check[] = "threatq-read";
        _cleanup_(json_freep) json_t *json = parse(result);
        const json_t *total = json_object_get(json, "total");

        if (answer != THREATQ_OK)
                failure(check, host, answer, result, ret);
        else if (json_integer_value(total) > 0)
                finding_set(ret, check, host, FINDING_OK, NULL,
                            "the account may search; ThreatQ holds %" JSON_INTEGER_FORMAT
                            " hash indicators",
                            json_integer_value(total));
        else
                finding_set(ret, check, host, FINDING_WARNING,
                            "none, if there are no hashes yet; else look at what the account's "
                            "role may see",
                            "the account may search, but sees no hash indicator");
}

void check_write(const char *host, enum threatq_answer answer, const struct threatq_result *result,
                 struct finding *ret)
{
        static const char check[] = "threatq-write";

        if (answer == THREATQ_E_FORBIDDEN)
                finding_set(ret, check, host, FINDING_FAILED, mend_role,
                            "the account's role may not write attributes (HTTP 403)");
        else if (answer == THREATQ_E_LATER || answer == THREATQ_E_LOGIN ||
                 answer == THREATQ_E_STOPPED)
                failure(check, host, answer, result, ret);
        else /* 404: it got as far as looking for the indicator */
                finding_set(ret, check, host, FINDING_OK, NULL,
                            "the account's role may write attributes (by a write to no indicator: "
                            "HTTP %d)",
                            result->status);
}

void check_clock(const char *host, int64_t theirs, int64_t ours, struct finding *ret)
{
        static const char mend[] = "keep both clocks right by NTP (chrony, systemd-timesyncd)";
        static const char check[] = "threatq-clock";
        int64_t ahead = theirs - ours;
        int64_t skew = ahead < 0 ? -ahead : ahead;

        if (theirs <= 0)
                finding_set(ret, check, host, FINDING_WARNING, mend,
                            "ThreatQ does not say what time it has");
        else if (skew <= SKEW_FINE_S)
                finding_set(ret, check, host, FINDING_OK, NULL,
                            "ThreatQ's clock and this machine's are within a minute");
        else
                finding_set(ret, check, host, skew <= SKEW_MAX_S ? FINDING_WARNING : FINDING_FAILED,
                            mend, "ThreatQ's clock is %" PRId64 " s %s this machine's", skew,
                            ahead > 0 ? "ahead of" : "behind");
}

void check_remote(const struct config_fabric *fabric, enum threatq_answer answer,
                  const struct threatq_result *result, struct finding *ret)
{
        static const char check[] = "threatq-remote-config";
        struct config_remote remote = {0};
        struct config_fabric laid;
        char error[REMOTE_ERROR_MAX];
        char *faults = NULL;

        if (answer != THREATQ_OK) {
                failure(check, fabric->name, answer, result, ret);
        } else if (remote_parse(result->body ? result->body : "", result->body_len,
                                fabric->remote_config, &remote, error) != 0) {
                finding_set(ret, check, fabric->name, FINDING_FAILED, "correct it as the text says",
                            "ThreatQ's connector \"%s\": %s", fabric->remote_config, error);
        } else if (config_remote_apply(fabric, &remote, fabric->remote_config, &laid, &faults) !=
                   0) {
                finding_set(ret, check, fabric->name, FINDING_FAILED, "correct it in ThreatQ",
                            "ThreatQ's connector %.*s", (int)strcspn(faults, "\n"), faults);
                free(faults);
        } else {
                config_fabric_done(&laid);
                if (remote.active)
                        finding_set(ret, check, fabric->name, FINDING_OK, NULL,
                                    "ThreatQ's connector \"%s\" is understood",
                                    fabric->remote_config);
                else
                        finding_set(ret, check, fabric->name, FINDING_WARNING,
                                    "switch it on in ThreatQ's My Integrations",
                                    "ThreatQ's connector \"%s\" is switched off: nothing is swept",
                                    fabric->remote_config);
        }
        config_remote_done(&remote);
}

void check_collection(const char *name, enum ask_answer answer, const char *error,
                      const struct collection *found, struct finding *ret)
{
        static const char check[] = "threatq-collection";

        if (answer != ASK_OK || error[0])
                finding_set(ret, check, name, FINDING_FAILED,
                            answer == ASK_OK ? "as the text says" : mend_later, "%s", error);
        else if (!found->criteria)
                finding_set(ret, check, name, FINDING_WARNING,
                            "save the Data Collection anew in ThreatQ",
                            "ThreatQ does not say what the Data Collection searches: each sweep "
                            "takes all of it");
        else
                finding_set(ret, check, name, FINDING_OK, NULL, "the Data Collection is there");
}

struct check {
        const char *host;
        struct threatq_session *session;
        bool failed;
};

static void print(struct check *c, const struct finding *finding)
{
        c->failed |= finding->level == FINDING_FAILED;
        if (finding_write(stdout, finding) < 0)
                c->failed = true;
}

static enum threatq_answer call(const struct check *c, const char *method, const char *path,
                                const char *body, struct threatq_result *ret)
{
        const struct threatq_call request = {
            .method = method, .path = path, .body = body, .body_max = BODY_MAX};

        return threatq_do(c->session, &request, ret);
}

static void look_rights(struct check *c)
{
        static const char search[] =
            "{\"criteria\":{},\"filters\":{\"+or\":[{\"type_name\":\"MD5\"},{\"type_name\":"
            "\"SHA-1\"},{\"type_name\":\"SHA-256\"}]}}";
        struct threatq_result result;
        struct finding finding;
        enum threatq_answer answer;

        answer = call(c, "POST", "/api/indicators/query?limit=1&offset=0&sort=id", search, &result);
        check_search(c->host, answer, &result, &finding);
        threatq_result_done(&result);
        print(c, &finding);
        /* No indicator has the id 0: a role that may write is told that there is none, another
         * that it may not (threatq-api.md sections 1.2 and 1.5; that the role is looked at first is
         * inferred). */
        answer = call(c, "DELETE", "/api/indicators/0/attributes/0", NULL, &result);
        check_write(c->host, answer, &result, &finding);
        threatq_result_done(&result);
        print(c, &finding);
}

static void look_remotes(struct check *c, const struct config *config)
{
        for (size_t i = 0; i < config->fabric_count; i++) {
                const struct config_fabric *fabric = &config->fabrics[i];
                _cleanup_(freep) char *path =
                    fabric->remote_config ? remote_path(fabric->remote_config) : NULL;
                struct threatq_result result;
                struct finding finding;
                enum threatq_answer answer;

                if (!path)
                        continue;
                answer = call(c, "GET", path, NULL, &result);
                check_remote(fabric, answer, &result, &finding);
                threatq_result_done(&result);
                print(c, &finding);
        }
}

static void look_collection(struct check *c, const struct config *config)
{
        const char *name = config->threatq.data_collection;
        _cleanup_(ask_closep) struct ask *ask = NULL;
        char error[COLLECTION_ERROR_MAX] = "out of memory";
        enum ask_answer answer = ASK_FAILED;
        struct collection found = {0};
        struct ask_failure failure;
        struct finding finding;

        if (!name)
                return;
        if (ask_open(config, &ask) == 0) {
                answer = ask_collection(ask, name, &found, error, &failure);
                if (answer != ASK_OK)
                        text_copy(text_of(failure.error), error, sizeof(error));
        }
        check_collection(name, answer, error, &found, &finding);
        collection_done(&found);
        print(c, &finding);
}

static void look(struct check *c, struct threatq_account *account, const struct config *config)
{
        struct threatq_result result;
        struct finding finding;
        enum threatq_answer answer =
            call(c, "GET", "/api/indicator/types?limit=1000", NULL, &result);
        int64_t life = threatq_account_token_life_s(account);

        check_login(c->host, life, &result, &finding);
        print(c, &finding);
        if (life >= 0) {
                check_types(c->host, answer, &result, &finding);
                print(c, &finding);
                if (result.status > 0) {
                        check_clock(c->host, result.date, clock_wall_s(), &finding);
                        print(c, &finding);
                        look_rights(c);
                        look_remotes(c, config);
                        look_collection(c, config);
                }
        }
        threatq_result_done(&result);
}

int check_print(const struct proc *proc)
{
        const struct config_threatq *config = &proc->config->threatq;
        _cleanup_(threatq_account_closep) struct threatq_account *account = NULL;
        _cleanup_(threatq_session_closep) struct threatq_session *session = NULL;
        struct check c = {.host = config->host};
        struct finding finding;

        if (!config->verify) {
                finding_set(&finding, "threatq-tls", config->host, FINDING_WARNING,
                            "give threatq.ca_file and leave threatq.verify out",
                            "threatq.verify is false: anyone on the way may read the log-in");
                print(&c, &finding);
        }
        if (threatq_account_open(config, &account) < 0 ||
            threatq_session_open(account, &session) < 0) {
                finding_set(&finding, "threatq-connect", config->host, FINDING_FAILED,
                            "look whether threatq.ca_file holds certificates",
                            "the connection cannot be prepared");
                print(&c, &finding);
                return PROC_EXIT_FAILED;
        }
        c.session = session;
        look(&c, account, proc->config);
        return c.failed ? PROC_EXIT_FAILED : PROC_EXIT_OK;
}
