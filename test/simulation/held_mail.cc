// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/simulation/held_mail.h"

#include <algorithm>
#include <list>

namespace milter_manager::simulation {

namespace reply = protocol::reply;

namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
  return text;
}

const HeaderLine kOwn{"Received", " by mx.example.org"};

// cleanup_milter.c: a queue file of records. Own line first; deleted records are gone; an insert counts every line
// there is, the own one too; change and delete look only at what came from the client or a milter.
class PostfixMail : public HeldMail {
 public:
  PostfixMail(const Transaction& transaction, std::vector<std::string> recipients)
      : HeldMail(transaction, std::move(recipients)) {
    records_.push_back({kOwn, true});
    for (const HeaderLine& line : transaction.headers) records_.push_back({line, false});
  }

  std::vector<HeaderLine> shown() const override { return lines(false); }

 protected:
  std::vector<HeaderLine> all() const override { return lines(true); }
  void add(HeaderLine line) override { records_.push_back({std::move(line), false}); }
  void insert(std::size_t position, HeaderLine line) override {
    records_.insert(
        std::next(records_.begin(), static_cast<std::ptrdiff_t>(std::min(position, records_.size()))),
        {std::move(line), false});
  }
  void change(std::size_t nth, const std::string& name, const std::string& value) override {
    const auto found = find(nth, name);
    if (found == records_.end()) return add({name, value});
    found->line.value = value;
  }
  void remove(std::size_t nth, const std::string& name) override {
    const auto found = find(nth, name);
    if (found != records_.end()) records_.erase(found);
  }

 private:
  struct Record {
    HeaderLine line;
    bool own;
  };
  std::list<Record>::iterator find(std::size_t nth, const std::string& name) {
    auto at = records_.begin();
    for (; at != records_.end(); ++at) {
      if (!at->own && lower(at->line.name) == lower(name) && --nth == 0) break;
    }
    return at;
  }
  std::vector<HeaderLine> lines(bool own_too) const {
    std::vector<HeaderLine> made;
    for (const Record& record : records_) {
      if (own_too || !record.own) made.push_back(record.line);
    }
    return made;
  }

  std::list<Record> records_;
};

// headers.c and milter.c: a linked list. An added line goes before the first of its name; a deleted one stays in the
// list without a value, is shown to nobody and sent nowhere, but counts, and lives again when it is changed.
class SendmailMail : public HeldMail {
 public:
  SendmailMail(const Transaction& transaction, std::vector<std::string> recipients)
      : HeldMail(transaction, std::move(recipients)) {
    list_.push_back({kOwn, true, true});
    for (const HeaderLine& line : transaction.headers) list_.push_back({line, true, false});
  }

  std::vector<HeaderLine> shown() const override { return lines(false); }

 protected:
  std::vector<HeaderLine> all() const override { return lines(true); }
  void add(HeaderLine line) override {
    auto at = std::find_if(list_.begin(), list_.end(), [&](const Entry& entry) {
      return !entry.own && lower(entry.line.name) == lower(line.name);
    });
    list_.insert(at, {std::move(line), true, false});
  }
  void insert(std::size_t position, HeaderLine line) override {
    auto at = list_.begin();
    for (; position > 0 && at != list_.end(); --position) ++at;
    list_.insert(at, {std::move(line), true, false});
  }
  void change(std::size_t nth, const std::string& name, const std::string& value) override {
    Entry* found = find(nth, name);
    if (!found) return add({name, value});
    found->line.value = value;
    found->lives = true;
  }
  void remove(std::size_t nth, const std::string& name) override {
    if (Entry* found = find(nth, name)) found->lives = false;
  }

 private:
  struct Entry {
    HeaderLine line;
    bool lives;
    bool own;
  };
  Entry* find(std::size_t nth, const std::string& name) {
    for (Entry& entry : list_) {
      if (!entry.own && lower(entry.line.name) == lower(name) && --nth == 0) return &entry;
    }
    return nullptr;
  }
  std::vector<HeaderLine> lines(bool own_too) const {
    std::vector<HeaderLine> made;
    for (const Entry& entry : list_) {
      if (entry.lives && (own_too || !entry.own)) made.push_back(entry.line);
    }
    return made;
  }

  std::list<Entry> list_;
};

}  // namespace

HeldMail::HeldMail(const Transaction& transaction, std::vector<std::string> recipients) {
  mail_.sender = transaction.sender;
  for (const std::string& argument : transaction.sender_arguments) mail_.sender += " " + argument;
  mail_.recipients = std::move(recipients);
  mail_.body = transaction.body;
}

void HeldMail::apply(const protocol::Reply& edit, bool leading_space) {
  const auto line = [&](std::string_view value) { return (leading_space ? "" : " ") + std::string(value); };
  const auto drop = [&](const std::string& recipient) {
    auto& all = mail_.recipients;
    all.erase(std::remove_if(all.begin(), all.end(),
                             [&](const std::string& other) {
                               return lower(other.substr(0, other.find(' '))) == lower(recipient);
                             }),
              all.end());
  };
  if (const auto* added = std::get_if<reply::AddHeader>(&edit)) {
    add({std::string(added->name), line(added->value)});
  } else if (const auto* inserted = std::get_if<reply::InsertHeader>(&edit)) {
    insert(inserted->index, {std::string(inserted->name), line(inserted->value)});
  } else if (const auto* changed = std::get_if<reply::ChangeHeader>(&edit)) {
    const std::size_t nth = std::max<std::size_t>(changed->index, 1);
    if (changed->value.empty()) {
      remove(nth, std::string(changed->name));
    } else {
      change(nth, std::string(changed->name), line(changed->value));
    }
  } else if (const auto* body = std::get_if<reply::ReplaceBody>(&edit)) {
    if (!replacing_) mail_.body.clear();
    replacing_ = true;
    mail_.body += body->chunk;
  } else if (const auto* recipient = std::get_if<reply::AddRecipient>(&edit)) {
    mail_.recipients.emplace_back(recipient->recipient);
  } else if (const auto* with = std::get_if<reply::AddRecipientWithParameters>(&edit)) {
    mail_.recipients.push_back(std::string(with->recipient) + " " + std::string(with->parameters));
  } else if (const auto* gone = std::get_if<reply::DeleteRecipient>(&edit)) {
    drop(std::string(gone->recipient));
  } else if (const auto* from = std::get_if<reply::ChangeFrom>(&edit)) {
    mail_.sender = std::string(from->sender) + " " + std::string(from->parameters);
  } else if (std::holds_alternative<reply::Quarantine>(edit)) {
    mail_.quarantined = true;
  }
}

Mail HeldMail::finished() const {
  Mail mail = mail_;
  for (const HeaderLine& line : all()) mail.headers.push_back(line.name + ":" + line.value);
  return mail;
}

std::unique_ptr<HeldMail> held_mail(bool postfix, const Transaction& transaction,
                                    std::vector<std::string> recipients) {
  if (postfix) return std::make_unique<PostfixMail>(transaction, std::move(recipients));
  return std::make_unique<SendmailMail>(transaction, std::move(recipients));
}

}  // namespace milter_manager::simulation
