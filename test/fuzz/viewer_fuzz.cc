// SPDX-License-Identifier: GPL-3.0-or-later
// What other hosts and running managers tell the viewer. The first byte says what the rest is taken for.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

#include "gui/source/archive_unpacker.h"
#include "gui/source/manager_state.h"

namespace {

namespace fs = std::filesystem;
using namespace milter_manager::gui;

// A folder in a folder: what is written beside the inner one has left it.
class Folder {
 public:
  Folder() {
    std::string pattern = (fs::temp_directory_path() / "viewer-fuzz-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) std::abort();
    outer_ = pattern;
    fs::create_directory(inner());
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(outer_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string inner() const { return outer_ + "/in"; }
  bool is_alone() const {
    std::size_t entries = 0;
    for (const auto& entry : fs::directory_iterator(outer_))
      entries += entry.path().filename() != "in" ? 2 : 1;
    return entries == 1;
  }
  void empty() {
    fs::remove_all(inner());
    fs::create_directory(inner());
  }

 private:
  std::string outer_;
};

void unpack(std::string_view stream, std::size_t piece) {
  static Folder folder;
  {
    ArchiveUnpacker unpacker(folder.inner());
    while (!stream.empty() && unpacker.feed(stream.substr(0, piece)))
      stream.remove_prefix(std::min(piece, stream.size()));
  }
  if (!folder.is_alone()) std::abort();
  folder.empty();
}

// A state that was understood is one that rows can be made of.
void follow(const milter_manager::Result<ManagerState>& state) {
  if (!state) return;
  for (const StateRow& row : rows_between(ManagerState(), *state, 5)) {
    if (row.row.size() < milter_manager::archive::layout(row.kind).sources.size()) std::abort();
  }
  if (state->milters.size() > ManagerState::kMaximumMilters) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 4) {
    case 0:
      follow(parse_status(text));
      break;
    case 1:
      follow(parse_metrics(text));
      break;
    case 2:
      unpack(text, 512);
      break;
    default:
      unpack(text, 7);
  }
  return 0;
}
