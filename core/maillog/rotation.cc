// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/maillog/rotation.h"

#include <glob.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <optional>

namespace milter_manager::maillog {
namespace {

bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }

bool drop_suffix(std::string_view suffix, std::string_view& text) {
  if (!text.ends_with(suffix)) return false;
  text.remove_suffix(suffix.size());
  return true;
}

// "1", "20260914": what stands between a log's name and its rotated file's.
std::optional<std::string_view> tag_behind(std::string_view name, std::string_view log_name) {
  if (!name.starts_with(log_name)) return std::nullopt;
  name.remove_prefix(log_name.size());
  if (name.size() < 2 || (name[0] != '.' && name[0] != '-' && name[0] != '_')) return std::nullopt;
  name.remove_prefix(1);
  const bool is_tag = is_digit(name[0]) && std::all_of(name.begin(), name.end(), [](char byte) {
                        return is_digit(byte) || byte == '-' || byte == '_' || byte == 'T';
                      });
  return is_tag ? std::optional(name) : std::nullopt;
}

std::optional<std::string_view> tag_of(std::string_view name, std::string_view log_name) {
  for (const std::string_view packed : {".gz", ".zst", ".xz"}) {
    if (drop_suffix(packed, name)) break;
  }
  if (auto tag = tag_behind(name, log_name)) return tag;
  const std::size_t dot = log_name.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return std::nullopt;
  if (!drop_suffix(log_name.substr(dot), name)) return std::nullopt;
  return tag_behind(name, log_name.substr(0, dot));
}

// Numbers of a few digits count from the newest, anything longer is a date.
bool is_newer(std::string_view a, std::string_view b) {
  constexpr std::size_t kLongestNumber = 4;
  const bool a_is_number = a.size() <= kLongestNumber;
  const bool b_is_number = b.size() <= kLongestNumber;
  if (a_is_number != b_is_number) return a_is_number;
  if (!a_is_number) return a > b;
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

}  // namespace

bool is_rotation_of(std::string_view name, std::string_view log_name) {
  return tag_of(name, log_name).has_value();
}

std::vector<std::string> rotated_logs(const std::string& path) {
  namespace fs = std::filesystem;
  const std::string log_name = fs::path(path).filename();
  const fs::path folder = fs::path(path).parent_path();
  std::error_code ignored;
  std::vector<std::string> names;
  for (fs::directory_iterator it(folder.empty() ? "." : folder, ignored), end; !ignored && it != end;
       it.increment(ignored)) {
    std::string name = it->path().filename();
    if (is_rotation_of(name, log_name)) names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end(), [&](const std::string& a, const std::string& b) {
    const std::string_view a_tag = *tag_of(a, log_name);
    const std::string_view b_tag = *tag_of(b, log_name);
    return a_tag == b_tag ? a.size() < b.size() || (a.size() == b.size() && a < b) : is_newer(a_tag, b_tag);
  });
  for (std::string& name : names) name = folder / name;
  return names;
}

std::vector<std::string> expand_patterns(const std::vector<std::string>& patterns) {
  std::vector<std::string> paths;
  const auto add = [&](const std::string& path) {
    if (std::find(paths.begin(), paths.end(), path) == paths.end()) paths.push_back(path);
  };
  for (const std::string& pattern : patterns) {
    ::glob_t found{};
    if (::access(pattern.c_str(), F_OK) != 0 && ::glob(pattern.c_str(), 0, nullptr, &found) == 0) {
      for (std::size_t i = 0; i < found.gl_pathc; ++i) add(found.gl_pathv[i]);
    } else {
      add(pattern);
    }
    ::globfree(&found);
  }
  return paths;
}

}  // namespace milter_manager::maillog
