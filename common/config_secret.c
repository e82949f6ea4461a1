#include "common/config_internal.h"
#include "common/secret.h"

#include <sys/stat.h>

enum { OTHERS = S_IRWXG | S_IRWXO };

void config_wipe(char *secret)
{
        secret_wipe(secret);
}

static char *read_secret(struct config_check *check, const char *path, const char *file)
{
        char fault[SECRET_FAULT_MAX];
        char *secret = secret_read(file, fault);

        if (!secret)
                config_fault(check, path, "%s", fault);
        return secret;
}

char *config_secret(struct config_check *check, const char *name, const char *inline_value,
                    const char *file, const char *environment)
{
        struct config_at path = config_at("threatq.%s", name);
        struct config_at file_path = config_at("threatq.%s_file", name);
        const char *value;

        if (inline_value && (check->mode & OTHERS))
                config_fault(check, path.path,
                             "a secret in a file that others can read or change (mode %04o): "
                             "chmod 600 %s",
                             check->mode & 07777, check->file);
        if (inline_value && file)
                config_fault(check, file_path.path, "%s is given too: remove one of the two", name);
        if (inline_value)
                return config_dup(inline_value);
        if (file)
                return read_secret(check, file_path.path, file);
        value = getenv(environment);
        return value && *value ? config_dup(value) : NULL;
}
