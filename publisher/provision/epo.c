#include "publisher/provision/epo.h"

#include "common/cleanup.h"
#include "common/http.h"
#include "common/log.h"
#include "publisher/provision/epo_answer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Percent-encoded as in a query; NULL when memory is out. */
static char *encode(const char *text)
{
        static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                    "0123456789-_.~";
        char *made = malloc(3 * strlen(text) + 1), *at = made;

        for (; made && *text; text++) {
                if (strchr(plain, *text))
                        *at++ = *text;
                else
                        at += sprintf(at, "%%%02X", (unsigned)(unsigned char)*text);
        }
        if (made)
                *at = '\0';
        return made;
}

static char *make_url(const struct epo *epo, const char *command, const char *csr)
{
        _cleanup_(freep) char *encoded = csr ? encode(csr) : NULL;
        bool bare = strchr(epo->host, ':') && epo->host[0] != '[';
        char *url;

        if (csr && !encoded)
                return NULL;
        return asprintf(&url, "https://%s%s%s:%s/remote/%s?%s%s%s%%3Aoutput=json", bare ? "[" : "",
                        epo->host, bare ? "]" : "", epo->port, command, csr ? "csrString=" : "",
                        csr ? encoded : "", csr ? "&" : "") < 0
                   ? NULL
                   : url;
}

/* No answer came, or not a whole one. */
static int unanswered(const struct epo *epo, int r, const char *text, struct failure *why)
{
        switch (r) {
        case -EHOSTUNREACH:
                return failure_set(why, r,
                                   "cannot reach ePO at %s, port %s: %s: see --epo-ip, --epo-port "
                                   "and the firewall between",
                                   epo->host, epo->port, text);
        case -EKEYREJECTED:
        case -EPROTO:
                return failure_set(
                    why, r,
                    "no trusted TLS connection to ePO at %s, port %s: %s: give the CA of ePO's "
                    "certificate with --truststore FILE, and with --epo-ip the name that is in it "
                    "(or, where nobody can listen, --insecure)",
                    epo->host, epo->port, text);
        case -ETIMEDOUT:
                return failure_set(
                    why, r,
                    "ePO at %s, port %s did not answer in time: %s: see that address "
                    "and port are ePO's, or wait longer with --timeout",
                    epo->host, epo->port, text);
        case -EFBIG:
                return failure_set(
                    why, r,
                    "ePO's answer is longer than %d MiB, which none can be: see that "
                    "address and port are ePO's",
                    EPO_ANSWER_MAX >> 20);
        case -ECONNRESET:
                return failure_set(why, r, "ePO broke its answer off: %s: try again", text);
        default:
                return failure_set(why, r, "cannot ask ePO at %s, port %s: %s", epo->host,
                                   epo->port, text);
        }
}

/* An HTTP status other than 200. */
static int turned_away(const struct epo *epo, const char *command, int status, struct failure *why)
{
        if (status == 401)
                return failure_set(why, -EACCES,
                                   "ePO refuses the log-in of %s (HTTP 401): see --epo-login and "
                                   "the password",
                                   LOG_Q(text_of(epo->user)));
        if (status == 403)
                return failure_set(why, -EACCES,
                                   "ePO does not let %s run %s (HTTP 403): give this account the "
                                   "permission in ePO, or use another",
                                   LOG_Q(text_of(epo->user)), command);
        if (status == 404)
                return failure_set(why, -ENOENT,
                                   "there is no command %s (HTTP 404): see that address and port "
                                   "are ePO's, and that ePO's DXL extensions are installed",
                                   command);
        if (status >= 300 && status < 400)
                return failure_set(why, -EREMOTE,
                                   "ePO at %s, port %s redirects to another address (HTTP %d), "
                                   "which is not followed, because it would take the password "
                                   "there: give that address with --epo-ip and --epo-port",
                                   epo->host, epo->port, status);
        if (status >= 500)
                return failure_set(why, -EREMOTEIO,
                                   "ePO failed (HTTP %d): try again later; its own log says why",
                                   status);
        return failure_set(why, -EREMOTEIO, "ePO refused the request %s (HTTP %d)", command,
                           status);
}

static int ask(const struct epo *epo, const char *command, const char *url, const char *login,
               char **ret, struct failure *why)
{
        _cleanup_(http_closep) struct http *http = NULL;
        struct http_request request = {.method = "GET",
                                       .url = url,
                                       .user_password = login,
                                       .body_max = EPO_ANSWER_MAX,
                                       .timeout_ms = epo->timeout_ms};
        struct http_response response = {0};
        int r = http_open(epo->truststore, !epo->insecure, &http);

        if (r < 0)
                return failure_memory(why);
        r = http_do(http, &request, &response);
        if (r < 0)
                return unanswered(epo, r, http_error(http), why);
        if (response.status != 200)
                r = turned_away(epo, command, response.status, why);
        else
                r = epo_answer_result((struct text){response.body, response.body_len}, ret, why);
        http_response_done(&response);
        return r;
}

int epo_run(const struct epo *epo, const char *command, const char *csr, char **ret,
            struct failure *why)
{
        _cleanup_(freep) char *url = make_url(epo, command, csr);
        char *login;
        int r;

        if (!url || asprintf(&login, "%s:%s", epo->user, epo->password) < 0)
                return failure_memory(why);
        r = ask(epo, command, url, login, ret, why);
        explicit_bzero(login, strlen(login));
        free(login);
        return r;
}
