// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/supervision/freed_memory.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <cstring>
#include <memory>
#include <vector>

#include "test/daemon/processes.h"

using namespace milter_manager;

namespace {

// KiB of memory in use.
long resident() {
  long all = 0, in_use = 0;
  std::FILE* const file = std::fopen("/proc/self/statm", "r");
  if (file == nullptr || std::fscanf(file, "%ld %ld", &all, &in_use) != 2) FAIL("no /proc");
  std::fclose(file);
  return in_use * ::sysconf(_SC_PAGESIZE) / 1024;
}

}  // namespace

TEST_CASE("memory that was freed goes back to the system, though something small lies between") {
  constexpr std::size_t kBlock = 16 * 1024, kBlocks = 2048;  // 32 MiB
  std::vector<std::unique_ptr<char[]>> blocks, small;
  for (std::size_t i = 0; i < kBlocks; ++i) {
    blocks.push_back(std::make_unique<char[]>(kBlock));
    std::memset(blocks.back().get(), 'x', kBlock);
    small.push_back(std::make_unique<char[]>(100));
  }
  blocks.clear();
  const long kept = resident();
  supervision::give_back_freed_memory();
  const long given_back = kept - resident();
  CAPTURE(kept, given_back);
  // KiB. Sanitizers have allocators of their own.
  CHECK((kSanitized || given_back > 16 * 1024));
}
