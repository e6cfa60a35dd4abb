/* What every Prometheus client shows of its process, under the names that dashboards expect. */
#include "base/time.h"
#include "platform/telemetry/metrics.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

METRIC_FAMILY(build_info, .name = "souk_build_info", .kind = METRIC_GAUGE,
              .doc = "Always 1; the labels say what was built.", .labels = {"version", "compiler"});
METRIC_FAMILY(cpu_seconds, .name = "process_cpu_seconds_total", .kind = METRIC_COUNTER,
              .doc = "User and system time of all threads.");
METRIC_FAMILY(resident_bytes, .name = "process_resident_memory_bytes", .kind = METRIC_GAUGE,
              .doc = "Memory that is in RAM.");
METRIC_FAMILY(open_fds, .name = "process_open_fds", .kind = METRIC_GAUGE,
              .doc = "File descriptors that are open.");
METRIC_FAMILY(start_time, .name = "process_start_time_seconds", .kind = METRIC_GAUGE,
              .doc = "When the process started, since 1970.");

static double read_one(void *arg)
{
    (void)arg;
    return 1;
}

static double clock_seconds(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double read_cpu_seconds(void *arg)
{
    (void)arg;
    return clock_seconds(CLOCK_PROCESS_CPUTIME_ID);
}

/* proc(5): the second number of statm, in pages. */
static double read_resident_bytes(void *arg)
{
    (void)arg;
    FILE *file = fopen("/proc/self/statm", "re");
    if (!file) return NAN;
    long pages;
    bool read = fscanf(file, "%*s %ld", &pages) == 1;
    fclose(file);
    return read ? (double)pages * (double)sysconf(_SC_PAGESIZE) : NAN;
}

/* Linux 6.2 tells the number as the folder's size; before, the entries are counted. */
static double read_open_fds(void *arg)
{
    (void)arg;
    struct stat folder;
    if (stat("/proc/self/fd", &folder) == 0 && folder.st_size > 0) return (double)folder.st_size;
    DIR *dir = opendir("/proc/self/fd");
    if (!dir) return NAN;
    double count = 0;
    for (const struct dirent *entry; (entry = readdir(dir));) count += entry->d_name[0] != '.';
    closedir(dir);
    return count - 1; /* the folder's own */
}

/* proc(5): field 22 of stat, in ticks since the boot; the name in field 2 may hold blanks and
 * parentheses. */
static double ticks_since_boot(void)
{
    char text[1024];
    FILE *file = fopen("/proc/self/stat", "re");
    if (!file) return NAN;
    size_t n = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[n] = 0;
    const char *after_name = strrchr(text, ')');
    unsigned long long ticks;
    if (!after_name ||
        sscanf(after_name + 1,
               " %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %llu",
               &ticks) != 1)
        return NAN;
    return (double)ticks;
}

static double process_start;

static double read_start_time(void *arg)
{
    return *(const double *)arg;
}

void metrics_add_process(const char *version)
{
    double age = clock_seconds(CLOCK_BOOTTIME) - ticks_since_boot() / (double)sysconf(_SC_CLK_TCK);
    process_start = clock_seconds(CLOCK_REALTIME) - age;
    metric_gauge_function(&build_info, read_one, NULL, version, __VERSION__);
    metric_gauge_function(&cpu_seconds, read_cpu_seconds, NULL);
    metric_gauge_function(&resident_bytes, read_resident_bytes, NULL);
    metric_gauge_function(&open_fds, read_open_fds, NULL);
    metric_gauge_function(&start_time, read_start_time, &process_start);
}
