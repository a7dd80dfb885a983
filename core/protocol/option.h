// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

namespace milter_manager::protocol {

// What is agreed on at negotiation (SMFIC_OPTNEG): version, what the milter may change, which steps
// it wants. Bits are those of Sendmail's mfapi.h (SMFIF_*) and mfdef.h (SMFIP_*).
struct Option {
  std::uint32_t version = 0;
  std::uint32_t actions = 0;
  std::uint32_t steps = 0;

  friend bool operator==(const Option&, const Option&) = default;
};

inline constexpr std::uint32_t kMinVersion = 2;
inline constexpr std::uint32_t kMaxVersion = 6;

namespace action {
inline constexpr std::uint32_t kAddHeaders = 0x1;
inline constexpr std::uint32_t kChangeBody = 0x2;
inline constexpr std::uint32_t kAddRecipient = 0x4;
inline constexpr std::uint32_t kDeleteRecipient = 0x8;
inline constexpr std::uint32_t kChangeHeaders = 0x10;
inline constexpr std::uint32_t kQuarantine = 0x20;
inline constexpr std::uint32_t kChangeFrom = 0x40;
inline constexpr std::uint32_t kAddRecipientWithParameters = 0x80;
inline constexpr std::uint32_t kSetSymbolList = 0x100;
inline constexpr std::uint32_t kAll = 0x1ff;
}  // namespace action

namespace step {
inline constexpr std::uint32_t kNoConnect = 0x1;
inline constexpr std::uint32_t kNoHelo = 0x2;
inline constexpr std::uint32_t kNoMail = 0x4;
inline constexpr std::uint32_t kNoRecipient = 0x8;
inline constexpr std::uint32_t kNoBody = 0x10;
inline constexpr std::uint32_t kNoHeaders = 0x20;
inline constexpr std::uint32_t kNoEndOfHeader = 0x40;
inline constexpr std::uint32_t kNoReplyHeader = 0x80;
inline constexpr std::uint32_t kNoUnknown = 0x100;
inline constexpr std::uint32_t kNoData = 0x200;
inline constexpr std::uint32_t kSkip = 0x400;
inline constexpr std::uint32_t kRejectedRecipients = 0x800;  // SMFIP_RCPT_REJ
inline constexpr std::uint32_t kNoReplyConnect = 0x1000;
inline constexpr std::uint32_t kNoReplyHelo = 0x2000;
inline constexpr std::uint32_t kNoReplyMail = 0x4000;
inline constexpr std::uint32_t kNoReplyRecipient = 0x8000;
inline constexpr std::uint32_t kNoReplyData = 0x10000;
inline constexpr std::uint32_t kNoReplyUnknown = 0x20000;
inline constexpr std::uint32_t kNoReplyEndOfHeader = 0x40000;
inline constexpr std::uint32_t kNoReplyBody = 0x80000;
inline constexpr std::uint32_t kHeaderLeadingSpace = 0x100000;  // SMFIP_HDR_LEADSPC

// Events that the milter does not want.
inline constexpr std::uint32_t kNoEvent = kNoConnect | kNoHelo | kNoMail | kNoRecipient | kNoBody |
                                          kNoHeaders | kNoEndOfHeader | kNoUnknown | kNoData;
// Events that it wants but does not answer.
inline constexpr std::uint32_t kNoReply = kNoReplyHeader | kNoReplyConnect | kNoReplyHelo | kNoReplyMail |
                                          kNoReplyRecipient | kNoReplyData | kNoReplyUnknown |
                                          kNoReplyEndOfHeader | kNoReplyBody;
// What the milter can do in addition.
inline constexpr std::uint32_t kYes = kSkip | kRejectedRecipients | kHeaderLeadingSpace;
inline constexpr std::uint32_t kAll = kNoEvent | kNoReply | kYes;
}  // namespace step

// "add-headers|change-body", "no-connect|skip": the set bits by name, unknown ones as 0xNN; "" for none.
std::string action_names(std::uint32_t actions);
std::string step_names(std::uint32_t steps);

}  // namespace milter_manager::protocol
