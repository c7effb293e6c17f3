/* What a process does to the files under a folder: written down, and broken off by `kill -9` before the N-th of it.
 *
 * A test loads this with LD_PRELOAD into an unmodified process. Every call that changes a file or a folder, or waits for
 * the disk, takes one lock, so that the order in the trace is the order on the disk, whatever the number of threads. The
 * calls themselves go to the kernel directly. It never changes what a call does.
 *
 *   DISK_ROOT  the folder; calls on anything else pass
 *   DISK_LOG   file for the trace, if there shall be one
 *   DISK_KILL  number of the call before which the process is killed, from 1, if it shall be
 *
 * A line of the trace: five numbers of 8 bytes in the machine's order (kind, offset, lengths of path, of second path and
 * of data), then the path, the second path and the data. Paths are relative to DISK_ROOT.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { CREATE, WRITE, TRUNCATE, SYNC, RENAME, UNLINK, MKDIR, RMDIR };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char root[PATH_MAX];
static size_t root_length;
static int trace = -1;
static long kill_at, calls;

__attribute__((constructor)) static void start(void) {
    const char *value = getenv("DISK_ROOT");
    if (value == NULL || realpath(value, root) == NULL) return;
    root_length = strlen(root);
    value = getenv("DISK_KILL");
    kill_at = value == NULL ? 0 : atol(value);
    value = getenv("DISK_LOG");
    if (value != NULL) trace = syscall(SYS_openat, AT_FDCWD, value, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
}

/* The part of a path behind the root, or NULL. */
static const char *inside(const char *path) {
    if (root_length == 0 || path == NULL || strncmp(path, root, root_length) != 0) return NULL;
    if (path[root_length] == '\0') return path + root_length;
    return path[root_length] == '/' ? path + root_length + 1 : NULL;
}

/* The same for an open file; an unlinked one has none. */
static const char *inside_fd(int fd, char *space) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = root_length == 0 ? -1 : syscall(SYS_readlinkat, AT_FDCWD, link, space, PATH_MAX - 1);
    if (length < 0) return NULL;
    space[length] = '\0';
    return strstr(space, " (deleted)") == NULL ? inside(space) : NULL;
}

/* The same for a path beside an open folder. */
static const char *inside_at(int fd, const char *path, char *space) {
    if (path == NULL || path[0] == '/' || fd == AT_FDCWD) return inside(path);
    if (inside_fd(fd, space) == NULL) return NULL;
    size_t length = strlen(space);
    snprintf(space + length, PATH_MAX - length, "/%s", path);
    return inside(space);
}

/* Before a call: the lock, and the end if it is this call's turn. */
static void before(void) {
    pthread_mutex_lock(&lock);
    if (++calls == kill_at) {
        syscall(SYS_kill, getpid(), SIGKILL);
        for (;;) pause();
    }
}

/* After a call: its line, if it did something. The line is one call, so that the end of the process, which no other thread waits for,
 * leaves it whole or not at all. Keeps errno. */
static void after(int done, int kind, const char *path, const char *other, uint64_t offset, const void *data, size_t length) {
    int kept = errno;
    if (done && trace >= 0) {
        uint64_t head[5] = {(uint64_t)kind, offset, strlen(path), other == NULL ? 0 : strlen(other), length};
        struct iovec parts[4] = {
            {head, sizeof head}, {(void *)path, head[2]}, {(void *)other, head[3]}, {(void *)data, length}};
        ssize_t whole = (ssize_t)(sizeof head + head[2] + head[3] + length);
        if (syscall(SYS_writev, trace, parts, 4) != whole) abort();
    }
    pthread_mutex_unlock(&lock);
    errno = kept;
}

static int opening(int folder, const char *path, int flags, mode_t mode) {
    char space[PATH_MAX];
    const char *name = (flags & (O_CREAT | O_TRUNC)) && !(flags & O_DIRECTORY) ? inside_at(folder, path, space) : NULL;
    if (name == NULL) return syscall(SYS_openat, folder, path, flags, mode);
    before();
    int fresh = syscall(SYS_faccessat, folder, path, F_OK) != 0;
    int fd = syscall(SYS_openat, folder, path, flags, mode);
    int changed = fd >= 0 && (fresh || (flags & O_TRUNC));
    after(changed, fresh ? CREATE : TRUNCATE, name, NULL, 0, NULL, 0);
    return fd;
}

#define MODE(flags) ({ va_list list; va_start(list, flags); mode_t m = (flags & O_CREAT) ? va_arg(list, mode_t) : 0; va_end(list); m; })
int open(const char *path, int flags, ...) { return opening(AT_FDCWD, path, flags, MODE(flags)); }
int open64(const char *path, int flags, ...) { return opening(AT_FDCWD, path, flags, MODE(flags)); }
int openat(int folder, const char *path, int flags, ...) { return opening(folder, path, flags, MODE(flags)); }
int openat64(int folder, const char *path, int flags, ...) { return opening(folder, path, flags, MODE(flags)); }

ssize_t pwrite64(int fd, const void *data, size_t length, off64_t offset) {
    char space[PATH_MAX];
    const char *name = inside_fd(fd, space);
    if (name == NULL) return syscall(SYS_pwrite64, fd, data, length, offset);
    before();
    ssize_t done = syscall(SYS_pwrite64, fd, data, length, offset);
    after(done > 0, WRITE, name, NULL, (uint64_t)offset, data, done > 0 ? (size_t)done : 0);
    return done;
}
ssize_t pwrite(int fd, const void *data, size_t length, off_t offset) { return pwrite64(fd, data, length, offset); }

ssize_t write(int fd, const void *data, size_t length) {
    char space[PATH_MAX];
    const char *name = inside_fd(fd, space);
    if (name == NULL) return syscall(SYS_write, fd, data, length);
    before();
    ssize_t done = syscall(SYS_write, fd, data, length);
    off64_t end = syscall(SYS_lseek, fd, 0, SEEK_CUR);
    after(done > 0, WRITE, name, NULL, (uint64_t)(end - (done > 0 ? done : 0)), data, done > 0 ? (size_t)done : 0);
    return done;
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    char space[PATH_MAX];
    if (inside_fd(fd, space) == NULL) return syscall(SYS_writev, fd, parts, count);
    for (int i = 0; i < count; i++)
        if (parts[i].iov_len > 0) return write(fd, parts[i].iov_base, parts[i].iov_len);
    return 0;
}

int ftruncate64(int fd, off64_t size) {
    char space[PATH_MAX];
    const char *name = inside_fd(fd, space);
    if (name == NULL) return syscall(SYS_ftruncate, fd, size);
    before();
    int failed = syscall(SYS_ftruncate, fd, size);
    after(!failed, TRUNCATE, name, NULL, (uint64_t)size, NULL, 0);
    return failed;
}
int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

static int waiting(int fd, long number) {
    char space[PATH_MAX];
    const char *name = inside_fd(fd, space);
    if (name == NULL) return syscall(number, fd);
    before();
    int failed = syscall(number, fd);
    after(!failed, SYNC, name, NULL, 0, NULL, 0);
    return failed;
}
int fsync(int fd) { return waiting(fd, SYS_fsync); }
int fdatasync(int fd) { return waiting(fd, SYS_fdatasync); }

int rename(const char *from, const char *to) {
    const char *name = inside(from), *other = inside(to);
    if (name == NULL || other == NULL) return syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
    before();
    int failed = syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
    after(!failed, RENAME, name, other, 0, NULL, 0);
    return failed;
}

int unlinkat(int folder, const char *path, int flags) {
    char space[PATH_MAX];
    const char *name = inside_at(folder, path, space);
    if (name == NULL) return syscall(SYS_unlinkat, folder, path, flags);
    before();
    int failed = syscall(SYS_unlinkat, folder, path, flags);
    after(!failed, (flags & AT_REMOVEDIR) ? RMDIR : UNLINK, name, NULL, 0, NULL, 0);
    return failed;
}
int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }
int rmdir(const char *path) { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }

int mkdir(const char *path, mode_t mode) {
    const char *name = inside(path);
    if (name == NULL) return syscall(SYS_mkdirat, AT_FDCWD, path, mode);
    before();
    int failed = syscall(SYS_mkdirat, AT_FDCWD, path, mode);
    after(!failed, MKDIR, name, NULL, 0, NULL, 0);
    return failed;
}
