/* A clock that can be moved: Redis 7 reads wall time by gettimeofday. SHIFT_FILE holds seconds to add. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

int gettimeofday(struct timeval *now, void *zone) {
  long failed = syscall(SYS_gettimeofday, now, zone);
  const char *path = getenv("SHIFT_FILE");
  int file = path ? open(path, O_RDONLY) : -1;
  if (file < 0) return failed;
  char text[32] = {0};
  if (read(file, text, 31) > 0) now->tv_sec += atol(text);
  close(file);
  return failed;
}
