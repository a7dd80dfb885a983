// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/archive/rrd_file.h"

#include <fmt/format.h>
#include <rrd.h>

#include <algorithm>
#include <memory>
#include <string_view>

#include "core/archive/head_damage.h"

namespace milter_manager::archive {
namespace {

struct FreeInfo {
  void operator()(rrd_info_t* first) const { rrd_info_free(first); }
};

// "ds[NAME].index" -> "NAME", where `key` has that shape with this field.
std::string_view source_of(std::string_view key, std::string_view field) {
  constexpr std::string_view kOpen = "ds[";
  if (!key.starts_with(kOpen) || !key.ends_with(field)) return {};
  return key.substr(kOpen.size(), key.size() - kOpen.size() - field.size());
}

Source& source_named(Head& head, std::string_view name) {
  const auto found = std::find_if(head.sources.begin(), head.sources.end(),
                                  [&](const Source& source) { return source.name == name; });
  return found != head.sources.end() ? *found : head.sources.emplace_back(Source{std::string(name), 0});
}

void take(const rrd_info_t& entry, Head& head) {
  if (entry.type != RD_I_CNT) return;
  const std::string_view key = entry.key;
  const unsigned long value = entry.value.u_cnt;
  if (key == "step") head.step = static_cast<std::int64_t>(value);
  if (key == "last_update") head.last = static_cast<std::int64_t>(value);
  if (const auto name = source_of(key, "].minimal_heartbeat"); !name.empty()) {
    source_named(head, name).heartbeat = static_cast<std::int64_t>(value);
  }
  if (key.starts_with("rra[") && key.ends_with("].pdp_per_row")) {
    head.row_lengths.push_back(static_cast<unsigned>(value));
  }
}

}  // namespace

void sort_row_lengths(std::vector<unsigned>& lengths) {
  std::sort(lengths.begin(), lengths.end());
  lengths.erase(std::unique(lengths.begin(), lengths.end()), lengths.end());
}

tl::unexpected<Error> rrd_failure(const char* what, const std::string& path) {
  const char* const told = rrd_get_error();
  const std::string_view reason = told != nullptr && *told != '\0' ? told : "librrd gives no reason";
  std::string message = fmt::format("cannot {} the archive {}: {}", what, path, reason);
  rrd_clear_error();
  return failure(std::move(message));
}

Result<Head> read_head(const std::string& path) {
  const auto damage = find_head_damage(path);
  if (!damage) return tl::unexpected(damage.error());
  if (*damage) return failure(fmt::format("the archive {} is damaged: {}", path, **damage));
  rrd_clear_error();
  const std::unique_ptr<rrd_info_t, FreeInfo> info(rrd_info_r(path.c_str()));
  if (!info) return rrd_failure("read", path);
  Head head;
  for (const rrd_info_t* entry = info.get(); entry; entry = entry->next) take(*entry, head);
  sort_row_lengths(head.row_lengths);
  return head;
}

Result<void> tune(const std::string& path, const std::vector<std::string>& arguments) {
  std::vector<std::string> words{"tune", path};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  rrd_clear_error();
  if (rrd_tune(static_cast<int>(words.size()), argv.data()) != 0) return rrd_failure("change", path);
  return {};
}

std::vector<std::string> heartbeat_arguments(std::span<const std::string> sources, std::int64_t seconds) {
  std::vector<std::string> arguments;
  for (const std::string& source : sources) {
    arguments.insert(arguments.end(), {"--heartbeat", fmt::format("{}:{}", source, seconds)});
  }
  return arguments;
}

}  // namespace milter_manager::archive
