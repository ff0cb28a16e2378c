/*
 * Stands in place of the C library for a broker under test (MILENA_TEST_LIBC, see ffi/libc.ts) and lets calls fail, fall
 * short or hang as a control file says, which the test changes while the broker runs (fault_libc.ts writes it).
 *
 * Functions that can't be made to fail here are not defined here: a symbol that is looked up in this library and not found
 * is looked up in what it depends on, the real C library.
 *
 * The control file, named by MILENA_TEST_FAULTS, is an array of `struct rule`, mapped shared: no call is needed to see a
 * change, and the counters are seen outside at once. The first enabled rule that matches and is due takes effect.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* The order is that of `faultyCalls` in fault_libc.ts: rules name calls by bit. */
#define CALLS(X)                                                                                             \
  X(open) X(pread) X(pwrite) X(read) X(write) X(fallocate) X(ftruncate) X(fdatasync) X(fsync) X(flock)       \
  X(rename) X(unlink) X(mkdir) X(mmap) X(recv) X(send) X(sendfile) X(accept4) X(epoll_wait) X(pwritev)       \
  X(preadv2)

enum call {
#define NUMBER(name) CALL_##name,
  CALLS(NUMBER)
#undef NUMBER
  CALL_COUNT
};

enum action {
  FAIL = 1,  /* return -1 with errno = value */
  SHORT = 2, /* move at most value bytes */
  HOLD = 3,  /* wait until the rule is disabled, then do as asked */
};

struct rule {
  _Atomic int32_t enabled;
  _Atomic uint32_t calls; /* bits by number of the call */
  _Atomic int32_t action;
  _Atomic int32_t value;
  _Atomic int32_t every;     /* every n-th matching call */
  _Atomic int32_t remaining; /* so many times; -1: without end */
  _Atomic int32_t matched;
  _Atomic int32_t fired;
  char path[224]; /* a part of the file's path; empty: whatever file or socket */
};

#define RULE_COUNT 16
_Static_assert(sizeof(struct rule) == 256, "fault_libc.ts writes rules of 256 bytes");

static struct rule *rules;
static void *real[CALL_COUNT];

__attribute__((constructor)) static void begin(void) {
  void *libc = dlopen("libc.so.6", RTLD_NOW);
  if (libc == NULL) abort();
#define FIND(name) real[CALL_##name] = dlsym(libc, #name);
  CALLS(FIND)
#undef FIND
  const char *control = getenv("MILENA_TEST_FAULTS");
  if (control == NULL) return;
  int fd = ((int (*)(const char *, int, ...))real[CALL_open])(control, O_RDWR | O_CLOEXEC);
  if (fd < 0) abort();
  void *memory = mmap(NULL, RULE_COUNT * sizeof(struct rule), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) abort();
  rules = memory;
  close(fd);
}

static int path_matches(const struct rule *rule, int fd, const char *path) {
  if (rule->path[0] == 0) return 1;
  char link[32], target[4096];
  if (path == NULL) {
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, target, sizeof target - 1);
    if (length < 0) return 0;
    target[length] = 0;
    path = target;
  }
  return strstr(path, rule->path) != NULL;
}

/* Takes one of the rule's times; none may be left. */
static int take(struct rule *rule) {
  int32_t left = atomic_load(&rule->remaining);
  while (left > 0) {
    if (atomic_compare_exchange_weak(&rule->remaining, &left, left - 1)) return 1;
  }
  return left < 0;
}

/* Returns 1 if the call is to return -1, errno being set; may wait, and may lower *length. */
static int faulty(enum call call, int fd, const char *path, size_t *length) {
  for (int index = 0; rules != NULL && index < RULE_COUNT; index++) {
    struct rule *rule = &rules[index];
    if (!atomic_load(&rule->enabled) || !(atomic_load(&rule->calls) >> call & 1)) continue;
    if (!path_matches(rule, fd, path)) continue;
    int32_t matched = atomic_fetch_add(&rule->matched, 1) + 1;
    int32_t every = atomic_load(&rule->every);
    if ((every > 1 && matched % every != 0) || !take(rule)) continue;
    atomic_fetch_add(&rule->fired, 1);
    switch (atomic_load(&rule->action)) {
      case FAIL:
        errno = atomic_load(&rule->value);
        return 1;
      case SHORT:
        if (length != NULL && *length > (size_t)rule->value) *length = rule->value;
        return 0;
      case HOLD:
        while (atomic_load(&rule->enabled)) nanosleep(&(struct timespec){0, 1000000}, NULL);
        return 0;
    }
  }
  return 0;
}

/* The real function, which has the type of the one that is being defined. */
#define REAL(name) ((__typeof__(&name))real[CALL_##name])

int open(const char *path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  mode_t mode = va_arg(more, mode_t);
  va_end(more);
  return faulty(CALL_open, -1, path, NULL) ? -1 : REAL(open)(path, flags, mode);
}

ssize_t pread(int fd, void *bytes, size_t length, off_t offset) {
  return faulty(CALL_pread, fd, NULL, &length) ? -1 : REAL(pread)(fd, bytes, length, offset);
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
  return faulty(CALL_pwrite, fd, NULL, &length) ? -1 : REAL(pwrite)(fd, bytes, length, offset);
}

ssize_t read(int fd, void *bytes, size_t length) {
  return faulty(CALL_read, fd, NULL, &length) ? -1 : REAL(read)(fd, bytes, length);
}

ssize_t write(int fd, const void *bytes, size_t length) {
  return faulty(CALL_write, fd, NULL, &length) ? -1 : REAL(write)(fd, bytes, length);
}

int fallocate(int fd, int mode, off_t offset, off_t length) {
  return faulty(CALL_fallocate, fd, NULL, NULL) ? -1 : REAL(fallocate)(fd, mode, offset, length);
}

int ftruncate(int fd, off_t length) {
  return faulty(CALL_ftruncate, fd, NULL, NULL) ? -1 : REAL(ftruncate)(fd, length);
}

int fdatasync(int fd) {
  return faulty(CALL_fdatasync, fd, NULL, NULL) ? -1 : REAL(fdatasync)(fd);
}

int fsync(int fd) {
  return faulty(CALL_fsync, fd, NULL, NULL) ? -1 : REAL(fsync)(fd);
}

int flock(int fd, int operation) {
  return faulty(CALL_flock, fd, NULL, NULL) ? -1 : ((int (*)(int, int))real[CALL_flock])(fd, operation);
}

int rename(const char *from, const char *to) {
  return faulty(CALL_rename, -1, to, NULL) ? -1 : REAL(rename)(from, to);
}

int unlink(const char *path) {
  return faulty(CALL_unlink, -1, path, NULL) ? -1 : REAL(unlink)(path);
}

int mkdir(const char *path, mode_t mode) {
  return faulty(CALL_mkdir, -1, path, NULL) ? -1 : REAL(mkdir)(path, mode);
}

void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset) {
  if (fd >= 0 && faulty(CALL_mmap, fd, NULL, NULL)) return MAP_FAILED;
  return REAL(mmap)(address, length, protection, flags, fd, offset);
}

ssize_t recv(int fd, void *bytes, size_t length, int flags) {
  return faulty(CALL_recv, fd, NULL, &length) ? -1 : REAL(recv)(fd, bytes, length, flags);
}

ssize_t send(int fd, const void *bytes, size_t length, int flags) {
  return faulty(CALL_send, fd, NULL, &length) ? -1 : REAL(send)(fd, bytes, length, flags);
}

/* The path is that of the file, not of the socket. */
ssize_t sendfile(int out, int in, off_t *offset, size_t length) {
  return faulty(CALL_sendfile, in, NULL, &length) ? -1 : REAL(sendfile)(out, in, offset, length);
}

int accept4(int fd, struct sockaddr *address, socklen_t *length, int flags) {
  if (faulty(CALL_accept4, fd, NULL, NULL)) return -1;
  return ((int (*)(int, struct sockaddr *, socklen_t *, int))real[CALL_accept4])(fd, address, length, flags);
}

int epoll_wait(int fd, struct epoll_event *events, int count, int timeout) {
  return faulty(CALL_epoll_wait, fd, NULL, NULL) ? -1 : REAL(epoll_wait)(fd, events, count, timeout);
}

/* Cut short it writes a part of its first piece. */
ssize_t pwritev(int fd, const struct iovec *pieces, int count, off_t offset) {
  size_t first = count > 0 ? pieces[0].iov_len : 0, length = first;
  if (faulty(CALL_pwritev, fd, NULL, &length)) return -1;
  if (length < first) return REAL(pwrite)(fd, pieces[0].iov_base, length, offset);
  return REAL(pwritev)(fd, pieces, count, offset);
}

ssize_t preadv2(int fd, const struct iovec *pieces, int count, off_t offset, int flags) {
  return faulty(CALL_preadv2, fd, NULL, NULL) ? -1 : REAL(preadv2)(fd, pieces, count, offset, flags);
}
