// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/bench/script.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <string_view>

namespace milter_manager::bench {
namespace {

using protocol::CommandKind;
namespace command = protocol::command;
namespace step = protocol::step;

constexpr std::string_view kQueueId = "4F0A1B2C3D";
constexpr std::string_view kLine = "The quick brown fox jumps over the lazy dog; 0123456789 abcdefghi.\r\n";

class Writer {
 public:
  explicit Writer(const Traffic& traffic) : traffic_(traffic) {}

  void add(CommandKind kind, const protocol::Command& content, std::initializer_list<std::string_view> macros,
           std::uint32_t declined_by = 0, std::uint32_t no_reply_by = 0) {
    Step added{kind, {}, declined_by, no_reply_by};
    if (traffic_.macros && macros.size() != 0) {
      std::string pairs;
      for (const auto text : macros) pairs.append(text).push_back('\0');
      protocol::encode(command::DefineMacro{kind, protocol::StringList(pairs)}, added.bytes);
    }
    protocol::encode(content, added.bytes);
    script_.steps.push_back(std::move(added));
  }

  void greeting() {
    add(CommandKind::negotiate, command::Negotiate{traffic_.offer}, {});
    add(CommandKind::connect,
        command::Connect{"client.example.net", command::Family::inet, 1024, "192.0.2.10"},
        {"j", "mx.example.org", "{daemon_name}", "mx.example.org", "v", "Postfix 3.7.11"}, step::kNoConnect,
        step::kNoReplyConnect);
    add(CommandKind::helo, command::Helo{"client.example.net"}, {}, step::kNoHelo, step::kNoReplyHelo);
  }

  void envelope() {
    script_.mail = script_.steps.size();
    add(CommandKind::mail, command::Mail{"<sender@example.com>", {}},
        {"{mail_addr}", "sender@example.com", "{mail_host}", "example.com", "{mail_mailer}", "smtp"},
        step::kNoMail, step::kNoReplyMail);
    for (int i = 0; i < traffic_.recipients; ++i) {
      const auto bare = fmt::format("recipient{}@example.org", i);
      add(CommandKind::recipient, command::Recipient{fmt::format("<{}>", bare), {}},
          {"{rcpt_addr}", bare, "{rcpt_host}", "example.org", "{rcpt_mailer}", "local"}, step::kNoRecipient,
          step::kNoReplyRecipient);
    }
    if (traffic_.offer.version >= 4) {
      add(CommandKind::data, command::Data{}, {"i", kQueueId}, step::kNoData, step::kNoReplyData);
    }
  }

  void content() {
    for (int i = 0; i < traffic_.headers; ++i) {
      const auto name = i == 0   ? "Subject"
                        : i == 1 ? "From"
                        : i == 2 ? "To"
                                 : fmt::format("X-Bench-Header-{}", i);
      const auto value = fmt::format("value of header number {} of the benchmark's mail", i);
      add(CommandKind::header, command::Header{name, value}, {"i", kQueueId}, step::kNoHeaders,
          step::kNoReplyHeader);
    }
    add(CommandKind::end_of_header, command::EndOfHeader{}, {"i", kQueueId}, step::kNoEndOfHeader,
        step::kNoReplyEndOfHeader);
    std::string body;
    while (body.size() < traffic_.body_bytes) body += kLine;
    body.resize(traffic_.body_bytes);
    for (std::size_t at = 0; at < body.size(); at += traffic_.chunk_bytes) {
      add(CommandKind::body, command::Body{std::string_view(body).substr(at, traffic_.chunk_bytes)},
          {"i", kQueueId}, step::kNoBody, step::kNoReplyBody);
    }
    script_.end_of_message = script_.steps.size();
    add(CommandKind::end_of_message, command::EndOfMessage{}, {"i", kQueueId});
  }

  Script finish() {
    protocol::encode(command::Abort{}, script_.abort);
    protocol::encode(command::Quit{}, script_.quit);
    script_.offered_version = traffic_.offer.version;
    script_.offered_actions = traffic_.offer.actions;
    script_.offered_steps = traffic_.offer.steps;
    return std::move(script_);
  }

 private:
  const Traffic& traffic_;
  Script script_;
};

}  // namespace

Script write_script(const Traffic& traffic) {
  Writer writer(traffic);
  writer.greeting();
  writer.envelope();
  writer.content();
  return writer.finish();
}

}  // namespace milter_manager::bench
