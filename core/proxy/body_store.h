// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/message/body_store.h"
#include "core/net/loop.h"
#include "core/net/work.h"

namespace milter_manager::proxy {

// The memory that all bodies of a process share (manager.body_memory).
class BodyBudget {
 public:
  explicit BodyBudget(std::uint64_t limit_bytes) : limit_(limit_bytes) {}
  void set_limit(std::uint64_t limit_bytes) { limit_ = limit_bytes; }
  bool take(std::uint64_t bytes) {
    if (used_ + bytes > limit_) return false;
    used_ += bytes;
    return true;
  }
  void give_back(std::uint64_t bytes) { used_ -= bytes; }
  std::uint64_t used() const { return used_; }

 private:
  std::uint64_t limit_;
  std::uint64_t used_ = 0;
};

// A body in memory; when the shared budget is used up it moves, from its first byte, to a file in `directory`
// that has no name, so that nothing stays behind whatever happens. The file is written and read on libuv's
// threads, which gives `pending`; `progressed` is then called on the loop, never from within a call. A full
// disk gives `failed`, for good; `failed`, called before `progressed`, is told why: "/var/tmp: No space left on device".
class SpooledBody final : public message::BodyStore {
 public:
  using Failed = std::function<void(const std::string& reason)>;
  // `budget` must outlive it.
  SpooledBody(net::Loop& loop, BodyBudget& budget, std::string directory, std::function<void()> progressed,
              Failed failed);
  ~SpooledBody() override;

  Progress append(std::string_view bytes) override;
  Read read(std::uint64_t offset, std::size_t max_bytes) override;
  std::uint64_t size_bytes() const override { return size_; }
  bool spooled() const { return file_ != nullptr; }

 private:
  struct File;
  struct Job;
  void keep(std::string_view bytes);
  Progress write(std::vector<std::string> pieces);
  Read read_memory(std::uint64_t offset, std::size_t max_bytes) const;
  void start(std::shared_ptr<Job> job, std::function<void(Job&)> finished);

  net::Loop& loop_;
  BodyBudget& budget_;
  const std::string directory_;
  const std::function<void()> progressed_;
  const Failed told_failure_;
  std::uint64_t size_ = 0;
  std::uint64_t budgeted_ = 0;
  std::vector<std::string> pieces_;  // in memory; all but the last are full
  std::shared_ptr<File> file_;
  std::string read_;  // from the file, beginning at read_offset_
  std::uint64_t read_offset_ = 0;
  std::string behind_read_;  // appended while a read was under way
  bool failed_ = false;
  bool busy_ = false;
  net::Work work_;
};

}  // namespace milter_manager::proxy
