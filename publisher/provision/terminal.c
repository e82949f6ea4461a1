#include "publisher/provision/terminal.h"

#include "common/prompt.h"
#include "common/secret.h"

#include <string.h>

int terminal_ask(const char *question, bool echo, char **ret, struct failure *why)
{
        for (;;) {
                char *answer = NULL;
                int r = prompt_ask(question, echo, &answer);

                if (r < 0)
                        return failure_set(why, r, "no answer to \"%s\"", question);
                if (*answer) {
                        *ret = answer;
                        return 0;
                }
                free(answer);
        }
}

int terminal_ask_twice(const char *question, const char *again, char **ret, struct failure *why)
{
        for (;;) {
                _cleanup_(secret_wipep) char *first = NULL;
                _cleanup_(secret_wipep) char *second = NULL;
                int r = terminal_ask(question, false, &first, why);

                if (r == 0)
                        r = terminal_ask(again, false, &second, why);
                if (r < 0 || !first || !second)
                        return r;
                if (strcmp(first, second) == 0) {
                        *ret = first;
                        first = NULL;
                        return 0;
                }
                fprintf(stderr, "The two are not the same. Once more.\n");
        }
}
