// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/protocol/allocations.h"

#include <cstdlib>
#include <new>

namespace {
milter_manager::protocol::Allocations current;
}

// All the forms, since a sanitizer's own ones would not go together with these.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++current.count;
  ++current.live;
  current.bytes += size;
  return std::malloc(size);
}
void* operator new(std::size_t size) {
  if (void* memory = operator new(size, std::nothrow)) return memory;
  throw std::bad_alloc();
}
void* operator new[](std::size_t size) { return operator new(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return operator new(size, std::nothrow);
}

void operator delete(void* memory) noexcept {
  if (memory) --current.live;
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept { operator delete(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { operator delete(memory); }
void operator delete[](void* memory) noexcept { operator delete(memory); }
void operator delete[](void* memory, std::size_t) noexcept { operator delete(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { operator delete(memory); }

namespace milter_manager::protocol {

Allocations allocations() { return current; }

}  // namespace milter_manager::protocol
