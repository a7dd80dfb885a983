// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <QDir>
#include <QDirIterator>
#include <catch2/catch.hpp>
#include <random>

#include "gui/source/archive_unpacker.h"
#include "test/gui/model/folder.h"

namespace milter_manager::gui {
namespace {

// One entry of a tar stream.
std::string entry(const std::string& name, const std::string& content, char type = '0',
                  std::string size = "") {
  std::string header(512, '\0');
  header.replace(0, std::min<std::size_t>(name.size(), 100), name, 0, 100);
  if (size.empty()) size = fmt::format("{:011o}", content.size());
  header.replace(124, size.size(), size);
  header[156] = type;
  header.replace(257, 6, std::string("ustar\0", 6));
  header.replace(148, 8, "        ");
  unsigned sum = 0;
  for (const char byte : header) sum += static_cast<unsigned char>(byte);
  header.replace(148, 7, fmt::format("{:06o}", sum) + '\0');
  return header + content + std::string((512 - content.size() % 512) % 512, '\0');
}
std::string end() { return std::string(1024, '\0'); }

QStringList files_in(const QString& folder) {
  QStringList files;
  QDirIterator file(folder, QDir::Files | QDir::Hidden | QDir::System, QDirIterator::Subdirectories);
  while (file.hasNext()) files << QDir(folder).relativeFilePath(file.next());
  files.sort();
  return files;
}

}  // namespace

TEST_CASE("archives are unpacked, and nothing else") {
  const QTemporaryDir above;
  REQUIRE(QDir(above.path()).mkdir("in"));
  const QString folder = above.filePath("in");
  const std::string stream =
      entry("session.rrd", "one") + entry("mx1/session.rrd", std::string(700, 'x')) +
      entry("../session.rrd", "bad") + entry("/session.rrd", "bad") + entry("a/../../session.rrd", "bad") +
      entry(".ssh/session.rrd", "bad") + entry("../../session.rrd", "bad") + entry("a/b/session.rrd", "bad") +
      entry("authorized_keys", "bad") + entry("milter.status.a.rrd", "", '2') + entry("health.rrd", "", '1') +
      entry("mx2", "", '5') +
      entry("././@LongLink", "milter.status." + std::string(110, 'n') + ".rrd\0", 'L') +
      entry("milter.status.nnn", "long") + end();
  const std::size_t piece = GENERATE(1U, 511U, 100'000U);
  ArchiveUnpacker unpacker(folder.toStdString());
  for (std::size_t from = 0; from < stream.size(); from += piece)
    REQUIRE(unpacker.feed(std::string_view(stream).substr(from, piece)));
  CHECK(unpacker.is_finished());
  CHECK(unpacker.files() == 3);
  CHECK(files_in(above.path()) == QStringList{"in/milter.status." + QString(110, 'n') + ".rrd",
                                              "in/mx1/session.rrd", "in/session.rrd"});
  CHECK(QFileInfo(folder + "/mx1/session.rrd").size() == 700);
}

TEST_CASE("a stream that is no good is refused") {
  const QTemporaryDir folder;
  const std::string stream = GENERATE(
      std::string(2000, 'x'), entry("session.rrd", "", '0', "77777777777"),
      entry("session.rrd", "", '0', "0000000001x"), entry("session.rrd", "a") + entry("session.rrd", "again"),
      entry("x", "", 'L', "00000777777"), std::string(entry("session.rrd", "a")).replace(0, 1, "S"));
  ArchiveUnpacker unpacker(folder.path().toStdString());
  CHECK_FALSE(unpacker.feed(stream));
}

TEST_CASE("whatever comes, no file is written outside the folder") {
  const QTemporaryDir above;
  REQUIRE(QDir(above.path()).mkdir("in"));
  const std::string good = entry("session.rrd", std::string(900, 'x')) + entry("mx1/health.rrd", "y") + end();
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    std::string stream = good;
    for (int i = 0; i < 6; ++i) stream[random() % stream.size()] = static_cast<char>(random());
    ArchiveUnpacker unpacker(above.filePath("in").toStdString());
    static_cast<void>(unpacker.feed(stream));
    QDir(above.filePath("in")).removeRecursively();
    REQUIRE(QDir(above.path()).mkdir("in"));
    REQUIRE(files_in(above.path()).isEmpty());
  }
}

}  // namespace milter_manager::gui
