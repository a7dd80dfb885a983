// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/protocol/reply.h"
#include "test/simulation/play.h"

namespace milter_manager::simulation {

// What has become of one message.
struct Mail {
  std::string sender;
  std::vector<std::string> recipients;
  std::vector<std::string> headers;  // "Subject: text", the MTA's own first line among them
  std::string body;
  bool quarantined = false;
  friend bool operator==(const Mail&, const Mail&) = default;
};

// A message in the hands of an MTA, while milters change it. Written from what the MTAs do, and of nothing that the
// manager is made of.
class HeldMail {
 public:
  virtual ~HeldMail() = default;
  HeldMail(const Transaction& transaction, std::vector<std::string> recipients);

  // What milters are shown: names and what stands behind the colon.
  virtual std::vector<HeaderLine> shown() const = 0;
  const std::string& body() const { return mail_.body; }
  bool quarantined() const { return mail_.quarantined; }

  // `leading_space`: values were agreed on to come as they stand behind the colon.
  void apply(const protocol::Reply& edit, bool leading_space);
  // No more of one milter's edits: its next one replaces the body anew.
  void next_milter() { replacing_ = false; }
  Mail finished() const;

 protected:
  virtual void add(HeaderLine line) = 0;
  virtual void insert(std::size_t position, HeaderLine line) = 0;
  virtual void change(std::size_t nth, const std::string& name, const std::string& value) = 0;
  virtual void remove(std::size_t nth, const std::string& name) = 0;
  virtual std::vector<HeaderLine> all() const = 0;

 private:
  Mail mail_;
  bool replacing_ = false;
};

std::unique_ptr<HeldMail> held_mail(bool postfix, const Transaction& transaction,
                                    std::vector<std::string> recipients);

}  // namespace milter_manager::simulation
