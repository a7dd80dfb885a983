// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/message/header_list.h"

#include <catch2/catch.hpp>
#include <functional>

namespace milter_manager::message {
namespace {

HeaderList mail(ListRules rules) {
  HeaderList list(rules);
  list.append("From", "a");
  list.append("Subject", "b");
  list.append("To", "c");
  return list;
}

// "From=a|Subject=b"
std::string shown(const HeaderList& list) {
  std::string text;
  for (const auto& header : list.headers()) {
    if (header.deleted) continue;
    text += (text.empty() ? "" : "|") + header.name + "=" + header.value;
  }
  return text;
}

struct Case {
  const char* what;
  std::function<void(HeaderList&)> edit;
  const char* sendmail;
  const char* postfix;
};

void check(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    INFO(c.what);
    HeaderList sendmail = mail(ListRules::sendmail);
    c.edit(sendmail);
    CHECK(shown(sendmail) == c.sendmail);
    HeaderList postfix = mail(ListRules::postfix);
    c.edit(postfix);
    CHECK(shown(postfix) == c.postfix);
  }
}

}  // namespace

TEST_CASE("an added header goes where the MTA puts it") {
  check({
      {"a new name goes to the end", [](HeaderList& l) { l.add("X", "1"); }, "From=a|Subject=b|To=c|X=1",
       "From=a|Subject=b|To=c|X=1"},
      {"a name that is there already", [](HeaderList& l) { l.add("subject", "1"); },
       "From=a|subject=1|Subject=b|To=c", "From=a|Subject=b|To=c|subject=1"},
      {"twice",
       [](HeaderList& l) {
         l.add("X", "1");
         l.add("X", "2");
       },
       "From=a|Subject=b|To=c|X=2|X=1", "From=a|Subject=b|To=c|X=1|X=2"},
  });
}

TEST_CASE("the MTA's own header counts for inserts") {
  check({
      {"at 0", [](HeaderList& l) { l.insert(0, "X", "1"); }, "X=1|From=a|Subject=b|To=c",
       "X=1|From=a|Subject=b|To=c"},
      {"at 1: below the MTA's", [](HeaderList& l) { l.insert(1, "X", "1"); }, "X=1|From=a|Subject=b|To=c",
       "X=1|From=a|Subject=b|To=c"},
      {"at 2", [](HeaderList& l) { l.insert(2, "X", "1"); }, "From=a|X=1|Subject=b|To=c",
       "From=a|X=1|Subject=b|To=c"},
      {"behind the end", [](HeaderList& l) { l.insert(99, "X", "1"); }, "From=a|Subject=b|To=c|X=1",
       "From=a|Subject=b|To=c|X=1"},
      {"what stands above the MTA's own moves it down",
       [](HeaderList& l) {
         l.insert(0, "X", "1");
         l.insert(1, "Y", "2");
         l.insert(2, "Z", "3");
       },
       "X=1|Y=2|Z=3|From=a|Subject=b|To=c", "X=1|Y=2|Z=3|From=a|Subject=b|To=c"},
      {"behind the MTA's own, then above it",
       [](HeaderList& l) {
         l.insert(1, "X", "1");
         l.insert(0, "Y", "2");
         l.insert(3, "Z", "3");
       },
       "Y=2|X=1|Z=3|From=a|Subject=b|To=c", "Y=2|X=1|Z=3|From=a|Subject=b|To=c"},
      {"an added header above the MTA's own, where its name is",
       [](HeaderList& l) {
         l.insert(0, "X", "1");
         l.add("X", "0");
         l.insert(3, "Y", "2");
       },
       "X=0|X=1|Y=2|From=a|Subject=b|To=c", "X=1|From=a|Y=2|Subject=b|To=c|X=0"},
  });
}

TEST_CASE("changes name the header by name and number") {
  check({
      {"without case", [](HeaderList& l) { l.change(1, "SUBJECT", "1"); }, "From=a|Subject=1|To=c",
       "From=a|Subject=1|To=c"},
      {"0 is 1", [](HeaderList& l) { l.change(0, "Subject", "1"); }, "From=a|Subject=1|To=c",
       "From=a|Subject=1|To=c"},
      {"a second one that isn't there is added", [](HeaderList& l) { l.change(2, "Subject", "1"); },
       "From=a|Subject=1|Subject=b|To=c", "From=a|Subject=b|To=c|Subject=1"},
      {"a deletion of what isn't there does nothing", [](HeaderList& l) { l.change(2, "Subject", ""); },
       "From=a|Subject=b|To=c", "From=a|Subject=b|To=c"},
      {"an inserted one can be changed",
       [](HeaderList& l) {
         l.insert(0, "Subject", "1");
         l.change(2, "Subject", "2");
       },
       "Subject=1|From=a|Subject=2|To=c", "Subject=1|From=a|Subject=2|To=c"},
  });
}

TEST_CASE("Sendmail goes on counting deleted headers, Postfix does not") {
  check({
      {"changes",
       [](HeaderList& l) {
         l.append("Subject", "d");
         l.change(1, "Subject", "");
         l.change(2, "Subject", "1");
       },
       "From=a|To=c|Subject=1", "From=a|To=c|Subject=d|Subject=1"},
      {"inserts",
       [](HeaderList& l) {
         l.change(1, "From", "");
         l.insert(2, "X", "1");
       },
       "X=1|Subject=b|To=c", "Subject=b|X=1|To=c"},
      {"first to last",
       [](HeaderList& l) {
         l.append("To", "d");
         l.change(1, "To", "");
         l.change(1, "To", "");
       },
       "From=a|Subject=b|To=d", "From=a|Subject=b"},
      {"last to first",
       [](HeaderList& l) {
         l.append("To", "d");
         l.change(2, "To", "");
         l.change(1, "To", "");
       },
       "From=a|Subject=b", "From=a|Subject=b"},
  });
}

TEST_CASE("a header counts with what it takes besides its text") {
  HeaderList list;
  for (int i = 0; i < 1000; ++i) list.append("X", "");
  CHECK(list.bytes() >= 1000 * sizeof(HeaderList::Header));
  const auto before = list.bytes();
  list.append("Subject", "a subject that is longer than what fits into a string itself");
  CHECK(list.bytes() >= before + sizeof(HeaderList::Header) + 67);
}

TEST_CASE("a cleared list is as new") {
  HeaderList list = mail(ListRules::postfix);
  list.insert(0, "X", "1");
  CHECK(list.bytes() > 0);
  list.clear();
  CHECK(list.bytes() == 0);
  list.append("A", "a");
  list.insert(1, "B", "b");
  CHECK(shown(list) == "B=b|A=a");
}

}  // namespace milter_manager::message
