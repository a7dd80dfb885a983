// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/maillog/line_reader.h"

#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "test/maillog/reading.h"

namespace milter_manager::maillog {
namespace {

std::vector<std::string> lines_of(const std::string& bytes, std::size_t piece) {
  MemorySource source(bytes, piece);
  LineReader reader(source);
  std::vector<std::string> lines;
  Line line;
  while (reader.next(line)) {
    CHECK(bytes.compare(line.offset, line.text.size(), line.text) == 0);
    lines.emplace_back(line.text);
  }
  CHECK_FALSE(reader.error());
  CHECK(reader.offset() == bytes.size());
  return lines;
}

TEST_CASE("lines are the same in whatever pieces they are read") {
  const std::string bytes =
      std::string("first\n\nwith a NUL \0 and \xff\r\n", 27) + "\rin the middle\nunfinished";
  const std::vector<std::string> expected = {"first", "", std::string("with a NUL \0 and \xff", 18),
                                             "\rin the middle", "unfinished"};
  for (const std::size_t piece : {1U, 2U, 3U, 7U, 1000U}) CHECK(lines_of(bytes, piece) == expected);
  CHECK(lines_of("", 1).empty());
  CHECK(lines_of("\n", 1) == std::vector<std::string>{""});
}

TEST_CASE("the line that a log ends in is marked") {
  MemorySource source("a\nb");
  LineReader reader(source);
  Line line;
  REQUIRE(reader.next(line));
  CHECK(line.terminated);
  CHECK(reader.offset() == 2);
  REQUIRE(reader.next(line));
  CHECK_FALSE(line.terminated);
  CHECK_FALSE(reader.next(line));
  CHECK_FALSE(reader.next(line));
}

TEST_CASE("a line without an end is cut, and the next one is read") {
  const std::size_t longest = LineReader::kMaximumLine;
  for (const std::size_t length : {longest, longest + 1, longest * 3, LineReader::kBuffer * 3}) {
    MemorySource source("before\n" + std::string(length, 'x') + "\nafter\n", 100'000);
    LineReader reader(source);
    Line line;
    REQUIRE(reader.next(line));
    REQUIRE(reader.next(line));
    CHECK(line.text == std::string(longest, 'x'));
    CHECK(line.cut == (length > longest));
    REQUIRE(reader.next(line));
    CHECK(line.text == "after");
    CHECK(line.offset == 7 + length + 1);
    CHECK_FALSE(line.cut);
    CHECK_FALSE(reader.next(line));
  }
}

TEST_CASE("a log that ends in the midst of an endless line ends there") {
  MemorySource source(std::string(LineReader::kBuffer * 2, 'x'));
  LineReader reader(source);
  Line line;
  REQUIRE(reader.next(line));
  CHECK(line.cut);
  CHECK_FALSE(reader.next(line));
  CHECK(reader.offset() == LineReader::kBuffer * 2);
}

TEST_CASE("an error of the log is told, after the lines before it") {
  MemorySource source("a\nb", 1, "the disk is gone");
  LineReader reader(source);
  Line line;
  REQUIRE(reader.next(line));
  CHECK_FALSE(reader.next(line));
  REQUIRE(reader.error());
  CHECK(reader.error()->message == "the disk is gone");
}

TEST_CASE("a log file is read as it is") {
  char name[] = "/tmp/maillog-test-XXXXXX";
  const std::filesystem::path folder = ::mkdtemp(name);
  const std::string path = folder / "maillog";
  std::ofstream(path, std::ios::binary) << "a\nb\n";
  auto source = open_log(path);
  REQUIRE(source);
  LineReader reader(**source);
  Line line;
  REQUIRE(reader.next(line));
  REQUIRE(reader.next(line));
  CHECK(line.text == "b");

  const auto missing = open_log(folder / "missing");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().message ==
        (folder / "missing").string() + ": cannot be opened: No such file or directory");

  const auto directory = open_log(folder);
  REQUIRE_FALSE(directory);
  CHECK(directory.error().message == folder.string() + ": cannot be read: Is a directory");
  std::filesystem::remove_all(folder);
}

TEST_CASE("standard input is a log") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  REQUIRE(::write(ends[1], "a\n", 2) == 2);
  ::close(ends[1]);
  const int former = ::dup(STDIN_FILENO);
  ::dup2(ends[0], STDIN_FILENO);
  auto source = open_log("-");
  REQUIRE(source);
  LineReader reader(**source);
  Line line;
  CHECK(reader.next(line));
  CHECK(line.text == "a");
  CHECK_FALSE(reader.next(line));
  ::dup2(former, STDIN_FILENO);
  ::close(former);
  ::close(ends[0]);
}

}  // namespace
}  // namespace milter_manager::maillog
