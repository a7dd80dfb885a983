// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/maillog/byte_source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/maillog/unpack.h"

namespace milter_manager::maillog {
namespace {

class DescriptorSource : public ByteSource {
 public:
  DescriptorSource(int descriptor, bool owned, std::string path)
      : descriptor_(descriptor), owned_(owned), path_(std::move(path)) {}
  ~DescriptorSource() override {
    if (owned_) ::close(descriptor_);
  }
  DescriptorSource(const DescriptorSource&) = delete;
  DescriptorSource& operator=(const DescriptorSource&) = delete;

  Result<std::size_t> read(char* into, std::size_t size) override {
    for (;;) {
      const ssize_t count = ::read(descriptor_, into, size);
      if (count >= 0) return static_cast<std::size_t>(count);
      if (errno != EINTR) return failure(fmt::format("{}: cannot be read: {}", path_, std::strerror(errno)));
    }
  }

 private:
  int descriptor_;
  bool owned_;
  std::string path_;
};

}  // namespace

std::unique_ptr<ByteSource> read_descriptor(int descriptor, bool owned, std::string name) {
  return std::make_unique<DescriptorSource>(descriptor, owned, std::move(name));
}

Result<std::unique_ptr<ByteSource>> open_log(const std::string& path) {
  const std::string name = path == "-" ? "standard input" : path;
  std::unique_ptr<ByteSource> source;
  if (path == "-") {
    source = read_descriptor(STDIN_FILENO, false, name);
  } else {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (descriptor < 0) return failure(fmt::format("{}: cannot be opened: {}", path, std::strerror(errno)));
    source = read_descriptor(descriptor, true, name);
  }
  return unpack_if_packed(std::move(source), name);
}

}  // namespace milter_manager::maillog
