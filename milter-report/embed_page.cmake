# SPDX-License-Identifier: GPL-3.0-or-later
# cmake -DSOURCE=folder -DOUTPUT=file.cc -P embed_page.cmake
# Writes the page's template and style as C++ constants.
include("${CMAKE_CURRENT_LIST_DIR}/../cmake/embedding.cmake")
read_part("${SOURCE}/page.html.mustache" template)
read_part("${SOURCE}/page.css" style)
policy_hash("${style}" hash)
file(WRITE "${OUTPUT}" "// Made by embed_page.cmake.
#include \"milter-report/page_template.h\"

namespace milter_manager::report {

const std::string_view kPageTemplate = R\"page(${template})page\";
const std::string_view kPageStyle = R\"page(${style})page\";
const std::string_view kPageStyleHash = \"${hash}\";

}  // namespace milter_manager::report
")
