# SPDX-License-Identifier: GPL-3.0-or-later
# cmake -DSOURCE=folder [-DUPLOT=folder] -DOUTPUT=file.cc -P embed.cmake
# Writes the page's parts as C++ constants. UPLOT: the npm package.
include("${CMAKE_CURRENT_LIST_DIR}/../../cmake/embedding.cmake")
read_part("${SOURCE}/index.html.mustache" template)
read_part("${SOURCE}/figure.html.mustache" figure)
read_part("${SOURCE}/style.css" style)
read_part("${SOURCE}/page.js" script)
read_part("${SOURCE}/en.json" english)
read_part("${SOURCE}/ja.json" japanese)
if(UPLOT)
  file(READ "${UPLOT}/dist/uPlot.min.css" uplot_style)
  file(READ "${UPLOT}/dist/uPlot.iife.min.js" uplot_script)
  file(READ "${UPLOT}/LICENSE" uplot_license)
  string(STRIP "${uplot_license}" uplot_license)
  set(style "${uplot_style}\n${style}")
  set(script "/*! uPlot\n${uplot_license}\n*/\n${uplot_script}\n${script}")
endif()
foreach(part style script)
  # It would end the element that it stands in.
  if("${${part}}" MATCHES "</|<!--")
    message(FATAL_ERROR "The page's ${part} holds ${CMAKE_MATCH_0}")
  endif()
  policy_hash("${${part}}" ${part}_hash)
endforeach()

file(WRITE "${OUTPUT}" "// Made by embed.cmake.
#include \"milter-manager-log-analyzer/page/embedded.h\"

namespace milter_manager::log_analyzer {

const std::string_view kPageTemplate = R\"page(${template})page\";
const std::string_view kFigureTemplate = R\"page(${figure})page\";
const std::string_view kPageEnglish = R\"page(${english})page\";
const std::string_view kPageJapanese = R\"page(${japanese})page\";
const std::string_view kPageStyle = R\"page(${style})page\";
const std::string_view kPageScript = R\"page(${script})page\";
const std::string_view kPageStyleHash = \"${style_hash}\";
const std::string_view kPageScriptHash = \"${script_hash}\";

}  // namespace milter_manager::log_analyzer
")
