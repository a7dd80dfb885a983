// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tools/test_client_options.h"

#include "core/tools/cli.h"

namespace milter_manager::tools {
namespace {

struct Typed {
  std::string spec, mode = "0660", group, pid_file;
  Identity identity;
  bool daemon = false, verbose = false, no_report = false;
};

void define(CLI::App& app, Typed& typed) {
  app.add_option("-s,--connection-spec", typed.spec,
                 "Where to listen: unix:PATH, inet:PORT[@HOST], inet6:PORT[@HOST] [inet:10025@[127.0.0.1]]")
      ->type_name("SPEC");
  app.add_flag("--no-report-request,-q,--quiet", typed.no_report, "Don't show what the MTA says");
  app.add_flag("-v,--verbose", typed.verbose, "Show connections, and what goes wrong on them");
  app.add_option("--unix-socket-mode", typed.mode, "Permissions of a UNIX socket: 660 or ug=rw")
      ->type_name("MODE")
      ->capture_default_str();
  app.add_option("--unix-socket-group", typed.group, "Group of a UNIX socket")->type_name("GROUP");
  app.add_option("-u,--user,--user-name,--user-id", typed.identity.user, "Run as this user (for root)")
      ->type_name("USER");
  app.add_option("-g,--group,--group-name,--group-id", typed.identity.group, "Run as this group (for root)")
      ->type_name("GROUP");
  app.add_option("--pid-file", typed.pid_file, "Write the process's number there")->type_name("FILE");
  app.add_flag("--daemon,!--no-daemon", typed.daemon, "Run in the background");
}

Result<TestClientOptions> understand(const Typed& typed, const std::string& spec_name,
                                     const char* default_spec) {
  TestClientOptions options;
  std::string text = typed.spec;
  if (text.empty())
    text = default_spec != nullptr && *default_spec != '\0' ? default_spec : "inet:10025@[127.0.0.1]";
  const auto spec = net::parse_connection_spec(text);
  if (!spec) return failure(spec_name + ": " + spec.error().message);
  const auto mode = parse_socket_mode(typed.mode);
  if (!mode) return failure("--unix-socket-mode: " + mode.error().message);
  options.spec = *spec;
  options.listen.mode = *mode;
  options.listen.group = typed.group;
  options.identity = typed.identity;
  options.pid_file = typed.pid_file;
  options.daemon = typed.daemon;
  options.report_requests = !typed.no_report;
  options.verbose = typed.verbose;
  return options;
}

}  // namespace

CommandLine<TestClientOptions> parse_test_client_options(const std::vector<std::string>& arguments,
                                                         const char* default_spec) {
  Typed typed;
  CLI::App app("A milter that lets every mail pass and shows what the MTA tells it.", "milter-test-client");
  app.set_help_flag("-h,--help", "Show this help");
  app.set_version_flag("--version", MILTER_MANAGER_VERSION);
  define(app, typed);
  if (auto parsed = parse(app, arguments); !parsed) return tl::unexpected(parsed.error());
  auto options = understand(typed, typed_name(arguments, "-s", "--connection-spec"), default_spec);
  if (!options) return tl::unexpected(CommandLineEnd{options.error().message + "\n", 1});
  return std::move(*options);
}

}  // namespace milter_manager::tools
