// SPDX-License-Identifier: GPL-3.0-or-later
// promtool and a Prometheus server (Debian's) take what the exposer serves, and answer the dashboard's questions.
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <thread>

#include "core/metrics/counts.h"
#include "core/metrics/documents.h"
#include "core/metrics/exposer.h"
#include "core/metrics/table.h"
#include "core/net/descriptor.h"
#include "test/fake_manager/fake_manager.h"
#include "test/network/http.h"

using namespace milter_manager;

namespace {

struct Folder {
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "milter-manager-prometheus-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~Folder() { std::filesystem::remove_all(path); }
  void write(const std::string& name, const std::string& text) const {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen((path + "/" + name).c_str(), "w"),
                                                               &std::fclose);
    REQUIRE(file);
    std::fwrite(text.data(), 1, text.size(), file.get());
  }
  std::string path;
};

// A program as our child, its output in files.
class Process {
 public:
  Process(std::vector<std::string> arguments, const std::string& input, const std::string& output) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, input.c_str(), O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawn_file_actions_adddup2(&actions, 1, 2);
    std::vector<char*> argv;
    for (auto& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    const int failed = ::posix_spawnp(&pid_, argv[0], &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    INFO("is the package prometheus installed?");
    REQUIRE(failed == 0);
  }
  ~Process() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGTERM);
    wait();
  }
  int wait() {
    int status = -1;
    ::waitpid(std::exchange(pid_, 0), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
  }

 private:
  pid_t pid_ = 0;
};

// A manager with metrics, on a thread of its own.
class Served {
 public:
  Served() : thread_([this] { serve(); }) {
    while (port == 0) std::this_thread::yield();
  }
  ~Served() {
    loop_.post([this] { loop_.stop(); });
    thread_.join();
  }
  std::atomic<int> port{0};

 private:
  void serve() {
    log::Logger logger(silent());
    FakeManager manager(loop_);
    manager.snapshot = example_snapshot();
    manager.snapshot.connection_spec = "unix:/x";
    metrics::Counts counts = metrics::decode(manager.snapshot.measurements);
    counts.add(metrics::Id::milter_errors_total, {"日本 \"a\\b\"\n\xff"}, 7);
    manager.snapshot.measurements = metrics::encode(counts);
    metrics::Exposer exposer(loop_, logger, manager, "3.0.0");
    config::Configuration configuration;
    configuration.metrics.connection_spec = "inet:0";
    if (exposer.use(configuration)) port = exposer.port();
    loop_.run();
  }

  net::Loop loop_;
  std::thread thread_;
};

std::string body(const std::string& answer) {
  const std::size_t at = answer.find("\r\n\r\n");
  return at == std::string::npos ? answer : answer.substr(at + 4);
}

int free_port() {
  const net::Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  REQUIRE(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), length) == 0);
  REQUIRE(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &length) == 0);
  return ntohs(address.sin_port);
}

std::string url_encoded(const std::string& text) {
  std::string out;
  for (const char byte : text) out += fmt::format("%{:02X}", static_cast<unsigned char>(byte));
  return out;
}

template <typename Condition>
bool eventually(Condition holds) {
  for (int i = 0; i < 600; ++i) {
    if (holds()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  return false;
}

}  // namespace

TEST_CASE("promtool finds nothing to say about the metrics") {
  const Served served;
  const Folder folder;
  folder.write("page", body(http_get(served.port, "/metrics")));
  Process promtool({"promtool", "check", "metrics"}, folder.path + "/page", folder.path + "/said");
  const int status = promtool.wait();
  CHECK(read_file(folder.path + "/said") == "");
  CHECK(status == 0);
}

TEST_CASE("a Prometheus server fetches the metrics and answers all that the dashboard asks") {
  const Served served;
  const Folder folder;
  folder.write("prometheus.yml",
               fmt::format("global: {{scrape_interval: 1s, scrape_timeout: 900ms}}\nscrape_configs:\n"
                           "- job_name: own\n  static_configs: [{{targets: ['127.0.0.1:{}']}}]\n",
                           served.port.load()));
  const int port = free_port();
  const Process prometheus({"prometheus", "--config.file=" + folder.path + "/prometheus.yml",
                            "--storage.tsdb.path=" + folder.path + "/tsdb",
                            fmt::format("--web.listen-address=127.0.0.1:{}", port), "--log.level=warn"},
                           "/dev/null", folder.path + "/log");
  const auto query = [&](const std::string& expression) {
    return body(http_get(port, "/api/v1/query?query=" + url_encoded(expression)));
  };
  CAPTURE(read_file(folder.path + "/log"));
  REQUIRE(eventually(
      [&] { return http_get(port, "/api/v1/targets").find("\"health\":\"up\"") != std::string::npos; }));
  // Rates need two fetches.
  REQUIRE(eventually([&] {
    return query("count_over_time(milter_manager_build_info[1m]) > 2").find("\"value\"") != std::string::npos;
  }));

  CHECK_THAT(query("milter_manager_sessions"), Catch::Contains(",\"3\"]"));
  CHECK_THAT(query("sum(milter_manager_milter_verdicts_total{milter=\"clamav-milter\",status=\"reject\"})"),
             Catch::Contains(",\"2\"]"));
  CHECK_THAT(
      query("milter_manager_milter_errors_total{milter!=\"clamav-milter\"}"),
      Catch::Contains("\"milter\":\"日本 \\\"a\\\\b\\\"\\n\xef\xbf\xbd\"") && Catch::Contains(",\"7\"]"));
  for (const metrics::Metric& metric : metrics::table()) {
    for (metrics::Query asked : metrics::queries(metric)) {
      // As Grafana fills them in.
      for (const auto& [variable, value] :
           {std::pair<std::string, std::string>{"$__rate_interval", "1m"}, {"$instance", ".*"}}) {
        for (std::size_t at; (at = asked.expression.find(variable)) != std::string::npos;)
          asked.expression.replace(at, variable.size(), value);
      }
      CAPTURE(asked.expression);
      const std::string answer = query(asked.expression);
      CHECK_THAT(answer, Catch::StartsWith("{\"status\":\"success\""));
      const bool may_be_missing = metric.id == metrics::Id::milter_breaker_open ||
                                  metric.id == metrics::Id::milter_breaker_trips_total ||
                                  metric.id == metrics::Id::milter_starts_total;
      if (!may_be_missing) CHECK_THAT(answer, Catch::Contains("\"value\""));
    }
  }
}
