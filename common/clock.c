#include "common/clock.h"

#include "common/cleanup.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int64_t clock_ms(clockid_t id)
{
        struct timespec ts;

        if (clock_gettime(id, &ts) < 0)
                abort();
        return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t clock_boot_ms(void)
{
        return clock_ms(CLOCK_BOOTTIME);
}

int64_t clock_wall_ms(void)
{
        return clock_ms(CLOCK_REALTIME);
}

int64_t clock_wall_s(void)
{
        return clock_wall_ms() / 1000;
}

void clock_boot_id(char out[37])
{
        _cleanup_(closep) int fd =
            open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC | O_NOCTTY);
        char id[36];

        out[0] = '\0';
        if (fd < 0 || read(fd, id, sizeof(id)) != sizeof(id))
                return;
        memcpy(out, id, sizeof(id));
        out[sizeof(id)] = '\0';
}

void clock_format_utc(int64_t s, char out[32])
{
        time_t t = (time_t)s;
        struct tm tm;

        if (!gmtime_r(&t, &tm) || strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
                out[0] = '\0';
}

void clock_format_threatq(int64_t s, char out[32])
{
        time_t t = (time_t)s;
        struct tm tm;

        if (!gmtime_r(&t, &tm) || strftime(out, 32, "%Y-%m-%d %H:%M:%S", &tm) == 0)
                out[0] = '\0';
}

/* Takes exactly n digits off the front of t. */
static bool take_number(struct text *t, size_t n, int min, int max, int *ret)
{
        int value = 0;

        if (t->len < n)
                return false;
        for (size_t i = 0; i < n; i++) {
                if (t->ptr[i] < '0' || t->ptr[i] > '9')
                        return false;
                value = value * 10 + (t->ptr[i] - '0');
        }
        t->ptr += n;
        t->len -= n;
        *ret = value;
        return value >= min && value <= max;
}

/* Takes one character off the front of t when it is one of `set`; '\0' when it is none. */
static char take_one(struct text *t, const char *set)
{
        char c;

        if (t->len == 0 || t->ptr[0] == '\0' || !strchr(set, t->ptr[0]))
                return '\0';
        c = t->ptr[0];
        t->ptr++;
        t->len--;
        return c;
}

/* A fraction of a second is dropped. */
static bool skip_fraction(struct text *t)
{
        if (!take_one(t, ".,"))
                return true;
        if (!take_one(t, "0123456789"))
                return false;
        while (take_one(t, "0123456789"))
                ;
        return true;
}

/* "", "Z", "+hh:mm", "+hhmm" or "+hh" to the end of t, in seconds east of UTC. */
static bool take_zone(struct text *t, int *ret)
{
        int hours = 0, minutes = 0;
        char sign;

        *ret = 0;
        if (t->len == 0)
                return true;
        if (take_one(t, "Zz"))
                return t->len == 0;
        sign = take_one(t, "+-");
        if (!sign || !take_number(t, 2, 0, 23, &hours))
                return false;
        if (t->len > 0) {
                take_one(t, ":");
                if (!take_number(t, 2, 0, 59, &minutes))
                        return false;
        }
        *ret = (hours * 60 + minutes) * (sign == '-' ? -60 : 60);
        return t->len == 0;
}

static int days_of_month(int year, int month)
{
        static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
        bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

        return days[month - 1] + (month == 2 && leap);
}

static bool take_date(struct text *t, struct tm *tm)
{
        int year, month, day;

        if (!take_number(t, 4, 0, 9999, &year) || !take_one(t, "-") ||
            !take_number(t, 2, 1, 12, &month) || !take_one(t, "-") ||
            !take_number(t, 2, 1, days_of_month(year, month), &day))
                return false;
        tm->tm_year = year - 1900;
        tm->tm_mon = month - 1;
        tm->tm_mday = day;
        return true;
}

/* 60 is a leap second. */
static bool take_time(struct text *t, struct tm *tm)
{
        return take_number(t, 2, 0, 23, &tm->tm_hour) && take_one(t, ":") &&
               take_number(t, 2, 0, 59, &tm->tm_min) && take_one(t, ":") &&
               take_number(t, 2, 0, 60, &tm->tm_sec) && skip_fraction(t);
}

bool clock_parse_utc(struct text t, int64_t *ret)
{
        struct tm tm = {0};
        int east;

        t = text_trim(t);
        if (!take_date(&t, &tm) || !take_one(&t, " Tt") || !take_time(&t, &tm) ||
            !take_zone(&t, &east))
                return false;
        *ret = (int64_t)timegm(&tm) - east;
        return true;
}
