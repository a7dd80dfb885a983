// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/log/writer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>

#include "core/log/file_destination.h"

namespace milter_manager::log {
namespace {

constexpr auto kLong = std::chrono::seconds(60);

// What a Writer tells of its destination.
class Told {
 public:
  Writer::Stuck listener() {
    return [this](const std::optional<std::string>& problem, std::uint64_t lost) {
      const std::lock_guard lock(lock_);
      text_ += (problem ? *problem : "again") + ", " + std::to_string(lost) + " lost; ";
      told_.notify_all();
    };
  }
  std::string wait() {
    std::unique_lock lock(lock_);
    told_.wait_for(lock, kLong, [&] { return !text_.empty(); });
    return text_;
  }
  std::string text() const {
    const std::lock_guard lock(lock_);
    return text_;
  }

 private:
  mutable std::mutex lock_;
  std::condition_variable told_;
  std::string text_;
};

// Takes a line each time it is asked.
class Slow final : public Destination {
 public:
  std::size_t write(const Lines&, std::size_t) override { return 1; }
  std::string problem() const override { return "slow"; }
};

// Takes nothing until it may.
class Gate final : public Destination {
 public:
  explicit Gate(const std::atomic<bool>& open) : open_(open) {}
  std::size_t write(const Lines& lines, std::size_t first) override {
    return open_ ? lines.count() - first : 0;
  }
  std::string problem() const override { return "closed"; }

 private:
  const std::atomic<bool>& open_;
};

}  // namespace

TEST_CASE("a destination that takes some each time is slow, and nothing to tell of") {
  Told told;
  Writer writer(std::make_unique<Slow>(), told.listener());
  for (int i = 0; i < 15; ++i) writer.write("a line\n");
  CHECK(writer.flush(kLong));
  CHECK(told.text().empty());
}

TEST_CASE("of a destination that was stuck is told how many lines found no room") {
  std::atomic<bool> open{false};
  Told told;
  Writer writer(std::make_unique<Gate>(open), told.listener(), 10);
  CHECK(writer.write("12345678"));
  CHECK_FALSE(writer.write("too long"));
  CHECK_FALSE(writer.write("this, too", true));
  CHECK(told.wait() == "closed, 2 lost; ");
  open = true;
  REQUIRE(writer.flush(kLong));
  CHECK(told.text() == "closed, 2 lost; again, 2 lost; ");
}

TEST_CASE("a reader that goes away after having been stuck does not read again") {
  auto folder = (std::filesystem::temp_directory_path() / "milter-manager-log-XXXXXX").string();
  REQUIRE(mkdtemp(folder.data()) != nullptr);
  const std::string pipe = folder + "/pipe";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  int reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  auto file = open_file_destination(pipe, [](std::string_view) { return ""; });
  REQUIRE(file);
  Told told;
  const std::string nobody = pipe + ": nobody reads it, 0 lost; ";
  {
    Writer writer(std::move(*file), told.listener());
    writer.write(std::string(1024 * 1024, 'x') + '\n');  // more than a pipe holds
    CHECK(told.wait() == nobody);
    ::close(reader);
    CHECK(writer.flush(kLong));
    CHECK(told.text() == nobody);
    // Another one comes.
    reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    for (char bytes[4096]; ::read(reader, bytes, sizeof bytes) > 0;) {
    }
    writer.write("hello\n");
    CHECK(writer.flush(kLong));
    CHECK(told.text() == nobody + "again, 1 lost; ");
  }
  ::close(reader);
  std::filesystem::remove_all(folder);
}

}  // namespace milter_manager::log
