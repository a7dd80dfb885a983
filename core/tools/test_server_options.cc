// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tools/test_server_options.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "core/message/header_list.h"
#include "core/protocol/macro.h"
#include "core/tools/cli.h"

namespace milter_manager::tools {
namespace {

using protocol::CommandKind;

constexpr std::string_view kDefaultBody =
    "La de da de da 1.\nLa de da de da 2.\nLa de da de da 3.\nLa de da de da 4.";

constexpr struct {
  const char* option;
  CommandKind stage;
} kMacroOptions[] = {
    {"--connect-macro", CommandKind::connect},
    {"--helo-macro", CommandKind::helo},
    {"--envelope-from-macro", CommandKind::mail},
    {"--envelope-recipient-macro", CommandKind::recipient},
    {"--data-macro", CommandKind::data},
    {"--end-of-header-macro", CommandKind::end_of_header},
    {"--end-of-message-macro", CommandKind::end_of_message},
};

// What was typed, before it is understood.
struct Typed {
  std::string name = "milter-test-server", spec;
  std::uint32_t version = protocol::kMaxVersion;
  std::string host = "mx.example.net", address = "inet:50443@[192.168.123.123]", helo = "delian";
  std::string sender = "<sender@example.com>";
  std::vector<std::string> recipients, headers, body;
  std::optional<std::string> unknown;
  std::string mail_file, color = "auto";
  std::string authenticated_name, authenticated_type, authenticated_author;
  std::optional<double> all_timeouts;
  double connection_timeout = 300, reading_timeout = 10, writing_timeout = 10, end_of_message_timeout = 300;
  std::vector<std::string> macros[std::size(kMacroOptions)];
  bool output_message = false, verbose = false;
  unsigned threads = 0;
};

void define_envelope(CLI::App& app, Typed& typed) {
  app.add_option("--name", typed.name, "Call this program NAME in {daemon_name}")
      ->type_name("NAME")
      ->capture_default_str();
  app.add_option("-s,--connection-spec", typed.spec,
                 "Where the milter listens: unix:PATH, inet:PORT[@HOST], "
                 "inet6:PORT[@HOST], or a path")
      ->type_name("SPEC")
      ->required();
  app.add_option("--negotiate-version", typed.version, "Offer this version of the milter protocol")
      ->type_name("VERSION")
      ->check(CLI::Range(protocol::kMinVersion, protocol::kMaxVersion))
      ->capture_default_str();
  app.add_option("--connect-host", typed.host, "The client's name")->type_name("HOST")->capture_default_str();
  app.add_option("--connect-address", typed.address, "The client's address")
      ->type_name("SPEC")
      ->capture_default_str();
  app.add_option("--helo-fqdn", typed.helo, "The name that the client gives")
      ->type_name("FQDN")
      ->capture_default_str();
  app.add_option("-f,--envelope-from,--from", typed.sender, "The sender")
      ->type_name("FROM")
      ->capture_default_str();
  app.add_option("-r,--envelope-recipient,--recipient", typed.recipients,
                 "A recipient; again for more [<receiver@example.org>]")
      ->type_name("RECIPIENT")
      ->allow_extra_args(false);
  app.add_option("--unknown", typed.unknown, "Tell the milter of an unknown SMTP command")
      ->type_name("COMMAND");
  app.add_option("--authenticated-name", typed.authenticated_name, "Who has authenticated: {auth_authen}")
      ->type_name("NAME");
  app.add_option("--authenticated-type", typed.authenticated_type, "In which way: {auth_type}")
      ->type_name("TYPE");
  app.add_option("--authenticated-author", typed.authenticated_author, "For whom: {auth_author}")
      ->type_name("AUTHOR");
}

void define_message(CLI::App& app, Typed& typed) {
  app.add_option("-h,--header", typed.headers, "A header; again for more")
      ->type_name("NAME:VALUE")
      ->allow_extra_args(false);
  app.add_option("-b,--body", typed.body, "A piece of the body; again for more")
      ->type_name("CHUNK")
      ->allow_extra_args(false);
  app.add_option("-m,--mail-file", typed.mail_file,
                 "Take sender, recipients, headers and body from a file, or from "
                 "standard input for -")
      ->type_name("PATH");
  for (std::size_t i = 0; i < std::size(kMacroOptions); ++i) {
    app.add_option(kMacroOptions[i].option, typed.macros[i], "A macro for that stage; again for more")
        ->type_name("NAME:VALUE")
        ->allow_extra_args(false);
  }
}

void define_running(CLI::App& app, Typed& typed) {
  app.add_flag("--output-message", typed.output_message, "Show the mail, and what the milter changed in it");
  app.add_flag("--color{yes}", typed.color, "With colours: yes, no or auto [auto]");
  app.add_option("--connection-timeout", typed.connection_timeout, "Wait so long for a connection")
      ->type_name("SECONDS")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--reading-timeout", typed.reading_timeout, "… for an answer")
      ->type_name("SECONDS")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--writing-timeout", typed.writing_timeout, "… until the milter reads")
      ->type_name("SECONDS")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--end-of-message-timeout", typed.end_of_message_timeout,
                 "… for the answer to the end of the message")
      ->type_name("SECONDS")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--all-timeouts", typed.all_timeouts, "All of these")
      ->type_name("SECONDS")
      ->check(CLI::PositiveNumber);
  app.add_option("-t,--threads", typed.threads, "Hold N sessions at the same time")
      ->type_name("N")
      ->check(CLI::Range(0u, 10000u))
      ->capture_default_str();
  app.add_flag("-v,--verbose", typed.verbose, "Show each command and reply as it comes");
}

Result<void> read_connect_address(const std::string& text, Script& script) {
  using protocol::command::Family;
  const auto spec = net::parse_connection_spec(text);
  if (!spec) return failure("--connect-address: " + spec.error().message);
  switch (spec->family) {
    case net::ConnectionSpec::Family::unix:
      script.family = Family::unix;
      script.address = spec->path;
      return {};
    case net::ConnectionSpec::Family::inet:
      script.family = Family::inet;
      break;
    case net::ConnectionSpec::Family::inet6:
      script.family = Family::inet6;
      break;
  }
  if (!spec->host.empty() && !spec->host_is_address) {
    return failure(fmt::format("--connect-address: an address is needed, not a name: <{}>", text));
  }
  script.port = spec->port;
  script.address = !spec->host.empty() ? spec->host : script.family == Family::inet ? "0.0.0.0" : "::";
  return {};
}

void set_default_macros(const Typed& typed, Script& script) {
  script.macros[CommandKind::connect] = {{"daemon_name", typed.name},
                                         {"if_name", "localhost"},
                                         {"if_addr", "127.0.0.1"},
                                         {"j", "mail.example.com"}};
  script.macros[CommandKind::helo] = {{"tls_version", "0"},
                                      {"cipher", "0"},
                                      {"cipher_bits", "0"},
                                      {"cert_subject", "cert_subject"},
                                      {"cert_issuer", "cert_issuer"}};
  auto& mail = script.macros[CommandKind::mail];
  mail = {{"mail_mailer", "mail_mailer"}, {"mail_host", "mail_host"}, {"mail_addr", "mail_addr"}};
  if (!typed.authenticated_name.empty()) mail["auth_authen"] = typed.authenticated_name;
  if (!typed.authenticated_type.empty()) mail["auth_type"] = typed.authenticated_type;
  if (!typed.authenticated_author.empty()) mail["auth_author"] = typed.authenticated_author;
  script.macros[CommandKind::recipient] = {{"rcpt_mailer", "rcpt_mailer"}, {"rcpt_host", "rcpt_host"}};
  for (const auto stage : {CommandKind::data, CommandKind::end_of_header, CommandKind::end_of_message}) {
    script.macros[stage] = {{"i", "i"}};
  }
}

Result<void> read_macros(const Typed& typed, Script& script) {
  set_default_macros(typed, script);
  for (std::size_t i = 0; i < std::size(kMacroOptions); ++i) {
    for (const std::string& text : typed.macros[i]) {
      const auto colon = text.find(':');
      if (colon == std::string::npos) {
        return failure(fmt::format("macro name and value delimiter ':' doesn't exist: <{}>", text));
      }
      const auto name = protocol::bare_macro_name(std::string_view(text).substr(0, colon));
      script.macros[kMacroOptions[i].stage][std::string(name)] = text.substr(colon + 1);
    }
  }
  return {};
}

bool has_header(const Mail& mail, std::string_view name) {
  return std::any_of(mail.headers.begin(), mail.headers.end(),
                     [&](const Header& header) { return message::same_name(header.name, name); });
}

Result<Mail> read_mail(const Typed& typed) {
  Mail mail;
  if (!typed.mail_file.empty()) {
    auto file = read_mail_file(typed.mail_file);
    if (!file) return tl::unexpected(file.error());
    mail = std::move(*file);
  }
  if (mail.sender.empty()) mail.sender = with_brackets(typed.sender);
  if (mail.recipients.empty()) {
    for (const auto& recipient : typed.recipients) mail.recipients.push_back(with_brackets(recipient));
  }
  if (mail.recipients.empty()) mail.recipients = {"<receiver@example.org>"};
  for (const std::string& text : typed.headers) {
    auto header = parse_header(text);
    if (!header) return tl::unexpected(header.error());
    mail.headers.push_back(std::move(*header));
  }
  if (!has_header(mail, "To"))
    mail.headers.insert(mail.headers.begin(), {"To", fmt::format("{}", fmt::join(mail.recipients, ", "))});
  if (!has_header(mail, "From")) mail.headers.insert(mail.headers.begin(), {"From", mail.sender});
  if (!typed.body.empty()) mail.body = typed.body;
  if (typed.body.empty() && typed.mail_file.empty()) mail.body = {std::string(kDefaultBody)};
  return mail;
}

Timeouts read_timeouts(const Typed& typed) {
  using Seconds = Timeouts::Seconds;
  if (typed.all_timeouts) {
    const Seconds all{*typed.all_timeouts};
    return {all, all, all, all};
  }
  return {Seconds{typed.connection_timeout}, Seconds{typed.reading_timeout}, Seconds{typed.writing_timeout},
          Seconds{typed.end_of_message_timeout}};
}

Result<bool> read_color(const std::string& text, bool terminal) {
  if (text == "yes" || text == "true") return true;
  if (text == "no" || text == "false") return false;
  if (text == "auto") return terminal;
  return failure("Invalid color value: " + text);
}

Result<TestServerOptions> understand(const Typed& typed, const std::string& spec_name, bool terminal) {
  TestServerOptions options;
  const auto spec =
      net::parse_connection_spec(typed.spec.substr(0, 1) == "/" ? "unix:" + typed.spec : typed.spec);
  if (!spec) return failure(spec_name + ": " + spec.error().message);
  options.spec = *spec;
  const auto color = read_color(typed.color, terminal);
  if (!color) return tl::unexpected(color.error());
  options.style = {typed.output_message, *color};
  options.timeouts = read_timeouts(typed);
  options.sessions = std::max(typed.threads, 1u);
  options.verbose = typed.verbose;

  Script& script = options.script;
  script.version = typed.version;
  script.host = typed.host;
  script.helo = typed.helo;
  script.unknown = typed.unknown;
  if (const auto read = read_connect_address(typed.address, script); !read)
    return tl::unexpected(read.error());
  if (const auto read = read_macros(typed, script); !read) return tl::unexpected(read.error());
  auto mail = read_mail(typed);
  if (!mail) return tl::unexpected(mail.error());
  script.mail = std::move(*mail);
  return options;
}

}  // namespace

CommandLine<TestServerOptions> parse_test_server_options(const std::vector<std::string>& arguments,
                                                         bool terminal) {
  Typed typed;
  CLI::App app("Tells a milter of one mail, as an MTA does, and says what the milter made of it.",
               "milter-test-server");
  app.set_help_flag("--help", "Show this help");
  app.set_version_flag("--version", "milter-test-server " MILTER_MANAGER_VERSION);
  app.footer(describe_exit_statuses());
  define_envelope(app, typed);
  define_message(app, typed);
  define_running(app, typed);
  if (auto parsed = parse(app, arguments); !parsed) return tl::unexpected(parsed.error());
  auto options = understand(typed, typed_name(arguments, "-s", "--connection-spec"), terminal);
  if (!options) return tl::unexpected(CommandLineEnd{options.error().message + "\n", 1});
  return std::move(*options);
}

}  // namespace milter_manager::tools
