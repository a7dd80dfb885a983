// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "test/simulation/held_mail.h"
#include "test/simulation/milter.h"
#include "test/simulation/play.h"

namespace milter_manager::simulation {

// The MTA's connection to one milter (or to the manager).
class Link {
 public:
  virtual ~Link() = default;
  // Bytes of the message that is named. False when the connection is gone.
  virtual bool send(std::string_view bytes, MessageId message) = 0;
  // The next packet; none when the connection is gone.
  virtual std::optional<std::string> receive() = 0;
};

// A milter that is spoken to without anything between.
class DirectLink : public Link {
 public:
  DirectLink(const MilterManner& manner, Transcript& transcript) : milter_(manner, transcript) {}
  bool send(std::string_view bytes, MessageId message) override;
  std::optional<std::string> receive() override;
  const std::string& complaint() const { return milter_.complaint(); }

 private:
  Milter milter_;
  std::vector<std::string> replies_;
  std::size_t next_ = 0;
};

// What the SMTP client was told, and what became of its mails.
struct Outcome {
  std::vector<std::string> smtp;
  struct Delivered {
    MessageId message;
    Mail mail;
    std::vector<std::string> accepted;  // recipients, before any milter changed them
  };
  std::vector<Delivered> mails;
};

// What the manager would do beside the protocol, for an MTA that does it itself: conditions and trials.
class Oversight {
 public:
  explicit Oversight(const Play& play) : play_(play), children_(play.milters.size()) {}
  struct Child {
    std::string first_domain;
    int recipients = 0;
    int refused = 0;
  };
  bool enforced(std::size_t child, session::Stage stage, const std::string& address,
                std::string_view domain) const;
  bool stops(std::size_t child, session::Stage stage, MessageId message, std::string_view subject) const;
  bool asks_about_refused() const { return play_.settings.rejected_recipients; }
  void begin_message() { children_.assign(children_.size(), {}); }
  Child& child(std::size_t index) { return children_[index]; }

 private:
  const Play& play_;
  std::vector<Child> children_;
};

// An MTA that plays its part to the end. With `oversight` the links are those of the milters, else the manager's alone.
class Mta {
 public:
  Mta(const Play& play, std::vector<Link*> links, Oversight* oversight);
  Outcome run();

 private:
  struct Filter {
    enum class State { open, done_with_message, done_with_connection, refused };
    Link* link = nullptr;
    std::size_t index = 0;
    protocol::Option option;
    std::string symbols;
    State state = State::open;
    bool told = false;  // of this message
    std::string refusal;
    bool wants(char command) const;
    bool answers(char command) const { return (option.steps & bits(command).no_reply) == 0; }
  };
  struct Gone {};

  void negotiate(Filter& filter);
  void visit(const Visit& visit);
  void transact(const Transaction& transaction);
  bool refused_by_mta(const Recipient& recipient);
  std::string content(const Transaction& transaction, std::vector<std::string> accepted);
  char show(Filter& filter, const Transaction& transaction, HeldMail& mail, std::string& text);
  char show_body(Filter& filter, const HeldMail& mail, std::string& text, std::string& last_piece);
  char end(Filter& filter, HeldMail& mail, std::string_view last_piece, std::string& text);
  void drop_those_without_recipients();
  void abort();

  // "" or the refusal: what a client is told about one command. `subject`: the recipient.
  std::string ask_all(char command, session::Stage stage, const std::string& packet,
                      const std::string& subject, bool refused);
  char ask(Filter& filter, char command, const std::string& packet, std::string& text);
  char settle(Filter& filter, char command, session::Stage stage, char verdict);
  char receive(Filter& filter, std::string& text, HeldMail* mail);
  void send(Filter& filter, std::string_view bytes);
  void send_macros(Filter& filter, char command);
  bool applied(const Filter& filter, session::Stage stage) const;
  void leave(Filter& filter, bool connection);

  const Play& play_;
  std::vector<Filter> filters_;
  Oversight* oversight_;
  Outcome outcome_;
  MessageId message_ = 0;
  std::string address_;    // the client's
  std::string recipient_;  // that is asked about
  std::string sender_;
  bool discarded_ = false;
  bool closed_ = false;
};

std::string domain(std::string_view address);

}  // namespace milter_manager::simulation
