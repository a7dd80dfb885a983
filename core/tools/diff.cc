// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tools/diff.h"

#include <algorithm>
#include <cstddef>

namespace milter_manager::tools {
namespace {

constexpr std::size_t kMaxPairs = 4'000'000;

using Lines = std::vector<std::string>;

// lengths(i, j): of the longest common subsequence of before[i…] and after[j…].
class CommonLengths {
 public:
  CommonLengths(const std::string* before, std::size_t rows, const std::string* after, std::size_t columns)
      : width_(columns + 1), lengths_((rows + 1) * width_) {
    for (std::size_t i = rows; i-- > 0;) {
      for (std::size_t j = columns; j-- > 0;) {
        lengths_[i * width_ + j] = before[i] == after[j] ? (*this)(i + 1, j + 1) + 1
                                                         : std::max((*this)(i + 1, j), (*this)(i, j + 1));
      }
    }
  }
  std::uint32_t operator()(std::size_t i, std::size_t j) const { return lengths_[i * width_ + j]; }

 private:
  std::size_t width_;
  std::vector<std::uint32_t> lengths_;
};

}  // namespace

std::vector<DiffLine> diff(const Lines& before, const Lines& after) {
  using Kind = DiffLine::Kind;
  const auto first_difference = std::mismatch(before.begin(), before.end(), after.begin(), after.end());
  const auto begin = static_cast<std::size_t>(first_difference.first - before.begin());
  std::size_t ending = 0;
  while (ending < std::min(before.size(), after.size()) - begin &&
         before[before.size() - 1 - ending] == after[after.size() - 1 - ending]) {
    ++ending;
  }
  const std::size_t rows = before.size() - begin - ending, columns = after.size() - begin - ending;

  std::vector<DiffLine> lines;
  for (std::size_t i = 0; i < begin; ++i) lines.push_back({Kind::same, before[i]});
  std::size_t i = 0, j = 0;
  if (rows * columns <= kMaxPairs) {
    const CommonLengths lengths(before.data() + begin, rows, after.data() + begin, columns);
    while (i < rows && j < columns) {
      if (before[begin + i] == after[begin + j]) {
        lines.push_back({Kind::same, before[begin + i]});
        ++i, ++j;
      } else if (lengths(i + 1, j) >= lengths(i, j + 1)) {
        lines.push_back({Kind::removed, before[begin + i++]});
      } else {
        lines.push_back({Kind::added, after[begin + j++]});
      }
    }
  }
  while (i < rows) lines.push_back({Kind::removed, before[begin + i++]});
  while (j < columns) lines.push_back({Kind::added, after[begin + j++]});
  for (std::size_t k = before.size() - ending; k < before.size(); ++k)
    lines.push_back({Kind::same, before[k]});
  return lines;
}

}  // namespace milter_manager::tools
