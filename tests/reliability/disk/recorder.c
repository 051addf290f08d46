/* Stands between a program and the C library's calls that change files, for the tests of crashes and failures.
 *
 * Preloaded (LD_PRELOAD). It looks at paths below one root only, and does one of two things:
 *
 * - record: each call that succeeded is written to a log, with the bytes of writes, for replaying it up to any
 *   point (tests/reliability/disk/replay.py);
 * - fail: the n-th call, of all that are looked at, is refused with an errno; from then on either all of them
 *   are (a disk that is full) or none.
 *
 * Armed from Python by ctypes: disk_record(), disk_fail(), disk_mark(), disk_off().
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define FDS 4096

static pthread_mutex_t mutex = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static char root[4096];
static size_t root_length;
static int log_fd = -1;
static long calls, fail_at;
static int fail_errno, fail_sticky;
static char *opened[FDS]; /* the path below the root that a descriptor was opened by */

static void put(const void *data, size_t size) {
    const char *at = data;
    while (size > 0) {
        long n = syscall(SYS_write, log_fd, at, size);
        if (n <= 0) abort();
        at += n, size -= n;
    }
}

/* One record: a line of words, tab between them, then the bytes of a write. */
static void say(const char *what, unsigned long inode, long offset, long size, const char *one, const char *two,
                const void *data) {
    char line[9000];
    int n = snprintf(line, sizeof line, "%s\t%lu\t%ld\t%ld\t%s\t%s\n", what, inode, offset, size, one, two);
    if (n < 0 || n >= (int)sizeof line) abort();
    put(line, n);
    if (data != NULL) put(data, size);
}

static int below(const char *path) {
    return root_length && path != NULL && strncmp(path, root, root_length) == 0 &&
           (path[root_length] == '/' || path[root_length] == 0);
}

/* An absolute path for what is given beside a directory's descriptor; NULL outside of the root. */
static const char *resolve(int dir, const char *path, char *room) {
    if (path == NULL) return NULL;
    if (path[0] == '/') snprintf(room, 4096, "%s", path);
    else if (dir == AT_FDCWD) {
        char here[2048];
        if (syscall(SYS_getcwd, here, sizeof here) < 0) return NULL;
        snprintf(room, 4096, "%s/%s", here, path);
    } else if (dir >= 0 && dir < FDS && opened[dir] != NULL) snprintf(room, 4096, "%s/%s", opened[dir], path);
    else return NULL;
    return below(room) ? room : NULL;
}

/* Whether this call is the one that fails; sets errno. */
static int refused(void) {
    calls++;
    if (fail_at == 0 || !(calls == fail_at || (fail_sticky && calls > fail_at))) return 0;
    errno = fail_errno;
    return 1;
}

static unsigned long inode_of(int fd) {
    struct stat found;
    return fstat(fd, &found) == 0 ? (unsigned long)found.st_ino : 0;
}

static unsigned long inode_at(const char *path) {
    struct stat found;
    return lstat(path, &found) == 0 ? (unsigned long)found.st_ino : 0;
}

static int tracked(int fd) { return fd >= 0 && fd < FDS && opened[fd] != NULL; }

void disk_off(void) {
    pthread_mutex_lock(&mutex);
    root_length = 0, fail_at = 0;
    if (log_fd >= 0) syscall(SYS_close, log_fd), log_fd = -1;
    pthread_mutex_unlock(&mutex);
}

static void begin(const char *under) {
    snprintf(root, sizeof root, "%s", under);
    root_length = strlen(root);
    calls = 0;
}

void disk_record(const char *under, const char *log) {
    pthread_mutex_lock(&mutex);
    log_fd = syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (log_fd < 0) abort();
    begin(under);
    pthread_mutex_unlock(&mutex);
}

void disk_fail(const char *under, long nth, int error, int sticky) {
    pthread_mutex_lock(&mutex);
    begin(under);
    fail_at = nth, fail_errno = error, fail_sticky = sticky;
    pthread_mutex_unlock(&mutex);
}

long disk_calls(void) { return calls; }

/* What the program acknowledged, at its place between the calls. */
void disk_mark(const char *text) {
    pthread_mutex_lock(&mutex);
    if (log_fd >= 0) say("mark", 0, 0, 0, text, "", NULL);
    pthread_mutex_unlock(&mutex);
}

static int open_it(int dir, const char *path, int flags, mode_t mode) {
    char room[4096];
    const char *found = resolve(dir, path, room);
    if (found == NULL) return syscall(SYS_openat, dir, path, flags, mode);
    pthread_mutex_lock(&mutex);
    int fd = -1;
    if (!refused()) {
        unsigned long before = inode_at(found);
        fd = syscall(SYS_openat, dir, path, flags, mode);
        if (fd >= FDS) abort();
        if (fd >= 0) {
            free(opened[fd]);
            opened[fd] = strdup(found);
            if (log_fd >= 0 && before == 0 && (flags & O_CREAT)) say("create", inode_of(fd), 0, 0, found, "", NULL);
            else if (log_fd >= 0 && (flags & O_TRUNC)) say("truncate", inode_of(fd), 0, 0, found, "", NULL);
        }
    }
    pthread_mutex_unlock(&mutex);
    return fd;
}

static mode_t mode_of(int flags, va_list list) {
    return (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(list, mode_t) : 0;
}

#define OPEN(name)                                            \
    int name(const char *path, int flags, ...) {              \
        va_list list;                                         \
        va_start(list, flags);                                \
        mode_t mode = mode_of(flags, list);                   \
        va_end(list);                                         \
        return open_it(AT_FDCWD, path, flags, mode);          \
    }
#define OPENAT(name)                                          \
    int name(int dir, const char *path, int flags, ...) {     \
        va_list list;                                         \
        va_start(list, flags);                                \
        mode_t mode = mode_of(flags, list);                   \
        va_end(list);                                         \
        return open_it(dir, path, flags, mode);               \
    }
OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)

int close(int fd) {
    pthread_mutex_lock(&mutex);
    if (tracked(fd)) free(opened[fd]), opened[fd] = NULL;
    pthread_mutex_unlock(&mutex);
    return syscall(SYS_close, fd);
}

/* A refused write has written the half before, as on a disk that runs full; offset -1 is the file's own. */
static ssize_t write_it(int fd, const void *data, size_t size, off_t offset) {
    if (!tracked(fd) || !root_length)
        return offset < 0 ? syscall(SYS_write, fd, data, size) : syscall(SYS_pwrite64, fd, data, size, offset);
    pthread_mutex_lock(&mutex);
    ssize_t n = -1;
    int short_one = fail_errno == ENOSPC && fail_at != 0 && calls + 1 == fail_at && size > 1;
    if (short_one || !refused()) {
        if (short_one) size /= 2;
        off_t at = offset;
        if (offset < 0) {
            struct stat found;
            int flags = fcntl(fd, F_GETFL);
            at = (flags & O_APPEND) && fstat(fd, &found) == 0 ? found.st_size : syscall(SYS_lseek, fd, 0, SEEK_CUR);
            n = syscall(SYS_write, fd, data, size);
        } else n = syscall(SYS_pwrite64, fd, data, size, offset);
        if (n > 0 && log_fd >= 0) say("write", inode_of(fd), at, n, opened[fd], "", data);
        if (short_one) calls++, fail_at = calls + 1; /* the rest of it is what fails */
    }
    pthread_mutex_unlock(&mutex);
    return n;
}

ssize_t write(int fd, const void *data, size_t size) { return write_it(fd, data, size, -1); }
ssize_t pwrite(int fd, const void *data, size_t size, off_t offset) { return write_it(fd, data, size, offset); }
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t offset) { return write_it(fd, data, size, offset); }

static int truncate_it(int fd, off_t size) {
    if (!tracked(fd) || !root_length) return syscall(SYS_ftruncate, fd, size);
    pthread_mutex_lock(&mutex);
    int done = -1;
    if (!refused()) {
        done = syscall(SYS_ftruncate, fd, size);
        if (done == 0 && log_fd >= 0) say("truncate", inode_of(fd), 0, size, opened[fd], "", NULL);
    }
    pthread_mutex_unlock(&mutex);
    return done;
}

int ftruncate(int fd, off_t size) { return truncate_it(fd, size); }
int ftruncate64(int fd, off64_t size) { return truncate_it(fd, size); }

static int sync_it(long call, int fd) {
    if (!tracked(fd) || !root_length) return syscall(call, fd);
    pthread_mutex_lock(&mutex);
    int done = -1;
    if (!refused()) {
        done = syscall(call, fd);
        if (done == 0 && log_fd >= 0) say("sync", inode_of(fd), 0, 0, opened[fd], "", NULL);
    }
    pthread_mutex_unlock(&mutex);
    return done;
}

int fsync(int fd) { return sync_it(SYS_fsync, fd); }
int fdatasync(int fd) { return sync_it(SYS_fdatasync, fd); }

/* Calls with two names: the log has the one that is new first. */
static int two_names(const char *what, int from_dir, const char *from, int to_dir, const char *to, int flags) {
    char one[4096], two[4096];
    const char *old = resolve(from_dir, from, one), *fresh = resolve(to_dir, to, two);
    int is_link = what[0] == 'l';
    pthread_mutex_lock(&mutex);
    int done = -1;
    if ((old == NULL && fresh == NULL) || !refused()) {
        unsigned long inode = old != NULL ? inode_at(old) : 0;
        done = is_link ? syscall(SYS_linkat, from_dir, from, to_dir, to, flags)
                       : syscall(SYS_renameat2, from_dir, from, to_dir, to, flags);
        if (done == 0 && log_fd >= 0 && old != NULL && fresh != NULL) say(what, inode, 0, 0, fresh, old, NULL);
        else if (done == 0 && log_fd >= 0 && (old != NULL) != (fresh != NULL)) abort(); /* across the root */
    }
    pthread_mutex_unlock(&mutex);
    return done;
}

int rename(const char *from, const char *to) { return two_names("rename", AT_FDCWD, from, AT_FDCWD, to, 0); }
int renameat(int a, const char *from, int b, const char *to) { return two_names("rename", a, from, b, to, 0); }
int renameat2(int a, const char *from, int b, const char *to, unsigned flags) {
    return two_names("rename", a, from, b, to, flags);
}
int link(const char *from, const char *to) { return two_names("link", AT_FDCWD, from, AT_FDCWD, to, 0); }
int linkat(int a, const char *from, int b, const char *to, int flags) {
    return two_names("link", a, from, b, to, flags);
}

/* Calls with one name. */
static int one_name(const char *what, int dir, const char *path, int argument) {
    char room[4096];
    const char *found = resolve(dir, path, room);
    int makes = what[0] == 'm';
    pthread_mutex_lock(&mutex);
    int done = -1;
    if (found == NULL || !refused()) {
        done = makes ? syscall(SYS_mkdirat, dir, path, argument) : syscall(SYS_unlinkat, dir, path, argument);
        if (done == 0 && found != NULL && log_fd >= 0) say(what, makes ? inode_at(found) : 0, 0, 0, found, "", NULL);
    }
    pthread_mutex_unlock(&mutex);
    return done;
}

int unlink(const char *path) { return one_name("unlink", AT_FDCWD, path, 0); }
int rmdir(const char *path) { return one_name("unlink", AT_FDCWD, path, AT_REMOVEDIR); }
int unlinkat(int dir, const char *path, int flags) { return one_name("unlink", dir, path, flags); }
int mkdir(const char *path, mode_t mode) { return one_name("mkdir", AT_FDCWD, path, mode); }
int mkdirat(int dir, const char *path, mode_t mode) { return one_name("mkdir", dir, path, mode); }
