#include "target.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A small file of /proc as text; false when it cannot be read. */
static bool proc_read(const char *path, char *out, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    ssize_t n = read(fd, out, size - 1);
    close(fd);
    if (n <= 0) return false;
    out[n] = 0;
    return true;
}

/* /proc/PID/stat (proc(5)): the name, in parentheses, may hold anything, so fields are counted
 * after the last ")". */
static bool stat_read(pid_t pid, pid_t *parent, double *cpu_s)
{
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    if (!proc_read(path, text, sizeof text)) return false;
    char *after_name = strrchr(text, ')');
    unsigned long user, system;
    int ppid;
    if (!after_name || sscanf(after_name + 1, " %*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
                              &ppid, &user, &system) != 3)
        return false;
    *parent = ppid;
    *cpu_s = (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
    return true;
}

static int64_t rss_anon_kib(pid_t pid)
{
    char path[64], text[4096];
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    if (!proc_read(path, text, sizeof text)) return 0;
    const char *line = strstr(text, "\nRssAnon:");
    return line ? strtoll(line + strlen("\nRssAnon:"), NULL, 10) : 0;
}

static int by_pid(const void *a, const void *b)
{
    pid_t x = *(const pid_t *)a, y = *(const pid_t *)b;
    return (x > y) - (x < y);
}

typedef struct Process {
    pid_t pid, parent;
    bool wanted;
} Process;

static bool is_wanted(const Process *all, size_t n, pid_t pid)
{
    for (size_t i = 0; i < n; i++)
        if (all[i].pid == pid) return all[i].wanted;
    return false;
}

bool target_find(Arena *arena, const TargetSet *roots, TargetSet *out)
{
    enum { PROCESSES_MAX = 4096 };
    Process *all = NEW_N(arena, Process, PROCESSES_MAX);
    size_t n = 0, found = 0;
    DIR *proc = opendir("/proc");
    if (!proc) return false;
    for (struct dirent *entry; (entry = readdir(proc)) && n < PROCESSES_MAX;) {
        if (!isdigit((unsigned char)entry->d_name[0])) continue;
        Process p = {.pid = (pid_t)strtol(entry->d_name, NULL, 10)};
        double cpu_s;
        if (!stat_read(p.pid, &p.parent, &cpu_s)) continue;
        for (size_t i = 0; i < roots->n; i++) p.wanted |= p.pid == roots->pids[i];
        found += p.wanted;
        all[n++] = p;
    }
    closedir(proc);
    if (found != roots->n) return false;
    for (bool grew = true;
         grew;) { /* a child may stand before its parent: until nothing is added */
        grew = false;
        for (size_t i = 0; i < n; i++) {
            if (all[i].wanted || !is_wanted(all, n, all[i].parent)) continue;
            all[i].wanted = grew = true;
        }
    }
    TargetSet set = {NEW_N(arena, pid_t, n), 0};
    for (size_t i = 0; i < n; i++)
        if (all[i].wanted) set.pids[set.n++] = all[i].pid;
    qsort(set.pids, set.n, sizeof *set.pids, by_pid);
    *out = set;
    return true;
}

bool target_same(const TargetSet *a, const TargetSet *b)
{
    return a->n == b->n && memcmp(a->pids, b->pids, a->n * sizeof *a->pids) == 0;
}

bool target_use(const TargetSet *set, TargetUse *out)
{
    TargetUse sum = {0};
    for (size_t i = 0; i < set->n; i++) {
        pid_t parent;
        double cpu_s;
        if (!stat_read(set->pids[i], &parent, &cpu_s)) return false;
        sum.cpu_s += cpu_s;
        sum.rss_anon_kib += rss_anon_kib(set->pids[i]);
    }
    *out = sum;
    return true;
}

double target_machine_busy_s(void)
{
    char text[1024];
    unsigned long user, nice, system, irq, softirq, steal;
    if (!proc_read("/proc/stat", text, sizeof text) ||
        sscanf(text, "cpu %lu %lu %lu %*u %*u %lu %lu %lu", &user, &nice, &system, &irq, &softirq,
               &steal) != 6)
        return 0;
    return (double)(user + nice + system + irq + softirq + steal) / (double)sysconf(_SC_CLK_TCK);
}
