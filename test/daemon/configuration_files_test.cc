// SPDX-License-Identifier: GPL-3.0-or-later
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "test/daemon/program.h"

namespace {

const char* const kCustomFile =
    "<configuration>\n  <manager><n-workers>7</n-workers></manager>\n</configuration>\n";

// Lines that are no comments.
std::string values(std::string shown) {
  std::string text;
  while (!shown.empty()) {
    const std::string line = shown.substr(0, shown.find('\n') + 1);
    if (line.find_first_not_of(' ') != line.find('#')) text += line;
    shown.erase(0, line.size());
  }
  return text;
}

}  // namespace

TEST_CASE("checking the configuration goes on behind each error, and starts nothing") {
  const Folder folder;
  folder.write("milter-manager.conf", "manager.connection_spec = 'unix:" + folder.file("s") +
                                          "'\nmanager.deamon = true\nload('a.conf')\nload('gone.conf')\n"
                                          "log.use_syslog = 1\n");
  folder.write("a.conf", "\nmanager.n_workers = 'many'\nmanager.chunk_size = nil\nend\n");
  const Ended ended = run({"-c", folder.path(), "--check-config"});
  CHECK(folder.without_path(ended.err) ==
        "CONFIG/milter-manager.conf:2: error: there is no manager.deamon: did you mean manager.daemon?\n"
        "CONFIG/a.conf:4: error: SyntaxError: syntax error, unexpected `end', expecting end-of-input\n"
        "CONFIG/milter-manager.conf:4: error: gone.conf doesn't exist.\n"
        "CONFIG/milter-manager.conf:5: error: log.use_syslog should be one of [true, false] but was 1\n");
  CHECK(ended.out == "");
  CHECK(ended.status == 1);
  CHECK(::access(folder.file("s").c_str(), F_OK) != 0);
}

TEST_CASE("the configuration that is shown with its secrets is one that can be read") {
  const Folder folder;
  folder.write("milter-manager.conf",
               "package.platform = 'debian'\nmanager.connection_spec = 'inet:10025@[127.0.0.1]'\n"
               "database.password = \"p\\\"\\n\"\nmanager.use_netstat_connection_checker\n"
               "define_applicable_condition('a') { |condition| condition.builtin = 's25r' }\n"
               "define_milter('a') { |milter| milter.connection_spec = 'inet:1'; "
               "milter.add_applicable_condition('a') }\n");
  const std::string shown = run({"-c", folder.path(), "--show-config", "--show-secrets"}).out;
  const Folder second;
  second.write("milter-manager.conf", shown);
  const Ended again = run({"-c", second.path(), "--show-config", "--show-secrets"});
  CHECK(values(again.out) == values(shown));
  CHECK(again.status == 0);
  CHECK_THAT(shown, Catch::Matchers::Contains("database.password = \"p\\\"\\n\"\n"));
}

TEST_CASE("a custom file is read last, from the custom folder too") {
  const Folder folder;
  const Folder custom;
  folder.write("milter-manager.conf", "manager.n_workers = 1\n");
  folder.write("milter-manager.custom.conf", kCustomFile);
  Ended ended = run({"-c", folder.path(), "--show-config"});
  CHECK_THAT(ended.out, Catch::Matchers::Contains("milter-manager.custom.conf:2\nmanager.n_workers = 7\n"));

  ::unlink(folder.file("milter-manager.custom.conf").c_str());
  folder.write("milter-manager.conf",
               "manager.n_workers = 1\nmanager.custom_configuration_directory = '" + custom.path() + "'\n");
  custom.write("milter-manager.custom.conf", kCustomFile);
  ended = run({"-c", folder.path(), "--show-config"});
  CHECK_THAT(ended.out, Catch::Matchers::Contains("\nmanager.n_workers = 7\n"));
}

TEST_CASE("root does not do what somebody else's custom file says") {
  const Folder folder;
  folder.write("milter-manager.conf", "manager.n_workers = 1\n");
  folder.write("milter-manager.custom.conf", kCustomFile);
  const std::string custom = folder.file("milter-manager.custom.conf");
  const bool root = ::geteuid() == 0;
  if (root) REQUIRE(::chown(custom.c_str(), 65534, 65534) == 0);
  const Ended ended = run({"-c", folder.path(), "--show-config"});
  // Whoever is not root reads it as any other file.
  CHECK_THAT(ended.out,
             Catch::Matchers::Contains(root ? "\nmanager.n_workers = 1\n" : "\nmanager.n_workers = 7\n"));
  const std::string told =
      "CONFIG/milter-manager.custom.conf is not read: it is not root's, who started the manager\n";
  CHECK((folder.without_path(ended.err).find(told) != std::string::npos) == root);
}

TEST_CASE("root runs nothing from a custom folder that others may write") {
  const Folder folder;
  const Folder custom;
  folder.write("milter-manager.conf",
               "manager.n_workers = 1\nload_if_exist('theirs.conf')\n"
               "manager.custom_configuration_directory = '" +
                   custom.path() + "'\n");
  custom.write("theirs.conf", "manager.n_workers = 7\n");
  const bool root = ::geteuid() == 0;
  const struct {
    uid_t owner;
    mode_t mode;
    bool trusted;
    const char* reason;
  } cases[] = {
      {::geteuid(), 0755, true, ""},
      {::geteuid(), 0775, false, "others than root, who started the manager, may write it"},
      {65534, 0755, false, "it is not root's, who started the manager"},
  };
  for (const auto& [owner, mode, trusted, reason] : cases) {
    CAPTURE(owner, mode);
    if (root) REQUIRE(::chown(custom.path().c_str(), owner, static_cast<gid_t>(-1)) == 0);
    REQUIRE(::chmod(custom.path().c_str(), mode) == 0);
    const Ended ended = run({"-c", folder.path(), "--show-config"});
    const bool read = trusted || !root;
    CHECK_THAT(ended.out,
               Catch::Matchers::Contains(read ? "\nmanager.n_workers = 7\n" : "\nmanager.n_workers = 1\n"));
    const std::string told =
        "CONFIG/milter-manager.conf:3: warning: " + custom.path() + " is not looked into: " + reason + "\n";
    CHECK((folder.without_path(ended.err).find(told) != std::string::npos) != read);
  }
}
