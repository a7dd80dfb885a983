// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/negotiation.h"

#include <catch2/catch.hpp>

#include "test/session/packet_text.h"

namespace milter_manager::session {
namespace {

using protocol::Option;

constexpr Option kFullOffer{6, protocol::action::kAll, protocol::step::kAll};

Settings children(std::size_t count) {
  Settings settings;
  settings.children.resize(count);
  return settings;
}

KnownChildren known(const std::vector<Option>& options) {
  KnownChildren known(options.size());
  for (std::size_t i = 0; i < options.size(); ++i) known.remember(static_cast<int>(i), {options[i], {}});
  return known;
}

std::string steps_told(const std::vector<Option>& options, const Option& offer = kFullOffer) {
  return protocol::step_names(
      answer_negotiation(offer, children(options.size()), known(options)).option.steps);
}

Option wish(const char* steps, std::uint32_t version = 6) {
  return {version, protocol::action::kAll, parse_steps(steps)};
}

}  // namespace

TEST_CASE("an event is declined when every child declines it") {
  CHECK(steps_told({wish("no-helo|no-data"), wish("no-helo")}) == "no-helo|no-reply-header|no-reply-helo");
  CHECK(steps_told({wish("no-helo"), wish("none")}) == "no-reply-header");
}

TEST_CASE("a reply is done without when no child gives one") {
  CHECK(steps_told({wish("no-reply-helo"), wish("no-reply-helo")}) == "no-reply-header|no-reply-helo");
  CHECK(steps_told({wish("no-reply-helo"), wish("no-helo")}) == "no-reply-header|no-reply-helo");
}

TEST_CASE("a milter of an old version declines the events that it does not know") {
  CHECK(steps_told({wish("none", 2)}) == "no-reply-header|no-unknown|no-data|no-reply-data|no-reply-unknown");
  CHECK(steps_told({wish("none", 3)}) == "no-reply-header|no-data|no-reply-data");
  CHECK(steps_told({wish("none", 2), wish("no-data", 6)}) == "no-reply-header|no-data|no-reply-data");
}

TEST_CASE("what a milter can do in addition is asked for when one asks") {
  CHECK(steps_told({wish("skip"), wish("none")}) == "no-reply-header|skip");
  CHECK(steps_told({wish("none"), wish("header-value-with-leading-space")}) ==
        "no-reply-header|header-value-with-leading-space");
}

TEST_CASE("nothing is answered that was not offered") {
  CHECK(steps_told({wish("skip|no-helo|no-reply-connect")}, {2, 0x3f, 0}) == "");
  const auto answer = answer_negotiation({2, 0x3f, 0x7f}, children(1), known({wish("skip|no-helo")}));
  CHECK(answer.option == Option{2, 0x3f, protocol::step::kNoHelo});
  CHECK(answer.symbols.empty());
}

TEST_CASE("all actions offered are kept, and the version up to 6") {
  CHECK(answer_negotiation({7, 0x9ff, 0}, children(1), known({Option{2, 1, 0}})).option ==
        Option{6, 0x9ff, 0});
}

TEST_CASE("conditions and trials keep the events that they need") {
  Settings settings = children(1);
  const auto quiet = known({wish("no-connect|no-helo|no-envelope-recipient")});
  const auto told = [&] { return answer_negotiation(kFullOffer, settings, quiet).option.steps; };
  CHECK((told() & protocol::step::kNoConnect) != 0);
  settings.children[0].condition_stages = stage_bit(Stage::helo);
  CHECK((told() & protocol::step::kNoHelo) == 0);
  CHECK((told() & protocol::step::kNoReplyHelo) != 0);
  settings.children[0].enforcement_share = 0.5;
  CHECK((told() &
         (protocol::step::kNoConnect | protocol::step::kNoReplyConnect | protocol::step::kNoRecipient)) == 0);
  CHECK((told() & protocol::step::kRejectedRecipients) == 0);
  settings.rejected_recipients = true;
  CHECK((told() & protocol::step::kRejectedRecipients) != 0);
}

TEST_CASE("where SMTP clients are checked, CONNECT tells who they are") {
  Settings settings = children(1);
  const auto quiet = known({wish("no-connect|no-reply-connect")});
  settings.checks_client = true;
  CHECK(protocol::step_names(answer_negotiation(kFullOffer, settings, quiet).option.steps) ==
        "no-reply-header|no-reply-connect");
  settings.children.clear();
  settings.fallback = Fallback::discard;
  CHECK((answer_negotiation(kFullOffer, settings, quiet).option.steps & protocol::step::kNoConnect) != 0);
}

TEST_CASE("an agreement is what both sides have, or fails") {
  const Option told{6, protocol::action::kAll, parse_steps("no-helo|no-reply-header")};
  const auto agreed = agree(kFullOffer, told, {4, 0x1ff, parse_steps("no-helo|skip")});
  REQUIRE(agreed);
  CHECK(*agreed == Option{4, 0x1ff, parse_steps("no-helo|skip")});
  CHECK(agree({4, 0x3f, 0}, {4, 0x3f, 0}, {4, 0x1ff, parse_steps("skip")}) == Option{4, 0x3f, 0});

  struct Case {
    Option answer;
    const char* error;
  };
  const Case cases[] = {
      {{7, 0, parse_steps("no-helo")}, "it wants protocol version 7, the MTA offers 6"},
      {{1, 0, parse_steps("no-helo")}, "it answers with protocol version 1"},
      {{6, 0, 0}, "it wants events that no milter wanted when the MTA was answered (declined: no-helo)"},
  };
  for (const Case& c : cases) {
    const auto refused = agree(kFullOffer, told, c.answer);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message == c.error);
  }
  // A milter of version 2 does not want DATA, even if it can't say so.
  CHECK(agree(kFullOffer, {6, 0, parse_steps("no-data")}, {2, 0, 0}));
}

}  // namespace milter_manager::session
