// SPDX-License-Identifier: GPL-3.0-or-later
// example-milter: a small milter to start from, and to try milter manager with.
//
//   example-milter -s inet:10026@127.0.0.1 --add-header X-Seen-By:example
//   example-milter -s unix:/run/greylist.sock --greylist 60
//   example-milter -s unix:/run/spam.sock --reject-spam lottery [--mark]
//
// Roles can be put together on one command line. Ends on SIGTERM and SIGINT.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <csignal>

#include "core/net/signal.h"
#include "examples/milter/server.h"

namespace {

int fail(const std::string& message) {
  fmt::print(stderr, "example-milter: {}\n", message);
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  std::string spec_text = "inet:10026@127.0.0.1";
  std::vector<std::string> headers;
  std::optional<unsigned> greylist_seconds;
  example::Roles roles;

  CLI::App app("A small milter with roles to choose from.", "example-milter");
  app.add_option("-s,--connection-spec", spec_text, "Where to listen: unix:PATH or inet:PORT[@HOST]")
      ->type_name("SPEC")
      ->capture_default_str();
  app.add_option("--add-header", headers, "Add this header to each mail; again for more")
      ->type_name("NAME:VALUE")
      ->allow_extra_args(false);
  app.add_option("--greylist", greylist_seconds, "Let a sender in who comes back after so long")
      ->type_name("SECONDS");
  app.add_option("--reject-spam", roles.spam_word, "Reject mail with this word in its subject or body")
      ->type_name("WORD");
  app.add_flag("--mark", roles.mark_only, "Mark such mail instead: X-Spam-Flag: YES")->needs("--reject-spam");
  CLI11_PARSE(app, argc, argv);

  for (const std::string& header : headers) {
    const auto colon = header.find(':');
    if (colon == std::string::npos || colon == 0)
      return fail(fmt::format("--add-header needs NAME:VALUE: <{}>", header));
    const auto value = header.find_first_not_of(' ', colon + 1);
    roles.added_headers.push_back(
        {header.substr(0, colon), value == std::string::npos ? "" : header.substr(value)});
  }
  roles.greylist = greylist_seconds.has_value();
  const auto spec = example::net::parse_connection_spec(spec_text);
  if (!spec) return fail(spec.error().message);

  example::net::Loop loop;
  const auto server = example::Server::listen(
      loop, *spec, roles, example::Greylist(std::chrono::seconds(greylist_seconds.value_or(0))));
  if (!server) return fail(server.error().message);
  const example::net::Signal terminated(loop, SIGTERM, [&] { loop.stop(); });
  const example::net::Signal interrupted(loop, SIGINT, [&] { loop.stop(); });
  loop.run();
}
