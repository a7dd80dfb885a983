// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/supervision/untold_answers.h"

#include <string>
#include <utility>

namespace milter_manager::supervision {

UntoldAnswers::UntoldAnswers(Send send) : send_(std::move(send)) {}

void UntoldAnswers::add(std::string_view milter, bool rejected) {
  std::string& words = answers_[std::string(milter)];
  if (words.size() == kMostOfOne) words.erase(0, 1);
  words += rejected ? '1' : '0';
  if (++count_ >= kAtOnce) tell();
}

void UntoldAnswers::tell() {
  if (answers_.empty() || !send_(answers_)) return;
  answers_.clear();
  count_ = 0;
}

}  // namespace milter_manager::supervision
