// SPDX-License-Identifier: GPL-3.0-or-later
// Linked into a second analyzer: its Nth update of an archive, N being $UPDATE, ends in the middle, with the signal
// $UPDATE_SIGNAL, or SIGKILL. What librrd writes to mapped memory by then is there.
#include <dlfcn.h>
#include <rrd.h>
#include <signal.h>

#include <cstdlib>

extern "C" int rrd_update_r(const char* path, const char* sources, int count, const char** updates) {
  using Update = int (*)(const char*, const char*, int, const char**);
  static const auto librrd = reinterpret_cast<Update>(dlsym(RTLD_NEXT, "rrd_update_r"));
  static int calls = 0;
  const char* const wanted = std::getenv("UPDATE");
  if (wanted == nullptr || ++calls != std::atoi(wanted)) return librrd(path, sources, count, updates);
  librrd(path, sources, (count + 1) / 2, updates);
  const char* const number = std::getenv("UPDATE_SIGNAL");
  raise(number == nullptr ? SIGKILL : std::atoi(number));
  return -1;
}
