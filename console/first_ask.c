#include "console/first_ask.h"

#include "common/config.h"
#include "common/prompt.h"
#include "common/secret.h"
#include "console/abspath.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>

/* NULL, or why the answer is none; may replace it by the form that is kept. */
typedef const char *(*accept_fn)(char **answer);

static const char *accept_text(char **answer)
{
        for (const char *c = *answer; *c; c++) {
                if (iscntrl((unsigned char)*c))
                        return "A control character was typed.";
        }
        return **answer ? NULL : "An answer is needed.";
}

static const char *accept_host(char **answer)
{
        const char *fault = accept_text(answer);
        char *host;

        if (fault)
                return fault;
        fault = config_parse_host(text_of(*answer), &host);
        if (!fault) {
                free(*answer);
                *answer = host;
        }
        return fault;
}

static const char *accept_password(char **answer)
{
        if (strlen(*answer) >= SECRET_MAX)
                return "It is too long.";
        return **answer ? NULL : "An answer is needed.";
}

/* The guide's example is what an empty answer means. */
static const char *accept_status(char **answer)
{
        if (!**answer) {
                free(*answer);
                *answer = strdup("Review");
        }
        return *answer ? accept_text(answer) : strerror(ENOMEM);
}

static const char *accept_ca(char **answer)
{
        const char *fault = accept_text(answer);
        char *path = fault ? NULL : abspath(*answer);

        if (fault || !path)
                return fault ? fault : strerror(errno);
        free(*answer);
        *answer = path;
        return access(path, R_OK) == 0 ? NULL : strerror(errno);
}

/* Asks until the answer is accepted. *kept is the answer of before, or NULL, and the new one. */
static int ask_one(const char *question, bool echo, accept_fn accept, char **kept)
{
        _cleanup_(freep) char *whole = NULL;

        if (echo && *kept && asprintf(&whole, "%s [%s]", question, *kept) < 0) {
                whole = NULL;
                return -ENOMEM;
        }
        for (;;) {
                _cleanup_(secret_wipep) char *answer = NULL;
                const char *fault;
                int r = prompt_ask(whole ? whole : question, echo, &answer);

                if (r < 0 || (whole && !*answer))
                        return r;
                fault = accept(&answer);
                if (!fault) {
                        secret_wipe(*kept);
                        *kept = answer;
                        answer = NULL;
                        return 0;
                }
                fprintf(stderr, "%s\n", fault);
        }
}

int first_ask(struct first_answers *answers)
{
        int r = ask_one("ThreatQ Host", true, accept_host, &answers->host);

        if (r == 0)
                r = ask_one("ThreatQ Client ID", true, accept_text, &answers->client_id);
        if (r == 0)
                r = ask_one("ThreatQ Username", true, accept_text, &answers->username);
        if (r == 0)
                r = ask_one("ThreatQ Password", false, accept_password, &answers->password);
        return r < 0 ? r : ask_one("Status", true, accept_status, &answers->status);
}

int first_ask_ca(struct first_answers *answers)
{
        int r;

        fprintf(stderr, "If it is signed by a CA of your own: the file of that CA's certificate "
                        "(PEM). Empty: all questions again.\n");
        for (;;) {
                char *answer = NULL;
                const char *fault;

                r = prompt_ask("CA file", true, &answer);
                if (r < 0)
                        return r;
                if (!*answer) {
                        free(answer);
                        return first_ask(answers);
                }
                fault = accept_ca(&answer);
                if (!fault) {
                        free(answers->ca_file);
                        answers->ca_file = answer;
                        return 0;
                }
                fprintf(stderr, "%s: %s\n", answer, fault);
                free(answer);
        }
}

void first_ask_done(struct first_answers *answers)
{
        free(answers->host);
        free(answers->client_id);
        free(answers->username);
        secret_wipe(answers->password);
        free(answers->status);
        free(answers->ca_file);
}
