// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/archive/migration.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "core/archive/durable_file.h"
#include "core/archive/head_damage.h"
#include "core/archive/rrd_file.h"
#include "core/archive/working_copy.h"

namespace milter_manager::archive {
namespace {

namespace fs = std::filesystem;

// An old name's shape and the next one's; "NAME" between prefix and ".rrd" where it is a milter's.
struct OldName {
  std::string_view old_prefix;
  std::string_view new_prefix;
  bool of_milter;
};
// Oldest first: a file may need two steps.
constexpr OldName kOldNames[] = {
    {"milter-log.session", "session", false},
    {"milter-log.mail", "milter-manager", false},
    {"milter-manager", "milter-manager.status", false},
    {"milter-log.milter.", "milter.", true},
    {"milter.", "milter.status.", true},
};
constexpr std::string_view kSuffix = ".rrd";

std::optional<std::string> next_name(const OldName& step, std::string_view name) {
  if (!name.ends_with(kSuffix) || !name.starts_with(step.old_prefix)) return std::nullopt;
  const std::string_view rest = name.substr(step.old_prefix.size());
  if (step.of_milter ? rest.size() <= kSuffix.size() : rest != kSuffix) return std::nullopt;
  // "milter.status.x.rrd" is no old file of a milter "status.x".
  if (parse_file_name(name)) return std::nullopt;
  return std::string(step.new_prefix) + std::string(rest);
}

Result<std::vector<std::string>> file_names(const std::string& directory) {
  std::error_code error;
  std::vector<std::string> names;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end; entry.increment(error)) {
    names.push_back(entry->path().filename().string());
  }
  if (error) return failure(fmt::format("cannot list the directory {}: {}", directory, error.message()));
  std::sort(names.begin(), names.end());
  return names;
}

// Renames without ever replacing a file. Returns whether it did.
Result<bool> rename_to_free_name(const std::string& from, const std::string& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return true;
  if (errno == EEXIST) return false;
  return failure(fmt::format("cannot rename {} to {}: {}", from, to, std::strerror(errno)));
}

bool is_same_file(const std::string& a, const std::string& b) {
  std::error_code error;
  return fs::equivalent(a, b, error) && !error;
}

// A second name for the file, or a copy where the file system has no such thing.
Result<std::string> keep_aside(const std::string& path) {
  for (int number = 1; number < 1000; ++number) {
    std::string aside = path + ".damaged";
    if (number > 1) aside += fmt::format(".{}", number);
    if (::linkat(AT_FDCWD, path.c_str(), AT_FDCWD, aside.c_str(), AT_SYMLINK_FOLLOW) == 0) return aside;
    if (errno == EEXIST) {
      if (is_same_file(path, aside)) return aside;  // a killed run was here
      continue;
    }
    if (auto copied = copy_file(path, aside); !copied) return tl::unexpected(copied.error());
    return aside;
  }
  return failure(fmt::format("cannot set {} aside: a thousand damaged ones are there already", path));
}

std::string with_underscores(std::string name) {
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

struct Repair {
  std::vector<std::string> arguments;  // of tune
  std::vector<std::string> changes;
};

bool holds(std::span<const std::string_view> names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Result<Repair> plan_repair(const Head& head, const Layout& layout, const std::string& path) {
  Repair repair;
  std::vector<std::string> present;
  for (const Source& source : head.sources) {
    std::string name = with_underscores(source.name);
    if (!holds(layout.sources, name) || std::find(present.begin(), present.end(), name) != present.end()) {
      return failure(
          fmt::format("the archive {} has a data source {} that it should not have", path, source.name));
    }
    if (source.heartbeat != kHeartbeat) {
      repair.arguments.insert(repair.arguments.end(),
                              {"--heartbeat", fmt::format("{}:{}", source.name, kHeartbeat)});
      repair.changes.push_back(fmt::format("{}: heartbeat of {} put right", path, source.name));
    }
    if (name != source.name) {
      repair.arguments.insert(repair.arguments.end(),
                              {"--data-source-rename", fmt::format("{}:{}", source.name, name)});
      repair.changes.push_back(fmt::format("{}: data source {} is now named {}", path, source.name, name));
    }
    present.push_back(std::move(name));
  }
  for (std::string_view name : layout.sources) {
    if (std::find(present.begin(), present.end(), name) != present.end()) continue;
    repair.arguments.push_back(fmt::format("DS:{}:GAUGE:{}:0:U", name, kHeartbeat));
    repair.changes.push_back(fmt::format("{}: data source {} added", path, name));
  }
  return repair;
}

// librrd changes heads in place, one field after the other: so a copy is changed, and takes the file's place.
Result<void> carry_out(const Repair& repair, const std::string& path) {
  const std::string copy = working_path(path);
  ::unlink(copy.c_str());
  auto done = copy_file(path, copy);
  if (done) done = tune(copy, repair.arguments);
  if (done) done = replace_by_copy(path);
  if (!done) ::unlink(copy.c_str());
  return done;
}

// A milter's report archive from before there were archives of keys may have a name that is a key's by now.
std::optional<std::string> name_without_key(const std::string& directory, const std::string& name) {
  auto parsed = parse_file_name(name);
  if (!parsed || parsed->kind != Kind::milter_key) return std::nullopt;
  const auto head = read_head(directory + "/" + name);
  if (!head) return std::nullopt;  // prepare() tells
  const auto& count = layout(Kind::milter_key).sources.front();
  if (std::any_of(head->sources.begin(), head->sources.end(),
                  [&](const Source& source) { return source.name == count; })) {
    return std::nullopt;
  }
  parsed->kind = Kind::milter_report;
  parsed->safe_milter = std::exchange(parsed->key, {}) + "." + parsed->safe_milter;
  return stem(*parsed) + std::string(kSuffix);
}

}  // namespace

Result<std::vector<std::string>> rename_old_archives(const std::string& directory) {
  std::vector<std::string> changes;
  for (const OldName& step : kOldNames) {
    const auto names = file_names(directory);
    if (!names) return tl::unexpected(names.error());
    for (const std::string& name : *names) {
      const auto next = next_name(step, name);
      if (!next) continue;
      const auto renamed = rename_to_free_name(directory + "/" + name, directory + "/" + *next);
      if (!renamed) return tl::unexpected(renamed.error());
      if (*renamed) changes.push_back(fmt::format("{} renamed to {}", name, *next));
    }
  }
  const auto names = file_names(directory);
  if (!names) return tl::unexpected(names.error());
  for (const std::string& name : *names) {
    const auto next = name_without_key(directory, name);
    if (!next) continue;
    const auto renamed = rename_to_free_name(directory + "/" + name, directory + "/" + *next);
    if (!renamed) return tl::unexpected(renamed.error());
    if (*renamed) changes.push_back(fmt::format("{} renamed to {}", name, *next));
  }
  return changes;
}

Result<Prepared> prepare(const std::string& given, const Layout& layout) {
  std::error_code error;
  const std::string path = file_behind(given);
  if (const auto status = fs::symlink_status(path, error); status.type() == fs::file_type::not_found) {
    return Prepared{Readiness::absent, {}};
  }
  const auto damage = find_head_damage(path);
  if (!damage) return tl::unexpected(damage.error());
  if (*damage) {
    const auto aside = keep_aside(path);
    if (!aside) return tl::unexpected(aside.error());
    return Prepared{Readiness::damaged,
                    {fmt::format("{} is damaged ({}); set aside as {}", path, **damage, *aside)}};
  }
  const auto head = read_head(path);
  if (!head) return tl::unexpected(head.error());
  if (head->step != kStep) {
    return failure(fmt::format("the archive {} has steps of {} s, not of {} s", path, head->step, kStep));
  }
  auto repair = plan_repair(*head, layout, path);
  if (!repair) return tl::unexpected(repair.error());
  if (!repair->arguments.empty()) {
    if (auto applied = carry_out(*repair, path); !applied) return tl::unexpected(applied.error());
  }
  return Prepared{Readiness::ready, std::move(repair->changes)};
}

}  // namespace milter_manager::archive
