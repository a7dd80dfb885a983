// SPDX-License-Identifier: GPL-3.0-or-later
#include <QDir>
#include <QDirIterator>
#include <QElapsedTimer>
#include <QSignalSpy>
#include <catch2/catch.hpp>

#include "gui/source/archive_unpacker.h"
#include "gui/source/ssh_source.h"
#include "test/gui/model/folder.h"
#include "test/gui/model/waiting.h"

namespace milter_manager::gui {
namespace {

// A program named ssh, in front of all others.
class FakeSsh {
 public:
  explicit FakeSsh(const QByteArray& script) : path_(qgetenv("PATH")) {
    const QString program = folder_.filePath("ssh");
    write_bytes(program, "#!/bin/sh\n" + script);
    QFile::setPermissions(program, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    qputenv("PATH", folder_.path().toUtf8() + ":" + path_);
    qputenv("FAKE_SSH", folder_.path().toUtf8());
  }
  ~FakeSsh() { qputenv("PATH", path_); }
  FakeSsh(const FakeSsh&) = delete;
  FakeSsh& operator=(const FakeSsh&) = delete;
  QByteArray file(const char* name) const {
    QFile file(folder_.filePath(name));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
  }
  QString path(const char* name) const { return folder_.filePath(name); }

 private:
  QByteArray path_;
  QTemporaryDir folder_;
};

// Does what ssh would: hands its last argument to a shell; writes down what it was called with.
const QByteArray kShell = R"(for word; do printf '%s\n' "<$word>"; done >"$FAKE_SSH/words"
for command; do :; done
exec "${SHELL_THERE:-/bin/sh}" -c "$command"
)";

const Place kMail{Place::Kind::ssh, {}, "mail.example.com", {}};
constexpr std::chrono::milliseconds kShort{400};

ChartQuery query() {
  return {.kind = ChartKind::status, .host = "", .milter = "a", .period = {at(kNewest - 3600), at(kNewest)}};
}

}  // namespace

TEST_CASE("archives of another host come over ssh, and its command is always the same") {
  const QTemporaryDir there;
  const QString folder = there.filePath("it's \"mine\"; touch $FAKE_SSH/run");
  REQUIRE(QDir().mkpath(folder));
  make_archive(folder.toStdString(), archive::Kind::milter_status, "a", kNewest - 3600, kNewest);
  make_archive(folder.toStdString(), archive::Kind::milter_status, std::string(120, 'n'), kNewest - 3600,
               kNewest);
  const FakeSsh ssh(kShell);
  Place place = kMail;
  place.paths = QStringList(folder);
  SshSource source(place);
  const auto chart = wait_for(source.charts(query()));
  REQUIRE(chart);
  CHECK(chart->lines[0].values[row_at(*chart, at(kNewest - 600))] == Approx(value_at(kNewest - 600, 0)));
  const auto contents = wait_for(source.contents());
  REQUIRE(contents);
  CHECK(contents->milters.size() == 2);
  const QByteArray words = ssh.file("words");
  CHECK(words.contains("<-o>\n<BatchMode=yes>\n"));
  CHECK(words.contains("<-->\n<mail.example.com>\n<exec /bin/sh -c '"));
  CHECK_FALSE(words.contains("mine"));
  // Shells that are none of Bourne's take no line feed between quotes, and look for "!" even there.
  CHECK(words.count('\n') == 9);
  CHECK(words.endsWith("'>\n"));
  CHECK(words.count('\'') == 2);
  CHECK_FALSE(words.contains('!'));
  CHECK_FALSE(QFile::exists(ssh.path("run")));
}

TEST_CASE("a host that hangs is told after a while, and the window lives on") {
  const FakeSsh ssh("exec sleep 600\n");
  SshSource source(kMail, kShort);
  const Heart heart;
  QElapsedTimer timer;
  timer.start();
  auto first = source.contents();
  auto second = source.charts(query());
  auto third = source.overview("", query().period);
  const auto contents = wait_for(first);
  REQUIRE_FALSE(contents);
  CHECK(contents.error().message.find("mail.example.com has said nothing for") == 0);
  // Those that wait with it are answered with it.
  CHECK_FALSE(wait_for(second));
  CHECK_FALSE(wait_for(third));
  CHECK(heart.beats() >= 5);
}

TEST_CASE("who stops waiting for a host ends its ssh") {
  const FakeSsh ssh("echo $$ >\"$FAKE_SSH/pid\"\nexec sleep 600\n");
  {
    SshSource source(kMail, std::chrono::seconds(600));
    QSignalSpy progress(&source, &Source::progress);
    auto future = source.contents();
    REQUIRE(QTest::qWaitFor([&] { return !ssh.file("pid").trimmed().isEmpty(); }, 20'000));
    CHECK(progress.wait(5000));
    CHECK(progress.front().front().toString().startsWith("Fetching from mail.example.com"));
    future.cancel();
    const QString process = "/proc/" + ssh.file("pid").trimmed();
    CHECK(QTest::qWaitFor([&] { return !QFile::exists(process); }, 20'000));
  }
}

TEST_CASE("a window that is closed while a host sends leaves nothing in the temporary folder") {
  const QTemporaryDir temporary;
  const QByteArray before = qgetenv("TMPDIR");
  const QTemporaryDir there;
  make_archive(there.path().toStdString(), archive::Kind::milter_status, "a", kNewest - 3600, kNewest);
  // The archive comes, and after it nothing and no end.
  const FakeSsh ssh("tar -cf - -C '" + there.path().toUtf8() +
                    "' milter.status.a.rrd | head -c 2048\nexec sleep 600\n");
  qputenv("TMPDIR", temporary.path().toUtf8());
  const auto count = [&] {
    return QDir(temporary.path()).entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot).size();
  };
  auto source = std::make_unique<SshSource>(kMail, std::chrono::seconds(600));
  auto future = source->contents();
  const auto has_come = [&] {
    return !QDir(temporary.path()).entryList({"*"}, QDir::Dirs | QDir::NoDotAndDotDot).isEmpty() &&
           QDirIterator(temporary.path(), {"*.rrd"}, QDir::Files, QDirIterator::Subdirectories).hasNext();
  };
  CHECK(QTest::qWaitFor(has_come, 20'000));
  source.reset();
  CHECK(count() == 0);
  CHECK(QTest::qWaitFor([&] { return future.isFinished(); }, 20'000));
  CHECK(count() == 0);
  if (before.isNull()) {
    qunsetenv("TMPDIR");
  } else {
    qputenv("TMPDIR", before);
  }
}

TEST_CASE("what goes wrong with a host is told in its own words") {
  struct Case {
    const char* script;
    const char* sentence;
  };
  const Case one = GENERATE(values<Case>({
      {"echo 'Warning: x' >&2; echo 'Permission denied (publickey).' >&2; exit 255\n",
       "mail.example.com: Permission denied (publickey)."},
      {"exit 7\n", "mail.example.com: ssh ended with status 7"},
      {"kill -9 $$\n", "mail.example.com: ssh ended with status 9"},
      {"exit 0\n", "mail.example.com: the archives came in part only"},
      {"printf 'Welcome to this host!%01000d'\n", "mail.example.com: what came is no tar stream"},
      {"cat /dev/zero | head -c 100000; exit 0\n", "there is no archive of milter-manager-log-analyzer"},
      {"exec cat /dev/zero\n", "mail.example.com goes on behind the end of its archives"},
  }));
  CAPTURE(one.script);
  const FakeSsh ssh(one.script);
  SshSource source(kMail, std::chrono::seconds(30));
  const auto contents = wait_for(source.contents());
  REQUIRE_FALSE(contents);
  CHECK(contents.error().message.find(one.sentence) != std::string::npos);
}

TEST_CASE("where there is no folder of archives the host says so") {
  const QTemporaryDir there;
  const FakeSsh ssh(kShell);
  Place place = kMail;
  place.paths = QStringList(there.path());
  SshSource empty(place);
  const auto contents = wait_for(empty.contents());
  REQUIRE_FALSE(contents);
  CHECK(contents.error().message.find("there is no archive in this folder") != std::string::npos);
  place.paths = QStringList(there.path() + "/gone");
  SshSource gone(place);
  const auto nothing = wait_for(gone.contents());
  REQUIRE_FALSE(nothing);
  CHECK(nothing.error().message.find("gone") != std::string::npos);
}

}  // namespace milter_manager::gui
