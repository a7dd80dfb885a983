// SPDX-License-Identifier: GPL-3.0-or-later
#include <filesystem>
#include <stdexcept>

#include "test/database/recipients.h"
#include "test/database/servers/database_server.h"

namespace fs = std::filesystem;

namespace {

// Debian has a folder for each version.
std::string programs() {
  fs::path newest;
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", missing))
    newest = std::max(newest, entry.path());
  if (newest.empty()) throw std::runtime_error("PostgreSQL is not installed: see test/packages.txt");
  return newest / "bin/";
}

class Postgresql final : public DatabaseServer {
 public:
  Postgresql() : DatabaseServer("postgres") {
    run_as_user({programs() + "initdb", "-D", file("data"), "-A", "trust", "-U", "postgres", "-E", "UTF8",
                 "--locale=C.UTF-8", "--no-sync"});
    start();
    query("CREATE USER manager PASSWORD 'pass-1234'");
    query("CREATE DATABASE mail OWNER manager");
    run_as_user({programs() + "psql", "-h", file(""), "-U", "manager", "-d", "mail", "-c", kAccountsTable});
  }

  std::string settings() const override {
    return "database.type = 'pg'\ndatabase.name = 'mail'\ndatabase.user = 'manager'\n"
           "database.password = 'pass-1234'\ndatabase.path = '" +
           file(".s.PGSQL.5432") + "'\n";
  }
  std::string sleep(int seconds) const override { return "SELECT pg_sleep(" + std::to_string(seconds) + ")"; }

 private:
  std::vector<std::string> command() const override {
    return {programs() + "postgres",
            "-D",
            file("data"),
            "-k",
            file(""),
            "-c",
            "listen_addresses=",
            "-c",
            "fsync=off",
            "-c",
            "max_connections=40",
            "-c",
            "shared_buffers=16MB"};
  }
  std::vector<std::string> client(const std::string& statement) const override {
    return {programs() + "psql", "-h", file(""), "-U", "postgres", "-d", "postgres", "-Atc", statement};
  }
  std::string counting() const override {
    return "SELECT count(*) FROM pg_stat_activity WHERE usename = 'manager'";
  }
};

}  // namespace

std::unique_ptr<DatabaseServer> make_postgresql() { return std::make_unique<Postgresql>(); }
