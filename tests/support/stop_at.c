// Ends the process before its Nth write, sync, rename, message sent or message received: STOP_AT=N. Without STOP_AT the
// number of such points is written to STOP_COUNT. FULL_AT=N: from the Nth on the disk is full, so nothing is written to
// files. CLOCK_SHIFT=S: the time of day is S seconds off. Preloaded by the tests that stop a rotation everywhere.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

static long count;

static void point(void) {
  static long at = -2;
  if (at == -2) at = getenv("STOP_AT") ? atol(getenv("STOP_AT")) : -1;
  if (++count == at) _exit(137);
}

// Whether this write finds no room; counted as point() counts.
static int full(void) {
  static long at = -2;
  if (at == -2) at = getenv("FULL_AT") ? atol(getenv("FULL_AT")) : -1;
  if (at < 0 || count < at) return 0;
  errno = ENOSPC;
  return 1;
}

static int is_socket(int fd) {
  struct stat status;
  return fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode);
}

static int is_told(int fd) { return fd == 1 || fd == 2; }  // what is said to people changes nothing

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int fd, const void* data, size_t size) {
  if (!is_told(fd)) point();
  return !is_told(fd) && !is_socket(fd) && full() ? -1 : REAL(write)(fd, data, size);
}
ssize_t pwrite(int fd, const void* data, size_t size, off_t at) {
  point();
  return full() ? -1 : REAL(pwrite)(fd, data, size, at);
}
ssize_t pwrite64(int fd, const void* data, size_t size, off64_t at) {
  point();
  return full() ? -1 : REAL(pwrite64)(fd, data, size, at);
}
ssize_t send(int fd, const void* data, size_t size, int flags) {
  point();
  return REAL(send)(fd, data, size, flags);
}
ssize_t recv(int fd, void* data, size_t size, int flags) {
  point();
  return REAL(recv)(fd, data, size, flags);
}
ssize_t read(int fd, void* data, size_t size) {
  if (is_socket(fd)) point();
  return REAL(read)(fd, data, size);
}
int fsync(int fd) {
  point();
  return REAL(fsync)(fd);
}
int fdatasync(int fd) {
  point();
  return REAL(fdatasync)(fd);
}
int rename(const char* from, const char* to) {
  point();
  return REAL(rename)(from, to);
}

int clock_gettime(clockid_t clock, struct timespec* now) {
  static long shift = -1;
  if (shift == -1) shift = getenv("CLOCK_SHIFT") ? atol(getenv("CLOCK_SHIFT")) : 0;
  const int done = REAL(clock_gettime)(clock, now);
  if (clock == CLOCK_REALTIME) now->tv_sec += shift;
  return done;
}

__attribute__((destructor)) static void tell(void) {
  const char* path = getenv("STOP_COUNT");
  FILE* file = path ? fopen(path, "w") : NULL;
  if (!file) return;
  fprintf(file, "%ld\n", count);
  fclose(file);
}
