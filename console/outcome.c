#include "console/outcome.h"

#include "common/cleanup.h"
#include "common/proc.h"
#include "console/remote.h"

#include <inttypes.h>
#include <stdarg.h>

enum { SENTENCES_MAX = 3 * REPORT_FABRICS_MAX + 2, SENTENCE_MAX = 1024 };

struct sentences {
        size_t count;
        const char *list[SENTENCES_MAX];
        char text[SENTENCES_MAX][SENTENCE_MAX];
};

static void say(struct sentences *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(struct sentences *s, const char *format, ...)
{
        va_list args;

        if (s->count == SENTENCES_MAX)
                return;
        va_start(args, format);
        vsnprintf(s->text[s->count], SENTENCE_MAX, format, args);
        va_end(args);
        s->list[s->count] = s->text[s->count];
        s->count++;
}

static void explain_fabric(struct sentences *s, const struct summary_fabric *fabric,
                           const struct decide_fabric *decided)
{
        const struct report_publisher *r = fabric->report;
        char sentence[SENTENCE_MAX - 100];

        if (remote_sentence(fabric->remote, sentence, sizeof(sentence)))
                say(s, "%s: %s.", fabric->name, sentence);
        if (decided->state == DECIDE_LEFT)
                say(s, "%s: %s.", fabric->name, decided->reason);
        if (r && r->counts.failed > 0)
                say(s,
                    "%s: TIE refused %" PRIu64 " indicators%s%s%s; each later sweep that sees them "
                    "tries them once more.",
                    fabric->name, r->counts.failed, r->last_error[0] ? " (" : "", r->last_error,
                    r->last_error[0] ? ")" : "");
}

static void explain(struct sentences *s, const struct outcome *o)
{
        if (o->interrupted && o->decide->attached)
                say(s, "Interrupted; nothing is lost: the service goes on by itself.");
        else if (o->interrupted)
                say(s, "Interrupted; nothing is lost: queues, quotas and checkpoints are kept, and "
                       "the next run goes on from here.");
        if (o->decide->failed)
                say(s, "%s.", o->decide->reason);
        for (size_t i = 0; i < o->fabric_count; i++)
                explain_fabric(s, &o->fabrics[i], &o->decide->fabrics[i]);
}

int outcome_print(const struct outcome *outcome, FILE *out)
{
        _cleanup_(freep) struct sentences *s = calloc(1, sizeof(*s));
        _cleanup_(freep) char *text = NULL;
        struct summary summary = {
            .sweep = &outcome->decide->seen,
            .fabrics = outcome->fabrics,
            .fabric_count = outcome->fabric_count,
            .stages = outcome->stages,
            .stage_count = outcome->stage_count,
            .ended = true,
            .exit = decide_exit(outcome->decide, outcome->fabrics),
            .elapsed_ms = outcome->elapsed_ms,
        };

        if (!s)
                return PROC_EXIT_FAILED;
        explain(s, outcome);
        summary.problems = s->list;
        summary.problem_count = s->count;
        if (outcome->interrupted && summary.exit == 0)
                summary.exit = PROC_EXIT_FAILED;
        text = outcome->json ? summary_json(&summary) : summary_table(&summary);
        if (!text || fprintf(out, "%s%s", text, outcome->json ? "\n" : "") < 0 || fflush(out) != 0)
                return PROC_EXIT_FAILED;
        return summary.exit;
}
