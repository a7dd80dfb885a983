// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-manager-log-analyzer/read_state_file.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "milter-manager-log-analyzer/file_replacement.h"

namespace milter_manager::log_analyzer {
namespace {

std::string path_in(const std::string& directory) {
  return directory + "/.milter-manager-log-analyzer.state";
}

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

}  // namespace

Result<maillog::ReadState> load_state(const std::string& directory) {
  const std::string path = path_in(directory);
  const std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "re"));
  if (!file) {
    if (errno == ENOENT) return maillog::ReadState();
    return failure(fmt::format("{} cannot be read: {}", path, std::strerror(errno)));
  }
  constexpr std::size_t kMaximumSize = 512 << 20;
  std::string text;
  std::string part(1 << 16, '\0');
  while (const std::size_t count = std::fread(part.data(), 1, part.size(), file.get())) {
    text.append(part, 0, count);
    if (text.size() > kMaximumSize) return failure(fmt::format("{} is too large", path));
  }
  if (std::ferror(file.get()) != 0) return failure(fmt::format("{} cannot be read", path));
  auto state = maillog::from_text(text);
  if (!state) return failure(fmt::format("{} is of no use: {}", path, state.error().message));
  return state;
}

Result<void> save_state(const std::string& directory, const maillog::ReadState& state) {
  auto file = FileReplacement::open(path_in(directory));
  if (!file) return tl::unexpected(file.error());
  file->write(maillog::to_text(state));
  return file->commit();
}

}  // namespace milter_manager::log_analyzer
