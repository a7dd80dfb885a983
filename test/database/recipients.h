// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "test/daemon/manager.h"
#include "test/daemon/peers.h"

// The table that conditions ask, with two recipients: alice's mail is for the milter "strict", bob's for "lenient".
extern const char* const kAccountsTable;
// models/account.rb
extern const char* const kAccountModel;

// A manager with the milters "strict" and "lenient". A condition looks each recipient up; the milter that is not theirs is stopped.
class LookUps {
 public:
  // `database`: statements that say where it is; database.setup and load_models come behind them. `rule`: Ruby for the name of
  // the milter that a `recipient` is for.
  explicit LookUps(const std::string& database, std::string rule = "Account.milter_of(recipient)");

  Manager& manager() { return manager_; }
  // Reads another configuration and waits until it holds.
  void reload(const std::string& database);
  // One that must not hold.
  void reload_refused(const std::string& configuration);

  // One session with one mail. It has the configuration that holds when it begins.
  class Session {
   public:
    explicit Session(LookUps& look_ups) : look_ups_(look_ups), mta_(look_ups.manager_.socket()) {}
    // Which milters were told of that recipient: "strict", "lenient", "strict lenient" or "". Empty, too, when the manager did
    // not answer.
    std::string milters_for(const std::string& recipient);

   private:
    LookUps& look_ups_;
    Mta mta_;
  };
  std::string milters_for(const std::string& recipient) { return Session(*this).milters_for(recipient); }
  // Opens that many sessions, has each look a recipient up, all at once, and waits for the answers; how many there were.
  // `meanwhile` is called while they are under way.
  int ask_at_once(
      int sessions, const std::function<void()>& meanwhile = [] {});

 private:
  std::string configuration(const std::string& database) const;

  const std::string rule_;
  Folder sockets_;
  Milter strict_, lenient_;
  Manager manager_;
  int reloads_ = 0;
};
