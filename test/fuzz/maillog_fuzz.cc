// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as a log: every line is accounted for, and what is counted is counted in its minute.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "core/maillog/minutes.h"
#include "core/maillog/stream.h"

namespace {

using namespace milter_manager::maillog;

class BytesSource : public ByteSource {
 public:
  explicit BytesSource(std::string_view bytes) : rest_(bytes) {}
  milter_manager::Result<std::size_t> read(char* into, std::size_t size) override {
    const std::size_t count = std::min({size, rest_.size(), std::size_t{777}});
    std::memcpy(into, rest_.data(), count);
    rest_.remove_prefix(count);
    return count;
  }

 private:
  std::string_view rest_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr double kNow = 1789430400;
  static const auto rules = ReportRules::parse(
      "[spam]\nmatch = [{ header = 'X-Spam-Flag', pattern = 'yes' }]\n"
      "[dmarc_pass]\nmatch = [{ method = 'dmarc', result = 'pass' }]\n",
      "rules");
  if (!rules) std::abort();
  Minutes minutes(&*rules);
  std::uint64_t records = 0;
  Stream::Settings settings;
  settings.now = kNow;
  Stream stream(settings, [&](const Record& record) {
    ++records;
    minutes.add(record);
  });
  BytesSource source(std::string_view(reinterpret_cast<const char*>(data), size));
  const auto done = stream.read(source, "fuzz");
  if (!done || *done > size) std::abort();

  const LineCounts& counts = stream.counts();
  if (records != counts.events) std::abort();
  const std::uint64_t others =
      counts.other_programs + counts.no_statistics + counts.unknown + counts.no_stamp;
  // A line that was cut may be an event as well.
  if (counts.lines < counts.events + others || counts.lines > counts.events + others + counts.cut)
    std::abort();
  for (const auto& [key, series] : minutes.series()) {
    for (const auto& [minute, row] : series) {
      if (minute % 60 != 0 || row[0] < 0) std::abort();
    }
  }
  return 0;
}
