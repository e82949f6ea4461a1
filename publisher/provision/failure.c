#include "publisher/provision/failure.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

int failure_set(struct failure *failure, int code, const char *format, ...)
{
        va_list ap;

        va_start(ap, format);
        vsnprintf(failure->text, sizeof(failure->text), format, ap);
        va_end(ap);
        return code;
}

int failure_memory(struct failure *failure)
{
        return failure_set(failure, -ENOMEM, "out of memory");
}
