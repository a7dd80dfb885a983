// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "milter-report/document.h"
#include "milter-report/model/comparison.h"

namespace milter_manager::report {

// The figures of two sides as a table whose columns are named `a` and `b`.
Table differences_table(const std::vector<ComparedFigure>& figures, const std::string& a,
                        const std::string& b);
// Cautions where the log begins or ends inside a period.
void add_clipping(const Comparison& comparison, Document& document);
// A sentence for each figure that differs by more than chance; one that says so where none does.
std::vector<std::string> differences_in_words(const std::vector<ComparedFigure>& figures);

}  // namespace milter_manager::report
