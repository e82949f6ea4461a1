#include "console/web/access.h"

#include "console/web/address.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

enum { SESSION_BYTES = (ACCESS_SESSION_MAX - 1) / 2 };

bool access_token_is_fit(const char *token)
{
        size_t len = strlen(token);

        for (size_t i = 0; i < len; i++) {
                if (token[i] <= ' ' || token[i] > '~')
                        return false;
        }
        return len >= ACCESS_TOKEN_MIN;
}

int access_init(struct access_policy *policy, bool loopback, const char *token)
{
        unsigned char bytes[SESSION_BYTES];
        struct access_policy ready = {.loopback = loopback, .token = token};

        if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
                return -errno;
        for (size_t i = 0; i < sizeof(bytes); i++)
                snprintf(ready.session + 2 * i, 3, "%02x", bytes[i]);
        *policy = ready;
        return 0;
}

/* Takes as long for a wrong guess as for a right one. */
static bool same_secret(const char *secret, const char *guess)
{
        size_t len = strlen(secret);
        unsigned char differs = 0;

        if (strlen(guess) != len)
                return false;
        for (size_t i = 0; i < len; i++)
                differs |= (unsigned char)(secret[i] ^ guess[i]);
        return differs == 0;
}

bool access_shows_token(const struct access_policy *policy, const struct access_request *request)
{
        static const char scheme[] = "Bearer ";
        const char *sent = request->authorization;

        return policy->token && sent && strncasecmp(sent, scheme, sizeof(scheme) - 1) == 0 &&
               same_secret(policy->token, sent + sizeof(scheme) - 1);
}

enum access_verdict access_judge(const struct access_policy *policy,
                                 const struct access_request *request)
{
        if (strcmp(request->method, "GET") != 0 && strcmp(request->method, "HEAD") != 0)
                return ACCESS_METHOD;
        if (policy->loopback && !address_host_is_loopback(request->host))
                return ACCESS_HOST;
        if (!policy->token || request->open || access_shows_token(policy, request))
                return ACCESS_GRANTED;
        if (request->session && same_secret(policy->session, request->session))
                return ACCESS_GRANTED;
        return ACCESS_TOKEN;
}
