#include "tests/unit/dxl_broker.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "common/clock.h"
#include "publisher/dxl/fabric.h"
#include "publisher/dxl/message.h"
#include "publisher/dxl/mqtt.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

int dxl_broker_free_port(void)
{
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t len = sizeof(a);
        assert_true(fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0 &&
                    getsockname(fd, (struct sockaddr *)&a, &len) == 0);
        close(fd);
        return ntohs(a.sin_port);
}

/* fork(), with a child that does not outlive the test. */
static pid_t start_child(void)
{
        pid_t parent = getpid(), pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                prctl(PR_SET_PDEATHSIG, SIGKILL);
                if (getppid() != parent)
                        _exit(1);
        }
        return pid;
}

void dxl_broker_start(struct dxl_broker_rig *rig)
{
        char conf[DXL_FOLDER_PATH_MAX + 64];
        dxl_folder_file(rig->folder, "mosquitto.conf", conf);
        rig->broker = start_child();
        if (rig->broker > 0)
                return;
        setenv("PATH", "/usr/local/sbin:/usr/sbin:/usr/local/bin:/usr/bin:/sbin:/bin", 1);
        if (!freopen("/dev/null", "w", stderr))
                _exit(1);
        execlp("mosquitto", "mosquitto", "-c", conf, (char *)NULL);
        _exit(127);
}

void dxl_broker_kill(struct dxl_broker_rig *rig)
{
        int status;
        kill(rig->broker, SIGKILL);
        assert_int_equal(waitpid(rig->broker, &status, 0), rig->broker);
        if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
                fail_msg("mosquitto is not installed: apt-get install mosquitto");
}

static void answer(struct dxl_mqtt *mqtt, const struct dxl_message *request,
                   enum dxl_message_type type)
{
        char topic[DXL_TOPIC_MAX + 1];
        assert_true(text_copy(request->reply_to, topic, sizeof(topic)));
        struct dxl_message m = {.version = 3,
                                .type = type,
                                .message_id = text_of("{answer}"),
                                .payload = request->payload,
                                .request_message_id = request->message_id,
                                .error_code = -2147483647,
                                .error_text = text_of("unable to locate service for request"),
                                .source_instance_id = text_of("x")};
        msgpack_sbuffer out;
        msgpack_sbuffer_init(&out);
        dxl_message_pack(&out, &m);
        dxl_mqtt_publish(mqtt, topic, out.data, out.size);
        if (text_eq_str(request->payload, "twice"))
                dxl_mqtt_publish(mqtt, topic, out.data, out.size);
        msgpack_sbuffer_destroy(&out);
}

static void respond(struct dxl_mqtt *mqtt, const struct dxl_mqtt_packet *packet)
{
        struct dxl_message m;
        if (dxl_message_decode(packet->payload.ptr, packet->payload.len, &m) != 0)
                return;
        char topic[DXL_TOPIC_MAX + 1];
        assert_true(text_copy(m.reply_to, topic, sizeof(topic)));
        if (text_eq_str(m.payload, "garbage"))
                dxl_mqtt_publish(mqtt, topic, "\xc1garbage", 8);
        else if (text_eq_str(m.payload, "error"))
                answer(mqtt, &m, DXL_MESSAGE_ERROR);
        else if (!text_eq_str(m.payload, "silence"))
                answer(mqtt, &m, DXL_MESSAGE_RESPONSE);
}

static void run_responder(const struct dxl_broker_rig *rig)
{
        char path[DXL_FOLDER_PATH_MAX + 64], error[DXL_MQTT_ERROR_MAX], *fault;
        struct dxl_config *config;
        if (dxl_config_load(dxl_folder_file(rig->folder, "dxlclient.config", path), NULL, &config,
                            &fault) < 0)
                _exit(1);
        struct dxl_mqtt *mqtt = NULL;
        for (;;) {
                if (!mqtt) {
                        if (dxl_mqtt_open(config, "127.0.0.1", config->brokers[0].port, "responder",
                                          &mqtt, error) < 0) {
                                poll(NULL, 0, 20);
                                continue;
                        }
                        dxl_mqtt_subscribe(mqtt, "/test/#");
                        atomic_fetch_add(rig->connections, 1);
                }
                struct dxl_mqtt_packet packet;
                int rc = dxl_mqtt_receive(mqtt, 20, &packet);
                if (rc == 0)
                        respond(mqtt, &packet);
                if (rc >= 0)
                        continue;
                dxl_mqtt_close(mqtt);
                mqtt = NULL;
        }
}

void dxl_broker_await_responder(struct dxl_broker_rig *rig, unsigned connections)
{
        for (int64_t end = clock_boot_ms() + DXL_BROKER_LONG_MS; clock_boot_ms() < end;
             poll(NULL, 0, 5))
                if (atomic_load(rig->connections) >= connections)
                        return;
        fail_msg("the responder is not connected");
}

void dxl_broker_open(struct dxl_broker_rig *rig)
{
        rig->port = dxl_broker_free_port();
        dxl_folder_write_config(rig->folder, rig->port);
        const char *path = rig->folder->path;
        char conf[1024];
        snprintf(conf, sizeof(conf),
                 "listener %d 127.0.0.1\ncafile %s/ca.crt\ncertfile %s/broker.crt\n"
                 "keyfile %s/broker.key\nrequire_certificate true\nallow_anonymous true\n"
                 "user root\nlog_type none\n",
                 rig->port, path, path, path);
        dxl_folder_write(rig->folder, "mosquitto.conf", conf, 0644);
        rig->connections = mmap(NULL, sizeof(*rig->connections), PROT_READ | PROT_WRITE,
                                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        assert_true(rig->connections != MAP_FAILED);
        dxl_broker_start(rig);
        rig->responder = start_child();
        if (rig->responder == 0)
                run_responder(rig);
        dxl_broker_await_responder(rig, 1);
}

void dxl_broker_close(struct dxl_broker_rig *rig)
{
        kill(rig->responder, SIGKILL);
        waitpid(rig->responder, NULL, 0);
        dxl_broker_kill(rig);
        munmap(rig->connections, sizeof(*rig->connections));
}
