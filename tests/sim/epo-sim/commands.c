#include "tests/sim/epo-sim/commands.h"

#include <stdio.h>

#include <openssl/evp.h>

enum { HUGE_BYTES = 32 << 20 };

static const char *const faults[] = {
    "unauthorized", "forbidden",  "error3",    "no-colon",   "short",       "wrong-guid",
    "no-guid",      "empty-line", "no-broker", "redirect",   "html",        "hang",
    "huge",         "bad-json",   "bad-pem",   "other-key",  "no-cert",     "server-error",
    "not-found",    "truncated",  "reset",     "two-equals", "json-object",
};

const char commands_manual[] =
    "Faults (--fault, or POST /fault?name=NAME; none is off):\n"
    "  unauthorized, forbidden, not-found, server-error   HTTP 401, 403, 404, 500\n"
    "  redirect     302 to another port\n"
    "  error3       \"Error 3 :\" and a message\n"
    "  no-colon, html, bad-json, json-object   an answer in another form\n"
    "  short        a package of two parts\n"
    "  wrong-guid, no-guid, two-equals, empty-line, no-broker   in the lines of brokers\n"
    "  bad-pem, no-cert   a damaged certificate, and none\n"
    "  other-key    a certificate for another key\n"
    "  huge         32 MiB\n"
    "  hang         no answer until the end or the fault's end\n"
    "  truncated, reset   the connection breaks in the answer, or before it\n";

const char *commands_fault(const char *name)
{
        for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
                if (strcmp(faults[i], name) == 0)
                        return faults[i];
        }
        return NULL;
}

static bool is(const char *fault, const char *name)
{
        return fault && strcmp(fault, name) == 0;
}

static bool authorized(const struct sim *sim, const struct server_request *request)
{
        const char *header = server_header(request, "Authorization");
        char plain[512];
        unsigned char wanted[4 * sizeof(plain) / 3 + 8];
        int len = snprintf(plain, sizeof(plain), "%s:%s", sim->user, sim->password);

        EVP_EncodeBlock(wanted, (const unsigned char *)plain, len);
        return header && strncmp(header, "Basic ", 6) == 0 &&
               strcmp(header + 6, (const char *)wanted) == 0;
}

static void text_reply(struct server_reply *reply, unsigned status, const char *type,
                       const char *text)
{
        reply->status = status;
        reply->content_type = type;
        buf_str(&reply->body, text);
}

/* Answers that need no command. True when the fault is one of them. */
static bool reply_http(const char *fault, struct server_reply *reply)
{
        static const struct {
                const char *fault;
                unsigned status;
                const char *type, *text;
        } plain[] = {
            {"forbidden", 403, "text/html", "<html>Forbidden</html>"},
            {"not-found", 404, "text/html", "<html>Not found</html>"},
            {"server-error", 500, "text/html", "<html>Internal error</html>"},
            {"html", 200, "text/html", "<!DOCTYPE html>\n<html><body>Log on: ePO</body></html>\n"},
            {"no-colon", 200, "text/plain", "OK\n\"there is no colon here\"\n"},
            {"error3", 200, "text/plain", "Error 3 :\nThe user may not run this command\n"},
            {"bad-json", 200, "text/plain", "OK:\n\"the string does not end\n"},
            {"json-object", 200, "text/plain", "OK:\n{\"result\": 1}\n"},
        };

        for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
                if (!is(fault, plain[i].fault))
                        continue;
                text_reply(reply, plain[i].status, plain[i].type, plain[i].text);
                return true;
        }
        if (is(fault, "redirect")) {
                text_reply(reply, 302, "text/plain", "");
                reply->location = "https://127.0.0.1:1/remote/";
                return true;
        }
        if (is(fault, "reset"))
                reply->end = SERVER_RESET;
        return is(fault, "reset");
}

static void put_lines(struct buf *out, const struct sim_lines *lines)
{
        for (size_t i = 0; i < lines->count; i++) {
                if (i > 0)
                        buf_str(out, "\n");
                buf_str(out, lines->all[i]);
        }
}

static void put_brokers(struct buf *out, const struct sim *sim, const char *fault)
{
        if (is(fault, "no-broker"))
                return;
        if (is(fault, "wrong-guid"))
                buf_str(out, "{11111111-1111-4111-8111-111111111111}="
                             "{22222222-2222-4222-8222-222222222222};8883;broker;10.0.0.1\n");
        else if (is(fault, "no-guid"))
                buf_str(out, "{11111111-1111-4111-8111-111111111111}=8883;broker;10.0.0.1\n");
        else if (is(fault, "two-equals"))
                buf_str(out, "{1}={1}=8883;broker;10.0.0.1\n");
        else if (is(fault, "empty-line"))
                buf_str(out, "\n");
        put_lines(out, &sim->brokers);
}

static bool package(struct sim *sim, const struct server_request *request, struct buf *out)
{
        const char *csr = server_arg(request, "csrString"), *fault = sim->fault;
        _cleanup_(freep) char *cert =
            csr ? issuer_sign(sim->issuer, csr, sim->days, is(fault, "other-key")) : NULL;

        if (!cert)
                return false;
        free(sim->last_subject);
        sim->last_subject = issuer_subject(csr);
        sim->issued++;
        if (is(fault, "bad-pem"))
                memcpy(cert + 40, "********", 8);
        if (is(fault, "no-cert"))
                cert[0] = '\0';
        buf_str(out, sim->bundle);
        buf_str(out, ",");
        buf_str(out, cert);
        if (is(fault, "short"))
                return true;
        buf_str(out, ",");
        put_brokers(out, sim, fault);
        if (sim->websockets.count > 0 && !is(fault, "no-broker")) {
                buf_str(out, ",");
                put_lines(out, &sim->websockets);
        }
        return true;
}

/* The line "guid=guid;port;host;ip" as an object of JSON. */
static void put_object(struct buf *out, const char *line)
{
        char guid[200] = "", host[200] = "", ip[200] = "";
        int port = 0;

        sscanf(line, "%*[^=]=%199[^;];%d;%199[^;];%199s", guid, &port, host, ip);
        buf_str(out, "{\"guid\":");
        buf_json(out, guid);
        buf_str(out, ",\"hostName\":");
        buf_json(out, host);
        buf_str(out, ",\"ipAddress\":");
        buf_json(out, ip);
        buf_printf(out, ",\"port\":%d}", port);
}

static void put_objects(struct buf *out, const char *name, const struct sim_lines *lines)
{
        buf_printf(out, "\"%s\":[", name);
        for (size_t i = 0; i < lines->count; i++) {
                if (i > 0)
                        buf_str(out, ",");
                put_object(out, lines->all[i]);
        }
        buf_str(out, "]");
}

static void broker_list(const struct sim *sim, struct buf *out)
{
        static const struct sim_lines none;
        bool empty = is(sim->fault, "no-broker");

        buf_str(out, "{");
        put_objects(out, "brokers", empty ? &none : &sim->brokers);
        buf_str(out, ",");
        put_objects(out, "webSocketBrokers", empty ? &none : &sim->websockets);
        buf_str(out, ",\"certVersion\":0}");
}

static void run(struct sim *sim, const struct server_request *request, struct server_reply *reply)
{
        const char *name = request->path + strlen("/remote/");
        struct buf result = {0};
        bool good = true;

        if (strcmp(name, "DxlBrokerMgmt.generateOpenDXLClientProvisioningPackageCmd") == 0)
                good = package(sim, request, &result);
        else if (strcmp(name, "DxlClientMgmt.createClientCaBundle") == 0)
                buf_str(&result, is(sim->fault, "no-cert") ? "" : sim->bundle);
        else if (strcmp(name, "DxlClientMgmt.getBrokerList") == 0)
                broker_list(sim, &result);
        else
                good = false;
        if (good) {
                buf_str(&reply->body, "OK:\n");
                buf_json(&reply->body, buf_cstr(&result));
                buf_str(&reply->body, "\n");
        } else {
                buf_str(&reply->body, "Error 1 :\nNo such command, or a wrong argument\n");
        }
        reply->content_type = "text/plain;charset=UTF-8";
        buf_free(&result);
}

static void hang(struct sim *sim)
{
        sim->hanging++;
        while (is(sim->fault, "hang") && !sim->stop)
                pthread_cond_wait(&sim->changed, &sim->lock);
        sim->hanging--;
}

static void answer(struct sim *sim, const struct server_request *request,
                   struct server_reply *reply)
{
        const char *output = server_arg(request, ":output");

        sim->requests++;
        if (is(sim->fault, "hang"))
                hang(sim);
        if (is(sim->fault, "unauthorized") || !authorized(sim, request)) {
                sim->refused++;
                text_reply(reply, 401, "text/html", "<html>Unauthorized</html>");
                reply->basic = true;
                return;
        }
        if (reply_http(sim->fault, reply))
                return;
        if (strncmp(request->path, "/remote/", 8) != 0 || strcmp(request->method, "GET") != 0 ||
            !output || strcmp(output, "json") != 0) {
                text_reply(reply, 404, "text/html", "<html>Not found</html>");
                return;
        }
        run(sim, request, reply);
        for (size_t i = 0; is(sim->fault, "huge") && i < HUGE_BYTES / 16; i++)
                buf_str(&reply->body, "                ");
        if (is(sim->fault, "truncated")) {
                reply->end = SERVER_TRUNCATED;
                reply->cut_at = reply->body.len / 2;
        }
}

void commands_handle(void *userdata, const struct server_request *request,
                     struct server_reply *reply)
{
        struct sim *sim = userdata;

        pthread_mutex_lock(&sim->lock);
        answer(sim, request, reply);
        pthread_mutex_unlock(&sim->lock);
}
