// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tools/describe.h"

#include <fmt/format.h>

#include "core/protocol/macro.h"
#include "core/tools/printable.h"

namespace milter_manager::tools {
namespace {

using namespace protocol;

std::string spec_of(const command::Connect& connect) {
  switch (connect.family) {
    case command::Family::unix:
      return fmt::format("unix:{}", connect.address);
    case command::Family::inet:
      return fmt::format("inet:{}@[{}]", connect.port, connect.address);
    case command::Family::inet6:
      return fmt::format("inet6:{}@[{}]", connect.port, connect.address);
    case command::Family::unknown:
      break;
  }
  return "unknown";
}

std::string path_with_arguments(std::string_view kind, std::string_view path, StringList arguments) {
  std::string text = fmt::format("{}: <{}>", kind, path);
  for (const auto argument : arguments) fmt::format_to(std::back_inserter(text), " <{}>", argument);
  return text;
}

std::string chunk(std::string_view kind, std::string_view bytes) {
  return bytes.empty() ? std::string(kind) : fmt::format("{}: <{}>", kind, bytes);
}

std::string option(const Option& option) {
  return fmt::format("negotiate: version=<{}>, action=<{}>, step=<{}>", option.version,
                     action_names(option.actions), step_names(option.steps));
}

struct DescribeCommand {
  std::string operator()(const command::Abort&) const { return "abort"; }
  std::string operator()(const command::Body& body) const { return fmt::format("body: <{}>", body.chunk); }
  std::string operator()(const command::Connect& connect) const {
    return fmt::format("connect: host=<{}>, address=<{}>", connect.host, spec_of(connect));
  }
  std::string operator()(const command::DefineMacro& macros) const {
    return fmt::format("define-macro: <{}>", name_of(macros.stage));
  }
  std::string operator()(const command::EndOfMessage& end) const {
    return chunk("end-of-message", end.chunk);
  }
  std::string operator()(const command::Helo& helo) const { return fmt::format("helo: <{}>", helo.name); }
  std::string operator()(const command::QuitNewConnection&) const { return "quit-new-connection"; }
  std::string operator()(const command::Header& header) const {
    const std::string_view blank = header.value.substr(0, 1) == " " ? "" : " ";
    return fmt::format("header: <{}:{}{}>", header.name, blank, header.value);
  }
  std::string operator()(const command::Mail& mail) const {
    return path_with_arguments("envelope-from", mail.sender, mail.arguments);
  }
  std::string operator()(const command::EndOfHeader&) const { return "end-of-header"; }
  std::string operator()(const command::Negotiate& negotiate) const { return option(negotiate.option); }
  std::string operator()(const command::Quit&) const { return "quit"; }
  std::string operator()(const command::Recipient& recipient) const {
    return path_with_arguments("envelope-recipient", recipient.recipient, recipient.arguments);
  }
  std::string operator()(const command::Data&) const { return "data"; }
  std::string operator()(const command::Unknown& unknown) const {
    return fmt::format("unknown: <{}>", unknown.line);
  }
};

template <typename Header>
std::string indexed_header(std::string_view kind, const Header& header) {
  return fmt::format("{}: {} <{}: {}>", kind, header.index, header.name, header.value);
}

struct DescribeReply {
  std::string operator()(const reply::AddRecipient& add) const {
    return fmt::format("add-recipient: <{}>", add.recipient);
  }
  std::string operator()(const reply::DeleteRecipient& gone) const {
    return fmt::format("delete-recipient: <{}>", gone.recipient);
  }
  std::string operator()(const reply::AddRecipientWithParameters& add) const {
    return fmt::format("add-recipient: <{}> <{}>", add.recipient, add.parameters);
  }
  std::string operator()(const reply::Shutdown&) const { return "shutdown"; }
  std::string operator()(const reply::Accept&) const { return "accept"; }
  std::string operator()(const reply::ReplaceBody& body) const { return chunk("replace-body", body.chunk); }
  std::string operator()(const reply::Continue&) const { return "continue"; }
  std::string operator()(const reply::Discard&) const { return "discard"; }
  std::string operator()(const reply::ChangeFrom& from) const {
    return fmt::format("change-from: <{}> <{}>", from.sender, from.parameters);
  }
  std::string operator()(const reply::ConnectionFailure&) const { return "connection-failure"; }
  std::string operator()(const reply::AddHeader& header) const {
    return fmt::format("add-header: <{}: {}>", header.name, header.value);
  }
  std::string operator()(const reply::InsertHeader& header) const {
    return indexed_header("insert-header", header);
  }
  std::string operator()(const reply::SymbolListReply&) const { return "symbol-list"; }
  std::string operator()(const reply::ChangeHeader& header) const {
    return indexed_header("change-header", header);
  }
  std::string operator()(const reply::Negotiate& negotiate) const { return option(negotiate.option); }
  std::string operator()(const reply::Progress&) const { return "progress"; }
  std::string operator()(const reply::Quarantine& quarantine) const {
    return fmt::format("quarantine: <{}>", quarantine.reason);
  }
  std::string operator()(const reply::Reject&) const { return "reject"; }
  std::string operator()(const reply::Skip&) const { return "skip"; }
  std::string operator()(const reply::TemporaryFailure&) const { return "temporary-failure"; }
  std::string operator()(const reply::ReplyCode& code) const {
    return fmt::format("reply-code: <{}>", code.text);
  }
};

}  // namespace

std::string describe(const Command& command) { return printable(std::visit(DescribeCommand{}, command)); }
std::string describe(const Reply& reply) { return printable(std::visit(DescribeReply{}, reply)); }

std::string describe_macros(std::string_view pairs) {
  if (pairs.empty()) return {};
  std::string text = "macros:";
  const StringList list(pairs);
  for (auto at = list.begin(); at != list.end();) {
    const auto name = bare_macro_name(*at++);
    const auto value = at != list.end() ? *at++ : std::string_view();
    fmt::format_to(std::back_inserter(text), "\n  {}={}", name, value);
  }
  return printable(text);
}

}  // namespace milter_manager::tools
