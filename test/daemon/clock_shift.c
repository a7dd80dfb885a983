// SPDX-License-Identifier: GPL-3.0-or-later
// Loaded into a program before the C library: the system's clock is off by as many seconds as the file has bytes that CLOCK_SHIFT in the
// environment names. (Setting the real clock is of the whole machine.)
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec* time) {
  const int result = (int)syscall(SYS_clock_gettime, clock, time);
  static const char* path;
  if (!path) path = getenv("CLOCK_SHIFT");
  struct stat about;
  if (result == 0 && clock == CLOCK_REALTIME && path && stat(path, &about) == 0) time->tv_sec += about.st_size;
  return result;
}
