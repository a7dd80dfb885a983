// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/verdict.h"

#include "core/protocol/packet.h"

namespace milter_manager::session {
namespace {

using Kind = Verdict::Kind;

struct Row {
  Kind kind;
  char reply;
  statistics::Status status;
};
constexpr Row kRows[] = {
    {Kind::continue_, 'c', statistics::Status::pass},
    {Kind::accept, 'a', statistics::Status::accept},
    {Kind::reject, 'r', statistics::Status::reject},
    {Kind::temporary_failure, 't', statistics::Status::temporary_failure},
    {Kind::discard, 'd', statistics::Status::discard},
    {Kind::reply_code, 'y', statistics::Status::reject},
    {Kind::shutdown, '4', statistics::Status::temporary_failure},
};
static_assert(kRows[static_cast<int>(Kind::shutdown)].kind == Kind::shutdown);

const Row& row(const Verdict& verdict) { return kRows[static_cast<int>(verdict.kind)]; }

}  // namespace

Verdict verdict_of(Fallback fallback) {
  switch (fallback) {
    case Fallback::accept:
      return {Kind::accept, {}};
    case Fallback::reject:
      return {Kind::reject, {}};
    case Fallback::temporary_failure:
      return {Kind::temporary_failure, {}};
    case Fallback::discard:
      return {Kind::discard, {}};
  }
  return {};
}

statistics::Status status_of(const Verdict& verdict) {
  if (verdict.is(Kind::reply_code) && verdict.text.starts_with('4'))
    return statistics::Status::temporary_failure;
  return row(verdict).status;
}

void append_reply(std::string& out, const Verdict& verdict) {
  if (verdict.is(Kind::reply_code)) {
    protocol::append_packet(out, 'y', verdict.text, std::string_view("\0", 1));
    return;
  }
  protocol::append_packet(out, row(verdict).reply);
}

}  // namespace milter_manager::session
