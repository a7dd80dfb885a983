// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/maillog/log_plan.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include "core/maillog/rotation.h"

namespace milter_manager::maillog {
namespace {

// Fewer bytes may be the same in two files.
constexpr std::uint64_t kTelling = 32;

// So many renamed files of a log stay known, so that they are not taken for new.
constexpr std::size_t kKeptRotated = 4;

struct Known {
  FileState state;
  bool found = false;
};

// A log that was asked for.
struct Asked {
  std::string path;
  std::optional<LogFile> file;  // none: it can't be opened
  std::string error;            //
  std::optional<FileState> from;
};

std::string_view file_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

// Whether two paths differ only in how they lead to the folder.
bool is_same_place(const std::string& a, const std::string& b) {
  namespace fs = std::filesystem;
  if (file_name(a) != file_name(b) || a == "-" || b == "-") return false;
  const auto folder = [](const std::string& path) {
    const fs::path parent = fs::path(path).parent_path();
    return parent.empty() ? fs::path(".") : parent;
  };
  std::error_code ignored;
  return fs::equivalent(folder(a), folder(b), ignored);
}

bool is_continued(const LogFile& file, const FileState& state) {
  if (!file.is_regular()) return false;
  // A packed file that nobody has touched need not be unpacked to see that.
  if (file.is_packed() && file.is_untouched(state)) return true;
  const auto source = file.resume(state);
  return source && *source != nullptr;
}

std::string head_of(const LogFile& file) {
  std::string head(TrackedSource::kHead, '\0');
  std::size_t size = 0;
  auto source = file.is_regular() ? file.begin() : Result<std::unique_ptr<TrackedSource>>(nullptr);
  while (source && *source != nullptr && size < head.size()) {
    const auto count = (*source)->read(head.data() + size, head.size() - size);
    if (!count || *count == 0) break;
    size += *count;
  }
  head.resize(size);
  return head;
}

// The beginnings of the files that were seen.
class Heads {
 public:
  // The path of a file seen before that begins as this one.
  std::optional<std::string> find_or_add(const LogFile& file) {
    std::string head = head_of(file);
    for (const auto& [path, other] : heads_) {
      const std::size_t size = std::min(head.size(), other.size());
      if (size >= kTelling && head.compare(0, size, other, 0, size) == 0) return path;
    }
    heads_.emplace_back(file.path(), std::move(head));
    return std::nullopt;
  }

 private:
  std::vector<std::pair<std::string, std::string>> heads_;
};

class Planner {
 public:
  Planner(const std::vector<std::string>& paths, const std::vector<FileState>& known) {
    for (const std::string& path : paths) {
      Asked asked{path, std::nullopt, "", std::nullopt};
      auto file = LogFile::open(path);
      if (file) {
        asked.file = std::move(*file);
      } else {
        asked.error = file.error().message;
      }
      asked_.push_back(std::move(asked));
    }
    const auto new_names = find_new_names(known);
    for (FileState state : known) {
      if (const auto renamed = new_names.find(state.path); renamed != new_names.end()) {
        state.path = renamed->second;
      }
      if (std::find(paths.begin(), paths.end(), state.path) != paths.end()) {
        known_.push_back({std::move(state), false});
      } else {
        plan_.kept.push_back(std::move(state));
      }
    }
  }

  LogPlan plan() {
    // Files that are where they were are recognized first, so that nothing else is taken for them.
    match([](const LogFile& file, const FileState& state) { return file.is_same_file(state); });
    match([](const LogFile& file, const FileState& state) {
      return state.tail_size >= kTelling && !file.is_same_file(state);
    });
    Heads heads;
    for (const Asked& asked : asked_) {
      if (asked.file && asked.from && asked_.size() > 1) heads.find_or_add(*asked.file);
    }
    for (Asked& asked : asked_) {
      std::vector<LogPiece> rotated = find_rotated(asked);
      if (!asked.file && rotated.empty()) plan_.gaps.push_back(asked.error);
      for (LogPiece& piece : rotated) plan_.pieces.push_back(std::move(piece));
      if (asked.file) add(asked, heads);
    }
    return std::move(plan_);
  }

 private:
  // Logs that are asked for by another name than before: through a link, from another folder. By old names.
  std::map<std::string, std::string> find_new_names(const std::vector<FileState>& known) const {
    std::set<std::string_view> asked_paths, known_paths;
    for (const Asked& asked : asked_) asked_paths.insert(asked.path);
    std::vector<const FileState*> left;
    for (const FileState& state : known) {
      known_paths.insert(state.path);
      if (asked_paths.count(state.path) == 0) left.push_back(&state);
    }
    std::map<std::string, std::string> names;
    for (const Asked& asked : asked_) {
      if (known_paths.count(asked.path) > 0) continue;
      const auto same = std::find_if(left.begin(), left.end(), [&](const FileState* state) {
        return is_same_place(asked.path, state->path) || is_renamed(asked, *state);
      });
      if (same != left.end()) names.emplace((*same)->path, asked.path);
    }
    return names;
  }

  // But a rotated file's log goes on under its own name, with another file.
  static bool is_renamed(const Asked& asked, const FileState& state) {
    return asked.file && state.tail_size >= kTelling && asked.file->is_same_file(state) &&
           !is_rotation_of(file_name(asked.path), file_name(state.path)) && is_continued(*asked.file, state);
  }

  template <typename MayMatch>
  void match(MayMatch may_match) {
    for (Asked& asked : asked_) {
      if (!asked.file || asked.from) continue;
      if (!asked.file->is_regular()) {  // it can be looked at only once
        take_by_path(asked);
        continue;
      }
      // The newest first: a log's current file is asked for most.
      for (auto known = known_.rbegin(); known != known_.rend(); ++known) {
        if (known->found || !may_match(*asked.file, known->state) ||
            !is_continued(*asked.file, known->state)) {
          continue;
        }
        known->found = true;
        asked.from = known->state;
        break;
      }
    }
  }

  void take_by_path(Asked& asked) {
    for (Known& known : known_) {
      if (known.state.path != asked.path || known.state.head_size < kTelling) continue;
      known.found = true;
      asked.from = known.state;
    }
  }

  // What the log held when it was read last, and since, if that has another name now.
  std::vector<LogPiece> find_rotated(const Asked& asked) {
    std::vector<LogPiece> pieces;
    std::vector<Known*> of_log;
    for (Known& known : known_) {
      if (known.state.path == asked.path) of_log.push_back(&known);
    }
    const bool is_missed = std::any_of(of_log.begin(), of_log.end(), [&](const Known* known) {
      return !known->found ||
             (is_unread(known->state) && asked.file && !asked.file->is_untouched(known->state));
    });
    if (!is_missed || (asked.file && !asked.file->is_regular())) return pieces;

    const std::vector<std::string> names = rotated_logs(asked.path);
    for (Known* known : of_log) {
      const bool is_newest = known == of_log.back();
      if (is_newest && is_unread(known->state)) {
        // Nothing by which it could be known again: another file may have its inode. What is newer has not
        // been read.
        add_newer(asked, names, known->state.modified, pieces);
        continue;
      }
      const auto at = known->found ? std::nullopt : find(names, known->state);
      if (at) add_rotated(names[*at], known->state, pieces);
      if (is_newest && at) {
        add_newer(asked, {names.begin(), names.begin() + static_cast<std::ptrdiff_t>(*at)}, INT64_MIN,
                  pieces);
      } else if (!at && !known->found && !known->state.finished) {
        report_missing(asked, known->state);
      }
    }
    // Names tell the order best: of files that were empty only the inode is known, and that may be another
    // file's by now.
    const auto age = [&](const LogPiece& piece) {
      return std::find(names.begin(), names.end(), piece.file.path()) - names.begin();
    };
    std::stable_sort(pieces.begin(), pieces.end(),
                     [&](const LogPiece& a, const LogPiece& b) { return age(a) > age(b); });
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      pieces[i].from.finished = true;
      pieces[i].keep = i + kKeptRotated >= pieces.size();
      // The logger may go on with the file for a while, until it is told of the new one.
      pieces[i].may_grow = i + 1 == pieces.size() && !pieces[i].file.is_packed();
    }
    return pieces;
  }

  static bool is_unread(const FileState& state) { return state.offset == 0; }

  void report_missing(const Asked& asked, const FileState& state) {
    if (!asked.file) {  // it may come back
      plan_.kept.push_back(state);
      return;
    }
    if (asked.file->is_standard_input()) return;  // another file
    plan_.gaps.push_back(fmt::format(
        "{}: has been replaced or cut short, and what was read up to byte {} is not found beside it; what "
        "was written after that is missing",
        asked.path, state.offset));
  }

  std::optional<std::size_t> find(const std::vector<std::string>& names, const FileState& state) {
    for (const bool by_inode : {true, false}) {
      if (!by_inode && state.tail_size < kTelling) break;
      for (std::size_t i = 0; i < names.size(); ++i) {
        const auto file = LogFile::open(names[i]);
        if (is_asked(names[i]) || !file || file->is_same_file(state) != by_inode) continue;
        if (is_continued(*file, state)) return i;
      }
    }
    return std::nullopt;
  }

  void add_rotated(const std::string& name, FileState from, std::vector<LogPiece>& pieces) {
    auto file = LogFile::open(name);
    if (file) pieces.push_back({std::move(*file), std::move(from), false, false});
  }

  // Files that came and went since: those of `names` that are no older than `modified`.
  void add_newer(const Asked& asked, const std::vector<std::string>& names, std::int64_t modified,
                 std::vector<LogPiece>& pieces) {
    Heads heads;
    if (asked.file) heads.find_or_add(*asked.file);  // a copy may just be made of it
    for (const LogPiece& piece : pieces) heads.find_or_add(piece.file);
    std::vector<LogPiece> newer;
    for (const std::string& name : names) {
      const bool is_taken = std::any_of(pieces.begin(), pieces.end(),
                                        [&](const LogPiece& piece) { return piece.file.path() == name; });
      if (is_taken || is_asked(name)) continue;
      auto file = LogFile::open(name);
      if (!file || !file->is_regular() || file->identity().modified < modified || heads.find_or_add(*file)) {
        continue;
      }
      FileState from;
      from.path = asked.path;
      newer.push_back({std::move(*file), std::move(from), false, false});
    }
    for (auto piece = newer.rbegin(); piece != newer.rend(); ++piece) pieces.push_back(std::move(*piece));
  }

  void add(Asked& asked, Heads& heads) {
    LogFile& file = *asked.file;
    if (!asked.from && file.is_regular()) {
      if (const auto other = heads.find_or_add(file)) {
        plan_.notes.push_back(fmt::format(
            "{}: begins as {} does, so it is taken for the same log and left out", asked.path, *other));
        return;
      }
    }
    FileState from = asked.from.value_or(FileState());
    from.path = asked.path;
    from.finished = false;
    const bool may_grow = file.is_regular() && !file.is_packed();
    plan_.pieces.push_back({std::move(file), std::move(from), may_grow, true});
  }

  bool is_asked(const std::string& path) const {
    return std::any_of(asked_.begin(), asked_.end(),
                       [&](const Asked& asked) { return asked.path == path && asked.file; });
  }

  std::vector<Known> known_;
  std::vector<Asked> asked_;
  LogPlan plan_;
};

// A plan holds its files open, so that none is lost that is renamed before it is read; and programs begin with a limit
// of 1024.
void allow_many_open_files() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

LogPlan plan_reading(const std::vector<std::string>& paths, const std::vector<FileState>& known) {
  allow_many_open_files();
  return Planner(paths, known).plan();
}

}  // namespace milter_manager::maillog
