/* SPDX-License-Identifier: Apache-2.0 */
/*
 * process_metrics.c - what the kernel says of this process, read from /proc for each page
 *
 * What cannot be read is left out.
 */
#include "libcommon/base/process_metrics.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "libcommon/base/metrics.h"

enum { STARTTIME = 22 /* field of /proc/self/stat, from 1 */, STAT_BYTES = 1024 };

static void print(FILE *out, const char *name, const char *type, const char *help, double value)
{
    fprintf(out, "# HELP %s %s\n# TYPE %s %s\n%s %.17g\n", name, help, name, type, name, value);
}

static void print_build(FILE *out)
{
    fprintf(out,
            "# HELP jusha_build_info Version of this program\n# TYPE jusha_build_info gauge\n"
            "jusha_build_info{program=\"%s\",version=\"%s\"} 1\n",
            program_invocation_short_name, JUSHA_VERSION);
}

static void print_cpu(FILE *out)
{
    struct rusage usage;

    if (getrusage(RUSAGE_SELF, &usage) != 0)
        return;
    double seconds = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                     (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    print(out, "process_cpu_seconds_total", "counter", "User and system CPU time", seconds);
}

static void print_memory(FILE *out)
{
    FILE *statm = fopen("/proc/self/statm", "re");
    long all = 0, resident = 0;
    double page = (double)sysconf(_SC_PAGESIZE);

    if (!statm)
        return;
    bool read = fscanf(statm, "%ld %ld", &all, &resident) == 2;
    fclose(statm);
    if (!read)
        return;
    print(out, "process_virtual_memory_bytes", "gauge", "Virtual memory size", (double)all * page);
    print(out, "process_resident_memory_bytes", "gauge", "Resident memory size",
          (double)resident * page);
}

static void print_files(FILE *out)
{
    DIR *folder = opendir("/proc/self/fd");
    struct rlimit limit;
    int count = -3; /* ".", ".." and the folder itself */

    if (folder) {
        while (readdir(folder))
            count++;
        closedir(folder);
        print(out, "process_open_fds", "gauge", "Open file descriptors", count);
    }
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
        print(out, "process_max_fds", "gauge", "Most file descriptors that may be open",
              (double)limit.rlim_cur);
}

/* Ticks after the machine's start. The fields stand behind the program's name, which is in brackets
 * and may hold anything. */
static bool read_start(double *ret_ticks)
{
    char text[STAT_BYTES];
    FILE *stat = fopen("/proc/self/stat", "re");

    if (!stat)
        return false;
    text[fread(text, 1, sizeof text - 1, stat)] = '\0';
    fclose(stat);
    const char *field = strrchr(text, ')');
    for (int number = 2; field && number < STARTTIME; number++)
        field = strchr(field + 1, ' ');
    return field && sscanf(field, " %lf", ret_ticks) == 1;
}

static void print_start(FILE *out)
{
    struct timespec now, up;
    double ticks;

    if (!read_start(&ticks) || clock_gettime(CLOCK_REALTIME, &now) != 0 ||
        clock_gettime(CLOCK_BOOTTIME, &up) != 0)
        return;
    double booted = (double)(now.tv_sec - up.tv_sec) + (double)(now.tv_nsec - up.tv_nsec) / 1e9;
    print(out, "process_start_time_seconds", "gauge", "When it started, since 1970 in UTC",
          booted + ticks / (double)sysconf(_SC_CLK_TCK));
}

static void print_all(FILE *out)
{
    print_build(out);
    print_cpu(out);
    print_memory(out);
    print_files(out);
    print_start(out);
}

void process_metrics_register(void)
{
    metrics_collect(print_all);
}
