// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/archive/directory_update.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>

#include "core/archive/daemon.h"
#include "core/archive/durable_file.h"
#include "core/archive/sent_rows.h"
#include "core/archive/working_copy.h"

namespace milter_manager::archive {
namespace {

namespace fs = std::filesystem;

// Through the daemon minutes without events go one by one. Longer gaps are closed in a copy.
constexpr auto kLongestSentGap = std::chrono::hours(6);

std::string parent(const std::string& path) { return fs::path(path).parent_path().string(); }

bool has_long_gap(Minute last, std::span<const Row> rows, Minute through) {
  for (const Row& row : rows) {
    if (row.minute <= last) continue;
    if (row.minute - last > kLongestSentGap) return true;
    last = row.minute;
  }
  return through - last > kLongestSentGap;
}

}  // namespace

DirectoryUpdate::DirectoryUpdate(std::string directory, Daemon* daemon)
    : directory_(std::move(directory)), daemon_(daemon) {}

DirectoryUpdate::~DirectoryUpdate() {
  for (auto& [name, member] : members_) give_up(member);
}

DirectoryUpdate::Member& DirectoryUpdate::member(const std::string& file_name) {
  const auto [found, is_new] = members_.try_emplace(file_name);
  if (is_new) {
    found->second.path = file_behind(fmt::format("{}/{}", directory_, file_name));
    found->second.working = working_path(found->second.path);
  }
  return found->second;
}

void DirectoryUpdate::begin_anew(const std::string& file_name) { member(file_name).is_anew = true; }

void DirectoryUpdate::give_up(Member& member) {
  if (member.has_copy) ::unlink(member.working.c_str());
  member.has_copy = false;
  member.has_failed = true;
}

Result<void> DirectoryUpdate::store(const std::string& file_name, const Layout& layout,
                                    std::span<const Row> rows, Minute first, Minute through) {
  Member& one = member(file_name);
  if (one.has_failed) return {};
  auto done = store(one, layout, rows, first, through);
  if (!done) give_up(one);
  return done;
}

Result<void> DirectoryUpdate::store(Member& member, const Layout& layout, std::span<const Row> rows,
                                    Minute first, Minute through) {
  if (!member.archive) {
    std::error_code error;
    const bool exists = fs::symlink_status(member.path, error).type() != fs::file_type::not_found;
    if (exists && !member.is_anew) {
      if (daemon_ != nullptr) return send(member, layout, rows, through);
      auto opened = Archive::open(member.path, layout);
      if (!opened) return tl::unexpected(opened.error());
      member.archive = std::move(*opened);
    } else {
      if (rows.empty()) return {};
      ::unlink(member.working.c_str());
      member.has_copy = true;
      auto created = Archive::create(member.working, layout, first);
      if (!created) return tl::unexpected(created.error());
      member.archive = std::move(*created);
    }
  }
  const Minute newest = std::max(rows.empty() ? through : rows.back().minute, through);
  if (newest <= member.archive->last()) return {};
  if (!member.has_copy) {
    if (auto copied = make_copy(member); !copied) return copied;
  }
  auto stored = member.archive->update(rows, through);
  if (!stored) return tl::unexpected(stored.error());
  return {};
}

Result<void> DirectoryUpdate::make_copy(Member& member) {
  ::unlink(member.working.c_str());
  if (auto copied = copy_file(member.path, member.working); !copied) return copied;
  member.has_copy = true;
  member.archive = member.archive->in_copy(member.working);
  return {};
}

Result<void> DirectoryUpdate::send(Member& member, const Layout& layout, std::span<const Row> rows,
                                   Minute through) {
  auto sent = try_to_send(member, layout, rows, through);
  if (sent || daemon_->is_connected()) return sent;
  // Restarted, perhaps. What it has written is in the file, and is not sent again.
  if (auto connected = daemon_->reconnect(); !connected) return connected;
  return try_to_send(member, layout, rows, through);
}

Result<void> DirectoryUpdate::try_to_send(Member& member, const Layout& layout, std::span<const Row> rows,
                                          Minute through) {
  if (auto flushed = daemon_->flush(member.path); !flushed) return flushed;
  if (auto arrived = check_sent(member); !arrived) return arrived;
  auto archive = Archive::open(member.path, layout);
  if (!archive) return tl::unexpected(archive.error());
  if (has_long_gap(archive->last(), rows, through)) {
    member.archive = std::move(*archive);
    member.sent_through.reset();
    return store(member, layout, rows, Minute(), through);
  }
  const auto updates = updates_to_send(*archive, rows, through);
  if (!updates) return tl::unexpected(updates.error());
  if (auto updated = daemon_->update(member.path, *updates); !updated) return updated;
  remember_sent(*archive, rows, member.sent);
  const Minute newest = std::max(rows.empty() ? through : rows.back().minute, through);
  member.sent_through = std::max(archive->last(), newest);
  member.layout = &layout;
  return {};
}

// Whether the file holds what the daemon has taken.
Result<void> DirectoryUpdate::check_sent(const Member& member) const {
  if (!member.sent_through) return {};
  const auto archive = Archive::open(member.path, *member.layout);
  if (!archive) return tl::unexpected(archive.error());
  if (archive->last() < *member.sent_through || !holds(*archive, member.sent)) {
    return failure(fmt::format("rrdcached at {} has lost updates of {}: they are stored in the next run",
                               daemon_->address(), member.path));
  }
  return {};
}

std::vector<std::string> DirectoryUpdate::commit() {
  std::vector<std::string> failures;
  const auto take = [&](Member& member, const Result<void>& done) {
    if (done) return;
    failures.push_back(done.error().message);
    give_up(member);
  };
  for (auto& [name, member] : members_) {
    if (member.has_copy) {
      take(member, sync_file(member.working));
    } else if (member.sent_through && !member.has_failed) {
      auto written = daemon_->flush(member.path);
      if (written) written = check_sent(member);
      take(member, written ? sync_file(member.path) : written);
    }
  }
  std::set<std::string> changed;
  for (auto& [name, member] : members_) {
    if (member.has_failed) continue;
    if (member.has_copy) {
      const auto renamed = rename_file(member.working, member.path);
      take(member, renamed);
      if (!renamed) continue;
      member.has_copy = false;
    } else if (member.is_anew) {
      ::unlink(member.path.c_str());
    } else {
      continue;
    }
    changed.insert(parent(member.path));
  }
  for (const std::string& directory : changed) {
    if (auto synced = sync_directory(directory); !synced) failures.push_back(synced.error().message);
  }
  return failures;
}

}  // namespace milter_manager::archive
