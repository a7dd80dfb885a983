// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/protocol/option.h"

#include <catch2/catch.hpp>

#include "core/protocol/string_list.h"
#include "test/protocol/bytes.h"

using namespace milter_manager::protocol;

TEST_CASE("actions and steps have names") {
  CHECK(action_names(0).empty());
  CHECK(action_names(action::kAddHeaders | action::kChangeBody) == "add-headers|change-body");
  CHECK(action_names(action::kSetSymbolList | 0x1200) == "set-symbol-list|0x1200");
  CHECK(step_names(step::kNoConnect | step::kSkip) == "no-connect|skip");
  CHECK(step_names(step::kHeaderLeadingSpace | 0x80000000) == "header-value-with-leading-space|0x80000000");
  CHECK(step_names(step::kNoReplyRecipient) == "no-reply-envelope-recipient");
  CHECK(action_names(action::kAll) ==
        "add-headers|change-body|add-envelope-recipient|delete-envelope-recipient|change-headers|quarantine|"
        "change-envelope-from|add-envelope-recipient-with-parameters|set-symbol-list");
}

TEST_CASE("steps are events not wanted, events not answered, and what can be done in addition") {
  CHECK((step::kNoEvent | step::kNoReply | step::kYes) == 0x1fffff);
  CHECK((step::kNoEvent & step::kNoReply) == 0);
  CHECK((step::kNoEvent & step::kYes) == 0);
  CHECK((step::kNoReply & step::kYes) == 0);
  CHECK(step::kNoEvent == 0x37f);
}

TEST_CASE("a list of strings is walked in order, empty ones too") {
  const std::string list_bytes = bytes("a\0\0bc\0");
  std::string seen;
  for (const auto text : StringList(list_bytes)) seen += "[" + std::string(text) + "]";
  CHECK(seen == "[a][][bc]");
  for (const auto text : StringList()) FAIL(text);
}
