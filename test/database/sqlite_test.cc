// SPDX-License-Identifier: GPL-3.0-or-later
// Recipients in a file of SQLite's.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "test/database/recipients.h"

namespace fs = std::filesystem;

namespace {

// The table in a file, made by a configuration that does nothing else; later with more statements, as another program would.
class File {
 public:
  File() { execute(kAccountsTable); }

  std::string path() const { return folder_.file("mail.sqlite3"); }
  std::string settings() const { return "database.name = '" + path() + "'\n"; }

  void execute(const std::string& statements) const {
    folder_.write("milter-manager.conf", "require 'sqlite3'\nSQLite3::Database.new('" + path() +
                                             "').execute_batch(%q[" + statements + "])\n");
    const Ended ended = run({"-c", folder_.path(), "--check-config"});
    INFO(ended.err << ended.out);
    REQUIRE(ended.status == 0);
  }

 private:
  Folder folder_;
};

int times_open(pid_t pid, const std::string& path) {
  int times = 0;
  for (const auto& entry : fs::directory_iterator("/proc/" + std::to_string(pid) + "/fd")) {
    std::error_code gone;
    times += fs::read_symlink(entry.path(), gone) == path;
  }
  return times;
}

// Look-ups whose file the manager itself locks, as another program would.
class LockedLookUps {
 public:
  explicit LockedLookUps(const std::string& settings)
      : look_ups_(file_.settings() + settings +
                  "require 'sqlite3'\n"
                  "manager.event_loop_created do |loop|\n"
                  "  loop.add_timeout(0.05) do\n"
                  "    next true unless File.exist?(\"#{DIR}/lock\")\n"
                  "    transaction = SQLite3::Database.new('" +
                  file_.path() +
                  "')\n"
                  "    transaction.execute('BEGIN EXCLUSIVE')\n"
                  "    File.write(\"#{DIR}/locked\", '')\n"
                  "    sleep 0.01 until File.exist?(\"#{DIR}/unlock\")\n"
                  "    transaction.close\n"
                  "    false\n"
                  "  end\n"
                  "end\n") {}
  LookUps* operator->() { return &look_ups_; }
  const File& file() const { return file_; }

  void lock() {
    look_ups_.manager().folder().write("lock", "");
    REQUIRE(eventually([&] { return ::access(look_ups_.manager().file("locked").c_str(), F_OK) == 0; }));
  }
  void unlock() { look_ups_.manager().folder().write("unlock", ""); }

 private:
  File file_;
  LookUps look_ups_;
};

}  // namespace

TEST_CASE("what the database says of a recipient decides which milter sees the mail") {
  const File file;
  LookUps look_ups(file.settings());
  CHECK(look_ups.milters_for("alice@example.net") == "strict");
  CHECK(look_ups.milters_for("bob@example.net") == "lenient");
  file.execute("UPDATE accounts SET milter = 'strict' WHERE address LIKE 'bob@%'");
  CHECK(look_ups.milters_for("bob@example.net") == "strict");
  // The block raises: neither milter is stopped.
  CHECK(look_ups.milters_for("nobody@example.net") == "strict lenient");
  CHECK(look_ups.manager().logs("<strict>: ActiveRecord::RecordNotFound: Couldn't find Account"));
  CHECK(look_ups.manager().end().status == 0);
}

TEST_CASE("workers look recipients up with what was read for all of them, before and after a reload") {
  const File file;
  const std::string settings = file.settings() + "manager.n_workers = 2\n";
  LookUps look_ups(settings);
  for (int i = 0; i < 2; ++i) {
    CHECK(look_ups.ask_at_once(20) == 20);
    CHECK(look_ups.milters_for("alice@example.net") == "strict");
    CHECK(look_ups.milters_for("bob@example.net") == "lenient");
    look_ups.reload(settings);
  }
  CHECK(look_ups.manager().log().find("[condition]") == std::string::npos);
  CHECK(look_ups.manager().end().status == 0);
}

TEST_CASE("500 sessions ask SQLite at once") {
  const File file;
  LookUps look_ups(file.settings() + "database.extra_options[:pool] = 2\n");
  CHECK(look_ups.ask_at_once(500) == 500);
  CHECK(look_ups.manager().log().find("[condition]") == std::string::npos);
  const int open = times_open(look_ups.manager().pid(), file.path());
  CHECK(open >= 1);
  CHECK(open <= 2);
}

TEST_CASE("a database file that another program keeps locked holds up those who ask it, and no other Ruby") {
  LockedLookUps look_ups("manager.condition_timeout = 4\n");
  CHECK(look_ups->milters_for("alice@example.net") == "strict");
  look_ups.lock();
  CHECK(look_ups->milters_for("alice@example.net") == "strict lenient");
  CHECK(
      look_ups->manager().logs("ActiveRecord::StatementInvalid: SQLite3::BusyException: database is locked"));
  look_ups.unlock();
  CHECK(eventually([&] { return look_ups->milters_for("alice@example.net") == "strict"; }));
  CHECK(look_ups->manager().log().find("[condition][held]") == std::string::npos);
}

TEST_CASE("a condition whose time is up while it waits for a locked file leaves SQLite fit for the next") {
  LockedLookUps look_ups(
      "database.extra_options[:pool] = 1\n"
      "database.extra_options[:timeout] = 60_000\n"
      "manager.condition_timeout = 1\n");
  // The wait is another one where the connection is yet to be made.
  const bool is_connected = GENERATE(true, false);
  CAPTURE(is_connected);
  if (is_connected) CHECK(look_ups->milters_for("alice@example.net") == "strict");
  look_ups.lock();
  CHECK(look_ups->milters_for("alice@example.net") == "strict lenient");
  CHECK(look_ups->manager().logs("<strict>: no answer in time"));
  look_ups.unlock();
  CHECK(eventually([&] { return look_ups->milters_for("alice@example.net") == "strict"; }));
  CHECK(eventually([&] { return times_open(look_ups->manager().pid(), look_ups.file().path()) == 1; }));
  CHECK(look_ups->manager().log().find("[condition][held]") == std::string::npos);
  CHECK(look_ups->manager().end().status == 0);
}

TEST_CASE("a condition that is ended in the middle of a transaction leaves nothing of it to the next") {
  const File file;
  LookUps look_ups(file.settings() +
                       "database.extra_options[:pool] = 1\n"
                       "manager.condition_timeout = 1\n",
                   "if recipient == '<slow@example.net>'\n"
                   "  Account.connection.begin_transaction(joinable: false)\n"
                   "  Account.update_all(milter: 'nobody')\n"
                   "  sleep\n"
                   "else\n"
                   "  Account.milter_of(recipient)\n"
                   "end");
  CHECK(look_ups.milters_for("slow@example.net") == "strict lenient");
  CHECK(look_ups.manager().logs("<strict>: no answer in time"));
  CHECK(eventually([&] { return look_ups.milters_for("alice@example.net") == "strict"; }));
}

TEST_CASE("a database file that isn't there is told before an empty one is made") {
  const Folder folder;
  folder.write("milter-manager.conf",
               "database.name = '" + folder.file("mail.sqlite3") + "'\ndatabase.setup\n");
  const Ended ended = run({"-c", folder.path(), "--check-config"});
  CHECK_THAT(folder.without_path(ended.out + ended.err),
             Catch::Contains(
                 "CONFIG/milter-manager.conf:2: warning: there is no database file CONFIG/mail.sqlite3: an "
                 "empty one will be made"));
}
