// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "core/protocol/option.h"
#include "core/protocol/packet.h"
#include "core/protocol/string_list.h"
#include "core/result.h"

namespace milter_manager::protocol {

// What a milter answers (SMFIR_* of Sendmail's mfdef.h; 'O' is the answer to the negotiation).
enum class ReplyKind : char {
  add_recipient = '+',
  delete_recipient = '-',
  add_recipient_with_parameters = '2',
  shutdown = '4',
  accept = 'a',
  replace_body = 'b',
  continue_ = 'c',
  discard = 'd',
  change_from = 'e',
  connection_failure = 'f',
  add_header = 'h',
  insert_header = 'i',
  symbol_list = 'l',
  change_header = 'm',
  negotiate = 'O',
  progress = 'p',
  quarantine = 'q',
  reject = 'r',
  skip = 's',
  temporary_failure = 't',
  reply_code = 'y',
};

// Stages for which a milter can name the macros that it wants (SMFIM_*).
enum class SymbolStage : std::uint32_t {
  connect = 0,
  helo = 1,
  mail = 2,
  recipient = 3,
  data = 4,
  end_of_message = 5,
  end_of_header = 6
};
inline constexpr std::size_t kSymbolStages = 7;

// (stage as 4 bytes, names separated by blanks or commas, NUL), any number of times, as it lies in a packet.
// A view over bytes that decode_reply() has checked: every stage is known.
class SymbolLists {
 public:
  SymbolLists() = default;
  explicit SymbolLists(std::string_view bytes) : bytes_(bytes) {}
  bool empty() const { return bytes_.empty(); }
  std::string_view bytes() const { return bytes_; }
  // The names as one string, "j {daemon_name}", of the last list for that stage; no value where there is none.
  // (An empty list is a value: the milter wants no macro there.)
  struct Found {
    bool present = false;
    std::string_view names;
  };
  Found find(SymbolStage stage) const;
  friend bool operator==(const SymbolLists& a, const SymbolLists& b) { return a.bytes_ == b.bytes_; }

 private:
  std::string_view bytes_;
};
// Appends one list to the bytes of a SymbolLists.
void append_symbol_list(std::string& out, SymbolStage stage, std::string_view names);

namespace reply {

struct AddRecipient {
  std::string_view recipient;
  friend bool operator==(const AddRecipient&, const AddRecipient&) = default;
};
struct DeleteRecipient {
  std::string_view recipient;
  friend bool operator==(const DeleteRecipient&, const DeleteRecipient&) = default;
};
struct AddRecipientWithParameters {
  std::string_view recipient;
  std::string_view parameters;  // may be empty
  friend bool operator==(const AddRecipientWithParameters&, const AddRecipientWithParameters&) = default;
};
struct Shutdown {
  friend bool operator==(const Shutdown&, const Shutdown&) = default;
};
struct Accept {
  friend bool operator==(const Accept&, const Accept&) = default;
};
struct ReplaceBody {
  std::string_view chunk;
  friend bool operator==(const ReplaceBody&, const ReplaceBody&) = default;
};
struct Continue {
  friend bool operator==(const Continue&, const Continue&) = default;
};
struct Discard {
  friend bool operator==(const Discard&, const Discard&) = default;
};
struct ChangeFrom {
  std::string_view sender;
  std::string_view parameters;  // ESMTP, may be empty
  friend bool operator==(const ChangeFrom&, const ChangeFrom&) = default;
};
struct ConnectionFailure {
  friend bool operator==(const ConnectionFailure&, const ConnectionFailure&) = default;
};
struct AddHeader {
  std::string_view name;
  std::string_view value;
  friend bool operator==(const AddHeader&, const AddHeader&) = default;
};
struct InsertHeader {
  std::uint32_t index = 0;
  std::string_view name;
  std::string_view value;
  friend bool operator==(const InsertHeader&, const InsertHeader&) = default;
};
struct SymbolListReply {  // 'l'
  SymbolLists lists;
  friend bool operator==(const SymbolListReply&, const SymbolListReply&) = default;
};
struct ChangeHeader {
  std::uint32_t index = 0;  // which of that name, from 1
  std::string_view name;
  std::string_view value;  // empty: delete
  friend bool operator==(const ChangeHeader&, const ChangeHeader&) = default;
};
struct Negotiate {
  Option option;
  SymbolLists symbols;
  friend bool operator==(const Negotiate&, const Negotiate&) = default;
};
struct Progress {
  friend bool operator==(const Progress&, const Progress&) = default;
};
struct Quarantine {
  std::string_view reason;
  friend bool operator==(const Quarantine&, const Quarantine&) = default;
};
struct Reject {
  friend bool operator==(const Reject&, const Reject&) = default;
};
struct Skip {
  friend bool operator==(const Skip&, const Skip&) = default;
};
struct TemporaryFailure {
  friend bool operator==(const TemporaryFailure&, const TemporaryFailure&) = default;
};
struct ReplyCode {
  std::string_view text;  // "550 5.7.1 no", valid as check_reply_code() says
  friend bool operator==(const ReplyCode&, const ReplyCode&) = default;
};

}  // namespace reply

using Reply =
    std::variant<reply::AddRecipient, reply::DeleteRecipient, reply::AddRecipientWithParameters,
                 reply::Shutdown, reply::Accept, reply::ReplaceBody, reply::Continue, reply::Discard,
                 reply::ChangeFrom, reply::ConnectionFailure, reply::AddHeader, reply::InsertHeader,
                 reply::SymbolListReply, reply::ChangeHeader, reply::Negotiate, reply::Progress,
                 reply::Quarantine, reply::Reject, reply::Skip, reply::TemporaryFailure, reply::ReplyCode>;

// Reads one reply; as strict as decode_command(). Cost: one pass, no allocation but for the error.
// A libmilter of version 2 to 5 answers a negotiation with three numbers and no lists. A reply code that
// check_reply_code() refuses is a failure.
Result<Reply> decode_reply(Packet packet);

// Appends the reply as a packet. decode_reply() of it gives the same reply.
void encode(const Reply& reply, std::string& out);

// The name used in messages: "add-header", "temporary-failure".
std::string_view name_of(ReplyKind kind);

// A reply code is one or more lines "CODE[ X.Y.Z][ text]" joined by CRLF; each but the last may be "CODE-…" as well.
// CODE is 400 to 599 and the same in all lines, the class of an extended code (RFC 3463) is 4 or 5 and equals
// the code's first digit, its parts are below 1000; no NUL, no CR or LF but between lines, and no line is empty.
// What is not three numbers with dots between them is text: "550 5.7 is too much" passes.
//
//   check_reply_code("550 5.7.1 no")   check_reply_code("550-one\r\n550 two")   // both pass
//   check_reply_code("554 4.7.1 no")   check_reply_code("550-one")               // both fail
Result<void> check_reply_code(std::string_view text);
// True for 4xx. Precondition: checked.
inline bool is_temporary(const reply::ReplyCode& code) { return code.text[0] == '4'; }

}  // namespace milter_manager::protocol
