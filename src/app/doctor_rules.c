#include "app/doctor.h"
#include "platform/http/proxy.h"

#include <linux/magic.h>
#include <stdlib.h>

/* Below the first the next batch of orders may be the last; the second is what copies, a growing
 * WAL and a VACUUM want to find. */
static const uint64_t DISK_FAILURE_BYTES = (uint64_t)64 << 20,
                      DISK_WARNING_BYTES = (uint64_t)1 << 30;
enum { FILES_FAILURE = 16, FILES_WARNING = 1000 };

CheckResult disk_result(uint64_t free_bytes, uint64_t free_files)
{
    if (free_bytes < DISK_FAILURE_BYTES || free_files < FILES_FAILURE) return CHECK_FAILURE;
    bool low = free_bytes < DISK_WARNING_BYTES || free_files < FILES_WARNING;
    return low ? CHECK_WARNING : CHECK_OK;
}

/* The products in memory, the database's pages and requests under way want the other half. */
CheckResult memory_result(uint64_t cache_bytes, uint64_t limit_bytes)
{
    return cache_bytes > limit_bytes / 2 ? CHECK_WARNING : CHECK_OK;
}

/* Clocks that are kept by NTP differ by milliseconds. */
static const int64_t SKEW_MAX_US = 2000000;

CheckResult skew_result(int64_t ahead_us, int64_t round_trip_us)
{
    return llabs(ahead_us) > SKEW_MAX_US + round_trip_us / 2 ? CHECK_WARNING : CHECK_OK;
}

/* Ids begin in 2024, and a lease promises them 90 seconds ahead. */
static const int64_t PROMISE_MAX_US = 120000000;

CheckResult clock_result(Time now, Id newest)
{
    if (now.us < id_time((Id){0}).us) return CHECK_FAILURE;
    bool back = newest.n && id_time(newest).us > now.us + PROMISE_MAX_US;
    return back ? CHECK_WARNING : CHECK_OK;
}

CheckResult file_system_result(int64_t magic, const char **name)
{
    static const struct {
        int64_t magic;
        const char *name;
        CheckResult result;
    } rows[] = {
        {NFS_SUPER_MAGIC, "NFS", CHECK_FAILURE},  {SMB_SUPER_MAGIC, "SMB", CHECK_FAILURE},
        {SMB2_SUPER_MAGIC, "SMB", CHECK_FAILURE}, {CIFS_SUPER_MAGIC, "SMB", CHECK_FAILURE},
        {AFS_SUPER_MAGIC, "AFS", CHECK_FAILURE},  {CEPH_SUPER_MAGIC, "Ceph", CHECK_FAILURE},
        {V9FS_MAGIC, "9P", CHECK_FAILURE},        {FUSE_SUPER_MAGIC, "FUSE", CHECK_WARNING},
        {TMPFS_MAGIC, "tmpfs", CHECK_WARNING},    {RAMFS_MAGIC, "ramfs", CHECK_WARNING},
    };
    *name = "local";
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].magic != magic) continue;
        *name = rows[i].name;
        return rows[i].result;
    }
    return CHECK_OK;
}

bool listens_everywhere(Str address)
{
    return str_starts(address, S("*:")) || str_starts(address, S("0.0.0.0:")) ||
           str_starts(address, S("[::]:"));
}

/* The widest private blocks, 10.0.0.0/8 and fc00::/7; a wider one takes in strangers. */
enum { V4_BITS_MIN = 8, V6_BITS_MIN = 7, V4_MAPPED_BITS = 96 };

bool trusts_everybody(Str block)
{
    Cidr cidr;
    if (!cidr_parse(block, &cidr)) return false;
    bool v4 = cidr.bits >= V4_MAPPED_BITS && address_is_v4(cidr.base);
    return v4 ? cidr.bits < V4_MAPPED_BITS + V4_BITS_MIN : cidr.bits < V6_BITS_MIN;
}
