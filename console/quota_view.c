#include "console/quota_view.h"

#include "common/cleanup.h"
#include "console/summary.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

enum { NAME_COLUMNS = 18, DAY_S = 24 * 3600 };

int quota_view_parse_reset(const char *json, size_t len, struct quota_view *ret)
{
        _cleanup_(json_decrefp) json_t *root = json_loadb(json, len, JSON_REJECT_DUPLICATES, NULL);
        json_int_t forgotten, limit, pid;

        if (json_unpack(root, "{s:I, s:I, s:I}", "forgotten", &forgotten, "limit", &limit, "pid",
                        &pid) != 0 ||
            forgotten < 0 || limit < 0 || pid < 0)
                return REPORT_E_BAD;
        ret->forgotten = (uint64_t)forgotten;
        ret->quota.limit = (uint64_t)limit;
        ret->pid = pid;
        return 0;
}

/* Tenths of days, up: what is promised is kept. */
static uint64_t tenths(const struct report_quota *quota)
{
        return (quota->wait_s * 10 + DAY_S - 1) / DAY_S;
}

static void print_through(FILE *out, const struct report_quota *quota)
{
        char text[SUMMARY_NUMBER_MAX + 8];

        if (quota->backlog == 0)
                snprintf(text, sizeof(text), "-");
        else if (quota->wait_s == 0)
                snprintf(text, sizeof(text), "now");
        else
                snprintf(text, sizeof(text), "%s.%" PRIu64 " d", SUMMARY_N(tenths(quota) / 10),
                         tenths(quota) % 10);
        fprintf(out, " %10s\n", text);
}

static void print_name(FILE *out, const char *name)
{
        if (strlen(name) > NAME_COLUMNS)
                fprintf(out, "%.*s..", NAME_COLUMNS - 2, name);
        else
                fprintf(out, "%-*s", NAME_COLUMNS, name);
}

static void print_row(FILE *out, const struct quota_view *f)
{
        const char *next = f->quota.next_free_at;
        char when[16] = "-";

        if (strlen(next) >= 19)
                snprintf(when, sizeof(when), "%.5s %.5s", next + 5, next + 11);
        print_name(out, f->fabric);
        if (f->error[0]) {
                fputs("  no answer, see below\n", out);
                return;
        }
        fprintf(out, "%8s%8s%8s%13s%12s", SUMMARY_N(f->quota.limit), SUMMARY_N(f->quota.used),
                SUMMARY_N(f->quota.left), when, SUMMARY_N(f->quota.backlog));
        print_through(out, &f->quota);
}

static void print_errors(FILE *out, const struct quota_view *fabrics, size_t count)
{
        for (size_t i = 0; i < count; i++) {
                if (fabrics[i].error[0])
                        fprintf(out, "%s: %s\n", fabrics[i].fabric, fabrics[i].error);
        }
}

char *quota_view_table(const struct quota_view *fabrics, size_t count)
{
        char *text = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);

        if (!out)
                return NULL;
        fputs("Requests that set a reputation, in the last 24 hours (times are UTC)\n\n", out);
        fprintf(out, "%-*s%8s%8s%8s%13s%12s%11s\n", NAME_COLUMNS, "Fabric", "Limit", "Used", "Left",
                "Next free", "Waiting", "Through in");
        for (int i = 0; i < NAME_COLUMNS + 3 * 8 + 13 + 12 + 11; i++)
                fputc('-', out);
        fputc('\n', out);
        for (size_t i = 0; i < count; i++)
                print_row(out, &fabrics[i]);
        print_errors(out, fabrics, count);
        if (fclose(out) != 0) {
                free(text);
                return NULL;
        }
        return text;
}

static void print_done(FILE *out, const struct quota_view *f)
{
        fprintf(out,
                "%s: emptied the quota ledger. %s requests of the last 24 hours do not\n"
                "  count any more; up to %s more may leave at once%s.\n",
                f->fabric, SUMMARY_N(f->forgotten), SUMMARY_N(f->quota.limit),
                f->pid ? "" : ", with the next run");
}

char *quota_view_done(const struct quota_view *fabrics, size_t count)
{
        char *text = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);

        if (!out)
                return NULL;
        for (size_t i = 0; i < count; i++) {
                if (!fabrics[i].error[0])
                        print_done(out, &fabrics[i]);
        }
        print_errors(out, fabrics, count);
        if (fclose(out) != 0) {
                free(text);
                return NULL;
        }
        return text;
}

static json_t *date(const char *s)
{
        json_t *value = s[0] ? json_string(s) : NULL;

        return value ? value : json_null();
}

static json_t *show_json(const struct quota_view *f)
{
        const struct report_quota *q = &f->quota;

        return json_pack("{s:s, s:I, s:I, s:I, s:o, s:I, s:I, s:f, s:o}", "state",
                         f->pid ? "running" : "stopped", "limit", (json_int_t)q->limit, "used",
                         (json_int_t)q->used, "left", (json_int_t)q->left, "next_free_at",
                         date(q->next_free_at), "backlog", (json_int_t)q->backlog, "wait_s",
                         (json_int_t)q->wait_s, "days", (double)tenths(q) / 10, "through_at",
                         date(q->through_at));
}

static json_t *fabric_json(const struct quota_view *f, bool reset)
{
        if (f->error[0]) {
                json_t *text = json_string(f->error);

                return json_pack("{s:o}", "error", text ? text : json_string("?"));
        }
        if (!reset)
                return show_json(f);
        return json_pack("{s:I, s:I, s:I}", "forgotten", (json_int_t)f->forgotten, "limit",
                         (json_int_t)f->quota.limit, "pid", (json_int_t)f->pid);
}

char *quota_view_json(const struct quota_view *fabrics, size_t count, bool reset)
{
        _cleanup_(json_decrefp) json_t *root = json_object();
        json_t *list = json_object();

        json_object_set_new(root, "fabrics", list);
        for (size_t i = 0; i < count; i++)
                json_object_set_new(list, fabrics[i].fabric, fabric_json(&fabrics[i], reset));
        return json_dumps(root, JSON_COMPACT | JSON_REAL_PRECISION(12));
}
