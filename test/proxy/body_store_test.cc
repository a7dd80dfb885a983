// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/body_store.h"

#include <filesystem>

#include "test/proxy/world.h"

namespace milter_manager::proxy {
namespace {

using Progress = message::BodyStore::Progress;

std::string pattern(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 31 + i / 253);
  return bytes;
}

struct Store {
  Store(std::uint64_t memory, const std::string& directory)
      : budget(memory),
        body(std::make_unique<SpooledBody>(
            loop, budget, directory, [this] { ++progressed; },
            [this](const std::string& reason) { failures.push_back(reason); })) {}

  Progress append(std::string_view bytes) {
    auto progress = body->append(bytes);
    while (progress == Progress::pending) {
      run_until(loop, [&, seen = progressed] { return progressed > seen; });
      progress = body->append({});
    }
    return progress;
  }
  std::string read_all(std::size_t at_once) {
    std::string all;
    for (;;) {
      const auto read = body->read(all.size(), at_once);
      if (read.progress == Progress::failed) return "failed";
      if (read.progress == Progress::pending) {
        run_until(loop, [&, seen = progressed] { return progressed > seen; });
        continue;
      }
      if (read.bytes.empty()) return all;
      CHECK(read.bytes.size() <= at_once);
      all += read.bytes;
    }
  }

  net::Loop loop;
  BodyBudget budget;
  int progressed = 0;
  std::vector<std::string> failures;
  std::unique_ptr<SpooledBody> body;
};

}  // namespace

TEST_CASE("a body that came in the longest pieces of the protocol is read in the same ones") {
  const TemporaryDirectory directory;
  Store store(1000000, directory.file(""));
  constexpr std::size_t kLongest = 65535;
  const auto bytes = pattern(3 * kLongest + 5);
  for (std::size_t at = 0; at < bytes.size(); at += kLongest) {
    REQUIRE(store.append(std::string_view(bytes).substr(at, kLongest)) == Progress::done);
  }
  std::vector<std::size_t> sizes;
  for (std::size_t at = 0; at < bytes.size(); at += sizes.back()) {
    sizes.push_back(store.body->read(at, kLongest).bytes.size());
    REQUIRE(sizes.back() > 0);
  }
  CHECK(sizes == std::vector<std::size_t>{kLongest, kLongest, kLongest, 5});
}

TEST_CASE("a body is read as it was appended, from memory and from a spool file") {
  const TemporaryDirectory directory;
  const auto bytes = pattern(500000);
  for (const std::uint64_t memory : {1000000u, 200000u, 0u}) {
    for (const std::size_t piece : {3000u, 65535u, 300000u}) {
      CAPTURE(memory, piece);
      Store store(memory, directory.file(""));
      for (std::size_t at = 0; at < bytes.size(); at += piece) {
        CHECK(store.append(std::string_view(bytes).substr(at, piece)) == Progress::done);
      }
      CHECK(store.body->size_bytes() == bytes.size());
      CHECK(store.body->spooled() == (memory < bytes.size()));
      CHECK(store.budget.used() == (memory < bytes.size() ? 0 : bytes.size()));
      CHECK((store.read_all(65535) == bytes));
      CHECK((store.read_all(1000) == bytes));
      CHECK(store.body->read(bytes.size(), 10).bytes.empty());
      // It goes on after having been read.
      CHECK(store.append("more") == Progress::done);
      CHECK((store.read_all(65535) == bytes + "more"));
      store.body.reset();
      CHECK(store.budget.used() == 0);
    }
  }
  CHECK(std::filesystem::is_empty(directory.file("")));
}

TEST_CASE("what comes while a spooled body is being read is kept, too") {
  const TemporaryDirectory directory;
  Store store(0, directory.file(""));
  const auto bytes = pattern(200000);
  std::size_t appended = 50000;
  REQUIRE(store.append(std::string_view(bytes).substr(0, appended)) == Progress::done);
  for (std::size_t read = 0; appended < bytes.size(); read += 1000, appended += 50000) {
    REQUIRE(store.body->read(read, 1000).progress == Progress::pending);
    REQUIRE(store.append(std::string_view(bytes).substr(appended, 50000)) == Progress::done);
    const auto piece = store.body->read(read, 1000);
    REQUIRE(piece.progress == Progress::done);
    CHECK((piece.bytes == std::string_view(bytes).substr(read, 1000)));
  }
  CHECK(store.body->size_bytes() == bytes.size());
  CHECK((store.read_all(65535) == bytes));
}

TEST_CASE("bodies share one budget") {
  const TemporaryDirectory directory;
  Store store(1000, directory.file(""));
  auto other = std::make_unique<SpooledBody>(
      store.loop, store.budget, directory.file(""), [] {}, [](const std::string&) {});
  CHECK(other->append(pattern(900)) == Progress::done);
  CHECK(store.append(pattern(200)) == Progress::done);
  CHECK(store.body->spooled());
  CHECK_FALSE(other->spooled());
  other.reset();
  CHECK(store.budget.used() == 0);
}

TEST_CASE("a disk that takes nothing gives failure for good") {
  for (const char* directory : {"/nonexistent/directory", "/proc"}) {
    Store store(0, directory);
    CHECK(store.append("bytes") == Progress::failed);
    CHECK(store.append("more") == Progress::failed);
    REQUIRE(store.failures.size() == 1);
    CHECK(store.failures[0].find(std::string(directory) + ": ") == 0);
    CHECK(store.read_all(100) == "failed");
  }
}

TEST_CASE("a body may be dropped while the disk works for it") {
  const TemporaryDirectory directory;
  Store store(0, directory.file(""));
  CHECK(store.body->append(pattern(3000000)) == Progress::pending);
  store.body.reset();
  run_until(store.loop, [] { return true; });
  CHECK(store.progressed == 0);
}

}  // namespace milter_manager::proxy
