#include "console/web/pages.h"

#include "common/clock.h"
#include "common/question.h"
#include "console/web/files.h"
#include "console/web/incidents.h"
#include "console/web/metrics.h"
#include "console/web/series.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
        STATUS_OK = 200,
        STATUS_BAD = 400,
        STATUS_UNAUTHORIZED = 401,
        STATUS_FORBIDDEN = 403,
        STATUS_NOT_FOUND = 404,
        STATUS_METHOD = 405,
        STATUS_UNAVAILABLE = 503
};

#define PLAIN "text/plain; charset=utf-8"
#define JSON "application/json"

struct pages {
        const struct access_policy *policy;
        struct lookups *lookups;
        char *story;    /* the one that is being sent */
        uint64_t begun; /* rounds */
        uint64_t ended;
        uint64_t wanted; /* the number of the round that is asked for */
        char *status;    /* JSON; NULL before the first round ended */
        char *metrics[METRICS_FORMATS];
        char *series; /* JSON */
        enum health_level health;
        struct incidents incidents;
        char cookie[sizeof(SERVER_COOKIE) + ACCESS_SESSION_MAX + 64];
};

int pages_open(const struct access_policy *policy, struct lookups *lookups, struct pages **ret)
{
        struct pages *p = calloc(1, sizeof(*p));

        if (!p)
                return -ENOMEM;
        p->policy = policy;
        p->lookups = lookups;
        snprintf(p->cookie, sizeof(p->cookie),
                 SERVER_COOKIE "=%s; Path=/; HttpOnly; SameSite=Strict", policy->session);
        *ret = p;
        return 0;
}

static void forget(struct pages *p)
{
        free(p->status);
        p->status = NULL;
        free(p->series);
        p->series = NULL;
        for (size_t i = 0; i < METRICS_FORMATS; i++) {
                free(p->metrics[i]);
                p->metrics[i] = NULL;
        }
}

void pages_close(struct pages *pages)
{
        if (!pages)
                return;
        forget(pages);
        free(pages->story);
        free(pages);
}

void pages_round_begins(struct pages *pages)
{
        pages->begun++;
}

int pages_round_ended(struct pages *pages, const struct snapshot *snapshot,
                      const struct history *history)
{
        const struct summary *summary = snapshot_summary(snapshot);
        bool complete = true;

        forget(pages);
        pages->ended = pages->begun;
        pages->health = snapshot_health(snapshot)->level;
        pages->status = summary_json(summary);
        incidents_note(&pages->incidents, summary);
        pages->series = series_json(history, summary, &pages->incidents);
        for (size_t i = 0; i < METRICS_FORMATS; i++) {
                pages->metrics[i] = metrics_print(summary, history, (enum metrics_format)i);
                complete = complete && pages->metrics[i];
        }
        return complete && pages->status && pages->series ? 0 : -ENOMEM;
}

bool pages_want_round(const struct pages *pages)
{
        return pages->wanted > pages->begun;
}

/* Whether the round that began after this request came has ended. */
static bool is_fresh(struct pages *p, uint64_t *ticket)
{
        if (*ticket == 0) {
                *ticket = p->begun + 1;
                p->wanted = *ticket;
        }
        return p->ended >= *ticket;
}

static void fill(struct server_reply *ret, unsigned status, const char *type, const char *text)
{
        *ret = (struct server_reply){
            .status = status, .type = type, .body = text, .len = strlen(text)};
}

static bool show_status(struct pages *p, const struct server_request *request,
                        struct server_reply *ret)
{
        if (!is_fresh(p, request->ticket))
                return false;
        fill(ret, STATUS_OK, JSON, p->status);
        return true;
}

static bool show_metrics(struct pages *p, const struct server_request *request,
                         struct server_reply *ret)
{
        enum metrics_format format = metrics_format_of(request->accept);

        if (!is_fresh(p, request->ticket))
                return false;
        fill(ret, STATUS_OK, metrics_content_type(format), p->metrics[format]);
        return true;
}

static bool show_alive(struct pages *p, const struct server_request *request,
                       struct server_reply *ret)
{
        (void)p, (void)request;
        fill(ret, STATUS_OK, PLAIN, "ok\n");
        return true;
}

/* Ready: the pipeline does its work, if not all of it. One word, since no token is asked for. */
static bool show_ready(struct pages *p, const struct server_request *request,
                       struct server_reply *ret)
{
        static const char *const words[] = {"fine\n", "degraded\n", "down\n"};

        (void)request;
        if (!p->status)
                fill(ret, STATUS_UNAVAILABLE, PLAIN, "starting\n");
        else
                fill(ret, p->health == HEALTH_DOWN ? STATUS_UNAVAILABLE : STATUS_OK, PLAIN,
                     words[p->health]);
        return true;
}

static bool show_history(struct pages *p, const struct server_request *request,
                         struct server_reply *ret)
{
        /* Before the first round there is none: it is asked for. */
        if (!p->series) {
                (void)is_fresh(p, request->ticket);
                return false;
        }
        fill(ret, STATUS_OK, JSON, p->series);
        return true;
}

static bool show_story(struct pages *p, const struct server_request *request,
                       struct server_reply *ret)
{
        struct question question;

        if (!request->query || !question_parse(request->query, &question)) {
                fill(ret, STATUS_BAD, JSON,
                     "{\"error\":\"Neither an MD5, SHA-1 or SHA-256 in hex, nor an indicator's "
                     "id.\"}");
                return true;
        }
        if (*request->ticket == 0)
                *request->ticket = lookups_start(p->lookups, request->query, clock_boot_ms());
        if (*request->ticket == 0) {
                fill(ret, STATUS_UNAVAILABLE, JSON,
                     "{\"error\":\"Too many searches are under way. Try again.\"}");
                return true;
        }
        if (!lookups_done(p->lookups, *request->ticket))
                return false;
        free(p->story);
        p->story = lookups_take(p->lookups, *request->ticket);
        if (p->story)
                fill(ret, STATUS_OK, JSON, p->story);
        else
                fill(ret, STATUS_UNAVAILABLE, JSON, "{\"error\":\"No answer. Try again.\"}");
        return true;
}

/* Reached with a token only: the browser that showed it gets a session. */
static bool show_session(struct pages *p, const struct server_request *request,
                         struct server_reply *ret)
{
        (void)request;
        fill(ret, STATUS_OK, PLAIN, "ok\n");
        if (p->policy->token)
                ret->set_cookie = p->cookie;
        return true;
}

static void fill_file(struct server_reply *ret, unsigned status, const char *name)
{
        for (size_t i = 0; i < web_files_count; i++) {
                const struct web_file *file = &web_files[i];

                if (strcmp(file->name, name) == 0)
                        *ret = (struct server_reply){.status = status,
                                                     .type = file->type,
                                                     .body = file->bytes,
                                                     .len = file->len};
        }
}

static bool show_page(struct pages *p, const struct server_request *request,
                      struct server_reply *ret)
{
        (void)p, (void)request;
        fill_file(ret, STATUS_OK, "page.html");
        return true;
}

static bool show_file(struct pages *p, const struct server_request *request,
                      struct server_reply *ret)
{
        (void)p;
        fill_file(ret, STATUS_OK, request->path + 1);
        return true;
}

static const struct route {
        const char *path;
        bool open; /* needs no token */
        bool (*show)(struct pages *p, const struct server_request *request,
                     struct server_reply *ret);
} routes[] = {
    {"/", false, show_page},
    {"/page.js", false, show_file},
    {"/chart.js", false, show_file},
    {"/search.js", false, show_file},
    {"/page.css", true, show_file},
    {"/icon.svg", true, show_file},
    {"/login.js", true, show_file},
    {"/healthz", true, show_alive},
    {"/readyz", true, show_ready},
    {"/metrics", false, show_metrics},
    {"/api/status", false, show_status},
    {"/api/history", false, show_history},
    {"/api/explain", false, show_story},
    {"/api/login", false, show_session},
};

static const struct route *find_route(const char *path)
{
        for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
                if (strcmp(path, routes[i].path) == 0)
                        return &routes[i];
        }
        return NULL;
}

bool pages_answer(const struct server_request *request, struct server_reply *ret, void *pages)
{
        struct pages *p = pages;
        const struct route *route = find_route(request->path);
        struct access_request who = {
            .method = request->method,
            .host = request->host,
            .authorization = request->authorization,
            .session = request->session,
            .open = route && route->open,
        };

        switch (access_judge(p->policy, &who)) {
        case ACCESS_METHOD:
                fill(ret, STATUS_METHOD, PLAIN, "read only: GET and HEAD\n");
                return true;
        case ACCESS_HOST:
                fill(ret, STATUS_FORBIDDEN, PLAIN,
                     "this page is for this machine: open it as http://127.0.0.1 or "
                     "http://localhost\n");
                return true;
        case ACCESS_TOKEN:
                if (route && route->show == show_page)
                        fill_file(ret, STATUS_UNAUTHORIZED, "login.html");
                else
                        fill(ret, STATUS_UNAUTHORIZED, PLAIN,
                             "a token is needed: Authorization: Bearer TOKEN\n");
                return true;
        case ACCESS_GRANTED:
                break;
        }
        if (route)
                return route->show(p, request, ret);
        fill(ret, STATUS_NOT_FOUND, PLAIN, "there is no such page\n");
        return true;
}
