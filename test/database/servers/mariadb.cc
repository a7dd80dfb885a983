// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/database/recipients.h"
#include "test/database/servers/database_server.h"

namespace {

class Mariadb final : public DatabaseServer {
 public:
  Mariadb() : DatabaseServer("mysql") {
    run_as_user({"/usr/bin/mariadb-install-db", "--no-defaults", "--datadir=" + file("data"),
                 "--tmpdir=" + file(""), "--auth-root-authentication-method=normal", "--skip-test-db"});
    start();
    query(std::string("CREATE DATABASE mail CHARACTER SET utf8mb4; "
                      "CREATE USER manager@localhost IDENTIFIED BY 'pass-1234'; "
                      "GRANT ALL ON mail.* TO manager@localhost; USE mail; ") +
          kAccountsTable);
  }

  std::string settings() const override {
    return "database.type = 'mysql2'\ndatabase.name = 'mail'\ndatabase.user = 'manager'\n"
           "database.password = 'pass-1234'\ndatabase.path = '" +
           file("sock") + "'\n";
  }
  std::string sleep(int seconds) const override { return "SELECT SLEEP(" + std::to_string(seconds) + ")"; }

 private:
  std::vector<std::string> command() const override {
    return {"/usr/sbin/mariadbd",        "--no-defaults",
            "--datadir=" + file("data"), "--tmpdir=" + file(""),
            "--socket=" + file("sock"),  "--pid-file=" + file("server.pid"),
            "--skip-networking",         "--innodb-buffer-pool-size=16M",
            "--innodb-log-file-size=4M", "--max-connections=40"};
  }
  std::vector<std::string> client(const std::string& statement) const override {
    return {"/usr/bin/mariadb", "--no-defaults", "--socket=" + file("sock"), "-u", "root", "-N", "-B", "-e",
            statement};
  }
  std::string counting() const override {
    return "SELECT COUNT(*) FROM information_schema.processlist WHERE user = 'manager'";
  }
};

}  // namespace

std::unique_ptr<DatabaseServer> make_mariadb() { return std::make_unique<Mariadb>(); }
